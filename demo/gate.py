"""What a request may cost and carry, decided before Gradio sees it: how often, how much, and no addresses."""

import json
import re
import shutil
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.words import say
from toolkit.texts import Text

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

MAX_JSON_BYTES = 4 * 10**6
"""The largest body that is no upload. The page's own largest is a template of 200,000 characters."""
MAX_TOOL_BYTES = 8 * 10**6
"""The largest message of an MCP client, in which small files may travel as base64: 6 MB of them."""
MAX_LOGIN_BYTES = 10_000
UPLOADS_AT_ONCE = 5
"""An upload of several files may be this many times as large as the largest single file."""
SPARE_DISK_BYTES = 10**9
"""What an upload must leave free on the disk that it goes to."""
MAX_ADDRESSES = 10_000
MCP, MCP_FILES = "/mcp", "/mcp/files/"
"""Where MCP clients call and where they upload, if they may."""

_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HALF = re.compile("[\ud800-\udfff]")
"""Half a character: no encoder takes it, so that an answer that repeats it breaks off."""
_URL = re.compile(r"\s*[a-z][a-z0-9+.-]*:[/\\]", re.IGNORECASE)


class RefusedError(Exception):
    """A request that is not served: `status`, one sentence that says why, and headers that go with it."""

    def __init__(
        self, status: int, key: str, *, headers: Sequence[tuple[bytes, bytes]] = (), **values: object
    ) -> None:
        """Take the sentence `key` of gate.toml and fill in `values`."""
        self.text: Text = say(f"gate.{key}", **values)
        super().__init__(self.text.en)
        self.status, self.headers = status, tuple(headers)


class Pace:
    """Lets each address do `per_minute` things, and a quarter of them at once; a token bucket.

    Thread-safe. `clock` gives seconds, and only tests replace it.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most = per_minute / 60, max(1.0, per_minute / 4)
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, address: str) -> float:
        """Count one request; give 0, or the seconds after which the next is allowed."""
        with self._lock:
            now = self._clock()
            left, when = self._left.get(address, (self._most, now))
            left = min(self._most, left + (now - when) * self._rate)
            allowed = left >= 1
            self._left[address] = (left - 1 if allowed else left, now)
            self._forget(now)
            return 0.0 if allowed else (1 - left) / self._rate

    def _forget(self, now: float) -> None:
        """Drop who would have everything back by now: the table must not grow with spoofed addresses."""
        if len(self._left) > MAX_ADDRESSES:
            refill = self._most / self._rate
            self._left = {a: v for a, v in self._left.items() if now - v[1] < refill}
        while len(self._left) > MAX_ADDRESSES:
            self._left.pop(next(iter(self._left)))


@dataclass(frozen=True)
class Allowed:
    """What one request may carry: the largest file in bytes, and where uploads arrive."""

    max_file_bytes: int
    incoming: Path | None = None

    def body_bytes(self, path: str) -> int:
        """Give the largest body of a request to `path` in bytes."""
        if path.startswith("/gradio_api/upload"):
            return UPLOADS_AT_ONCE * self.max_file_bytes
        if path.startswith(MCP_FILES):
            return self.max_file_bytes
        if path == MCP:
            return MAX_TOOL_BYTES
        return MAX_LOGIN_BYTES if path.startswith("/login") else MAX_JSON_BYTES


async def checked_body(scope: Scope, receive: Receive, allowed: Allowed) -> Receive:
    """Check what a POST carries; give what the application is to receive from.

    Raises RefusedError for a body that is too large, too deep, or that names an address to fetch from.
    """
    path = scope["path"]
    most = allowed.body_bytes(path)
    declared = _declared_bytes(scope)
    if declared is not None and declared > most:
        raise _too_large(path, most)
    if path.startswith(("/gradio_api/upload", MCP_FILES)):
        _check_upload(declared, allowed.incoming)
        return receive
    body = await _read(receive, path, most)
    if not path.startswith("/login"):
        check_json(body, files=path != MCP)
    return _again(body, receive)


def check_json(body: bytes, *, files: bool = True) -> None:
    """Raise RefusedError for JSON that names no proper session, or an address where Gradio takes `files`."""
    try:
        given = json.loads(body) if body.strip() else None
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "no_json") from error
    if isinstance(given, dict) and not _is_session(given.get("session_hash")):
        raise RefusedError(400, "no_session")
    for value in _objects(given):
        _check_object(value, files)


def _check_object(value: Any, files: bool) -> None:
    if isinstance(value, str):
        if _HALF.search(value):
            raise RefusedError(400, "half_character")
        return
    path = value.get("path") if files else None
    if isinstance(path, str) and _URL.match(path):
        raise RefusedError(400, "address")


def _objects(given: Any) -> Iterator[Any]:
    """Give every object and every string inside a JSON value."""
    waiting = [given]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str):
            yield value


def _is_session(given: Any) -> bool:
    return given is None or (isinstance(given, str) and _SESSION.fullmatch(given) is not None)


def is_session_path(path: str) -> bool:
    """Tell whether the session that a path ends in is well-formed."""
    return _SESSION.fullmatch(path.rsplit("/", 1)[-1]) is not None


def _declared_bytes(scope: Scope) -> int | None:
    given = dict(scope["headers"]).get(b"content-length")
    return int(given) if given is not None and given.isdigit() else None


def _check_upload(declared: int | None, incoming: Path | None) -> None:
    if declared is None:
        raise RefusedError(411, "no_length")
    if incoming is not None and shutil.disk_usage(incoming.parent).free - declared < SPARE_DISK_BYTES:
        raise RefusedError(507, "disk_full")


def _too_large(path: str, most: int) -> RefusedError:
    return RefusedError(413, "too_large_for_mcp" if path == MCP else "too_large", limit=most / 10**6)


async def _read(receive: Receive, path: str, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise RefusedError(400, "ended_early")
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(path, most)
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Give what was read once more, then what comes after it: the end of the connection."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
