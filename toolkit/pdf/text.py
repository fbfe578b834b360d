"""What a page knows of its own text: sizes and fonts, read from its text objects."""

import ctypes
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as raw

from toolkit.geometry import Box
from toolkit.pdf.objects import PageObject, displayed_box, matrix_of, multiply

_INVISIBLE = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)
_USUAL_LENGTH = 256
"""UTF-16 units that most runs of text fit into with their final 0, so that PDFium is asked once."""
_MOST_USES = 400
"""Runs of text in missing fonts that are kept for one page; enough to tell which fonts came out blank."""


@dataclass(frozen=True)
class FontUse:
    """One run of text in a font that the file does not contain: the font's name and the run's box.

    The box is in points with the origin at the upper left of the page as displayed.
    """

    font: str
    box: Box


def text_heights(page: Any, objects: Sequence[PageObject]) -> list[tuple[float, int]]:
    """Give the heights of the visible text in points per em as displayed, each with its characters."""
    textpage = raw.FPDFText_LoadPage(page)
    heights: Counter[float] = Counter()
    try:
        for item in visible_text(objects):
            count, height = _characters(item.handle, textpage), height_of(item)
            if count and height > 0:
                heights[round(height, 1)] += count
    finally:
        raw.FPDFText_ClosePage(textpage)
    return sorted(heights.items())


def missing_fonts(page: Any, objects: Sequence[PageObject]) -> list[FontUse]:
    """Find the visible text in fonts that neither the file nor every reader contains."""
    uses: list[FontUse] = []
    names: dict[int, str | None] = {}
    for item in objects:
        if item.kind != raw.FPDF_PAGEOBJ_TEXT or len(uses) >= _MOST_USES:
            continue
        name = _missing_name(raw.FPDFTextObj_GetFont(item.handle), names)
        box = displayed_box(item, page) if name and _is_visible(item) else None
        if name and box:
            uses.append(FontUse(name, box))
    return uses


def visible_text(objects: Sequence[PageObject]) -> list[PageObject]:
    """List the text objects that are drawn."""
    return [item for item in objects if item.kind == raw.FPDF_PAGEOBJ_TEXT and _is_visible(item)]


def _is_visible(item: PageObject) -> bool:
    return raw.FPDFTextObj_GetTextRenderMode(item.handle) not in _INVISIBLE


def height_of(item: PageObject) -> float:
    """Give the height of a text object in points per em as displayed, 0 where it names none."""
    size = ctypes.c_float()
    if not raw.FPDFTextObj_GetFontSize(item.handle, size):
        return 0.0
    _, _, c, d, _, _ = multiply(matrix_of(item.handle), item.outer)
    return abs(size.value) * math.hypot(c, d)


def _characters(handle: Any, textpage: Any) -> int:
    """Count the characters of a text object that are no spaces."""
    buffer = (ctypes.c_ushort * _USUAL_LENGTH)()
    length = raw.FPDFTextObj_GetText(handle, textpage, buffer, 2 * _USUAL_LENGTH)
    if length > 2 * _USUAL_LENGTH:
        buffer = (ctypes.c_ushort * (length // 2))()
        raw.FPDFTextObj_GetText(handle, textpage, buffer, length)
    text = bytes(buffer)[: max(0, length - 2)].decode("utf-16-le", "replace")
    return len("".join(text.split()))


def _missing_name(font: Any, names: dict[int, str | None]) -> str | None:
    """Give the name of a font that may be missing, None for any other; `names` remembers by address."""
    if not font:
        return None
    address = ctypes.addressof(font.contents)
    if address not in names:
        name = None if raw.FPDFFont_GetIsEmbedded(font) else _font_name(font)
        names[address] = None if name and is_standard(name) else name
    return names[address]


def is_standard(font: str) -> bool:
    """Tell whether a font is one of the 14 that every PDF reader carries (ISO 32000-1, 9.6.2.2), or Arial."""
    plain = font.replace(" ", "").lower()
    return plain.startswith(("helvetica", "times", "courier", "symbol", "zapfdingbats", "arial"))


def _font_name(font: Any) -> str:
    length = raw.FPDFFont_GetBaseFontName(font, None, 0)
    buffer = ctypes.create_string_buffer(max(1, length))
    raw.FPDFFont_GetBaseFontName(font, buffer, length)
    name = buffer.value.decode("utf-8", "replace")
    return "".join(c for c in name if c.isprintable())[:80] or "?"
