"""Original pages and the boxes drawn on them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import Block, Page, write_pdf
from PIL import Image

from demo import pictures, uploads
from demo.answers import Mark, MarkedPage
from demo.pictures import COLOUR, PAGE_SIDE, PageGoneError, marked_picture, page_dpi, page_picture
from demo.preparing import prepare_uploads
from demo.session import Session, SessionStore
from demo.settings import Limits
from toolkit.manifest import SourceRef
from toolkit.recipe import Recipe


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    store = SessionStore(idle_seconds=300, max_sessions=3)
    opened = store.of_tab("a", "en")
    page = Page(size=(600, 800), content=(Block(100, 500, 200, 100),))
    uploads.add_files(opened, [str(write_pdf(tmp_path / "a.pdf", Page(), page))], 10)
    list(prepare_uploads(opened, Recipe(), "", Limits(), lambda: None))
    yield opened
    store.close()


def source_of(session: Session) -> SourceRef:
    return session.work.images[1].source


def test_page_picture_is_drawn_large_from_the_original_and_only_once(session: Session) -> None:
    picture = page_picture(session, source_of(session))
    with Image.open(picture.path) as image:
        assert max(image.size) == pytest.approx(PAGE_SIDE, abs=10)
        # The block stands 200 to 300 pt from the top, 100 to 300 pt from the left.
        middle = (round(image.width * 200 / 600), round(image.height * 250 / 800))
        assert image.convert("L").getpixel(middle) == 0
    assert page_picture(session, source_of(session)) is picture


def test_percent_places_a_box_on_the_picture(session: Session) -> None:
    picture = page_picture(session, source_of(session))
    shown = picture.percent((100, 200, 300, 300))
    assert shown == pytest.approx({"left": 100 / 6, "top": 25, "width": 200 / 6, "height": 12.5}, abs=0.1)


def test_marked_picture_draws_its_box_round_the_block(session: Session) -> None:
    marked = MarkedPage(source_of(session), (Mark("block", (90, 190, 310, 310)),))
    with Image.open(marked_picture(session, marked)) as image:
        at = (round(image.width * 90 / 600) + 1, round(image.height * 250 / 800))
        assert image.getpixel(at) == COLOUR
        assert image.getpixel((5, 5)) == (255, 255, 255)
        assert image.getpixel((image.width // 3, round(image.height * 250 / 800))) == (0, 0, 0)
    assert not list(session.folder.rglob("*.vlpart"))


def test_a_document_that_was_removed_is_named(session: Session) -> None:
    session.work.uploads[0].path.unlink()
    with pytest.raises(PageGoneError, match=r"a\.pdf"):
        page_picture(session, source_of(session))


@pytest.mark.parametrize(("size", "dpi"), [((595, 842), 171), ((14400, 14400), 36), ((20, 20), 300)])
def test_page_dpi_stays_within_its_bounds(size: tuple[float, float], dpi: int) -> None:
    assert page_dpi(SourceRef("a.pdf", "", 1, *size, "pt")) == dpi


def test_names_of_downloads_hold_no_separators(session: Session) -> None:
    source = source_of(session)
    assert pictures.marked_picture(session, MarkedPage(source, ())).name == "a-p0002-boxes.png"
