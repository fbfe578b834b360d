"""A real HTTP server on loopback whose every byte a test decides, to play good and bad model servers."""

import asyncio
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

Head = tuple[tuple[str, str], ...]


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Wire:
    """The way back to the client, byte by byte."""

    writer: asyncio.StreamWriter
    reader: asyncio.StreamReader
    gone: list[float] = field(default_factory=list)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int = 200, kind: str = "text/event-stream", *more: tuple[str, str]) -> None:
        lines = [
            f"HTTP/1.1 {status} X",
            f"Content-Type: {kind}",
            "Connection: close",
            *(f"{k}: {v}" for k, v in more),
        ]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def json(self, value: Any, status: int = 200, *more: tuple[str, str]) -> None:
        await self.head(status, "application/json", *more)
        await self.send(json.dumps(value).encode())

    async def events(self, *values: Any, done: bool = True) -> None:
        for value in values:
            await self.send(event(value))
        if done:
            await self.send(b"data: [DONE]\n\n")

    async def until_gone(self) -> float:
        """Wait until the client has closed; gives the loop's time."""
        await self.reader.read()
        return asyncio.get_running_loop().time()


Behaviour = Callable[[Seen, Wire], Awaitable[None]]


def event(value: Any) -> bytes:
    """One event of a stream."""
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n"


def chunk(text: str | None = None, *, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """A chunk of a chat completion."""
    content = delta if text is None else {"content": text, **delta}
    choice = {"index": 0, "delta": content, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def usage(prompt: int, output: int, cached: int | None = None) -> dict[str, Any]:
    """The last chunk, with token counts."""
    counts: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "total_tokens": prompt + output,
    }
    if cached is not None:
        counts["prompt_tokens_details"] = {"cached_tokens": cached}
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [],
        "usage": counts,
    }


def says(*texts: str, finish: str = "stop", more: Sequence[Any] = ()) -> Behaviour:
    """A chat that answers with these pieces."""

    async def behave(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.events(*(chunk(text) for text in texts), chunk("", finish=finish), *more)

    return behave


def lists(*models: str, owner: str = "vllm", **fields: Any) -> Behaviour:
    """A list of models as a server gives it."""

    async def behave(_: Seen, wire: Wire) -> None:
        data = [{"id": name, "object": "model", "owned_by": owner, **fields} for name in models]
        await wire.json({"object": "list", "data": data})

    return behave


def gives(value: Any, status: int = 200) -> Behaviour:
    """Some JSON."""

    async def behave(_: Seen, wire: Wire) -> None:
        await wire.json(value, status)

    return behave


class ModelServer:
    """Answers each path by its behaviour; a list of behaviours is gone through request by request.

    Everything else is 404. `seen` holds every request.
    """

    def __init__(
        self,
        routes: dict[str, Behaviour | list[Behaviour]],
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.routes, self.seen, self._host, self._tls = routes, list[Seen](), host, tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}/v1"

    def chats(self) -> list[Seen]:
        """The questions that came."""
        return [seen for seen in self.seen if seen.path.endswith("/chat/completions")]

    def __enter__(self) -> "ModelServer":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(5)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, self._host, self.port, limit=2**16, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read(reader)
            self.seen.append(request)
            await self._behaviour(request.path)(request, Wire(writer, reader))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _behaviour(self, path: str) -> Behaviour:
        found = self.routes.get(path, gives({"detail": "Not Found"}, 404))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found


async def _read(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines if ": " in line)}
    if "chunked" in headers.get("transfer-encoding", ""):
        raise AssertionError("the client sends whole bodies")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Seen(method, path, headers, body)
