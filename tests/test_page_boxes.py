"""CropBox and MediaBox: offset, turned, inherited, too large, empty or no numbers at all.

A red mark stands at a place that is known in the page's own space. Where it comes out, in the picture and
through `locate`, is worked out here from the boxes alone.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from benchmarks.pdf_writer import PdfWriter
from toolkit.cli import main
from toolkit.geometry import Box
from toolkit.pages import PageRequest, load_page
from toolkit.raster import Pixels

MARK = (130.0, 110.0, 150.0, 120.0)
"""Left, bottom, right, top in the page's own space, where y runs up."""
CROP, MEDIA, LETTER = (100.0, 90.0, 250.0, 180.0), (0.0, 0.0, 300.0, 200.0), (0.0, 0.0, 612.0, 792.0)
SCALE = 2
"""Pixels a point: 144 dpi."""


def boxed_pdf(path: Path, page: str, above: str = "") -> Path:
    """Write a page whose boxes stand in its own entries, or in those of the node above it."""
    writer = PdfWriter()
    left, bottom, right, top = MARK
    content = writer.stream(f"1 0 0 rg {left} {bottom} {right - left} {top - bottom} re f".encode())
    node = len(writer.objects) + 2
    leaf = writer.add(f"<< /Type /Page /Parent {node} 0 R /Resources << >> /Contents {content} 0 R {page} >>")
    writer.kids.append(writer.add(f"<< /Type /Pages /Parent 2 0 R /Kids [{leaf} 0 R] /Count 1 {above} >>"))
    return writer.save(path)


def displayed(box: Box, turn: int) -> tuple[Box, tuple[float, float]]:
    """Say where the mark lies on a page that shows `box`, turned clockwise, and how large the page is."""
    left, bottom, right, top = box
    width, height = right - left, top - bottom
    x0, x1 = MARK[0] - left, MARK[2] - left
    y0, y1 = top - MARK[3], top - MARK[1]
    return {
        0: ((x0, y0, x1, y1), (width, height)),
        90: ((height - y1, x0, height - y0, x1), (height, width)),
        180: ((width - x1, height - y1, width - x0, height - y0), (width, height)),
        270: ((y0, width - x1, y1, width - x0), (height, width)),
    }[turn % 360]


def mark_in(pixels: Pixels) -> Box:
    """Find the mark in a picture."""
    red = np.argwhere((pixels == (255, 0, 0)).all(axis=2))
    return (red[:, 1].min(), red[:, 0].min(), red[:, 1].max() + 1, red[:, 0].max() + 1)


def check(path: Path, option: Literal["crop", "media"], shown: Box, turn: int) -> None:
    """Draw the page; its size, the mark's place and the way back to the page must be what the boxes say."""
    page = load_page(PageRequest(str(path), 1, "pdf", dpi=72 * SCALE, box=option))
    expected, size = displayed(shown, turn)
    assert page.source_size == pytest.approx(size)
    assert list(page.size) == [side * SCALE for side in size]
    found = mark_in(np.asarray(page.picture().convert("RGB")))
    assert list(found) == [edge * SCALE for edge in expected]
    assert page.placement.to_source(found) == pytest.approx(expected)


BOXES: dict[str, tuple[str, Box, Box]] = {
    "no crop box": ("/MediaBox [0 0 300 200]", MEDIA, MEDIA),
    "offset": ("/MediaBox [0 0 300 200] /CropBox [100 90 250 180]", CROP, MEDIA),
    "sheet away from zero": ("/MediaBox [-40 -60 260 140]", (-40, -60, 260, 140), (-40, -60, 260, 140)),
    "both away from zero": (
        "/MediaBox [50 60 350 260] /CropBox [100 90 250 180]", CROP, (50, 60, 350, 260),
    ),
    "beyond the sheet": ("/MediaBox [0 0 300 200] /CropBox [-99 -99 999 999]", MEDIA, MEDIA),
    "half beyond": ("/MediaBox [0 0 300 200] /CropBox [120 100 999 999]", (120, 100, 300, 200), MEDIA),
    "corners exchanged": ("/MediaBox [300 200 0 0] /CropBox [250 180 100 90]", CROP, MEDIA),
    "empty": ("/MediaBox [0 0 300 200] /CropBox [100 100 100 100]", MEDIA, MEDIA),
    "outside the sheet": ("/MediaBox [0 0 300 200] /CropBox [400 400 500 500]", MEDIA, MEDIA),
    "beside the sheet": ("/MediaBox [0 0 300 200] /CropBox [300 0 500 200]", MEDIA, MEDIA),
    "no numbers": ("/MediaBox [0 0 300 200] /CropBox [nan nan nan nan]", MEDIA, MEDIA),
    "too few numbers": ("/MediaBox [0 0 300 200] /CropBox [100 90]", MEDIA, MEDIA),
    "no sheet": ("", LETTER, LETTER),
    "empty sheet": ("/MediaBox [0 0 0 0]", LETTER, LETTER),
    "crop box of no sheet": ("/CropBox [100 90 250 180]", CROP, LETTER),
}  # fmt: skip


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize("inherited", [False, True])
@pytest.mark.parametrize("name", BOXES)
def test_page_is_its_box_wherever_that_lies(tmp_path: Path, name: str, inherited: bool, turn: int) -> None:
    entries, crop, media = BOXES[name]
    entries = f"{entries} /Rotate {turn}"
    path = boxed_pdf(tmp_path / "a.pdf", *(("", entries) if inherited else (entries, "")))
    check(path, "crop", crop, turn)
    check(path, "media", media, turn)


