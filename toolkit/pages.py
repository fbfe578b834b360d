"""One page of one source as pixels, by whichever engine; used inside the worker processes.

This is the one place that knows how a page becomes a picture, so that rendering, preparing and verifying
cannot differ.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from toolkit.errors import DamagedSourceError
from toolkit.geometry import Placement, Size, Unit
from toolkit.texts import Text, say

if TYPE_CHECKING:
    from PIL.Image import Image

    from toolkit.raster import Pixels, Raster

Engine = Literal["pdfium", "poppler"]
PageBox = Literal["crop", "media"]


@dataclass(frozen=True)
class PageRequest:
    """Which page is wanted, and how. `page` counts from 1; `kind` is what `identify` said.

    `stamp` is the file's length and time of change when it was surveyed. With `scans`, a page that is one
    scanned image is taken as that image. `size` asks for exact pixels instead of `dpi`; `heights` for the
    heights of a PDF page's own text, which cost some milliseconds on a full page.
    """

    file: str
    page: int
    kind: str
    dpi: float = 300.0
    engine: Engine = "pdfium"
    box: PageBox = "crop"
    password: str | None = None
    max_megapixels: float = 200.0
    stamp: tuple[int, int] | None = None
    scans: bool = True
    size: Size | None = None
    heights: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Give the request as plain data for a job."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "PageRequest":
        """Read a request from a job's payload; keys that belong to others are left out."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        for name in ("stamp", "size"):
            if known.get(name) is not None:
                known[name] = tuple(known[name])
        return cls(**known)


@dataclass(frozen=True)
class PageImage:
    """A page's pixels with everything known of them.

    `pixels` may lie in a buffer that the next page overwrites. `placement` maps them to the source in `unit`;
    `source_size` is the page's size there. `dpi` is None for an image file that does not say. `text_heights`
    are those of a PDF page's own visible text, as (points per em, characters); empty where it has none.
    """

    pixels: "Raster | Pixels | Image"
    size: Size
    source_size: tuple[float, float]
    unit: Unit
    placement: Placement
    dpi: float | None
    notes: tuple[Text, ...] = ()
    text_heights: tuple[tuple[float, int], ...] = ()

    def picture(self) -> "Image":
        """Copy the pixels into a Pillow image in mode "1", "L" or "RGB"."""
        import numpy as np
        from PIL import Image

        from toolkit.raster import Raster

        if isinstance(self.pixels, Raster):
            return self.pixels.to_picture()
        if isinstance(self.pixels, np.ndarray):
            return Image.fromarray(np.ascontiguousarray(self.pixels))
        return self.pixels


def load_page(request: PageRequest) -> PageImage:
    """Draw or open the page that is asked for. Raises SourceError or PageError, naming file and page."""
    check_unchanged(request)
    if request.kind != "pdf":
        from toolkit.pages_image import load_image

        return load_image(request)
    if request.engine == "poppler":
        from toolkit.poppler import draw_page

        return draw_page(request)
    from toolkit.pages_pdf import draw_page as draw_with_pdfium

    return draw_with_pdfium(request)


def check_unchanged(request: PageRequest) -> None:
    """Raise DamagedSourceError for a file that changed: it would mix two documents under one hash."""
    path = Path(request.file)
    if request.stamp is not None and path.exists():
        status = path.stat()
        if (status.st_size, status.st_mtime_ns) != request.stamp:
            raise DamagedSourceError("damaged", file=path, reason=say("render.file_changed"))
