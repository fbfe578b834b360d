"""A frame of an image file as a page."""

from pathlib import Path

from toolkit.errors import DamagedSourceError, RenderError
from toolkit.loading import LoadedPicture, open_picture
from toolkit.loading.picture import opened, page_frames
from toolkit.pages import PageImage, PageRequest
from toolkit.work.guard import BYTES_A_PIXEL, guard_memory


def load_image(request: PageRequest) -> PageImage:
    """Open one frame; its own pixels are the page.

    Raises SourceError, PageTooLargeError, or RenderError for one broken frame among others.
    """
    path = Path(request.file)
    try:
        loaded = _loaded(path, request)
    except DamagedSourceError as error:
        if page_frames(path) == 1:
            raise
        raise RenderError("frame_damaged", file=path, page=request.page, reason=error.text) from error
    size = loaded.image.size
    stored = (float(loaded.stored_size[0]), float(loaded.stored_size[1]))
    return PageImage(loaded.image, size, stored, "px", loaded.placement, loaded.dpi, loaded.notes)


def _loaded(path: Path, request: PageRequest) -> LoadedPicture:
    with opened(path, request.max_megapixels, request.page - 1) as image:
        guard_memory(image.width * image.height * BYTES_A_PIXEL)
    return open_picture(path, frame=request.page - 1, max_megapixels=request.max_megapixels)