@pytest.mark.parametrize(("crop", "told"), [("400 400 500 500", True), ("100 90 250 180", False)])
def test_crop_box_off_the_sheet_is_told(tmp_path: Path, crop: str, told: bool) -> None:
    path = boxed_pdf(tmp_path / "a.pdf", f"/MediaBox [0 0 300 200] /CropBox [{crop}]")
    for box, expected in (("crop", told), ("media", False)):
        page = load_page(PageRequest(str(path), 1, "pdf", dpi=72, box=box))  # type: ignore[arg-type]
        assert any("crop box lies off its sheet" in note.en for note in page.notes) == expected
        assert any("裁剪框" in note.zh for note in page.notes) == expected


@pytest.mark.poppler
@pytest.mark.parametrize("crop", ["400 400 500 500", "100 100 100 100", "100 90 250 180"])
def test_poppler_shows_the_same_part_of_the_sheet(tmp_path: Path, crop: str) -> None:
    path = boxed_pdf(tmp_path / "a.pdf", "", f"/MediaBox [0 0 300 200] /CropBox [{crop}] /Rotate 90")
    for box in ("crop", "media"):
        request = PageRequest(str(path), 1, "pdf", dpi=72 * SCALE, box=box)  # type: ignore[arg-type]
        ours, theirs = load_page(request), load_page(replace(request, engine="poppler"))
        assert (theirs.size, theirs.placement) == (ours.size, ours.placement)
        marks = [mark_in(np.asarray(page.picture().convert("RGB"))) for page in (ours, theirs)]
        assert np.abs(np.subtract(*marks)).max() <= 1


@pytest.mark.parametrize("turn", [0, 90, 180, 270, -90, 450])
def test_turned_page_with_a_crop_box_is_as_displayed(tmp_path: Path, turn: int) -> None:
    boxes = "/MediaBox [10 20 310 220] /CropBox [100 90 250 180]"
    path = boxed_pdf(tmp_path / "a.pdf", f"{boxes} /Rotate {turn}")
    check(path, "crop", CROP, turn)
    check(path, "media", (10, 20, 310, 220), turn)


@pytest.mark.parametrize("own", ["CropBox", "MediaBox"])
def test_one_box_of_the_page_and_one_from_above(tmp_path: Path, own: str) -> None:
    boxes = {"CropBox": "/CropBox [100 90 250 180]", "MediaBox": "/MediaBox [0 0 300 200]"}
    page = boxes.pop(own)
    path = boxed_pdf(tmp_path / "a.pdf", page, *boxes.values())
    check(path, "crop", CROP, 0)
    check(path, "media", MEDIA, 0)


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize(("option", "shown"), [("crop", CROP), ("media", MEDIA)])
def test_mark_is_located_through_the_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, shown: Box, turn: int
) -> None:
    boxes = "/MediaBox [0 0 300 200] /CropBox [100 90 250 180]"
    path, out = boxed_pdf(tmp_path / "a.pdf", "", f"{boxes} /Rotate {turn}"), tmp_path / "out"
    assert main(["render", str(path), "-o", str(out), "--dpi", str(72 * SCALE), "--box", option]) == 0
    expected, size = displayed(shown, turn)
    image = json.loads((out / "manifest.json").read_text())["images"][0]
    assert (image["source"]["width"], image["source"]["height"]) == pytest.approx(size)
    with Image.open(out / image["file"]) as picture:
        found = mark_in(np.asarray(picture.convert("RGB")))
    capsys.readouterr()
    words = ["locate", str(out / "manifest.json"), "--image", "1", "--coordinates", "pixels", "--json"]
    assert main([*words, "--box", *map(str, found)]) == 0
    assert json.loads(capsys.readouterr().out)["box"] == pytest.approx(expected, abs=0.01)
