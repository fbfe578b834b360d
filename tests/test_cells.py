import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from toolkit.cells import cell_path, read_cell, write_cell
from toolkit.errors import DamagedSourceError, DiskFullError
from toolkit.raster import Raster
from toolkit.work.parts import remove_parts, remove_stale_parts

NAME = Path("a-p0001.png")


def _noise(*shape: int) -> Any:
    return np.random.default_rng(7).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize(
    ("picture", "mode"),
    [
        (Image.fromarray(_noise(7, 5)), "L"),
        (Image.fromarray(_noise(7, 5, 3)), "RGB"),
        (Image.fromarray(_noise(7, 5) > 99), "1"),
    ],
)
def test_pixels_come_back_equal_whatever_the_mode(tmp_path: Path, picture: Image.Image, mode: str) -> None:
    assert picture.mode == mode
    write_cell(picture, tmp_path / "cell", name=NAME)
    expected = picture.convert("L") if mode == "1" else picture
    assert np.array_equal(read_cell(tmp_path / "cell"), np.asarray(expected))


@pytest.mark.parametrize(("grey", "shape"), [(True, (7, 5)), (False, (7, 5, 3))])
def test_drawn_page_comes_back_as_its_picture(tmp_path: Path, grey: bool, shape: tuple[int, ...]) -> None:
    channels = _noise(7, 5, 4)
    if grey:
        channels[:] = channels[..., :1]
    raster = Raster(channels.view(np.uint32)[..., 0])
    write_cell(raster, tmp_path / "cell", name=NAME)
    assert read_cell(tmp_path / "cell").shape == shape
    assert np.array_equal(read_cell(tmp_path / "cell"), np.asarray(raster.to_picture()))


def test_cell_that_is_cut_off_or_gone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cell"
    write_cell(Image.new("L", (50, 50)), path, name=NAME)
    whole = path.read_bytes()
    for left in (len(whole) - 1, 100, 0):
        path.write_bytes(whole[:left])
        with pytest.raises(DamagedSourceError):
            read_cell(path)
    path.unlink()
    with pytest.raises(DamagedSourceError):
        read_cell(path)


def test_full_disk_is_said_of_the_image_and_not_of_the_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DiskFullError, match=r"a-p0001\.png"):
        write_cell(Image.new("L", (5, 5)), tmp_path / "cell", name=NAME)


def test_cells_go_with_the_process_that_wanted_them(tmp_path: Path) -> None:
    own, gone = cell_path(tmp_path, os.getpid(), 3, 1), cell_path(tmp_path, 2**22 + 1, 3, 1)
    for path in (own, gone):
        path.touch()
    remove_stale_parts(tmp_path)
    assert list(tmp_path.iterdir()) == [own]
    remove_parts(tmp_path, os.getpid())
    assert list(tmp_path.iterdir()) == []
