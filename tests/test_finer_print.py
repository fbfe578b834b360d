"""Print finer than the smallest that counts: told of where the reduction loses it, and only there."""

from pathlib import Path

import pytest
from documents import Page, Words, write_pdf
from PIL import Image, ImageDraw, ImageFont

from toolkit import Limits, Manifest, Recipe, prepare

BODY = "The quarterly report describes how the regional offices handled invoices"
FINE = "Subject to change without notice"


def _notes(path: Path, folder: Path, recipe: Recipe | None = None) -> list[str]:
    manifest: Manifest = prepare([path], recipe, output_dir=folder, limits=Limits(jobs=1))
    return [note.en for note in manifest.images[0].notes]


def _page(fine: float) -> Page:
    lines = tuple(Words(BODY, 60, 780 - 18 * row, 12) for row in range(36))
    return Page(content=(*lines, Words(FINE, 60, 60, fine)))


def test_fine_line_of_a_pdf_is_told_with_the_size_that_keeps_it(tmp_path: Path) -> None:
    notes = _notes(write_pdf(tmp_path / "a.pdf", _page(4.0)), tmp_path / "out")
    assert notes[0].startswith("Long side 1024: the smallest text is")
    told = [note for note in notes if "finer print" in note]
    assert len(told) == 1
    assert f"About {len(FINE.replace(' ', ''))} characters" in told[0]
    assert "down to 4.9 px" in told[0]  # 4 pt of 842 at 1024
    larger = int(told[0].split("long side of ")[1].rstrip("."))
    again = _notes(tmp_path / "a.pdf", tmp_path / "larger", Recipe(long_side=larger))
    assert not any("finer print" in note for note in again)


@pytest.mark.parametrize("size", [6.0, 9.0, 12.0])
def test_line_that_stays_legible_is_not_told(tmp_path: Path, size: float) -> None:
    notes = _notes(write_pdf(tmp_path / "a.pdf", _page(size)), tmp_path / "out")
    assert not any("finer print" in note for note in notes)


def test_fine_line_of_a_picture_is_told(tmp_path: Path) -> None:
    image = Image.new("L", (1800, 2600), 255)
    draw = ImageDraw.Draw(image)
    for row in range(34):
        draw.text((90, 60 + 66 * row), BODY, fill=0, font=ImageFont.load_default(size=40))
    draw.text((90, 2480), FINE, fill=0, font=ImageFont.load_default(size=14))
    image.save(tmp_path / "a.png")
    told = [note for note in _notes(tmp_path / "a.png", tmp_path / "out") if "finer print" in note]
    assert len(told) == 1
