"""A prepared picture looked at closely: the original region it came from, and how high its text is."""

from dataclasses import dataclass
from pathlib import Path

from demo.pictures import PagePicture, draw_page
from demo.session import Session
from demo.words import say
from toolkit.errors import PreflightError
from toolkit.geometry import Box
from toolkit.manifest import ImageRecord
from toolkit.texts import Language, Text

BEFORE_SIDE = 3508
"""Long side in pixels at which a PDF page is drawn to be compared: A4 at 300 dpi."""
MAX_BEFORE_MEGAPIXELS = 60.0
"""A browser decodes all of a picture at once, 4 bytes a pixel."""
VIEWS = ("compare", "true", "text")


@dataclass(frozen=True)
class Look:
    """What was drawn for one view: a PNG, or the reason why there is none."""

    path: Path | None
    fault: Text | None = None


class NoOriginalError(PreflightError):
    """There is nothing to compare a picture with."""

    def __init__(self, key: str, **values: object) -> None:
        self.text = say(f"documents.looking.{key}", **values)
        Exception.__init__(self, self.text.en)


def find_look(session: Session, image: ImageRecord, kind: str) -> Look | None:
    """Give what was drawn earlier for a view, None where it is still to be drawn."""
    return session.work.looks.get(_key(image, kind, session.lang))


def make_look(session: Session, image: ImageRecord, kind: str) -> Look:
    """Draw what a view needs, once. What can't be drawn comes back with its reason."""
    key = _key(image, kind, session.lang)
    if key not in session.work.looks:
        try:
            draw = text_plot if kind == "text" else original_region
            session.work.looks[key] = Look(draw(session, image))
        except PreflightError as error:
            session.work.looks[key] = Look(None, error.text)
    return session.work.looks[key]


def _key(image: ImageRecord, kind: str, lang: Language) -> tuple[str, str]:
    """The plot carries its legend in a language; the original has none."""
    return (f"{kind}-{lang}" if kind == "text" else kind, image.file)


def original_region(session: Session, image: ImageRecord) -> Path:
    """Draw the part of the original page that a prepared picture shows, as a lossless PNG.

    Raises NoOriginalError where the original is not there, is many, or is too large to be shown.
    """
    if image.cells:
        raise NoOriginalError("grid", count=len(image.cells))
    page = _kept_page(session, image) or draw_page(session, image.source, BEFORE_SIDE)
    megapixels = page.record.width * page.record.height / 1e6
    if megapixels > MAX_BEFORE_MEGAPIXELS:
        raise NoOriginalError("too_large", megapixels=round(megapixels))
    box = page.pixels(image.placement.to_source((0, 0, image.width, image.height)))
    return _cut(session, page, box)


def _cut(session: Session, page: PagePicture, box: Box) -> Path:
    """Cut a box out of a page's picture; the whole page is shown as it is."""
    from PIL import Image

    from toolkit.png import write_png

    width, height = page.record.size
    left, upper = max(0, round(box[0])), max(0, round(box[1]))
    right, lower = min(width, round(box[2])), min(height, round(box[3]))
    if (left, upper) == (0, 0) and right >= width - 1 and lower >= height - 1:
        return page.path
    if right - left < 1 or lower - upper < 1:
        raise NoOriginalError("no_original", name=page.record.source.file)
    target = session.fresh_place("look") / "region.png"
    with Image.open(page.path) as opened:
        write_png(opened.crop((left, upper, right, lower)), target)
    return target


def _kept_page(session: Session, image: ImageRecord) -> PagePicture | None:
    """Give the full-size page where the preparation kept it, None where it did not or was turned since."""
    from dataclasses import replace

    from toolkit.geometry import Placement
    from toolkit.verify import png_size

    manifest = session.work.manifest
    path = None if manifest is None else manifest.page_path(image)
    size = None if path is None or not path.is_file() else png_size(path)
    if path is None or size is None:
        return None
    across, down = image.source.width / size[0], image.source.height / size[1]
    if not 0.98 < across / down < 1.02 or image.placement.b or image.placement.c:
        return None
    to_source = Placement(across, 0, 0, down, 0, 0)
    return PagePicture(path, replace(image, width=size[0], height=size[1], placement=to_source, cells=()))


def text_plot(session: Session, image: ImageRecord) -> Path:
    """Draw the lines of text framed by whether they can be read at the size that is sent.

    They are looked for in the original region, as far as it is there, else in the picture itself.
    """
    from toolkit.inspecting import View, inspect_files

    manifest = session.work.manifest
    if manifest is None:
        raise NoOriginalError("no_original", name=image.source.file)
    original = make_look(session, image, "compare").path
    folder = session.fresh_place("look")
    view = View(manifest.family, max(image.size), folder, session.lang)
    reports, failures = inspect_files([original or manifest.path(image)], view, jobs=1)
    if not reports or reports[0].plot is None:
        text = failures[0].text if failures else say("documents.looking.no_original", name=image.source.file)
        raise PreflightError.from_text(text)
    return Path(reports[0].plot)
