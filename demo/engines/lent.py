"""The transformers engine on a card that is lent for one question, in a process made for it (ZeroGPU).

Everything that crosses between the two processes is pickled, and an exception loses its message on the way:
a fault crosses as a value and is raised again on this side.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, cast

from demo.engines import errors
from demo.engines.errors import EngineError, say
from demo.engines.local.engine import TransformersEngine
from demo.engines.protocol import Cancel, EngineInfo, Event, Piece, Request, Restart, Result, Usage
from toolkit.texts import Language, Text

Worker = Callable[[Request], Iterator["Event | Fault"]]


@dataclass(frozen=True)
class Fault:
    """An EngineError on its way from the other process: the name of its class and its sentence."""

    kind: str
    text: Text

    def error(self) -> EngineError:
        """Make the error anew."""
        kind = getattr(errors, self.kind, EngineError)
        known = isinstance(kind, type) and issubclass(kind, EngineError)
        return (kind if known else EngineError).from_text(self.text)


class LentEngine(TransformersEngine):
    """The transformers engine whose questions are answered where `lend` runs them.

    `lend` is a decorator such as `spaces.GPU(duration=120)`: it takes a generator function and gives one that
    runs it in a process with a card. What that process keeps between questions goes with it.
    """

    def __init__(self, lend: Callable[[Worker], Worker], **options: Any) -> None:
        super().__init__(**options)
        self._on_card = lend(self._in_worker)

    def describe(self, lang: Language) -> EngineInfo:
        """Say beside the rest that the card is lent, and what that means for the caches."""
        info = super().describe(lang)
        limit = say("engines_lent.limit").in_language(lang)
        return replace(info, limits=(*info.limits, limit))

    def ask(self, request: Request, cancel: Cancel | None = None) -> Iterator[Event]:
        """Answer on a lent card. A stop is heard with the next piece, and gives the card back."""
        begun, text = time.monotonic(), ""
        if cancel is not None and cancel.is_set():  # before a card is lent, and counted
            yield Result("", Usage(0.0, None, 0), "cancelled")
            return
        with closing(cast("Generator[Event | Fault]", self._on_card(request))) as events:
            for event in events:
                if isinstance(event, Fault):
                    raise event.error()
                text = text_after(text, event)
                if cancel is not None and cancel.is_set() and not isinstance(event, Result):
                    usage = Usage(time.monotonic() - begun, None, len(text))
                    yield Result(text, usage, "cancelled")
                    return
                yield event

    def _in_worker(self, request: Request) -> Iterator[Event | Fault]:
        """Run in the other process: what is raised there comes as the last value."""
        try:
            yield from super().ask(request)
        except EngineError as error:
            yield Fault(type(error).__name__, error.text)


def text_after(text: str, event: Event) -> str:
    """Give the answer's text after one more event: a piece is appended, a restart empties it."""
    if isinstance(event, Piece):
        return text + event.text
    return "" if isinstance(event, Restart) else text
