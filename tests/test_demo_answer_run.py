"""An answer goes on beside the page: who follows may leave and come back, and stopping is heard at once."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from documents import write_pdf
from echo_engine import EchoEngine

from demo import answering, uploads
from demo.answer_run import AnswerRun
from demo.asking import Question, Turn
from demo.context import explain
from demo.conversation import first
from demo.preparing import prepare_uploads
from demo.questions import choose_task
from demo.session import LEFT_SECONDS, Session, SessionStore
from demo.settings import Limits
from demo.waiting import place_words
from toolkit.recipe import Recipe


@pytest.fixture
def store() -> Iterator[SessionStore]:
    opened = SessionStore(idle_seconds=300, max_sessions=9, at_once={"ask": 1})
    yield opened
    opened.close()


@pytest.fixture
def session(store: SessionStore, tmp_path: Path) -> Session:
    opened = store.of_tab("a", "en")
    uploads.add_files(opened, [str(write_pdf(tmp_path / "a.pdf"))], 10)
    list(prepare_uploads(opened, Recipe(), "", Limits(), lambda: None))
    return opened


def begun(session: Session, words: str = "who signed?", engine: Any = None) -> AnswerRun:
    """Begin to answer a question."""
    choose_task(session.work.question, "answer", "")
    session.work.question.words = words
    prompt, manifest = answering.compose(session, None, "en")
    turn = first(Question(words=words), prompt, manifest, "echo")
    session.work.talk.add(turn)
    made = engine or EchoEngine()
    run = AnswerRun(lambda _: made, session, turn, lambda: None, explain)
    session.work.talk.run = run
    run.start()
    return run


def turn_of(session: Session) -> Turn:
    turn = session.work.talk.last
    assert turn is not None
    return turn


def settled(what: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


def test_an_answer_is_whole_although_nobody_follows(session: Session) -> None:
    run = begun(session)
    assert settled(lambda: run.ended)
    assert turn_of(session).reply.text.startswith("You said")
    assert not session.work.talk.running


def test_who_comes_back_follows_from_where_it_is(session: Session) -> None:
    run = begun(session, "slowly, " + "who signed? " * 5)
    following = run.follow()
    while len(turn_of(session).reply.text) < 10:
        next(following)
    following.close()
    texts = [turn_of(session).reply.text for _ in run.follow()]
    assert len(texts) > 2
    assert len(texts[0]) >= 10
    assert turn_of(session).reply.state == "done"


def test_a_tab_follows_once(session: Session) -> None:
    run = begun(session)
    assert [run.watch(tab) for tab in ("a", "a", "b")] == [True, False, True]


def test_the_place_in_the_line_is_kept_while_the_page_is_away(store: SessionStore, session: Session) -> None:
    served = session.stand_in_line("ask")
    run = begun(session)
    behind = session.stand_in_line("ask")
    assert turn_of(session).reply.doing == place_words(0)
    store.leave("a")
    assert store.adopt("b", session.token, "en") is session
    time.sleep(0.3)
    assert behind.before == 1
    served.__exit__(None, None, None)
    assert settled(lambda: run.ended)
    assert turn_of(session).reply.state == "done"


def test_who_does_not_come_back_leaves_the_line_with_the_session(
    store: SessionStore, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.stand_in_line("ask")
    engine = EchoEngine()
    run = begun(session, engine=engine)
    behind = session.stand_in_line("ask")
    store.leave("a")
    session.last_used -= LEFT_SECONDS + 1
    store.sweep()
    assert settled(lambda: run.ended)
    assert behind.before == 0
    assert engine.asked == []


def test_a_stop_right_after_the_click_is_heard(session: Session) -> None:
    session.stand_in_line("ask")
    run = begun(session)
    session.halt("ask")
    assert settled(lambda: run.ended)
    reply = turn_of(session).reply
    assert (reply.state, reply.text) == ("failed", "")


def test_a_fault_of_ours_ends_the_run_and_is_said(session: Session) -> None:
    class Broken(EchoEngine):
        def ask(self, request: Any, cancel: Any = None) -> Any:
            yield from super().ask(request, cancel)
            raise ZeroDivisionError

    run = begun(session, engine=Broken())
    assert settled(lambda: run.ended)
    assert turn_of(session).reply.fault is not None
    assert not turn_of(session).open


def test_the_next_question_stops_the_one_before(session: Session) -> None:
    one = begun(session, "slowly " * 200)
    other = begun(session)
    assert settled(lambda: one.ended and other.ended)
    assert session.work.talk.turns[0].reply.answer is not None
    assert session.work.talk.turns[0].reply.answer.result.stop_reason == "cancelled"


def test_a_run_that_gets_no_thread_holds_no_place(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="new thread"):
        begun(session)
    assert session.stand_in_line("ask").before is None
    assert session.busy == 0
    assert not session.work.talk.running
    assert not turn_of(session).open


def test_new_images_stop_the_answer_about_the_ones_before(session: Session) -> None:
    """The conversation goes with its images: nobody could see that answer or stop it any more."""
    run = begun(session, "slowly " * 2000)
    manifest = session.work.manifest
    assert manifest is not None
    session.work.take(manifest)
    assert settled(lambda: run.ended)
    assert session.stand_in_line("ask").before is None
