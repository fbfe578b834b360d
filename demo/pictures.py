"""Original pages as pictures, and the boxes of an answer drawn on them."""

from dataclasses import dataclass
from pathlib import Path

from demo.answers import MarkedPage
from demo.session import Session
from demo.words import say
from demo.work import Upload
from toolkit.errors import PreflightError
from toolkit.files import part_file, safe_stem
from toolkit.geometry import Box
from toolkit.manifest import ImageRecord, SourceRef

PAGE_SIDE = 2000
"""Long side in pixels that a PDF page is drawn at: sharp on a large screen, about 0.5 MB."""
LOWEST_DPI, HIGHEST_DPI = 36, 300
COLOUR = (217, 72, 15)


@dataclass(frozen=True)
class PagePicture:
    """A page as a picture: its file, and the record that knows the way between its pixels and the page."""

    path: Path
    record: ImageRecord

    def pixels(self, box: Box) -> Box:
        """Turn a box on the page into pixels of the picture."""
        return self.record.placement.from_source(box)

    def percent(self, box: Box) -> dict[str, float]:
        """Turn a box on the page into parts of the picture's sides, in percent."""
        left, upper, right, lower = self.pixels(box)
        width, height = self.record.width / 100, self.record.height / 100
        return {
            "left": round(left / width, 3),
            "top": round(upper / height, 3),
            "width": round((right - left) / width, 3),
            "height": round((lower - upper) / height, 3),
        }


class PageGoneError(PreflightError):
    """The document of a page is no longer there."""

    def __init__(self, name: str) -> None:
        self.text = say("messages.ask.page_gone", name=name)
        Exception.__init__(self, self.text.en)


def page_picture(session: Session, source: SourceRef) -> PagePicture:
    """Draw a page of one of the session's documents, once. Raises PageGoneError or what drawing raises."""
    return draw_page(session, source, PAGE_SIDE)


def draw_page(session: Session, source: SourceRef, side: int) -> PagePicture:
    """Draw a page about `side` pixels long, once; an image file is drawn at its own size.

    Raises PageGoneError or what drawing raises.
    """
    key = (f"{source.sha256}@{side}" if source.unit == "pt" else source.sha256, source.page)
    if key not in session.work.pages:
        session.work.pages[key] = _draw(session, source, side)
    picture: PagePicture = session.work.pages[key]
    return picture


def _draw(session: Session, source: SourceRef, side: int) -> PagePicture:
    from toolkit.render import render_pages

    upload = find_upload(session, source)
    folder = session.fresh_place("page")
    manifest = render_pages(
        [upload.path],
        output_dir=folder,
        dpi=page_dpi(source, side),
        pages=str(source.page),
        password=session.work.passwords.get(upload.name),
        jobs=1,
    )
    if not manifest.images:
        raise PageGoneError(upload.name)
    record = manifest.images[0]
    return PagePicture(manifest.path(record), record)


def find_upload(session: Session, source: SourceRef) -> Upload:
    """Find the document that a page comes from, or one of the same content. Raises PageGoneError."""
    work = session.work
    own = [upload for upload in work.prepared_from if upload.name == source.file]
    same = [upload for upload in work.uploads if upload.sha256 and upload.sha256 == source.sha256]
    for upload in (*own, *same):
        if upload.path.is_file():
            return upload
    raise PageGoneError(source.file)


def page_dpi(source: SourceRef, side: int = PAGE_SIDE) -> int:
    """Choose the dpi that draws a PDF page about `side` pixels long."""
    long_side = max(source.width, source.height, 1.0)
    return int(min(max(side * 72 / long_side, LOWEST_DPI), HIGHEST_DPI))


def marked_picture(session: Session, page: MarkedPage) -> Path:
    """Draw the boxes of an answer onto a page, as a PNG of its own, and give its path. Raises OutputError."""
    from PIL import Image, ImageDraw

    picture = page_picture(session, page.source)
    with Image.open(picture.path) as opened:
        image = opened.convert("RGB")
    draw = ImageDraw.Draw(image)
    thickness = max(2, round(max(image.size) / 700))
    for mark in page.marks:
        left, upper, right, lower = picture.pixels(mark.box)
        draw.rectangle((left, upper, max(left, right), max(upper, lower)), outline=COLOUR, width=thickness)
    name = f"{safe_stem(Path(page.source.file).stem)}-p{page.source.page:04d}-boxes.png"
    target = session.fresh_place("marked") / name
    with part_file(target) as part:
        image.save(part, format="PNG", compress_level=3)
    return target
