"""A preparation of a session: told as it goes, stopped, failed."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from documents import Page, write_pdf
from encrypted_pdf import encrypted_pdf
from scenes import scene_and_close_up

from demo import uploads
from demo.arranging import change_row
from demo.history import undo
from demo.preparing import Preparation, begin, prepare_uploads
from demo.session import Session, SessionStore
from demo.settings import Limits
from toolkit import read_manifest
from toolkit.errors import PreflightError
from toolkit.progress import Progress
from toolkit.recipe import Recipe


@pytest.fixture
def session() -> Iterator[Session]:
    store = SessionStore(idle_seconds=300, max_sessions=3)
    yield store.of_tab("a", "en")
    store.close()


def settled(what: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


def add(session: Session, path: Path) -> None:
    uploads.add_files(session, [str(path)], 10)


def run(session: Session, password: str = "", **limits: int) -> Iterator[tuple[int, int, int]]:
    """Prepare; give done, total and images of each snapshot."""
    news = prepare_uploads(session, Recipe(), password, Limits(**limits), lambda: None)
    return ((one.done, one.total, len(one.images)) for one in news)


def test_snapshots_count_up_and_the_manifest_is_the_sessions(session: Session, tmp_path: Path) -> None:
    add(session, write_pdf(tmp_path / "a.pdf", *[Page()] * 3))
    told = list(run(session))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1] == (3, 3, 3)
    manifest = session.work.manifest
    assert manifest is not None
    assert [image.source.page for image in manifest.images] == [1, 2, 3]
    assert all(manifest.path(image).is_file() for image in manifest.images)
    assert session.work.arrangement.labels == [1, 2, 3]


def test_preparing_again_keeps_the_earlier_pictures_for_undo_only(session: Session, tmp_path: Path) -> None:
    add(session, write_pdf(tmp_path / "a.pdf"))
    folders = []
    for _ in range(4):
        list(run(session))
        assert session.work.manifest is not None
        folders.append(session.work.manifest.folder)
    assert [folder.exists() for folder in folders] == [False, True, True, True]
    undo(session)
    assert session.work.manifest.folder == folders[2]
    assert all(session.work.manifest.path(image).is_file() for image in session.work.images)
    assert not folders[3].exists()


def halt_after(pages: int, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Stop as soon as so many pages are told, however fast the machine is."""
    report = Preparation._report

    def report_and_halt(self: Preparation, progress: Progress) -> None:
        report(self, progress)
        if progress.done >= pages:
            session.halt("prepare")

    monkeypatch.setattr(Preparation, "_report", report_and_halt)


