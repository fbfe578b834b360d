"""Sessions: one visitor's files, kept apart and deleted in time."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.session import (
    ECHO_SECONDS,
    LEFT_SECONDS,
    ROOT_PREFIX,
    Session,
    SessionStore,
    sweep_abandoned_roots,
    sweep_old_files,
)
from demo.work import Upload


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ended() -> list[Session]:
    return []


@pytest.fixture
def store(clock: Clock, ended: list[Session]) -> Iterator[SessionStore]:
    opened = SessionStore(idle_seconds=300, max_sessions=3, on_end=ended.append, clock=clock)
    yield opened
    opened.close()


def test_of_tab_gives_each_tab_its_own_session(store: SessionStore) -> None:
    one, other = store.of_tab("a", "en"), store.of_tab("b", "zh")
    assert one is store.of_tab("a", "zh")
    assert one is not other
    assert one.folder != other.folder
    assert (one.lang, other.lang) == ("en", "zh")


def test_folders_cannot_be_read_by_others_or_guessed(store: SessionStore) -> None:
    session = store.of_tab("a", "en")
    assert session.folder.stat().st_mode & 0o077 == 0
    assert len(session.folder.name) >= 32
    assert session.token not in str(session.folder)


@pytest.mark.parametrize(("seconds", "there"), [(299, True), (301, False)])
def test_sweep_ends_a_session_after_its_idle_time(
    store: SessionStore, clock: Clock, ended: list[Session], seconds: float, there: bool
) -> None:
    session = store.of_tab("a", "en")
    (session.place("documents") / "secret.pdf").write_bytes(b"x")
    clock.now += seconds
    store.sweep()
    assert session.folder.exists() is there
    assert ended == ([] if there else [session])
    assert (store.of_tab("a", "en") is session) is there


def test_a_click_keeps_a_session_alive(store: SessionStore, clock: Clock) -> None:
    session = store.of_tab("a", "en")
    clock.now += 200
    store.of_tab("a", "en")
    clock.now += 200
    store.sweep()
    assert session.folder.exists()


def test_a_session_at_work_is_not_ended(store: SessionStore, clock: Clock) -> None:
    session = store.of_tab("a", "en")
    with session.run("prepare"):
        clock.now += 1000
        store.sweep()
        assert session.folder.exists()
    store.sweep()
    assert not session.folder.exists()


def test_a_closed_tab_is_ended_soon_but_a_reload_finds_its_work(store: SessionStore, clock: Clock) -> None:
    session = store.of_tab("a", "en")
    store.leave("a")
    clock.now += LEFT_SECONDS - 1
    store.sweep()
    assert store.adopt("b", session.token, "zh") is session
    assert session.lang == "zh"
    store.leave("b")
    clock.now += LEFT_SECONDS + 1
    store.sweep()
    assert not session.folder.exists()


def test_leaving_one_of_two_tabs_keeps_the_session(store: SessionStore, clock: Clock) -> None:
    session = store.of_tab("a", "en")
    store.adopt("b", session.token, "en")
    store.leave("a")
    clock.now += LEFT_SECONDS + 1
    store.sweep()
    assert session.folder.exists()


def test_adopt_with_a_wrong_token_begins_anew(store: SessionStore) -> None:
    session = store.of_tab("a", "en")
    assert store.adopt("b", session.token[:-1], "en") is not session


def test_too_many_sessions_end_the_longest_idle_one(store: SessionStore, clock: Clock) -> None:
    sessions = []
    for tab in "abcd":
        sessions.append(store.of_tab(tab, "en"))
        clock.now += 1
    assert len(store) == 3
    assert [s.folder.exists() for s in sessions] == [False, True, True, True]


def test_a_new_run_stops_the_earlier_one_of_its_kind_only(store: SessionStore) -> None:
    session = store.of_tab("a", "en")
    with session.run("ask") as asking, session.run("prepare") as first, session.run("prepare") as second:
        assert first.is_set()
        assert not second.is_set()
        assert not asking.is_set()
        session.halt("prepare")
        assert second.is_set()
        assert not asking.is_set()


def test_a_tab_is_told_once_that_its_files_expired(store: SessionStore, clock: Clock) -> None:
    store.of_tab("a", "en").work.uploads.append(Upload(Path("x.pdf"), "x.pdf"))
    store.of_tab("b", "en")
    clock.now += 301
    store.sweep()
    assert store.of_tab("a", "en").after_expiry
    assert not store.of_tab("b", "en").after_expiry
    clock.now += 301
    store.sweep()
    assert not store.of_tab("a", "en").after_expiry


def test_sweep_deletes_uploads_that_nobody_took(tmp_path: Path) -> None:
    for name, age in (("old", 400), ("new", 10)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.pdf").write_bytes(b"x")
        os.utime(tmp_path / name / "a.pdf", (time.time() - age,) * 2)
    sweep_old_files(tmp_path, 300)
    assert not (tmp_path / "old" / "a.pdf").exists()
    assert (tmp_path / "new" / "a.pdf").exists()
    sweep_old_files(tmp_path, 300)
    assert not (tmp_path / "old").exists()


def test_close_deletes_everything(clock: Clock) -> None:
    store = SessionStore(idle_seconds=1, max_sessions=1, clock=clock)
    store.of_tab("a", "en")
    store.close()
    assert not store.root.exists()


def test_roots_of_servers_that_died_are_swept(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = tmp_path / f"{ROOT_PREFIX}{ended.pid}-abc"
    alive = tmp_path / f"{ROOT_PREFIX}{os.getpid()}-abc"
    foreign = tmp_path / f"{ROOT_PREFIX}notes-abc"
    for folder in (dead, alive, foreign):
        folder.mkdir()
    sweep_abandoned_roots(tmp_path)
    assert [folder.exists() for folder in (dead, alive, foreign)] == [False, True, True]


def test_a_flood_of_new_tabs_ends_no_session_with_documents(store: SessionStore, clock: Clock) -> None:
    working = store.of_tab("a", "en")
    working.work.uploads.append(Upload(Path("x.pdf"), "x.pdf"))
    for number in range(20):
        clock.now += 1
        store.of_tab(f"flood {number}", "en")
    assert working.folder.exists()
    assert len(store) == 3


def test_everybody_who_asked_hears_of_an_end_with_all_tabs_the_session_had(
    store: SessionStore, ended: list[Session]
) -> None:
    session = store.of_tab("a", "en")
    store.leave("a")
    assert store.adopt("b", session.token, "en") is session
    heard: list[set[str]] = []
    store.when_one_ends(lambda gone: heard.append(gone.tabs))
    store.end(session)
    assert ended == [session]
    assert heard == [{"a", "b"}]


def test_free_memory_is_handed_back_after_an_end_and_once_more(
    store: SessionStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    monkeypatch.setattr("demo.session.give_back", lambda: given.append(clock.now))
    store.of_tab("a", "en")
    store.sweep()
    clock.now = 2000.0
    for _ in range(10):
        store.sweep()
        clock.now += 5
    assert given == [2000.0, 2000.0 + ECHO_SECONDS]
