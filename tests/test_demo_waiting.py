"""Whose turn it is: places in the line, what a visitor who waits is told, and leaving the line."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from documents import write_pdf
from echo_engine import EchoEngine

from demo import answering, gallery, uploads
from demo.asking import Question, Turn
from demo.context import explain
from demo.conversation import first
from demo.preparing import Preparation, begin, prepare_uploads
from demo.questions import choose_task
from demo.session import Session, SessionStore
from demo.settings import Limits
from demo.waiting import Line, Ticket, place_words
from prompts import json_schema
from toolkit.recipe import Recipe

AT_ONCE = 2


@pytest.fixture
def store() -> Iterator[SessionStore]:
    opened = SessionStore(idle_seconds=300, max_sessions=9, at_once={"prepare": AT_ONCE, "ask": AT_ONCE})
    yield opened
    opened.close()


def settled(what: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


def places(line: Line, tickets: list[Ticket]) -> list[int | None]:
    return [line.before(ticket) for ticket in tickets]


def visitor(store: SessionStore, name: str, tmp_path: Path) -> Session:
    session = store.of_tab(name, "en")
    uploads.add_files(session, [str(write_pdf(tmp_path / f"{name}.pdf"))], 10)
    return session


def busy(session: Session, kind: str) -> list[Ticket]:
    """Two others are being served."""
    return [session.stand_in_line(kind) for _ in range(AT_ONCE)]


def test_a_line_serves_the_first_and_moves_up_when_one_leaves() -> None:
    line = Line(AT_ONCE)
    tickets = [line.join() for _ in range(5)]
    assert places(line, tickets) == [None, None, 0, 1, 2]
    tickets[3].__exit__(None, None, None)
    assert places(line, tickets) == [None, None, 0, None, 1]
    tickets[0].__exit__(None, None, None)
    tickets[0].__exit__(None, None, None)
    assert places(line, tickets) == [None, None, None, None, 0]


def test_who_waits_is_told_every_place_until_the_turn_comes() -> None:
    line = Line(1)
    tickets = [line.join() for _ in range(3)]
    told = []
    for before in tickets[2].until_served(threading.Event()):
        told.append(before)
        tickets[before].__exit__(None, None, None)
    assert told == [1, 0]


def test_who_is_asked_to_stop_waits_no_longer() -> None:
    line, stop = Line(1), threading.Event()
    line.join()
    waiting = line.join().until_served(stop)
    assert next(waiting) == 0
    stop.set()
    began = time.monotonic()
    assert list(waiting) == []
    assert time.monotonic() - began < 5


def test_many_threads_are_never_served_more_than_so_many_at_once() -> None:
    line, lock = Line(AT_ONCE), threading.Lock()
    inside, most, done = 0, 0, 0

    def work() -> None:
        nonlocal inside, most, done
        with line.join() as ticket:
            list(ticket.until_served(threading.Event()))
            with lock:
                inside, most = inside + 1, max(most, inside + 1)
            time.sleep(0.002)
            with lock:
                inside, done = inside - 1, done + 1

    threads = [threading.Thread(target=work) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (most, done, inside) == (AT_ONCE, 40, 0)


def test_the_third_to_prepare_sees_its_place_and_then_goes_on(store: SessionStore, tmp_path: Path) -> None:
    third, fourth = visitor(store, "third", tmp_path), visitor(store, "fourth", tmp_path)
    served = busy(third, "prepare")
    runs = [begin(session, Recipe(), Limits()) for session in (third, fourth)]
    assert [run.snapshot().before for run in runs] == [0, 1]
    words = [gallery.of_snapshot(run.snapshot(), "en", 1) for run in runs]
    assert "you are next" in words[0]
    assert "1 before you" in words[1]
    assert "前面还有 1 人" in gallery.of_snapshot(runs[1].snapshot(), "zh", 1)
    time.sleep(0.3)
    assert third.work.manifest is None
    told: list[int | None] = []
    for news in runs[1].follow():
        told.append(news.before)
        if told == [1]:
            runs[0].stop()  # who leaves the line lets the others move up
        if told == [1, 0]:
            served[0].__exit__(None, None, None)
    assert told[:3] == [1, 0, None]
    assert len(fourth.work.images) == 1
    assert third.work.stopped


def test_stop_in_the_line_prepares_nothing_and_keeps_the_earlier_pictures(
    store: SessionStore, tmp_path: Path
) -> None:
    session = visitor(store, "a", tmp_path)
    list(prepare_uploads(session, Recipe(), "", Limits(), lambda: None))
    before = session.work.manifest
    busy(session, "prepare")
    run = begin(session, Recipe(), Limits())
    session.halt("prepare")
    assert [news.before for news in run.follow()] == [0]
    assert settled(lambda: run.ended and session.busy == 0)
    assert session.work.manifest is before
    assert run.kept_earlier
    assert not run.folder.exists()


def test_a_session_that_ends_leaves_the_line(store: SessionStore, tmp_path: Path) -> None:
    gone, next_one = visitor(store, "gone", tmp_path), visitor(store, "next", tmp_path)
    busy(gone, "prepare")
    runs: list[Preparation] = [begin(session, Recipe(), Limits()) for session in (gone, next_one)]
    store.end(gone)
    assert settled(lambda: runs[1].before == 0)


def question(session: Session) -> Turn:
    """Note the question for all of the text."""
    choose_task(session.work.question, "read-text", "")
    prompt, manifest = answering.compose(session, None, "en")
    return first(Question(), prompt, manifest, "echo")


def asking(session: Session, turn: Turn, engine: Any) -> Iterator[Any]:
    session.work.talk.add(turn)
    return answering.run_turn(lambda _: engine, session, turn, lambda: None, explain)


@pytest.fixture
def asker(store: SessionStore, tmp_path: Path) -> Session:
    session = visitor(store, "asker", tmp_path)
    list(prepare_uploads(session, Recipe(), "", Limits(), lambda: None))
    return session


def test_the_third_to_ask_sees_its_place_and_is_then_answered(asker: Session) -> None:
    served, engine = busy(asker, "ask"), EchoEngine()
    before_me = asker.stand_in_line("ask")
    turn = question(asker)
    replies = asking(asker, turn, engine)
    assert next(replies).doing == place_words(1)
    assert place_words(1).zh == "正在为其他人处理，前面还有 1 人"
    before_me.__exit__(None, None, None)
    assert next(replies).doing == place_words(0)
    assert engine.asked == []
    served[1].__exit__(None, None, None)
    list(replies)
    assert len(engine.asked) == 1
    assert turn.reply.state == "done"
    assert turn.reply.text


@pytest.mark.parametrize("rounds", [False, True])
def test_who_leaves_the_line_has_asked_nothing_and_can_ask_again(asker: Session, rounds: bool) -> None:
    tickets, engine = busy(asker, "ask"), EchoEngine()
    turn = question(asker)
    if rounds:
        one = SimpleNamespace(prompt=lambda _: turn.reply.prompt)
        turn.steps, turn.rounds = (one, one), [question(asker).reply]  # type: ignore[assignment]
    replies = asking(asker, turn, engine)
    next(replies)
    asker.halt("ask")
    assert list(replies) == []
    assert engine.asked == []
    assert not turn.open
    assert turn.reply.fault is not None
    assert turn.reply.fault.zh.startswith("还没轮到就已退出排队")
    for ticket in tickets:
        ticket.__exit__(None, None, None)
    assert asker.stand_in_line("ask").before is None


def test_rounds_that_are_stopped_leave_nothing_open(asker: Session) -> None:
    turn = question(asker)
    one = SimpleNamespace(prompt=lambda _: turn.reply.prompt)
    turn.steps, turn.rounds = (one, one), [question(asker).reply]  # type: ignore[assignment]
    for _ in asking(asker, turn, EchoEngine()):
        asker.halt("ask")
    assert not turn.open
    assert turn.reply.fault is not None
    assert turn.reply.fault.en.startswith("The rounds ended")


def test_a_program_that_asks_waits_in_the_same_line(asker: Session) -> None:
    served, engine = busy(asker, "ask"), EchoEngine()
    turn = question(asker)
    news = answering.ask(engine, asker, turn.reply.prompt, turn.reply.manifest, lambda: None)
    assert next(news) == answering.News("", before=0)
    assert engine.asked == []
    served[0].__exit__(None, None, None)
    last = list(news)[-1]
    assert last.text.startswith("You said")
    assert last.before is None
    assert asker.work.answer is not None


@pytest.mark.parametrize("enforce", [True, False])
def test_a_program_can_have_the_model_held_to_the_form(asker: Session, enforce: bool) -> None:
    engine = EchoEngine()
    choose_task(asker.work.question, "table")
    asker.work.question.format = "json"
    prompt, manifest = answering.compose(asker, None, "en")
    list(answering.ask(engine, asker, prompt, manifest, lambda: None, enforce=enforce))
    (request,) = engine.asked
    assert request.schema == (json_schema(prompt.format) if enforce else None)
    assert json_schema(prompt.format)
