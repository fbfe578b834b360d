"""PDFium: documents, pages drawn at a chosen size, and what a page knows about its own text and scans.

PDFium is not thread-safe: use it from one thread of a process at a time. The worker processes do.
"""

from toolkit.pdf.document import PdfDocument, open_document
from toolkit.pdf.limits import check_megapixels, pixel_size
from toolkit.pdf.scan import ScanImage
from toolkit.pdf.text import FontUse

__all__ = ["FontUse", "PdfDocument", "ScanImage", "check_megapixels", "open_document", "pixel_size"]
