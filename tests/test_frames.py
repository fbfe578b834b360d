"""The frames of a TIFF: found once, opened each at its own place, limited, and lost one by one."""

import struct
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from toolkit import render_pages
from toolkit.errors import DamagedSourceError, EmptySourceError, TooManyFramesError
from toolkit.loading import open_picture
from toolkit.loading.frames import MAX_FRAMES, frame_offsets


def grey_tiff(path: Path, levels: list[int], order: str = "<", *, big: bool = False) -> Path:
    """Write frames of 2 x 2 pixels, each of one grey level, after TIFF 6.0 and the BigTIFF layout."""
    place, count = ("Q", "Q") if big else ("I", "H")
    mark = b"II" if order == "<" else b"MM"
    head = struct.pack(order + "HHH", 43, 8, 0) if big else struct.pack(order + "H", 42)
    first = len(mark + head) + struct.calcsize(order + place)
    out = bytearray(mark + head + struct.pack(order + place, first))
    for number, level in enumerate(levels):
        rows = 8
        end = len(out) + struct.calcsize(order + count) + rows * (20 if big else 12)
        end += struct.calcsize(order + place)
        tags = ((256, 2), (257, 2), (258, 8), (259, 1), (262, 1), (273, end), (278, 2), (279, 4))
        out += struct.pack(order + count, rows)
        for tag, value in tags:
            out += struct.pack(order + "HH" + place, tag, 4, 1) + struct.pack(order + "I", value)
            out += bytes(4 if big else 0)
        out += struct.pack(order + place, end + 4 if number + 1 < len(levels) else 0) + bytes([level] * 4)
    path.write_bytes(out)
    return path


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
def test_every_frame_opens_at_its_own_place(tmp_path: Path, order: str, big: bool) -> None:
    levels = [10, 90, 200]
    path = grey_tiff(tmp_path / "a.tif", levels, order, big=big)
    for number, level in enumerate(levels):
        loaded = open_picture(path, frame=number)
        assert (loaded.frames, loaded.image.getpixel((1, 1))) == (3, level)
    with pytest.raises(EmptySourceError, match=r"a\.tif ends at frame 3, so there is no frame 4"):
        open_picture(path, frame=3)


@pytest.mark.parametrize("compression", [None, "group4", "tiff_lzw", "jpeg", "tiff_adobe_deflate"])
def test_frames_are_those_that_pillow_finds_one_after_the_other(tmp_path: Path, compression: str) -> None:
    mode = "1" if compression == "group4" else "RGB"
    rng = np.random.default_rng(4)
    drawn = [Image.fromarray(rng.integers(0, 256, (40 + n, 30, 3), np.uint8)).convert(mode) for n in range(4)]
    path = tmp_path / "a.tif"
    drawn[0].save(path, save_all=True, append_images=drawn[1:], compression=compression)
    with Image.open(path) as whole:
        for number, frame in enumerate(ImageSequence.Iterator(whole)):
            ours = open_picture(path, frame=number).image
            assert np.array_equal(np.asarray(ours.convert(mode)), np.asarray(frame))


def test_many_frames_cost_each_the_same(tmp_path: Path) -> None:
    """The last of 4,000 frames costs no more than the first: it was some hundred times as much."""
    path = grey_tiff(tmp_path / "a.tif", [7] * 4000)

    def cost(frame: int) -> float:
        begun = time.process_time()
        for _ in range(20):
            open_picture(path, frame=frame)
        return time.process_time() - begun

    assert open_picture(path).frames == 4000
    assert min(cost(3999) for _ in range(3)) < 5 * min(cost(0) for _ in range(3))


def test_more_frames_than_the_limit_are_refused_by_name(tmp_path: Path) -> None:
    path = grey_tiff(tmp_path / "a.tif", [7] * (MAX_FRAMES + 1))
    with pytest.raises(TooManyFramesError, match=r"a\.tif names more than 10000 frames"):
        frame_offsets(path)
    manifest = render_pages([path], output_dir=tmp_path / "out")
    assert [failure.error for failure in manifest.failures] == ["TooManyFramesError"]


def test_chain_in_a_circle_is_walked_once_and_one_to_nowhere_is_damaged(tmp_path: Path) -> None:
    path = grey_tiff(tmp_path / "a.tif", [1, 2])
    data = bytearray(path.read_bytes())
    data[-8:-4] = struct.pack("<I", 8)
    path.write_bytes(data)
    assert open_picture(path, frame=1).frames == 2
    path.write_bytes(b"II*\0" + bytes(8))
    with pytest.raises(DamagedSourceError):
        open_picture(path)


def test_a_broken_frame_is_lost_alone_and_named(tmp_path: Path) -> None:
    path = grey_tiff(tmp_path / "传真.tif", [10, 90, 200])
    data = bytearray(path.read_bytes())
    second = frame_offsets(path)[1]
    data[second + 2 + 12 : second + 2 + 24] = data[second + 2 : second + 2 + 12]
    path.write_bytes(data)
    manifest = render_pages([path], output_dir=tmp_path / "out")
    assert [image.source.page for image in manifest.images] == [1, 3]
    assert [failure.page for failure in manifest.failures] == [2]
    assert manifest.failures[0].text.en.startswith("Page 2 of ")
    assert "传真.tif 第 2 页无法读取" in manifest.failures[0].text.zh
