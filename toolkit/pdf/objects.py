"""The objects on a page, walked once: text, images, paths, and what stands inside forms."""

import ctypes
from collections.abc import Iterator
from typing import Any, NamedTuple

import pypdfium2.raw as raw

from toolkit.geometry import Box, Size

Matrix = tuple[float, float, float, float, float, float]
"""A PDF matrix, its six numbers in the PDF's own order."""

_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
MAX_OBJECTS = 50_000
"""A page of small print has about 3,000, a dense map 100,000: what lies beyond is drawn but not looked at."""
_MAX_DEPTH = 8


class PageObject(NamedTuple):
    """One object of a page: PDFium's handle, its kind (FPDF_PAGEOBJ_…), the matrix of its forms."""

    handle: Any
    kind: int
    outer: Matrix


def page_objects(page: Any) -> list[PageObject]:
    """List the objects of an open pypdfium2 page in the order in which they are drawn."""
    found: list[PageObject] = []
    for index in range(max(0, raw.FPDFPage_CountObjects(page))):
        found += _walk(raw.FPDFPage_GetObject(page, index), _IDENTITY, 0)
        if len(found) >= MAX_OBJECTS:
            break
    return found


def _walk(handle: Any, outer: Matrix, depth: int) -> Iterator[PageObject]:
    if not handle:
        return
    kind = raw.FPDFPageObj_GetType(handle)
    yield PageObject(handle, kind, outer)
    if kind == raw.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
        inner = multiply(matrix_of(handle), outer)
        for index in range(min(MAX_OBJECTS, max(0, raw.FPDFFormObj_CountObjects(handle)))):
            yield from _walk(raw.FPDFFormObj_GetObject(handle, index), inner, depth + 1)


def matrix_of(handle: Any) -> Matrix:
    """Read an object's own matrix."""
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(handle, found):
        return _IDENTITY
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def multiply(inner: Matrix, outer: Matrix) -> Matrix:
    """Compose two matrices, `inner` first."""
    if outer is _IDENTITY:
        return inner
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def apply(matrix: Matrix, point: tuple[float, float]) -> tuple[float, float]:
    """Map a point."""
    a, b, c, d, e, f = matrix
    return (a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f)


def image_size(handle: Any) -> Size | None:
    """Give the pixels that an image object declares, None if it declares none."""
    width, height = ctypes.c_uint(), ctypes.c_uint()
    if not raw.FPDFImageObj_GetImagePixelSize(handle, width, height) or not width.value or not height.value:
        return None
    return (width.value, height.value)


def displayed_box(item: PageObject, page: Any) -> Box | None:
    """Give an object's bounds in points from the upper left of the page as displayed, None if it has none."""
    edges = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(item.handle, *edges):
        return None
    left, bottom, right, top = (edge.value for edge in edges)
    corners = ((left, bottom), (right, bottom), (left, top), (right, top))
    return around([to_display(page, apply(item.outer, corner)) for corner in corners])


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
