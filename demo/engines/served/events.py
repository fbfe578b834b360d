"""Server-sent events, as strict servers and careless ones write them, to one form the client reads. Pure.

The official client reads an event without data as broken JSON, although the specification lets servers send
such ("retry: 3000", "event: ping", an "id:" and then a comment); and servers leave out the blank line between
two events, or after the last one. What goes on from here is `data: …` and a blank line, event by event.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import json
import re

DONE = "[DONE]"
MAX_EVENT = 2**20
"""Bytes of one event; a piece of text with its frame has 200 to 2,000."""
MAX_EVENT_LINES = 1_000
"""Lines of one event; it has one to four."""
MAX_UNPARTED, MAX_UNPARTED_LINES = 2**14, 4
"""How large an event may be that ends without a blank line: each of its lines costs one try to read it."""

_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")
"""A carriage return at the very end waits: the line feed that belongs to it may come with the next bytes."""
_BOM = b"\xef\xbb\xbf"


class TooLargeEventError(ValueError):
    """An event, or a line of one, has outgrown what a piece of an answer can be."""


class Events:
    """Reads a stream as it comes; `ended` tells whether it has said "[DONE]"."""

    def __init__(self) -> None:
        self.ended = False
        self._open, self._fresh = list[bytes](), True
        self._name, self._data = "", list[str]()
        self._size = self._waiting = 0

    def feed(self, chunk: bytes) -> bytes:
        """Give the events that `chunk` completes. Raises TooLargeEventError."""
        done = [found for line in self._lines(chunk) for found in self._line(line)]
        self._check()
        return b"".join(done)

    def end(self) -> bytes:
        """Give the last event where its blank line never came but the event is whole."""
        *_, line = _LINE_END.split(b"".join(self._open).removesuffix(b"\r"))
        self._open = []
        last = self._line(line) if line else []
        return b"".join([*last, *(self._flush() if self._is_whole() else [])])

    def _lines(self, chunk: bytes) -> list[bytes]:
        """Give the lines that `chunk` completes; what stays open is joined only once it ends."""
        ends = b"\n" in chunk or b"\r" in chunk or (bool(self._open) and self._open[-1].endswith(b"\r"))
        self._open.append(chunk)
        self._waiting += len(chunk)
        if not ends:
            return []
        *lines, rest = _LINE_END.split(b"".join(self._open))
        self._open, self._waiting = [rest], len(rest)
        if lines and self._fresh:
            lines[0], self._fresh = lines[0].removeprefix(_BOM), False
        return lines

    def _line(self, line: bytes) -> list[bytes]:
        """Take one line; a blank one ends the event, and so does a new "data:" after a whole one."""
        if not line:
            return self._flush()
        name, _, value = line.decode("utf-8", errors="replace").partition(":")
        value = value.removeprefix(" ")
        done = self._flush() if name == "data" and self._is_whole() else []
        if name == "data":
            self._data.append(value)
            self._size += len(line)
            self._check()
        elif name == "event":
            self._name = value
        return done

    def _check(self) -> None:
        if self._size + self._waiting > MAX_EVENT or len(self._data) > MAX_EVENT_LINES:
            raise TooLargeEventError

    def _flush(self) -> list[bytes]:
        """End the event; one without data is none."""
        text, name = "\n".join(self._data), self._name
        self._name, self._data, self._size = "", [], 0
        if not text.strip():
            return []
        self.ended = self.ended or text.strip() == DONE
        if name == "error" or ('"error' in text and '"choices"' not in text and _is_error(_read(text))):
            text = _as_error(text)
        return [b"".join(b"data: " + line.encode() + b"\n" for line in text.split("\n")) + b"\n"]

    def _is_whole(self) -> bool:
        """Tell whether what stands open is an event by itself: the end mark, or JSON."""
        if not 0 < len(self._data) <= MAX_UNPARTED_LINES or self._size > MAX_UNPARTED:
            return False
        text = "\n".join(self._data).strip()
        return text == DONE or (text.endswith(("}", "]")) and _read(text) is not None)


def _is_error(value: object) -> bool:
    """Tell whether data that names an error tells of one: `"error": null` is none."""
    if not isinstance(value, dict):
        return True
    told = any(value[key] for key in value if key.startswith("error"))
    return told or "error" in (value.get("object"), value.get("type"))


def _as_error(text: str) -> str:
    """Give the data of an error as the client knows it: an object under the key "error".

    Some say it by the name of the event, FastChat and SGLang of old by `"object": "error"`, Venice by
    `error_message` (hermes-agent's issue 68451).
    """
    value = _read(text)
    if not isinstance(value, dict):
        return json.dumps({"error": {"message": text}})
    if value.get("error"):
        return text
    message = next((value[key] for key in ("error_message", "message", "text") if value.get(key)), text)
    return json.dumps({"error": {"message": message}})


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
