"""One page on its way to a model, as its pixels show it or as its own text objects tell, inside a worker."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from toolkit.geometry import Placement, Size, Unit
from toolkit.judgement import Judged
from toolkit.pages import PageImage, PageRequest, load_page
from toolkit.pdf.limits import POINTS_PER_INCH
from toolkit.quality import drawn_quality
from toolkit.readability import READABLE_PX
from toolkit.resize import resize_to
from toolkit.text_height import TextHeight, height_from_pdf, sizes_from_pdf
from toolkit.texts import Text
from toolkit.work.guard import guard_memory

if TYPE_CHECKING:
    from PIL.Image import Image

    from toolkit.raster import Pixels, Raster

_BYTES_A_PIXEL = 24
"""Memory beside the worker's own, for each pixel of the full-size page: the drawn page (4), its picture (3),
grey and floating-point copies while it is judged (9), the part cut out (3), and a quarter to spare."""

_LEAST_CHARACTERS = 8
"""A page with fewer is looked at, as a picture with so few is called free of text."""

_FINER = 2
"""A typeset page whose text stays readable is drawn at the very size it is sent at: the reader gets as much
of it. Smaller text survives better drawn so many times as large and reduced by LANCZOS (docs/readability.md,
"Drawing small, or reducing")."""


class PageView(Protocol):
    """A page at full size: what is known of it, and its pixels when they are asked for.

    `placement` maps full-size pixels to the source, whose size is `source_size` in `unit`.
    """

    @property
    def size(self) -> Size:
        """The page in pixels at full size."""
        ...

    @property
    def source_size(self) -> tuple[float, float]:
        """The page's size in the source's own unit."""
        ...

    @property
    def unit(self) -> Unit:
        """The unit of the source."""
        ...

    @property
    def placement(self) -> Placement:
        """The map from full-size pixels to the source."""
        ...

    @property
    def dpi(self) -> float | None:
        """The resolution of full size, None where it is not known."""
        ...

    @property
    def notes(self) -> tuple[Text, ...]:
        """What a person should know; complete once the page was drawn."""
        ...

    @property
    def judged(self) -> Judged:
        """How the page reads."""
        ...

    @property
    def picture(self) -> "Image":
        """The page at full size."""
        ...

    @property
    def pixels(self) -> "Raster | Pixels | Image":
        """The same as it is best written to a file."""
        ...

    def at(self, size: Size) -> "Raster | Image":
        """Give the whole page at `size`; a raster holds until the page is drawn again."""
        ...


def view_page(request: PageRequest) -> PageView:
    """Open a page. Raises SourceError or PageError, naming file and page."""
    return typeset_page(request) or SeenPage(load_page(request))


@dataclass
class SeenPage:
    """A page that has to be looked at: a scan, a photo, a page with pictures or forms."""

    page: PageImage

    def __post_init__(self) -> None:
        guard_memory(_BYTES_A_PIXEL * self.page.size[0] * self.page.size[1])
        self.size, self.source_size, self.unit = self.page.size, self.page.source_size, self.page.unit
        self.placement, self.dpi, self.notes = self.page.placement, self.page.dpi, self.page.notes
        self.pixels = self.page.pixels

    @cached_property
    def picture(self) -> "Image":
        """The page at full size."""
        return self.page.picture()

    @cached_property
    def judged(self) -> Judged:
        """How the pixels read, and what a PDF names beside them."""
        from toolkit.judged import judge_page

        scale = (self.dpi or POINTS_PER_INCH) / POINTS_PER_INCH
        return judge_page(self.picture, self.page.text_heights, scale)

    def at(self, size: Size) -> "Image":
        """Reduce the page to `size`."""
        return resize_to(self.picture, size)


@dataclass
class TypesetPage:
    """A PDF page on which nothing is to be read but its own text: it is drawn at the size that is wanted."""

    request: PageRequest
    size: Size
    source_size: tuple[float, float]
    text: TextHeight
    sizes: tuple[tuple[float, float], ...] = ()
    unit: Unit = "pt"
    notes: tuple[Text, ...] = ()

    @property
    def placement(self) -> Placement:
        """The map from full-size pixels to points."""
        return Placement.scaling(self.size, self.source_size)

    @property
    def dpi(self) -> float:
        """The resolution of full size."""
        return self.request.dpi

    @cached_property
    def judged(self) -> Judged:
        """How the page reads by its own word; its quality is that of drawn text."""
        return Judged(self.text, drawn_quality(), sizes=self.sizes)

    @property
    def pixels(self) -> "Raster | Pixels | Image":
        """The page drawn at full size; the next drawing overwrites it."""
        return self._drawn(None).pixels

    @cached_property
    def picture(self) -> "Image":
        """The page drawn at full size, to keep."""
        page = self._drawn(None)
        guard_memory(_BYTES_A_PIXEL * page.size[0] * page.size[1])
        return page.picture()

    def at(self, size: Size) -> "Raster | Image":
        """Draw the page at `size`."""
        seen = (self.text.smallest or 0.0) * max(size) / max(self.size)
        finer = (_FINER * size[0], _FINER * size[1])
        if seen >= READABLE_PX or finer[0] * finer[1] > self.request.max_megapixels * 1e6:
            return self._drawn(size).pixels  # type: ignore[return-value]
        return resize_to(self._drawn(finer).picture(), size)

    def _drawn(self, size: Size | None) -> PageImage:
        page = load_page(replace(self.request, size=size, heights=False))
        self.notes = page.notes
        return page


def typeset_page(request: PageRequest) -> TypesetPage | None:
    """Give a page that its own text describes, undrawn; None for any other.

    Raises SourceError or PageError.
    """
    if request.kind != "pdf" or request.engine != "pdfium":
        return None
    from toolkit.pages_pdf import read_typeset

    found = read_typeset(request)
    if found is None:
        return None
    scale = request.dpi / POINTS_PER_INCH
    text = height_from_pdf(found.heights, scale)
    if text.characters < _LEAST_CHARACTERS:
        return None
    return TypesetPage(request, found.size, found.size_pt, text, tuple(sizes_from_pdf(found.heights, scale)))
