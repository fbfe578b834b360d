"""The ZIP: what was prepared, byte for byte, whole or not at all."""

import errno
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from demo.bundle import write_bundle
from toolkit.errors import DiskFullError
from toolkit.geometry import Placement
from toolkit.manifest import ImageRecord, Manifest, SourceRef


def made(folder: Path) -> Manifest:
    source = SourceRef("文件.pdf", "a" * 64, 1, 595.0, 842.0, "pt")
    images = []
    for number in (1, 2):
        (folder / f"文件-{number}.png").write_bytes(bytes([number]) * 1000)
        record = ImageRecord(f"文件-{number}.png", "", 10, 10, source, Placement(), 4, label=number)
        images.append(record)
    (folder / "pages").mkdir()
    (folder / "pages" / "one.png").write_bytes(b"page")
    images[0] = replace(images[0], page_file="pages/one.png")
    return Manifest("qwen3-vl", {}, tuple(images), (), folder)


def test_bundle_holds_the_images_in_sending_order_and_the_manifest(tmp_path: Path) -> None:
    manifest = made(tmp_path).reordered([2, 1])
    (tmp_path / "zip").mkdir()
    with zipfile.ZipFile(write_bundle(manifest, tmp_path / "zip")) as bundle:
        assert bundle.testzip() is None
        assert bundle.namelist() == ["文件-2.png", "文件-1.png", "pages/one.png", "manifest.json"]
        assert bundle.read("文件-2.png") == b"\2" * 1000
        written = json.loads(bundle.read("manifest.json"))
    assert [image["file"] for image in written["images"]] == ["文件-2.png", "文件-1.png"]


def test_a_full_disk_leaves_no_half_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    manifest = made(tmp_path)
    (tmp_path / "zip").mkdir()
    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(DiskFullError):
        write_bundle(manifest, tmp_path / "zip")
    assert list((tmp_path / "zip").iterdir()) == []
