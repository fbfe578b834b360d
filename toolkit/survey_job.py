"""The survey, inside a worker."""

from pathlib import Path
from typing import Any

from toolkit.errors import PreflightError
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
    with opened(path, limit) as image:
        sizes = []
        for frame in range(page_frames(image)):
            image.seek(frame)
            sizes.append((float(image.width), float(image.height)))
    return sizes
