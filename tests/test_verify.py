import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.pdf_writer import scan_pdf, text_pdf
from toolkit.cli import main
from toolkit.errors import ManifestError
from toolkit.manifest_file import read_manifest
from toolkit.render import render_pages
from toolkit.verify import Verification, verify_folder


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    noise = np.random.default_rng(1).integers(0, 255, (30, 20, 3), np.uint8)
    Image.fromarray(noise).resize((200, 300)).save(tmp_path / "photo.jpg")
    inputs = [
        text_pdf(tmp_path / "a.pdf", 3),
        tmp_path / "photo.jpg",
        scan_pdf(tmp_path / "s.pdf", Image.fromarray(noise).resize((400, 600)), dpi=150),
    ]
    render_pages(inputs, output_dir=tmp_path / "out", dpi=60, jobs=1)
    return tmp_path / "out"


def keys(found: Verification) -> list[tuple[str, int | None]]:
    return [(fault.file, fault.page) for fault in found.faults]


def test_untouched_folder_is_whole_and_equals_its_sources(rendered: Path) -> None:
    assert verify_folder(rendered) == Verification(5, 0, ())
    assert verify_folder(rendered, against=[rendered.parent], jobs=1) == Verification(5, 5, ())


def test_missing_changed_and_resized_files_are_each_named(rendered: Path) -> None:
    (rendered / "a-p0001.png").unlink()
    data = bytearray((rendered / "a-p0002.png").read_bytes())
    data[-20] ^= 1
    (rendered / "a-p0002.png").write_bytes(data)
    manifest = json.loads((rendered / "manifest.json").read_text())
    manifest["images"][3]["width"] += 1
    (rendered / "manifest.json").write_text(json.dumps(manifest))
    found = verify_folder(rendered)
    assert keys(found) == [("a-p0001.png", 1), ("a-p0002.png", 2), ("photo.png", 1)]
    said = [fault.text.en for fault in found.faults]
    assert ["missing" in said[0], "hash differs" in said[1], "instead of (201, 300)" in said[2]] == [True] * 3


def test_pixel_changed_behind_a_forged_hash_is_found_against_the_source(rendered: Path) -> None:
    from toolkit.files import sha256_of

    with Image.open(rendered / "a-p0003.png") as image:
        pixels = np.asarray(image).copy()
    pixels[5, 5] ^= 1
    Image.fromarray(pixels).save(rendered / "a-p0003.png")
    manifest = json.loads((rendered / "manifest.json").read_text())
    manifest["images"][2]["sha256"] = sha256_of(rendered / "a-p0003.png")
    (rendered / "manifest.json").write_text(json.dumps(manifest))
    assert verify_folder(rendered).faults == ()
    found = verify_folder(rendered, against=[rendered.parent], jobs=1)
    assert keys(found) == [("a-p0003.png", 3)]
    assert "1 pixels" in found.faults[0].text.en


def test_source_that_was_replaced_is_not_taken_for_the_source(rendered: Path) -> None:
    text_pdf(rendered.parent / "a.pdf", 3, lines=9)
    found = verify_folder(rendered, against=[rendered.parent], jobs=1)
    assert keys(found) == [("a-p0001.png", 1), ("a-p0002.png", 2), ("a-p0003.png", 3)]
    assert all("was not found with the same content" in fault.text.en for fault in found.faults)
    assert found.compared == 2


def test_source_is_found_under_another_name(rendered: Path) -> None:
    (rendered.parent / "a.pdf").rename(rendered.parent / "renamed.pdf")
    assert verify_folder(rendered, against=[rendered.parent], jobs=1).faults == ()


def test_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="There is no manifest"):
        verify_folder(tmp_path)


def test_command_line_tells_by_its_exit_code(
    rendered: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(rendered.parent)
    assert main(["verify", str(rendered)]) == 0
    assert "All files are whole: 5." in capsys.readouterr().out
    assert main(["verify", str(rendered), "--against-source"]) == 0
    assert "pixel for pixel: 5" in capsys.readouterr().out
    (rendered / "photo.png").unlink()
    assert main(["--lang", "zh", "verify", str(rendered)]) == 1
    captured = capsys.readouterr()
    assert "缺少文件" in captured.err
    assert "1 处问题" in captured.out
    assert len(read_manifest(rendered).images) == 5
