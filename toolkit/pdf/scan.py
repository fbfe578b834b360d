"""A page that is one scanned image and nothing else: found, and taken with its own samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from toolkit.geometry import Box, Size
from toolkit.pdf.objects import Matrix, PageObject, apply, around, image_size, matrix_of, multiply, to_display
from toolkit.raster import Pixels

MIN_DPI = 36
"""Below this an "image of the page" is a stretched background; phone screenshots saved as PDF have 72."""
MAX_DPI = 1200
"""Above this it is no scan of the page but a picture squeezed onto it; the page is drawn as asked for."""
_EDGE = 0.01
"""How far the image's edges may lie from the page's, as a share of its side: scanners round to points."""
_SQUARE = 0.01
"""How far a pixel's sides may differ: a fax of 204 x 98 dpi would come out squeezed, so it is drawn."""
_ON_THE_PIXEL = 0.01
_UNSEEN_ANNOTATIONS = (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP)
_INVISIBLE = raw.FPDF_TEXTRENDERMODE_INVISIBLE


@dataclass(frozen=True)
class ScanImage:
    """The image that is the page: its `size` as displayed, its `box` in points, its resolution in `dpi`.

    `read` decodes it; call it while the page is open, before the next page is asked for.
    """

    size: Size
    box: Box
    dpi: float
    _object: Any
    _turn: tuple[bool, bool, bool]

    def fills(self, page: tuple[float, float]) -> bool:
        """Tell whether the image's edges lie on the page's, to a hundredth of its own pixels."""
        scale_x, scale_y = self.size[0] / page[0], self.size[1] / page[1]
        left, upper, right, lower = self.box
        off = (left * scale_x, upper * scale_y, (right - page[0]) * scale_x, (lower - page[1]) * scale_y)
        return max(map(abs, off)) <= _ON_THE_PIXEL

    def read(self) -> Pixels | None:
        """Decode the samples, turned as the page is displayed: grey or red-green-blue.

        None if PDFium does not give them as plain grey or RGB; then the page has to be drawn.
        """
        pixels = _decode(self._object)
        if pixels is None:
            return None
        transpose, mirror, flip = self._turn
        if transpose:
            pixels = pixels.swapaxes(0, 1)
        pixels = pixels[:: -1 if flip else 1, :: -1 if mirror else 1]
        return pixels if pixels.shape[1::-1] == self.size else None


def find_scan(page: Any, objects: Sequence[PageObject], *, has_forms: bool) -> ScanImage | None:
    """Find the image that is the whole of an open pypdfium2 page; None for every other page."""
    image = _only_image(objects)
    if image is None or annotated(page, has_forms) or raw.FPDFPageObj_HasTransparency(image.handle):
        return None
    matrix = multiply(matrix_of(image.handle), image.outer)
    stored = image_size(image.handle)
    turn = _orientation(page, matrix)
    if stored is None or turn is None:
        return None
    size = (stored[1], stored[0]) if turn[0] else stored
    box = around([to_display(page, apply(matrix, corner)) for corner in ((0, 0), (1, 0), (0, 1), (1, 1))])
    dpi = _own_dpi(size, box, (page.get_width(), page.get_height()))
    return None if dpi is None else ScanImage(size, box, dpi, image.handle, turn)


def _only_image(objects: Sequence[PageObject]) -> PageObject | None:
    found = None
    for item in objects:
        if item.kind == raw.FPDF_PAGEOBJ_IMAGE and found is None:
            found = item
        elif item.kind != raw.FPDF_PAGEOBJ_FORM and not _invisible_text(item):
            return None
    return found


def _invisible_text(item: PageObject) -> bool:
    if item.kind != raw.FPDF_PAGEOBJ_TEXT:
        return False
    return bool(raw.FPDFTextObj_GetTextRenderMode(item.handle) == _INVISIBLE)


def annotated(page: Any, has_forms: bool) -> bool:
    """Tell whether annotations show on an open page; links and closed notes do not."""
    for index in range(max(0, raw.FPDFPage_GetAnnotCount(page))):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind not in _UNSEEN_ANNOTATIONS and (kind != raw.FPDF_ANNOT_WIDGET or has_forms):
            return True
    return False


def _orientation(page: Any, matrix: Matrix) -> tuple[bool, bool, bool] | None:
    """Say how the stored rows lie on the displayed page: transposed, mirrored, flipped; None if slanted."""
    corner = to_display(page, apply(matrix, (0, 1)))
    across = to_display(page, apply(matrix, (1, 1)))
    down = to_display(page, apply(matrix, (0, 0)))
    ax, ay = across[0] - corner[0], across[1] - corner[1]
    dx, dy = down[0] - corner[0], down[1] - corner[1]
    if abs(ay) <= _EDGE * abs(ax) and abs(dx) <= _EDGE * abs(dy):
        return (False, ax < 0, dy < 0)
    if abs(ax) <= _EDGE * abs(ay) and abs(dy) <= _EDGE * abs(dx):
        return (True, dx < 0, ay < 0)
    return None


def _own_dpi(size: Size, box: Box, page: tuple[float, float]) -> float | None:
    """Give the image's resolution, or None unless it covers the page in square pixels of a usable size."""
    wide, high = page
    edges = (box[0] / wide, box[1] / high, box[2] / wide - 1, box[3] / high - 1)
    if min(page) <= 0 or max(map(abs, edges)) > _EDGE:
        return None
    dpi_x = size[0] * 72 / (box[2] - box[0])
    dpi_y = size[1] * 72 / (box[3] - box[1])
    square = abs(dpi_x / dpi_y - 1) <= _SQUARE
    return (dpi_x + dpi_y) / 2 if square and MIN_DPI <= dpi_x <= MAX_DPI else None


def _decode(obj: Any) -> Pixels | None:
    handle = raw.FPDFImageObj_GetBitmap(obj)
    if not handle:
        return None
    bitmap = pdfium.PdfBitmap.from_raw(handle)
    if bitmap.format not in (raw.FPDFBitmap_Gray, raw.FPDFBitmap_BGR, raw.FPDFBitmap_BGRx):
        bitmap.close()
        return None
    # pypdfium2 ties the bitmap's end to its buffer, so the pixels live as long as the array over them
    rows = np.frombuffer(bitmap.buffer, np.uint8).reshape(bitmap.height, bitmap.stride)
    if bitmap.format == raw.FPDFBitmap_Gray:
        return rows[:, : bitmap.width]
    samples = 3 if bitmap.format == raw.FPDFBitmap_BGR else 4
    packed = rows[:, : bitmap.width * samples].reshape(bitmap.height, bitmap.width, samples)
    return packed[..., 2::-1]
