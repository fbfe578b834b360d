"""A small engine for tests of conversations: it gives back what it was told, and counts what it kept.

It keeps, for each session, the pictures it has seen and the text it was sent, so that `cached_images` and
`cached_tokens` (a token is a character here) are what a model in process would have spared.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from demo.engines.errors import TimedOutError
from demo.engines.protocol import EngineInfo, Piece, Progress, Request, Restart, Result, Usage
from toolkit.texts import Language, Text

PAUSE = 0.02
SLOWLY = "slowly"
"""A question with this word is answered at the pace of a slow model."""


class EchoEngine:
    """Repeats the last line of what it was asked; mends to the format when it is asked again about it."""

    name = "echo"

    def __init__(self) -> None:
        self.images: dict[str, set[str]] = {}
        self.texts: dict[str, str] = {}
        self.asked: list[Request] = []

    def describe(self, lang: Language) -> EngineInfo:
        title = {"en": "Echo", "zh": "回声"}[lang]
        summary = {"en": "Repeats what it is told.", "zh": "重复听到的内容。"}[lang]
        return EngineInfo(self.name, title, summary, True, True)

    def refusal(self, prompt: Any) -> Text | None:
        return None

    def load(self) -> None:
        return None

    def forget(self, session: str = "") -> None:
        self.images.pop(session, None)
        self.texts.pop(session, None)

    def ask(self, request: Request, cancel: Any = None) -> Iterator[Piece | Progress | Restart | Result]:
        self.asked.append(request)
        began = time.perf_counter()
        reused, fresh = self._look(request)
        spared, total = self._read(request)
        last = str(request.prompt.messages[-1]["content"][-1]["text"])
        if "fail please" in last:
            raise TimedOutError("engines.no_images")
        said, first = "", None
        if "go in circles" in last:
            yield Piece("round and round and round")
            yield Restart(Text("it went in circles", "陷入重复"))
        for word in self._answer(request, last).split(" "):
            if cancel is not None and cancel.is_set():
                break
            time.sleep(PAUSE * (10 if SLOWLY in last else 1))
            first = time.perf_counter() - began if first is None else first
            said += (" " if said else "") + word
            yield Piece((" " if said != word else "") + word)
        stopped = cancel is not None and cancel.is_set()
        usage = Usage(
            time.perf_counter() - began, first, len(said), {}, reused + fresh, reused, total, spared
        )
        yield Result(said, usage, "cancelled" if stopped else "done")

    def _look(self, request: Request) -> tuple[int, int]:
        seen = self.images.setdefault(request.session, set())
        shown = [image.sha256 for image in request.prompt.images]
        reused = sum(one in seen for one in shown)
        seen |= set(shown)
        return reused, len(shown) - reused

    def _read(self, request: Request) -> tuple[int, int]:
        text = _text(request)
        known = self.texts.get(request.session, "")
        self.texts[request.session] = text
        same = next((n for n, (a, b) in enumerate(zip(known, text, strict=False)) if a != b), None)
        return (min(len(known), len(text)) if same is None else same), len(text)

    def _answer(self, request: Request, last: str) -> str:
        turns = len(request.prompt.messages)
        if turns > 2 and "JSON" in last and request.prompt.format.name == "json":
            return json.dumps({field.name: None for field in request.prompt.format.fields})
        return f"You said: {last.strip().splitlines()[-1]}"


def _text(request: Request) -> str:
    parts: list[str] = []
    for message in request.prompt.messages:
        for part in message["content"]:
            found: Mapping[str, Any] = part
            parts.append(str(found["text"]) if found["type"] == "text" else f"[{found['image'].sha256}]")
    return "\n".join(parts)