def test_stop_keeps_the_pages_that_are_ready(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(session, write_pdf(tmp_path / "long.pdf", *[Page()] * 40))
    halt_after(2, session, monkeypatch)
    list(run(session))
    work = session.work
    assert work.stopped
    assert work.manifest is not None
    assert 2 <= len(work.manifest.images) == work.done < work.total == 40
    assert [image.label for image in work.manifest.images] == list(range(1, work.done + 1))
    assert read_manifest(work.manifest.folder).images == work.manifest.images
    assert not list(work.manifest.folder.glob("*.vlpart"))


def test_stop_keeps_what_failed_and_which_image_is_a_copy(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(session, encrypted_pdf(tmp_path / "locked.pdf", "secret"))
    add(session, write_pdf(tmp_path / "long.pdf", *[Page()] * 40))
    twice = Recipe(second_look="always")
    halt_after(4, session, monkeypatch)
    list(prepare_uploads(session, twice, "", Limits(), lambda: None))
    manifest = session.work.manifest
    assert session.work.stopped
    assert manifest is not None
    assert [failure.file for failure in manifest.failures] == ["locked.pdf"]
    assert [image.copy_of for image in manifest.images[:4]] == [None, 1, None, 3]


def test_a_new_order_forgets_the_box_marked_on_a_picture(session: Session, tmp_path: Path) -> None:
    add(session, write_pdf(tmp_path / "a.pdf", Page(), Page()))
    list(run(session))
    session.work.question.box = (0.1, 0.1, 0.2, 0.2)
    change_row(session.work, "role", 1, "reference")
    assert session.work.question.box is not None
    change_row(session.work, "down", 1, "")
    assert session.work.question.box is None


def test_leaving_in_the_middle_stops_the_work(session: Session, tmp_path: Path) -> None:
    add(session, write_pdf(tmp_path / "long.pdf", *[Page()] * 40))
    news = prepare_uploads(session, Recipe(), "", Limits(), lambda: None)
    next(news)
    news.close()
    assert session.work.preparation is not None
    assert session.work.preparation.ended
    assert settled(lambda: session.busy == 0)


def test_stop_is_heard_while_documents_are_looked_into(session: Session, tmp_path: Path) -> None:
    hang = threading.Event()
    add(session, write_pdf(tmp_path / "a.pdf"))
    preparation = Preparation(session, Recipe(), Limits())
    preparation._call_toolkit = lambda: hang.wait(30)  # type: ignore[assignment, return-value, method-assign]
    session.work.preparation = preparation
    preparation.start()
    began = time.monotonic()
    told = []
    for news in preparation.follow():
        told.append(news)
        session.halt("prepare")
    assert time.monotonic() - began < 2
    assert preparation.ended
    assert session.work.stopped
    assert session.work.manifest is None
    assert not preparation.folder.exists()
    hang.set()


def test_a_stop_before_any_picture_keeps_the_earlier_ones(session: Session, tmp_path: Path) -> None:
    add(session, write_pdf(tmp_path / "a.pdf"))
    list(run(session))
    before = session.work.manifest
    preparation = begin(session, Recipe(), Limits())
    preparation.stop()
    assert session.work.manifest is before
    assert preparation.kept_earlier
    assert not session.work.stopped


def test_a_preparation_that_fails_leaves_no_folder(session: Session, tmp_path: Path) -> None:
    add(session, write_pdf(tmp_path / "a.pdf", Page(), Page()))
    with pytest.raises(PreflightError):
        list(run(session, max_pages=1))
    assert list(session.folder.glob("prepared-*")) == []


def test_a_preparation_goes_on_without_anybody_following_it(session: Session, tmp_path: Path) -> None:
    add(session, write_pdf(tmp_path / "a.pdf", Page(), Page()))
    preparation = begin(session, Recipe(), Limits())
    next(iter(preparation.follow()))
    assert settled(lambda: preparation.ended)
    assert len(session.work.images) == 2
    assert [len(news.images) for news in preparation.follow()] == [2]


def test_a_preparation_that_gets_no_thread_fails_and_holds_no_place(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    add(session, write_pdf(tmp_path / "a.pdf"))
    monkeypatch.setattr(threading.Thread, "start", refuse)
    preparation = begin(session, Recipe(), Limits())
    assert preparation.ended
    assert isinstance(preparation.error, RuntimeError)
    assert preparation.before is None
    assert session.busy == 0


def test_each_document_has_its_own_pages(session: Session, tmp_path: Path) -> None:
    add(session, write_pdf(tmp_path / "a.pdf", *[Page()] * 4))
    add(session, write_pdf(tmp_path / "b.pdf", *[Page()] * 3))
    uploads.choose_pages(session, 0, "2,4")
    list(run(session))
    found = [(image.source.file, image.source.page) for image in session.work.images]
    assert found == [("a.pdf", 2), ("a.pdf", 4), ("b.pdf", 1), ("b.pdf", 2), ("b.pdf", 3)]


def test_a_scenario_is_applied_with_reasons_and_noted(session: Session, tmp_path: Path) -> None:
    add(session, write_pdf(tmp_path / "a.pdf", Page(), Page()))
    list(prepare_uploads(session, Recipe(scenario="compare"), "", Limits(), lambda: None))
    assert session.work.arrangement.scenario == "compare"
    assert [session.work.arrangement.roles[n] for n in (1, 2)] == ["main", "reference"]
    assert all(session.work.arrangement.places[n].reason.zh for n in (1, 2))


def test_a_password_opens_an_encrypted_document(session: Session, tmp_path: Path) -> None:
    add(session, encrypted_pdf(tmp_path / "secret.pdf", "geheim"))
    list(run(session, password="wrong"))
    assert [failure.error for failure in session.work.failures] == ["PasswordError"]
    assert "secret.pdf" in session.work.failures[0].text.zh
    list(run(session, password="geheim"))
    assert session.work.failures == ()
    assert len(session.work.images) == 1


def test_too_many_pages_are_refused_before_any_is_drawn(session: Session, tmp_path: Path) -> None:
    add(session, write_pdf(tmp_path / "long.pdf", *[Page()] * 4))
    with pytest.raises(PreflightError, match="4"):
        list(run(session, max_pages=3))
    assert session.work.manifest is None


def test_a_recipe_with_a_scenario_compares_the_images(session: Session, tmp_path: Path) -> None:
    for picture, name in zip(reversed(scene_and_close_up()), ("part.png", "whole.png"), strict=True):
        picture.save(tmp_path / name)
        add(session, tmp_path / name)
    list(prepare_uploads(session, Recipe(scenario="locate"), "", Limits(), lambda: None))
    assert session.work.arrangement.roles == {1: "close-up", 2: "scene"}
