"""Some of the text of a page, to tell an error message from code and prose: the PDF's own, or recognised."""

from functools import cache
from typing import TYPE_CHECKING, Any

from toolkit.errors import MissingDependencyError, RenderError
from toolkit.picture import Picture

if TYPE_CHECKING:
    from toolkit.pages import PageRequest

MOST_CHARACTERS = 4000
"""A screen of code holds about this many; more does not change the verdict."""
WORK_SIDE = 1600
"""Long side in pixels at which text is recognised: enough for what a screenshot shows."""
LEAST_IN_PDF = 20
"""A PDF page with fewer characters of its own is a scan, or a picture of text."""


def sample_text(request: "PageRequest", picture: Picture) -> str:
    """Give up to 4,000 characters of a page, from the PDF's text where it has any, else recognised.

    Raises MissingDependencyError if a picture has to be read and the reader is not installed.
    """
    own = _pdf_text(request) if request.kind == "pdf" else ""
    return own if len(own.strip()) >= LEAST_IN_PDF else _recognised(picture)


def _pdf_text(request: "PageRequest") -> str:
    import pypdfium2 as pdfium

    try:
        with pdfium.PdfDocument(request.file, password=request.password) as document:
            text = document[request.page - 1].get_textpage().get_text_range(0, -1)
    except pdfium.PdfiumError as error:
        raise RenderError("render_failed", file=request.file, page=request.page, reason=error) from error
    return str(text)[:MOST_CHARACTERS]


def _recognised(picture: Picture) -> str:
    import numpy as np

    from toolkit.picture import as_resizable
    from toolkit.resize import resize_to

    scale = min(1.0, WORK_SIDE / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    pixels = np.asarray(resize_to(as_resizable(picture), size).convert("RGB"))[..., ::-1]
    found = _reader()(np.ascontiguousarray(pixels))
    return "\n".join(found.txts or ())[:MOST_CHARACTERS]


READER_BYTES = 2**30
"""What the reader keeps once it has read: models and buffers grew to 0.7 GB over eleven pictures."""


@cache
def _reader() -> Any:
    import logging

    from toolkit.work.guard import keep

    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        command = "pip install rapidocr onnxruntime"
        raise MissingDependencyError(
            "missing_dependency", what="order --scenario diagnose", name="rapidocr", command=command
        ) from error
    keep(READER_BYTES)
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    return RapidOCR(
        params={"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1}
    )
