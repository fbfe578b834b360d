"""What an answer took and holds so far."""

import json
import time
from collections.abc import Iterator
from typing import Any

from demo.engines.errors import say
from demo.engines.loops import Loop, LoopDetector
from demo.engines.protocol import Event, Piece, Restart, Result, StopReason, Usage
from demo.engines.served.body import Plan
from demo.engines.served.pieces import Delta, Joiner, ThoughtFilter, count
from toolkit.texts import Text

MAX_ANSWER = 4_000_000
"""Characters of an answer: more than any window holds."""


class Account:
    """One answer as it grows. Times are in seconds since it was asked for."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.plan: Plan | None = None
        self.reason: StopReason = "cancelled"
        self.notes: list[Text] = []
        self._first: float | None = None
        self._usage: Any = None
        self._timings: Any = None
        self.begin()

    def begin(self) -> None:
        """Forget the text: the answer begins anew. What it took goes on counting."""
        self._joiner, self._filter = Joiner(), ThoughtFilter()
        self._loops, self._circles = LoopDetector(), LoopDetector()
        self._text: list[str] = []
        self.received = 0
        self._thought = self._length = 0
        self._marked: list[str] = []
        self._refused: list[str] = []
        self.tool = ""
        self.loop: Loop | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing came at all, neither answer nor thought."""
        return not self._thought and not self.text.strip()

    @property
    def refusal(self) -> str:
        """What the model said in the place of an answer that it refused."""
        return "".join(self._refused)

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._text)

    def take(self, delta: Delta) -> Iterator[Event]:
        """Take what a chunk brings and give what the page is to see; `loop` tells of endless repetition."""
        self._usage = delta.usage if delta.usage is not None else self._usage
        self._timings = delta.timings if delta.timings is not None else self._timings
        self.received += len(delta.text) + len(delta.thought) + len(delta.refusal)
        self._think(delta.thought)
        self._marked += [delta.thought] if delta.thought else []
        self._refused += [delta.refusal] if delta.refusal else []
        self.tool = self.tool or delta.tool
        for kind, text in self._filter.feed(self._joiner.feed(delta.text)):
            yield from self._part(kind, text)

    def finish(self) -> Iterator[Event]:
        """Give what was held back at the end of the stream."""
        for kind, text in (*self._filter.feed(self._joiner.end()), *self._filter.end()):
            yield from self._part(kind, text)

    def settle(self, *, cut: bool, thinks: bool, wants_json: bool) -> Iterator[Event]:
        """Judge which of a complete stream was answer; `cut` tells that the limit ended it.

        A model that always `thinks` and was cut before its thought ended gave no answer, even if its server
        marks no thoughts. And JSON that was asked for is the answer, even if its server marked all of it as
        thought (vLLM's bug 50948).
        """
        if cut and thinks and self._text and not self._marked and not self._filter.saw_thought:
            if not self.text.lstrip().startswith(("{", "[")):
                yield self._void("thought_cut")
        elif wants_json and not cut and not self._length and _is_json(marked := "".join(self._marked)):
            self._thought -= len(marked)
            self.notes.append(say("engines_served.marked_as_thought"))
            yield from self._part("answer", marked.strip())

    def _part(self, kind: str, text: str) -> Iterator[Event]:
        if kind == "thought":
            self._think(text)
        elif kind == "void":
            self._thought += len(text)
            yield self._void("thought_before")
        elif text:
            self._first = self._first or time.perf_counter() - self.start
            self._text.append(text)
            self._length += len(text)
            self.loop = self.loop or self._loops.feed(text)
            yield Piece(text)

    def _void(self, key: str) -> Restart:
        """Count all of the answer so far as thought."""
        self._thought += self._length
        self._text, self._length = [], 0
        self._loops = LoopDetector()
        return Restart(say(f"engines_served.{key}"))

    def _think(self, text: str) -> None:
        """Count a thought, and notice one that goes round in circles."""
        self._thought += len(text)
        if text:
            self.loop = self.loop or self._circles.feed(text)

    def keep_what_was_right(self) -> bool:
        """Cut the answer where its repetition began; false where nothing stood before it."""
        if self.loop is None or self.loop.start == 0 or not self._length:
            return False
        self._text = [self.loop.cut(self.text)]
        self._length = len(self._text[0])
        self.reason = "repetition"
        return True

    @property
    def too_long(self) -> bool:
        """Whether all that came, thoughts and a refusal included, has outgrown every window."""
        return self.received > MAX_ANSWER

    def result(self) -> Result:
        """Close the account."""
        notes = [*(self.plan.notes if self.plan else ()), *self.notes]
        if self._thought:
            key = "thought" if self._length else "only_thought"
            notes.append(say(f"engines_served.{key}", count=self._thought))
        return Result(self.text, self._used(), self.reason, (), tuple(notes))

    def _used(self) -> Usage:
        plan, usage, total = self.plan, self._usage, time.perf_counter() - self.start
        # No question has 0 tokens: who says so has not counted.
        prompt = count(usage, "prompt_tokens") or None
        return Usage(
            seconds=total,
            seconds_to_first_piece=self._first,
            output_characters=self._length,
            phases=self._phases(total),
            images=plan.images if plan else 0,
            cached_images=len(plan.known) if plan else 0,
            prompt_tokens=prompt,
            cached_tokens=self._cached(),
            visual_tokens=self._visual(prompt),
            output_tokens=self._written(),
        )

    def _visual(self, prompt: int | None) -> int | None:
        """Give the visual tokens that the server counted (vLLM), else those computed for the images' family.

        More than the whole question holds are those of a model with its own bounds: what it saw is not known.
        """
        counted = count(self._usage, "prompt_tokens_details", "multimodal_tokens", "image")
        computed = self.plan.visual if self.plan else None
        if counted is not None or computed is None or prompt is None:
            return computed if counted is None else counted
        return computed if computed <= prompt else None

    def _written(self) -> int | None:
        """Read how many tokens the answer has; 0 beside a text is no count."""
        told = count(self._usage, "completion_tokens")
        return None if told == 0 and self.received else told

    def _cached(self) -> int | None:
        """Read how much of the question the server still had: OpenAI's place for it, then llama.cpp's."""
        counted = count(self._usage, "prompt_tokens")
        told = count(self._usage, "prompt_tokens_details", "cached_tokens") if counted else None
        return told if told is not None else count(self._timings, "cache_n")

    def _phases(self, total: float) -> dict[str, float]:
        """Give llama.cpp's own figures where it sends them, else what can be seen from here."""
        prefill, decode = _seconds(self._timings, "prompt_ms"), _seconds(self._timings, "predicted_ms")
        if prefill is not None and decode is not None:
            return {"prefill": prefill, "decode": decode}
        return {} if self._first is None else {"wait": self._first, "stream": total - self._first}


def _is_json(text: str) -> bool:
    """Tell whether a text is an object or a list in JSON."""
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _seconds(holder: object, name: str) -> float | None:
    value = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
    return value / 1000 if isinstance(value, int | float) and 0 <= value < 1e9 else None
