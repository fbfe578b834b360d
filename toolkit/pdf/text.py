"""What a page knows of its own text: sizes and fonts, read from its text objects."""

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as raw

from toolkit.geometry import Box

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_MAX_OBJECTS = 20_000
"""Text objects that are looked at on one page; a page of small print has about 3,000."""
_MAX_DEPTH = 8
_INVISIBLE = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)


@dataclass(frozen=True)
class FontUse:
    """One run of text in a font that the file does not contain: the font's name and the run's box.

    The box is in points with the origin at the upper left of the page as displayed.
    """

    font: str
    box: Box


@dataclass(frozen=True)
class PageText:
    """`heights`: (points per em as displayed, characters), small to large. `not_embedded`: runs of text."""

    heights: list[tuple[float, int]]
    not_embedded: list[FontUse]

    @property
    def characters(self) -> int:
        """The visible characters of the page."""
        return sum(count for _, count in self.heights)


def read_text(page: Any) -> PageText:
    """Read the visible text objects of an open pypdfium2 page."""
    textpage = raw.FPDFText_LoadPage(page)
    heights: Counter[float] = Counter()
    uses: list[FontUse] = []
    fonts: dict[int, str | None] = {}
    try:
        for obj, matrix in _text_objects(page):
            count = _characters(obj, textpage)
            height = _height(obj, matrix)
            if count and height > 0 and raw.FPDFTextObj_GetTextRenderMode(obj) not in _INVISIBLE:
                heights[round(height, 1)] += count
                uses += _uses(obj, page, matrix, fonts)
    finally:
        raw.FPDFText_ClosePage(textpage)
    return PageText(sorted(heights.items()), uses)


def _text_objects(page: Any) -> Iterator[tuple[Any, Matrix]]:
    found = 0
    for obj, matrix in objects(page):
        if raw.FPDFPageObj_GetType(obj) == raw.FPDF_PAGEOBJ_TEXT:
            yield obj, matrix
            found += 1
        if found >= _MAX_OBJECTS:
            return


def objects(page: Any) -> Iterator[tuple[Any, Matrix]]:
    """Walk all objects of a page, those inside forms too, each with the matrix of the forms around it."""
    for index in range(max(0, raw.FPDFPage_CountObjects(page))):
        yield from _walk(raw.FPDFPage_GetObject(page, index), _IDENTITY, 0)


def _walk(obj: Any, outer: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:
    if not obj:
        return
    yield obj, outer
    if depth < _MAX_DEPTH and raw.FPDFPageObj_GetType(obj) == raw.FPDF_PAGEOBJ_FORM:
        inner = multiply(matrix_of(obj), outer)
        for index in range(max(0, raw.FPDFFormObj_CountObjects(obj))):
            yield from _walk(raw.FPDFFormObj_GetObject(obj, index), inner, depth + 1)


def matrix_of(obj: Any) -> Matrix:
    """Read an object's own matrix, in the order of the PDF's six numbers."""
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(obj, found):
        return _IDENTITY
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def multiply(inner: Matrix, outer: Matrix) -> Matrix:
    """Compose two PDF matrices, `inner` first."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _height(obj: Any, outer: Matrix) -> float:
    size = ctypes.c_float()
    if not raw.FPDFTextObj_GetFontSize(obj, size):
        return 0.0
    _, _, c, d, _, _ = multiply(matrix_of(obj), outer)
    return abs(size.value) * math.hypot(c, d)


def _characters(obj: Any, textpage: Any) -> int:
    length = raw.FPDFTextObj_GetText(obj, textpage, None, 0)
    if length <= 2:
        return 0
    buffer = (ctypes.c_ushort * (length // 2))()
    raw.FPDFTextObj_GetText(obj, textpage, buffer, length)
    text = bytes(buffer)[: length - 2].decode("utf-16-le", "replace")
    return sum(not letter.isspace() for letter in text)


def _uses(obj: Any, page: Any, outer: Matrix, fonts: dict[int, str | None]) -> list[FontUse]:
    font = raw.FPDFTextObj_GetFont(obj)
    address = ctypes.addressof(font.contents) if font else 0
    if address not in fonts:
        fonts[address] = _missing_name(font) if font else None
    name = fonts[address]
    box = displayed_box(obj, page, outer) if name is not None else None
    return [FontUse(name, box)] if name is not None and box is not None else []


def _missing_name(font: Any) -> str | None:
    if raw.FPDFFont_GetIsEmbedded(font) != 0:
        return None
    length = raw.FPDFFont_GetBaseFontName(font, None, 0)
    buffer = ctypes.create_string_buffer(max(1, length))
    raw.FPDFFont_GetBaseFontName(font, buffer, length)
    name = buffer.value.decode("utf-8", "replace")
    return "".join(c for c in name if c.isprintable())[:80] or "?"


def displayed_box(obj: Any, page: Any, outer: Matrix) -> Box | None:
    """Give an object's bounds in points from the upper left of the page as displayed, None if it has none."""
    edges = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(obj, *edges):
        return None
    left, bottom, right, top = (edge.value for edge in edges)
    corners = [(left, bottom), (right, bottom), (left, top), (right, top)]
    a, b, c, d, e, f = outer
    corners = [(a * x + c * y + e, b * x + d * y + f) for x, y in corners]
    return around([to_display(page, corner) for corner in corners])


def to_display(page: Any, point: tuple[float, float]) -> tuple[float, float]:
    """Map a point of the page's own space to points from the upper left of the page as displayed."""
    box = raw.FS_RECTF()
    raw.FPDF_GetPageBoundingBox(page, box)
    x, y = point[0] - box.left, point[1] - box.bottom
    width, height = box.right - box.left, box.top - box.bottom
    turned = {0: (x, height - y), 1: (y, x), 2: (width - x, y), 3: (height - y, width - x)}
    return turned.get(raw.FPDFPage_GetRotation(page), (x, height - y))


def around(points: list[tuple[float, float]]) -> Box:
    """Give the upright box around points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs), min(ys), max(xs), max(ys))
