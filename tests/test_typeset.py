from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from benchmarks.pdf_writer import PdfWriter, text
from toolkit.page_views import SeenPage, TypesetPage, view_page
from toolkit.pages import PageRequest
from toolkit.pdf import open_document
from toolkit.quality import assess_quality

LINES = "".join(text(f"Line {n} of a contract", 60, 760 - 20 * n, 10) for n in range(30))
NOTE = "/Annots [<< /Type /Annot /Subtype /FreeText /Rect [9 9 99 99] >>]"
TYPE3 = (
    "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [0.01 0 0 0.01 0 0] /FirstChar 97 "
    "/LastChar 97 /Widths [800] /Encoding << /Type /Encoding /Differences [97 /square] >> "
    "/CharProcs << /square {glyph} 0 R >> /Resources << >> >>"
)


def _page(path: Path, content: str, *, image: bool = False, entries: str = "") -> Path:
    writer = PdfWriter()
    resources = f"/Font << /F1 {writer.font()} 0 R >>"
    if image:
        resources += f" /XObject << /I1 {writer.image(Image.new('L', (200, 100), 90))} 0 R >>"
    writer.page(content, resources=resources, entries=entries)
    return writer.save(path)


def _bitmap_font(path: Path) -> Path:
    """Text at size 1 in a font whose glyphs are eight units high, as old TeX wrote it."""
    writer = PdfWriter()
    glyph = writer.stream(b"800 0 0 0 750 750 d1 0 0 750 750 re f")
    font = writer.add(TYPE3.format(glyph=glyph))
    content = "".join(f"BT /F1 1 Tf 60 {760 - 20 * n} Td (aaaaaaaaaa) Tj ET\n" for n in range(30))
    writer.page(content, resources=f"/Font << /F1 {font} 0 R >>")
    return writer.save(path)


def _outlines(count: int) -> str:
    curve = "1 2 3 4 5 6 c 2 3 4 5 6 7 c 3 4 5 6 7 8 c 4 5 6 7 8 9 c h f\n"
    return "".join(f"{50 + n} 400 m {curve}" for n in range(count))


PAGES: dict[str, tuple[bool, Callable[[Path], Path]]] = {
    "text": (True, lambda path: _page(path, LINES)),
    "text in a ruled table": (True, lambda path: _page(path, LINES + "50 50 400 20 re S\n" * 60)),
    "logo": (True, lambda path: _page(path, LINES + "q 80 0 0 40 60 790 cm /I1 Do Q", image=True)),
    "picture": (False, lambda path: _page(path, LINES + "q 300 0 0 150 60 50 cm /I1 Do Q", image=True)),
    "outlined letters": (False, lambda path: _page(path, LINES + _outlines(300))),
    "no text": (False, lambda path: _page(path, "50 50 400 20 re S\n")),
    "invisible text": (False, lambda path: _page(path, "3 Tr\n" + LINES)),
    "sizes belied": (False, _bitmap_font),
    "a note": (
        False,
        lambda path: _page(path, LINES, entries=NOTE),
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_typeset_page_is_told_from_one_that_has_to_be_seen(tmp_path: Path, name: str) -> None:
    expected, write = PAGES[name]
    with open_document(write(tmp_path / "a.pdf")) as document:
        assert document.is_typeset(0) == expected


def test_readable_text_is_drawn_at_the_size_it_is_sent_at(tmp_path: Path) -> None:
    view = view_page(PageRequest(str(_page(tmp_path / "a.pdf", LINES)), 1, "pdf"))
    assert isinstance(view, TypesetPage)
    assert view.size == (2479, 3508)
    drawn = np.asarray(view.at((736, 1024)).to_picture())  # type: ignore[union-attr]
    with open_document(tmp_path / "a.pdf") as document:
        assert np.array_equal(drawn, document.render(0, (736, 1024)).to_array())


def test_small_text_is_drawn_finer_and_reduced(tmp_path: Path) -> None:
    view = view_page(PageRequest(str(_page(tmp_path / "a.pdf", LINES)), 1, "pdf"))
    reduced = view.at((384, 544))
    assert isinstance(reduced, Image.Image)
    with open_document(tmp_path / "a.pdf") as document:
        finer = document.render(0, (768, 1088)).to_picture()
    assert np.array_equal(np.asarray(reduced), np.asarray(finer.resize((384, 544), Image.Resampling.LANCZOS)))


def test_page_with_a_picture_is_seen_and_its_quality_measured(tmp_path: Path) -> None:
    path = _page(tmp_path / "a.pdf", LINES + "q 300 0 0 150 60 10 cm /I1 Do Q", image=True)
    view = view_page(PageRequest(str(path), 1, "pdf"))
    assert isinstance(view, SeenPage)
    assert view.judged.quality.source == "pixels"
    assert view.judged.quality.sharpness is not None


def test_few_letters_that_cannot_be_measured_are_doubtful_and_an_empty_scene_is_not() -> None:
    scene = Image.new("L", (900, 700), 200)
    ImageDraw.Draw(scene).ellipse((200, 200, 500, 500), fill=90)
    assert assess_quality(scene).reason.en.startswith("No text was found")
    ImageDraw.Draw(scene).text((300, 600), "Letters", fill=40, font=ImageFont.load_default(size=40))
    quality = assess_quality(scene.filter(ImageFilter.GaussianBlur(1)))
    assert quality.verdict == "doubtful"
    assert "may be some text" in quality.reason.en
    assert "可能有少量文字" in quality.reason.zh
