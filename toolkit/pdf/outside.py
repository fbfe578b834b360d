"""What a PDF holds that its pages do not show: attached files, and forms that another program builds."""

import ctypes
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium
import pypdfium2.raw as raw

MOST_NAMED = 3
"""Attached files that are named; a portfolio may hold hundreds."""
_MOST_CHARACTERS = 60


def is_dynamic_form(document: pdfium.PdfDocument) -> bool:
    """Tell a dynamic XFA form: its page only asks to open the file in a program of Adobe's."""
    return bool(raw.FPDF_GetFormType(document) == raw.FORMTYPE_XFA_FULL)


def attached_files(document: pdfium.PdfDocument) -> tuple[int, tuple[str, ...]]:
    """Count the files inside a PDF, as a portfolio or an electronic invoice has them, and name the first."""
    count = max(0, raw.FPDFDoc_GetAttachmentCount(document))
    names = (_name(raw.FPDFDoc_GetAttachment(document, number)) for number in range(min(count, MOST_NAMED)))
    return count, tuple(name for name in names if name)


def _name(attachment: object) -> str:
    """Read a name, of which nothing is believed: what cannot be printed goes, and so does its length."""
    if not attachment:
        return ""
    length = min(raw.FPDFAttachment_GetName(attachment, None, 0), 4096)
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFAttachment_GetName(attachment, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), length)
    name = buffer.raw.decode("utf-16-le", "ignore").split("\0")[0]
    return "".join(c for c in name if c.isprintable())[:_MOST_CHARACTERS]


@contextmanager
def quiet_forms() -> Iterator[None]:
    """Keep pypdfium2 from telling people to compile PDFium anew; a note says what can be done instead."""
    logger = logging.getLogger("pypdfium2._helpers.document")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
