"""A frame of an image file as a page."""

from pathlib import Path

from toolkit.loading import open_picture
from toolkit.loading.picture import opened, page_frames
from toolkit.pages import PageImage, PageRequest
from toolkit.work.guard import BYTES_A_PIXEL, guard_memory


def load_image(request: PageRequest) -> PageImage:
    """Open one frame; its own pixels are the page."""
    path = Path(request.file)
    with opened(path, request.max_megapixels) as image:
        if page_frames(image) >= request.page:
            image.seek(request.page - 1)
        guard_memory(image.width * image.height * BYTES_A_PIXEL)
    loaded = open_picture(path, frame=request.page - 1, max_megapixels=request.max_megapixels)
    size = loaded.image.size
    stored = (float(loaded.stored_size[0]), float(loaded.stored_size[1]))
    return PageImage(loaded.image, size, stored, "px", loaded.placement, loaded.dpi, loaded.notes)
