"""Documents into a session: moved, renamed, looked into, deleted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import Page, write_pdf
from encrypted_pdf import encrypted_pdf

from demo import uploads
from demo.history import history_of, tidy, undo
from demo.session import Session, SessionStore


@pytest.fixture
def session() -> Iterator[Session]:
    store = SessionStore(idle_seconds=300, max_sessions=3)
    yield store.of_tab("a", "en")
    store.close()


def given(folder: Path, *names: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    return [str(write_pdf(folder / name, Page(), Page())) for name in names]


def test_add_files_takes_them_into_the_session(session: Session, tmp_path: Path) -> None:
    paths = given(tmp_path, "发票 三月.pdf")
    assert uploads.add_files(session, paths, 10) == 0
    (upload,) = session.work.uploads
    assert upload.name == "发票 三月.pdf"
    assert upload.path.read_bytes() == Path(paths[0]).read_bytes()
    assert upload.path.is_relative_to(session.folder)
    assert upload.path.suffix == ".pdf"
    assert "发票" not in upload.path.name


def test_two_files_of_one_name_are_told_apart(session: Session, tmp_path: Path) -> None:
    uploads.add_files(session, given(tmp_path / "a", "scan.pdf"), 10)
    uploads.add_files(session, given(tmp_path / "b", "scan.pdf"), 10)
    assert [u.name for u in session.work.uploads] == ["scan.pdf", "scan (2).pdf"]


def test_files_over_the_limit_are_left_out(session: Session, tmp_path: Path) -> None:
    paths = given(tmp_path, "1.pdf", "2.pdf", "3.pdf")
    assert uploads.add_files(session, paths, 2) == 1
    assert [u.name for u in session.work.uploads] == ["1.pdf", "2.pdf"]
    assert len(list(session.folder.rglob("*.pdf"))) == 2


def test_remove_can_be_undone_and_never_deletes_a_sample(session: Session, tmp_path: Path) -> None:
    uploads.add_files(session, given(tmp_path, "1.pdf"), 2)
    uploads.add_sample(session, "invoice")
    own, sample = (upload.path for upload in session.work.uploads)
    for index in (9, 1, 0):
        uploads.remove(session, index)
    assert session.work.uploads == []
    assert undo(session) is not None
    assert undo(session) is not None
    assert [upload.path for upload in session.work.uploads] == [own, sample]
    assert own.exists()
    assert sample.exists()


def test_undo_of_a_removal_keeps_what_came_since(session: Session, tmp_path: Path) -> None:
    uploads.add_files(session, given(tmp_path, "1.pdf", "2.pdf"), 9)
    uploads.remove_all(session)
    uploads.add_files(session, given(tmp_path / "more", "3.pdf"), 9)
    undo(session)
    assert [upload.name for upload in session.work.uploads] == ["1.pdf", "2.pdf", "3.pdf"]
    assert undo(session) is None


def test_files_that_nothing_can_reach_any_more_are_deleted(session: Session, tmp_path: Path) -> None:
    uploads.add_files(session, given(tmp_path, "1.pdf"), 9)
    own = session.work.uploads[0].path
    uploads.remove(session, 0)
    history_of(session.work).moments.clear()
    tidy(session)
    assert not own.exists()


def test_adding_and_removing_again_and_again_does_not_fill_the_disk(session: Session, tmp_path: Path) -> None:
    for turn in range(6):
        uploads.add_files(session, given(tmp_path / str(turn), "1.pdf", "2.pdf"), 2)
        uploads.remove_all(session)
    assert len(list(session.folder.glob("documents/*"))) <= 4


def test_choose_pages_says_at_once_what_is_wrong(session: Session, tmp_path: Path) -> None:
    uploads.add_files(session, given(tmp_path, "two.pdf"), 9)
    uploads.survey(session, 200.0)
    for wanted, fault in (("1-2", None), ("3", "two.pdf"), ("x", "x"), ("", None), ("１、2", None)):
        uploads.choose_pages(session, 0, wanted)
        found = session.work.uploads[0].wanted_fault
        assert (found is None) == (fault is None), wanted
        if found is not None:
            assert str(fault) in found.en
            assert str(fault) in found.zh
    uploads.choose_pages(session, 7, "1")
    uploads.choose_pages(session, 0, "1" * 5000)
    assert len(session.work.uploads[0].wanted) <= uploads.MAX_RANGE


def test_a_password_is_tried_at_once(session: Session, tmp_path: Path) -> None:
    encrypted_pdf(tmp_path / "secret.pdf", "geheim")
    uploads.add_files(session, [str(tmp_path / "secret.pdf")], 10)
    uploads.survey(session, 200.0)
    uploads.give_password(session, 0, "wrong")
    uploads.survey(session, 200.0)
    (upload,) = session.work.uploads
    assert not upload.opened
    assert upload.wanted_fault is not None
    assert "secret.pdf" in upload.wanted_fault.zh
    uploads.give_password(session, 0, "geheim")
    uploads.survey(session, 200.0)
    (upload,) = session.work.uploads
    assert upload.opened
    assert upload.pages == 1
    assert upload.wanted_fault is None


def test_add_sample_twice_changes_nothing_and_an_unknown_one_is_an_error(session: Session) -> None:
    uploads.add_sample(session, "invoice")
    uploads.add_sample(session, "invoice")
    assert len(session.work.uploads) == 1
    with pytest.raises(KeyError):
        uploads.add_sample(session, "../../etc/passwd")


def test_survey_counts_pages_and_names_faults_without_paths(session: Session, tmp_path: Path) -> None:
    paths = given(tmp_path, "good.pdf")
    for name, data in (("empty.pdf", b""), ("notes.txt", b"hello"), ("cut.pdf", b"%PDF-1.7\n1 0 obj")):
        (tmp_path / name).write_bytes(data)
        paths.append(str(tmp_path / name))
    uploads.add_files(session, paths, 10)
    uploads.survey(session, 200.0)
    found = {upload.name: upload for upload in session.work.uploads}
    assert found["good.pdf"].pages == 2
    assert found["good.pdf"].fault is None
    for name, word in (("empty.pdf", "empty"), ("notes.txt", "neither a PDF"), ("cut.pdf", "damaged")):
        fault = found[name].fault
        assert fault is not None
        assert name in fault.en
        assert name in fault.zh
        assert word in fault.en
        assert str(session.folder) not in fault.en + fault.zh


def test_survey_tells_an_encrypted_document(session: Session, tmp_path: Path) -> None:
    encrypted_pdf(tmp_path / "secret.pdf", "x")
    uploads.add_files(session, [str(tmp_path / "secret.pdf")], 10)
    uploads.survey(session, 200.0)
    (upload,) = session.work.uploads
    assert upload.encrypted
    assert upload.fault is None


def test_a_long_name_keeps_its_end_which_tells_kind_and_version(session: Session, tmp_path: Path) -> None:
    for version in ("first", "second"):
        file = write_pdf(tmp_path / f"{'a very long name ' * 12}{version}.pdf")
        uploads.add_files(session, [str(file)], 9)
    names = [upload.name for upload in session.work.uploads]
    assert [len(name) for name in names] == [120, 120]
    assert names[0].startswith("a very long name") and "…" in names[0]
    assert names[0].endswith("name first.pdf") and names[1].endswith("name second.pdf")
