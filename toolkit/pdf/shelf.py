"""Documents that stay open between the pages of one worker."""

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.pdf.document import PdfDocument, open_document

if TYPE_CHECKING:
    from toolkit.pages import PageRequest

_DOCUMENTS = 2
_PAGES_A_DOCUMENT = 100
"""After so many pages a document is opened anew: PDFium keeps every object that it has parsed, and a run of
1,000 pages would grow with each of them. Opening costs 1 to 10 ms."""


class Shelf:
    """The documents that were used last."""

    def __init__(self) -> None:
        """Start empty."""
        self._open: OrderedDict[Any, tuple[PdfDocument, int]] = OrderedDict()

    def get(self, request: "PageRequest") -> PdfDocument:
        """Give the document of a request, opened now or before. Raises SourceError."""
        key = (request.file, request.password, request.box, request.stamp)
        document, used = self._open.pop(key, (None, 0))
        if document is not None and used >= _PAGES_A_DOCUMENT:
            document.close()
            document, used = None, 0
        while len(self._open) >= _DOCUMENTS:
            self._open.popitem(last=False)[1][0].close()
        if document is None:
            document = open_document(Path(request.file), request.password, box=request.box)
        self._open[key] = (document, used + 1)
        return document
