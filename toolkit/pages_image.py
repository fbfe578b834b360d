"""A frame of an image file as a page."""

from pathlib import Path

from toolkit.loading import open_picture
from toolkit.pages import PageImage, PageRequest
from toolkit.work.guard import guard_memory

_BYTES_A_PIXEL = 12
"""Stored samples, the converted ones and one step between, at four bytes each."""


def load_image(request: PageRequest) -> PageImage:
    """Open one frame; its own pixels are the page."""
    guard_memory(round(request.max_megapixels * 1e6) * _BYTES_A_PIXEL)
    try:
        loaded = open_picture(
            Path(request.file), frame=request.page - 1, max_megapixels=request.max_megapixels
        )
    finally:
        guard_memory()
    size = loaded.image.size
    stored = (float(loaded.stored_size[0]), float(loaded.stored_size[1]))
    return PageImage(loaded.image, size, stored, "px", loaded.placement, loaded.dpi, loaded.notes)
