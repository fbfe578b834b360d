"""One question to an engine, for one session: text as it comes, then the checked answer in the session."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any

from demo import questions
from demo.answers import check
from demo.asking import Reply, Turn
from demo.engines import Engine, EngineError, Piece, Progress, Request, Restart, Result, Usage
from demo.session import Session
from demo.shelf import Shelf
from demo.waiting import Ticket, place_words
from demo.words import say
from toolkit.manifest import Manifest
from toolkit.texts import Language

if TYPE_CHECKING:
    from prompts import Prompt

EVERY_SECONDS = 0.12
"""How often at most the page is drawn anew while an answer streams in."""

Engines = Callable[[str], Engine]
"""Gives an engine by its name, or raises EngineError."""


@dataclass(frozen=True)
class News:
    """How far a program's question is: the text so far, and how many are served first, None for no more."""

    text: str
    before: int | None = None


def compose(
    session: Session,
    able: Mapping[str, tuple[str, ...]] | None,
    lang: Language,
    shelf: Shelf | None = None,
) -> tuple["Prompt", Manifest]:
    """Give the session's prompt and the images it is about. Raises PromptError or QuestionError."""
    manifest = session.work.sending
    if manifest is None or not manifest.images:
        raise questions.QuestionError("missing.images_first")
    questions.settle(session.work.question, lang, able, shelf)
    return questions.compose(session.work.question, manifest, lang, shelf), manifest


def ask(
    engine: Engine,
    session: Session,
    prompt: "Prompt",
    manifest: Manifest,
    touch: Callable[[], None],
    *,
    enforce: bool = False,
) -> Iterator[News]:
    """Ask once for a program; tell how far it is now and then. The session then holds the checked answer.

    `enforce` has an engine that can do so hold the model to the prompt's format while it writes. Closing the
    iterator stops it, and so does a session that is left. `touch` is called now and then, so that the session
    does not expire. Raises EngineError.
    """
    from prompts import json_schema

    session.work.answer = None
    schema = json_schema(prompt.format) if enforce else None
    reply = Reply(engine.name, prompt, manifest)
    with session.run("call") as stop, session.stand_in_line("ask") as ticket:
        for before in ticket.until_served(stop):
            touch()
            yield News("", before)
        if stop.is_set():
            return
        for _ in stream(engine, session, reply, stop, touch, schema=schema):
            yield News(reply.text)
    session.work.answer = reply.answer


def stream(
    engine: Engine,
    session: Session,
    reply: Reply,
    stop: Event,
    touch: Callable[[], None],
    *,
    schema: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Fill one reply, yielding now and then. What had come stays, also if nobody listens to the end.

    Raises EngineError; the reply keeps what had come by then.
    """
    prompt = reply.prompt
    request = Request(prompt, prompt.sampling, schema, session=session.token, lang=session.lang)
    began, shown = time.monotonic(), 0.0
    reply.state = "running"
    reply.doing = None if engine.describe(session.lang).loaded else say("messages.ask.loading")
    try:
        yield
        for event in engine.ask(request, stop):
            _take(reply, event)
            if time.monotonic() - shown > EVERY_SECONDS:
                shown = time.monotonic()
                touch()
                yield
    except EngineError:
        reply.state = "failed"
        raise
    finally:
        if reply.state == "running":
            _close(reply, time.monotonic() - began)


def _take(reply: Reply, event: object) -> None:
    if isinstance(event, Piece):
        reply.text += event.text
        reply.doing = None
    elif isinstance(event, Restart):
        reply.text = ""
        reply.anew.append(event.reason)
    elif isinstance(event, Progress):
        reply.doing = event.text
    elif isinstance(event, Result):
        reply.text = event.text
        reply.answer = check(reply.prompt, reply.manifest, event, loose=reply.loose)


def _close(reply: Reply, seconds: float) -> None:
    """End a reply that has no result because nobody listened any longer: a program has left."""
    reply.doing = None
    if reply.answer is None:
        usage = Usage(seconds, None, len(reply.text))
        reply.answer = check(
            reply.prompt, reply.manifest, Result(reply.text, usage, "cancelled"), loose=reply.loose
        )
    reply.state = "done"


def run_turn(
    engines: Engines, session: Session, turn: Turn, touch: Callable[[], None], explain: Callable[..., Any]
) -> Iterator[Reply]:
    """Ask everything that a turn holds, one after another; give the reply that changes.

    While other visitors are served first, the first reply tells how many. Who stops then has asked nothing.
    A round's conclusion goes into the rounds after it. A fault ends the rounds, but not the other of two
    replies; `explain` turns it into the sentence that the reply keeps.
    """
    with session.run("ask") as stop, session.stand_in_line("ask") as ticket:
        try:
            yield from _await_turn(turn.all[0], ticket, stop, touch)
            for number, reply in enumerate(turn.all):
                if stop.is_set():
                    break
                if turn.steps:
                    reply.prompt = turn.steps[number].prompt([one.text for one in turn.rounds[:number]])
                yield from _run_reply(engines, session, turn, reply, stop, touch, explain)
                if reply.state == "failed" and turn.steps:
                    break
        finally:
            _drop_unasked(turn)


def _await_turn(reply: Reply, ticket: Ticket, stop: Event, touch: Callable[[], None]) -> Iterator[Reply]:
    for before in ticket.until_served(stop):
        reply.doing = place_words(before)
        touch()
        yield reply
    reply.doing = None


def _drop_unasked(turn: Turn) -> None:
    """Leave nothing of a turn open: what was not asked any more goes, but for one reply that says why."""
    begun = any(one.state != "waiting" for one in turn.all)
    turn.replies = [one for one in turn.replies if one.state != "waiting"] or turn.replies[:1]
    turn.rounds = [one for one in turn.rounds if one.state != "waiting"]
    last = turn.replies[0]
    if last.state == "waiting":
        last.state, last.fault = "failed", say("messages.ask.rounds_ended" if begun else "messages.line.left")


def _run_reply(
    engines: Engines,
    session: Session,
    turn: Turn,
    reply: Reply,
    stop: Event,
    touch: Callable[[], None],
    explain: Callable[..., Any],
) -> Iterator[Reply]:
    from prompts import json_schema

    schema = json_schema(reply.prompt.format) if session.work.talk.enforce and reply in turn.replies else None
    try:
        engine = engines(reply.engine)
        for _ in stream(engine, session, reply, stop, touch, schema=schema):
            yield reply
    except Exception as error:
        reply.state, reply.fault = "failed", explain(error)
    yield reply
