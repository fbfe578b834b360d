"""A PDF page by PDFium: its own scan where it is one, else drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from toolkit.errors import PageTooLargeError
from toolkit.geometry import Placement, Size
from toolkit.pages import PageImage, PageRequest, check_unchanged
from toolkit.pdf import FontUse, PdfDocument, ScanImage, check_megapixels
from toolkit.pdf.shelf import Shelf
from toolkit.raster import Pixels, Raster
from toolkit.texts import Text, say
from toolkit.work.guard import BYTES_A_PIXEL, guard_memory

_shelf = Shelf()
_DECODED_BYTES = 8
"""Memory for each pixel of an image on the page: PDFium decodes to 4 bytes and copies as it scales."""
_PROOF_SIDE = 192
"""Long side in pixels of the comparison between a scan and the drawn page."""
_PROOF_DIFFERENCE = 12.0
"""Mean difference (of 255) that two ways of reducing the same picture stay under: 1 to 7 were measured on
photos, text and dithered fax; an inverted, masked or overprinted image gives 20 and more."""
_MOST_FONTS = 6


@dataclass(frozen=True)
class Typeset:
    """A page that is nothing but text and lines: its full size in pixels and in points, and its heights.

    `heights` are (points per em, characters), as in `PageImage.text_heights`.
    """

    size: Size
    size_pt: tuple[float, float]
    heights: tuple[tuple[float, int], ...]


def read_typeset(request: PageRequest) -> Typeset | None:
    """Read the text of a page that need not be looked at; None for any other page. Raises as `draw_page`."""
    check_unchanged(request)
    document, index = _shelf.get(request), request.page - 1
    size_pt = document.page_size(index)
    size = _full_size(request, size_pt)
    if not document.is_typeset(index):
        return None
    return Typeset(size, size_pt, tuple(document.text_heights(index)))


def _full_size(request: PageRequest, size_pt: tuple[float, float]) -> Size:
    limit = request.max_megapixels
    return check_megapixels(size_pt, request.dpi, limit, file=request.file, page=request.page)


def draw_page(request: PageRequest) -> PageImage:
    """Draw a page, or take its scan. Raises SourceError or PageError."""
    document = _shelf.get(request)
    index = request.page - 1
    size_pt = document.page_size(index)
    size = request.size or _full_size(request, size_pt)
    largest = _check_images(document, request)
    guard_memory(4 * size[0] * size[1] + _DECODED_BYTES * largest)
    page = _scan(document, request, size_pt) or _drawn(document, request, size, size_pt)
    if document.crop_box_is_off(index):
        page = replace(page, notes=(say("render.crop_box_off"), *page.notes))
    if index == 0:
        page = replace(page, notes=(*_outside_notes(document), *page.notes))
    guard_memory(BYTES_A_PIXEL * page.size[0] * page.size[1] + _DECODED_BYTES * largest)
    return page


def _outside_notes(document: PdfDocument) -> tuple[Text, ...]:
    """Say of a document, on its first page, what none of its pages shows."""
    notes = (say("render.dynamic_form"),) if document.is_dynamic_form else ()
    count, names = document.attached_files
    if count == 0:
        return notes
    listed = ", ".join((*names, "…") if count > len(names) else names)
    return (*notes, say("render.attached", count=count, names=listed))


def _check_images(document: PdfDocument, request: PageRequest) -> int:
    """Give the pixels of the largest image on a page. Raises PageTooLargeError before it is decoded."""
    pixels = document.largest_image(request.page - 1)
    if pixels > request.max_megapixels * 1e6:
        text = say(
            "render.image_on_page_too_large",
            file=request.file, page=request.page, megapixels=pixels / 1e6, limit=request.max_megapixels,
        )  # fmt: skip
        raise PageTooLargeError.from_text(text)
    return pixels


def _drawn(
    document: PdfDocument, request: PageRequest, size: Size, size_pt: tuple[float, float]
) -> PageImage:
    raster = document.render(request.page - 1, size)
    notes = font_notes(raster, document.missing_fonts(request.page - 1), size_pt)
    heights = document.text_heights(request.page - 1) if request.heights else []
    placement = Placement.scaling(size, size_pt)
    dpi = request.dpi if request.size is None else size[0] * 72 / size_pt[0]
    return PageImage(raster, size, size_pt, "pt", placement, dpi, notes, tuple(heights))


def _scan(document: PdfDocument, request: PageRequest, size_pt: tuple[float, float]) -> PageImage | None:
    scan = document.scan_image(request.page - 1) if request.scans and request.size is None else None
    if scan is None or scan.size[0] * scan.size[1] > request.max_megapixels * 1e6:
        return None
    pixels = _samples(document, request.page - 1, scan, size_pt)
    if pixels is None:
        return None
    left, upper, right, lower = scan.box
    placement = Placement.scaling(scan.size, (right - left, lower - upper)).then(
        Placement.offset(left, upper)
    )
    note = say("render.scan_as_is", width=scan.size[0], height=scan.size[1])
    return PageImage(pixels, scan.size, size_pt, "pt", placement, scan.dpi, (note,))


def _samples(
    document: PdfDocument, index: int, scan: ScanImage, size_pt: tuple[float, float]
) -> Raster | Pixels | None:
    """Give a scan's own samples, None where that would not be the page.

    Where the image fills the page to the pixel, PDFium draws it at its own size sample by sample: that is the
    page as displayed and the scan itself, in half the time. Otherwise its samples are taken and compared.
    """
    if scan.fills(size_pt):
        return document.render(index, scan.size)
    pixels = scan.read()
    return pixels if pixels is not None and _is_the_page(document, index, scan, pixels) else None


def _is_the_page(document: PdfDocument, index: int, scan: ScanImage, pixels: Pixels) -> bool:
    """Prove that the image looks as the page does: both small, side by side.

    It catches what the page's objects do not tell: masks by colour, inverted samples, blend modes.
    """
    from PIL import Image

    factor = max(1.0, max(scan.size) / _PROOF_SIDE)
    small = (max(1, round(scan.size[0] / factor)), max(1, round(scan.size[1] / factor)))
    drawn = document.render(index, small).to_picture().convert("RGB")
    taken = Image.fromarray(np.ascontiguousarray(_thinned(pixels, factor))).convert("RGB")
    reduced = taken.resize(small, Image.Resampling.BOX)
    difference = np.abs(np.asarray(drawn, np.int16) - np.asarray(reduced, np.int16))
    return float(difference.mean()) <= _PROOF_DIFFERENCE


def _thinned(pixels: Pixels, factor: float) -> Pixels:
    """Take every n-th sample, at least four for each pixel of the comparison, so that it stays cheap."""
    step = max(1, int(factor / 4))
    return pixels[::step, ::step]


def font_notes(raster: Raster, uses: Sequence[FontUse], size_pt: tuple[float, float]) -> tuple[Text, ...]:
    """Say which fonts the PDF lacks: those whose text came out blank, and those that others stand in for."""
    blank: dict[str, None] = {}
    replaced: dict[str, None] = {}
    for use in uses:
        known = use.font in blank
        if not known and _is_blank(raster, use.box, size_pt):
            blank[use.font] = None
        elif not known:
            replaced[use.font] = None
    stand_ins = [font for font in replaced if font not in blank]
    missing, substituted = _listed(list(blank)), _listed(stand_ins)
    notes = [say("render.font_missing", fonts=missing)] if missing else []
    return (*notes, *([say("render.font_substituted", fonts=substituted)] if substituted else []))


def _is_blank(raster: Raster, box: tuple[float, float, float, float], size_pt: tuple[float, float]) -> bool:
    scale_x, scale_y = raster.size[0] / size_pt[0], raster.size[1] / size_pt[1]
    left, upper = max(0, int(box[0] * scale_x)), max(0, int(box[1] * scale_y))
    right, lower = round(box[2] * scale_x) + 1, round(box[3] * scale_y) + 1
    area = raster.words[upper:lower, left:right] & 0xFFFFFF
    return bool(area.size) and bool((area == area[0, 0]).all())


def _listed(fonts: list[str]) -> str:
    more = ", …" if len(fonts) > _MOST_FONTS else ""
    return ", ".join(fonts[:_MOST_FONTS]) + more
