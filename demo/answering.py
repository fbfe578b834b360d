"""One question to the engine, for one session: text as it comes, then the checked answer in the session."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from demo import questions
from demo.answers import check
from demo.engines import Engine, Piece, Request, Restart, Result
from demo.session import Session
from toolkit.manifest import Manifest
from toolkit.texts import Language

if TYPE_CHECKING:
    from prompts import Prompt

EVERY_SECONDS = 0.12
"""How often at most the page is drawn anew while an answer streams in."""


def compose(
    session: Session, able: Mapping[str, tuple[str, ...]] | None, lang: Language
) -> tuple["Prompt", Manifest]:
    """Give the session's prompt and the images it is about. Raises PromptError or QuestionError."""
    manifest = session.work.sending
    if manifest is None or not manifest.images:
        raise questions.QuestionError("missing.images_first")
    questions.settle(session.work.question, lang, able)
    return questions.compose(session.work.question, manifest, lang), manifest


def ask(
    engine: Engine, session: Session, prompt: "Prompt", manifest: Manifest, touch: Callable[[], None]
) -> Iterator[str]:
    """Ask; give the text so far now and then. The session holds the checked answer when this ends.

    `touch` is called now and then, so that the session does not expire. Raises EngineError.
    """
    session.work.answer = None
    request = Request(prompt, prompt.sampling, session=session.token)
    text, shown = "", 0.0
    with session.run("ask") as stop:
        for event in engine.ask(request, stop):
            if isinstance(event, Result):
                session.work.answer = check(prompt, manifest, event)
                continue
            if isinstance(event, Restart):
                text = ""
            if isinstance(event, Piece):
                text += event.text
            if time.monotonic() - shown > EVERY_SECONDS:
                shown = time.monotonic()
                touch()
                yield text
