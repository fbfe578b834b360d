"""The survey, inside a worker."""

from pathlib import Path
from typing import Any

from toolkit.errors import DamagedSourceError, PageTooLargeError, PreflightError
from toolkit.files import sha256_of
from toolkit.loading.picture import opened, page_frames
from toolkit.sources import identify


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Survey one file. Raises SourceError, naming it."""
    path = Path(payload["file"])
    kind = identify(path)
    stamp = stamp_of(path)
    if kind == "pdf":
        sizes = _pdf_sizes(path, payload.get("password"), payload.get("engine", "pdfium"))
    else:
        sizes = _image_sizes(path, payload.get("max_megapixels", 200.0))
    result = {"file": str(path), "kind": kind, "sha256": sha256_of(path), "sizes": sizes, "stamp": stamp}
    return result | {"unit": "pt" if kind == "pdf" else "px"}


def stamp_of(path: Path) -> tuple[int, int]:
    """Give a file's length and time of change, in nanoseconds."""
    status = path.stat()
    return (status.st_size, status.st_mtime_ns)


def _pdf_sizes(path: Path, password: str | None, engine: str) -> list[tuple[float, float]]:
    if engine == "poppler":
        from toolkit.poppler import page_sizes

        return page_sizes(path, password)
    from toolkit.pdf import open_document

    with open_document(path, password) as document:
        return [_pdf_size(document, index) for index in range(document.page_count)]


def _pdf_size(document: Any, index: int) -> tuple[float, float]:
    """Give a page's size, (0, 0) for a page that has none: the page's own job will say so."""
    try:
        size: tuple[float, float] = document.page_size(index)
    except PreflightError:
        return (0.0, 0.0)
    return size


def _image_sizes(path: Path, limit: float) -> list[tuple[float, float]]:
    count = page_frames(path)
    return [_frame_size(path, limit, frame, alone=count == 1) for frame in range(count)]


def _frame_size(path: Path, limit: float, frame: int, *, alone: bool) -> tuple[float, float]:
    """Give a frame's size; (0, 0) for one among others that has none: its page's own job will say so."""
    try:
        with opened(path, limit, frame) as image:
            return (float(image.width), float(image.height))
    except (DamagedSourceError, PageTooLargeError):
        if alone:
            raise
        return (0.0, 0.0)
