"""Pieces of a stream to text: characters that came in halves, thoughts kept apart from the answer. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

_SURROGATE = re.compile("[\ud800-\udfff]")
_FIRST_HALF = re.compile("[\ud800-\udbff]$")
REPLACEMENT = "\ufffd"

OPEN, CLOSE = "<think>", "</think>"
CLOSE_ALONE = "\n</think>\n\n"
"""How Qwen's chat templates end a thought whose beginning stands in the prompt and is not streamed."""
MOST_WHITE = 1_000
"""White characters that are held back before an answer; a model that goes on with them has lost its way."""


class Joiner:
    """Joins characters that a server cut in two: an emoji may come as two surrogates in two pieces."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Give what is whole; a first half waits for its other half, one without it becomes U+FFFD."""
        text, self._held = self._held + text, ""
        if _FIRST_HALF.search(text):
            text, self._held = text[:-1], text[-1]
        if _SURROGATE.search(text):
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text

    def end(self) -> str:
        """Give what is left."""
        held, self._held = self._held, ""
        return REPLACEMENT if held else ""


Part = tuple[Literal["answer", "thought", "void"], str]
"""A part of what came; "void" says that all of the answer so far was a thought."""


class ThoughtFilter:
    """Takes "<think>…</think>" out of an answer, for servers that leave the thought in it."""

    def __init__(self) -> None:
        self._state: Literal["start", "thought", "after", "answer"] = "start"
        self._held = ""
        self._alone = True

    @property
    def saw_thought(self) -> bool:
        """Whether a mark of a thought has come."""
        return not self._alone

    def feed(self, text: str) -> Iterator[Part]:
        """Give the parts of the next piece; what may be the beginning of a mark waits for the next one."""
        self._held += text
        while self._held:
            before = self._state
            yield from getattr(self, f"_{before}")()
            if self._state == before:
                return

    def end(self) -> Iterator[Part]:
        """Give what is left."""
        held, self._held = self._held, ""
        if held and not (self._state == "after" and held.isspace()):
            yield ("thought" if self._state == "thought" else "answer", held)

    def _start(self) -> Iterator[Part]:
        bare = self._held.lstrip()
        if bare.startswith(OPEN):
            self._state, self._held, self._alone = "thought", bare[len(OPEN) :], False
        elif not OPEN.startswith(bare) or len(self._held) > MOST_WHITE:
            self._state = "answer"
        yield from ()

    def _thought(self) -> Iterator[Part]:
        before, found = self._take(CLOSE)
        if before:
            yield ("thought", before)
        if found:
            self._state = "after"

    def _after(self) -> Iterator[Part]:
        """Leave out the white between a thought and the answer."""
        bare = self._held.lstrip()
        if bare or len(self._held) > MOST_WHITE:
            self._state, self._held = "answer", bare or self._held
        yield from ()

    def _answer(self) -> Iterator[Part]:
        if not self._alone:
            text, self._held = self._held, ""
            yield ("answer", text)
            return
        before, found = self._take(CLOSE_ALONE)
        if found:
            yield ("void", before)
            self._state, self._alone = "after", False
        elif before:
            yield ("answer", before)

    def _take(self, mark: str) -> tuple[str, bool]:
        """Take what stands before `mark`; what may be its beginning stays held."""
        at = self._held.find(mark)
        if at >= 0:
            before, self._held = self._held[:at], self._held[at + len(mark) :]
            return before, True
        keep = max((n for n in range(1, len(mark)) if self._held.endswith(mark[:n])), default=0)
        cut = len(self._held) - keep
        before, self._held = self._held[:cut], self._held[cut:]
        return before, False


@dataclass(frozen=True)
class Delta:
    """What one chunk brings. `valid` is false for JSON that is no chunk of a chat completion.

    `refusal` is what OpenAI's models say instead of an answer, `tool` the name of a tool the model calls.
    """

    text: str = ""
    thought: str = ""
    finish: str = ""
    usage: Any = None
    timings: Any = None
    valid: bool = True
    refusal: str = ""
    tool: str = ""


def read_chunk(chunk: object) -> Delta:
    """Read a chunk as the client built it, trusting none of its types."""
    choices = getattr(chunk, "choices", None)
    usage, timings = getattr(chunk, "usage", None), getattr(chunk, "timings", None)
    if not isinstance(choices, list):
        return Delta(usage=usage, timings=timings, valid=usage is not None)
    if not choices:
        return Delta(usage=usage, timings=timings)
    delta = getattr(choices[0], "delta", None)
    text, thought = _content(getattr(delta, "content", None))
    return Delta(
        text=text,
        # DashScope, SGLang, llama.cpp and transformers say reasoning_content, vLLM and Ollama reasoning.
        thought=_text(delta, "reasoning_content") or _text(delta, "reasoning") or thought,
        finish=_text(choices[0], "finish_reason"),
        usage=usage,
        timings=timings,
        valid=delta is not None,
        refusal=_text(delta, "refusal"),
        tool=_tool(getattr(delta, "tool_calls", None)),
    )


def _content(content: object) -> tuple[str, str]:
    """Give text and thought of a content: a string, or parts, as Mistral's models that think send them."""
    if isinstance(content, str):
        return content, ""
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    texts = [part["text"] for part in parts if isinstance(part.get("text"), str)]
    thoughts = [_content(part["thinking"])[0] for part in parts if isinstance(part.get("thinking"), list)]
    return "".join(texts), "".join(thoughts)


def _tool(calls: object) -> str:
    """Give the name of the tool that is called first."""
    first = calls[0] if isinstance(calls, list) and calls else None
    return _text(getattr(first, "function", None), "name")


def _text(holder: object, name: str) -> str:
    value = getattr(holder, name, None)
    return value if isinstance(value, str) else ""


def count(holder: object, *names: str) -> int | None:
    """Follow `names` through attributes or keys to a count; None where it is none."""
    for name in names:
        holder = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
    if isinstance(holder, bool) or not isinstance(holder, int) or holder < 0:
        return None
    return holder
