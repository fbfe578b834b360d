"""One open PDF document."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from toolkit.errors import (
    DamagedSourceError,
    EmptySourceError,
    PasswordError,
    RenderError,
    SourceError,
    SourceMissingError,
)
from toolkit.geometry import Size
from toolkit.pdf.objects import PageObject, image_size, page_objects
from toolkit.pdf.outside import attached_files, is_dynamic_form, quiet_forms
from toolkit.pdf.scan import ScanImage, find_scan
from toolkit.pdf.text import FontUse, missing_fonts, text_heights
from toolkit.pdf.typeset import is_typeset
from toolkit.raster import MOST_FRAMED, Raster
from toolkit.reasons import reason, reason_of

PageBox = Literal["crop", "media"]
_WHITE = 0xFFFFFFFF
_EVERYWHERE = (-(2.0**31), -(2.0**31), 2.0**31, 2.0**31)
"""A crop box around any sheet. PDFium cuts a crop box to the sheet, and it alone knows of boxes that a page
inherits: its functions for a page's boxes only see the page's own entries."""
_LARGEST_KEPT = 12 * 2**20
"""Words of the buffer that is kept between pages, 48 MiB: A4 at 300 dpi takes 8.7 million. Fresh memory costs
5 ms a page; larger pages pay it, so that a worker stays small."""


def open_document(path: Path, password: str | None = None, *, box: PageBox = "crop") -> "PdfDocument":
    """Open a PDF file. `box` says which of a page's boxes is the page: what is displayed, or the whole sheet.

    Raises SourceMissingError, PasswordError, DamagedSourceError or EmptySourceError, each naming `path`.
    """
    if not path.is_file():
        raise SourceMissingError("file_missing", file=path)
    secret = None if password is None else password.encode() + b"\0"
    handle = raw.FPDF_LoadDocument(os.fsencode(path.absolute()) + b"\0", secret)
    if not handle:
        raise _refused(path, password, raw.FPDF_GetLastError())
    if raw.FPDF_GetPageCount(handle) < 1:
        raw.FPDF_CloseDocument(handle)
        raise EmptySourceError("no_pages", file=path)
    document = pdfium.PdfDocument(handle)
    with quiet_forms():
        document.init_forms()
    return PdfDocument(document, path, box)


def _refused(path: Path, password: str | None, code: int) -> SourceError:
    """Say why PDFium does not open a file. Its code only holds right after a failure."""
    if code == raw.FPDF_ERR_PASSWORD:
        return PasswordError("password_wrong" if password else "password_missing", file=path)
    reasons = {
        raw.FPDF_ERR_FILE: "unreadable",
        raw.FPDF_ERR_SECURITY: "encryption",
    }
    return DamagedSourceError("damaged", file=path, reason=reason(reasons.get(code, "no_structure")))


class PdfDocument:
    """An open PDF. Pages count from 0, lengths are points of the page as it is displayed (turned, cropped).

    PDFium ignores UserUnit, so a page that declares one is taken at 1/72 inch like any other.
    The pixels of `render` lie in one buffer that the next call overwrites.
    """

    def __init__(self, document: pdfium.PdfDocument, path: Path, box: PageBox = "crop") -> None:
        """Take over an open document of pypdfium2; `open_document` is the usual way."""
        self.path = path
        self.page_count = len(document)
        self._document = document
        self._box = box
        self._buffer = np.empty(0, np.uint32)
        self._room = np.empty(0, np.uint8)
        self._open: tuple[int, Any] | None = None
        self._listed: list[PageObject] | None = None
        self._lacking: list[FontUse] | None = None
        self._off: set[int] = set()

    def __enter__(self) -> "PdfDocument":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the document and let its buffer go."""
        self._close_page()
        self._document.close()
        self._buffer, self._room = np.empty(0, np.uint32), np.empty(0, np.uint8)

    def page_size(self, index: int) -> tuple[float, float]:
        """Give a page's width and height in points as displayed. Raises RenderError."""
        size = raw.FS_SIZEF()
        if not raw.FPDF_GetPageSizeByIndexF(self._document, index, size):
            raise RenderError("render_failed", file=self.path, page=index + 1, reason=reason("page_size"))
        if self._box == "media" or min(size.width, size.height) <= 0:
            page = self._page(index)
            return (page.get_width(), page.get_height())
        return (size.width, size.height)

    def crop_box_is_off(self, index: int) -> bool:
        """Tell whether a page's crop box lies off its sheet, so that the whole sheet is the page."""
        self._page(index)
        return index in self._off

    @property
    def is_dynamic_form(self) -> bool:
        """Whether the pages only stand in for an XFA form that another program has to build."""
        return is_dynamic_form(self._document)

    @property
    def attached_files(self) -> tuple[int, tuple[str, ...]]:
        """How many files lie inside the document, and the names of the first of them."""
        return attached_files(self._document)

    def render(self, index: int, size: Size) -> Raster:
        """Draw a page on white at exactly `size` pixels, with its annotations and form fields.

        The result is valid until the next call. Raises RenderError. Check the size with `check_megapixels`
        first: 4 bytes a pixel are taken.
        """
        page = self._page(index)
        words = self._words(size)
        bitmap = raw.FPDFBitmap_CreateEx(
            *size, raw.FPDFBitmap_BGRx, ctypes.c_void_p(words.ctypes.data), size[0] * 4
        )
        if not bitmap:
            raise RenderError("render_failed", file=self.path, page=index + 1, reason=reason("bitmap"))
        try:
            self._draw(page, bitmap, size)
        finally:
            raw.FPDFBitmap_Destroy(bitmap)
        return Raster(words, self._levels(size))

    def _levels(self, size: Size) -> Any:
        """Give memory for the levels of a page in grey, with the frame that PNG takes."""
        count = (size[0] + 1) * (size[1] + 1)
        if self._room.size < count and size[0] * size[1] <= MOST_FRAMED:
            self._room = np.empty(count, np.uint8)
        return self._room

    def _draw(self, page: Any, bitmap: Any, size: Size) -> None:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, *size, _WHITE)
        where = (0, 0, *size, 0, raw.FPDF_ANNOT)
        raw.FPDF_RenderPageBitmap(bitmap, page, *where)
        if self._document.formenv:
            raw.FPDF_FFLDraw(self._document.formenv, bitmap, page, *where)

    def _words(self, size: Size) -> Any:
        count = size[0] * size[1]
        if count > _LARGEST_KEPT:
            return np.empty((size[1], size[0]), np.uint32)
        if self._buffer.size < count:
            self._buffer = np.empty(count, np.uint32)
        return self._buffer[:count].reshape(size[1], size[0])

    def largest_image(self, index: int) -> int:
        """Give the pixels that the largest image on a page declares, 0 without images. Raises RenderError."""
        images = [item for item in self._objects(index) if item.kind == raw.FPDF_PAGEOBJ_IMAGE]
        sizes = [image_size(item.handle) for item in images]
        return max((size[0] * size[1] for size in sizes if size), default=0)

    def text_heights(self, index: int) -> list[tuple[float, int]]:
        """Give the heights of a page's visible text, in points per em as displayed, with their characters.

        Sorted from small to large; empty for a page without text. Raises RenderError.
        """
        with self._faults(index):
            return text_heights(self._page(index), self._objects(index))

    def is_typeset(self, index: int) -> bool:
        """Tell whether the text of a page is all that there is to read on it. Raises RenderError."""
        with self._faults(index):
            has_forms = self._document.formenv is not None
            return is_typeset(self._page(index), self._objects(index), has_forms=has_forms)

    def missing_fonts(self, index: int) -> list[FontUse]:
        """Find the visible text of a page in fonts that the file does not contain. Raises RenderError."""
        with self._faults(index):
            page = self._page(index)
            if self._lacking is None:
                self._lacking = missing_fonts(page, self._objects(index))
            return self._lacking

    def scan_image(self, index: int) -> ScanImage | None:
        """Find the one image that is the whole page, if the page is nothing but that. Raises RenderError."""
        with self._faults(index):
            has_forms = self._document.formenv is not None
            return find_scan(self._page(index), self._objects(index), has_forms=has_forms)

    def _objects(self, index: int) -> list[PageObject]:
        page = self._page(index)
        if self._listed is None:
            self._listed = page_objects(page)
        return self._listed

    @contextmanager
    def _faults(self, index: int) -> Iterator[None]:
        try:
            yield
        except pdfium.PdfiumError as error:
            raise RenderError(
                "render_failed", file=self.path, page=index + 1, reason=reason_of(error)
            ) from error

    def _page(self, index: int) -> Any:
        if self._open is not None and self._open[0] == index:
            return self._open[1]
        self._close_page()
        with self._faults(index):
            page = self._load(index)
        self._open = (index, page)
        return page

    def _load(self, index: int) -> Any:
        page = self._document[index]
        off = min(page.get_width(), page.get_height()) <= 0
        if off and self._box == "crop":
            self._off.add(index)
        if off or self._box == "media":
            page.set_cropbox(*_EVERYWHERE)
            page.close()
            page = self._document[index]
        return page

    def _close_page(self) -> None:
        self._listed = self._lacking = None
        if self._open is not None:
            self._open[1].close()
            self._open = None
