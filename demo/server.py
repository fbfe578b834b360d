"""What stands between the browser and Gradio: safe headers, the page's own head, and doors that stay shut."""

import ipaddress
import logging
import math
from collections.abc import Awaitable, Callable, MutableMapping
from os.path import realpath
from pathlib import Path
from typing import Any, Protocol

from demo.arguments import shown
from demo.gate import MCP, MCP_FILES, Allowed, Pace, RefusedError, checked_body, is_session_path
from demo.settings import Limits
from demo.words import language_of

log = logging.getLogger("vl_preflight.demo")

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Door(Protocol):
    """What answers MCP clients: `admit` raises RefusedError for who may not come in, before a body."""

    async def admit(self, scope: Scope) -> None:
        """Let a request in or refuse it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""


POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio's page carries inline scripts and builds functions from templates.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
"""Nothing is loaded from elsewhere, so that a document can't make an answer carry its words away."""

HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"geolocation=(), microphone=(), payment=()",
    b"cross-origin-opener-policy": b"same-origin",
}
FRAMES = b"frame-ancestors 'self'"

OPEN = (
    "/assets/",
    "/static/",
    "/config",
    "/theme.css",
    "/favicon.ico",
    "/robots.txt",
    "/manifest.json",
    "/pwa_icon",
    "/login",
    "/logout",
    "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/gradio_api/startup-events",
    "/gradio_api/theme.css",
    "/gradio_api/app_id",
    "/gradio_api/user",
    "/gradio_api/token",
    "/gradio_api/login_check",
    "/gradio_api/upload",
    "/gradio_api/queue/join",
    "/gradio_api/queue/data",
    "/gradio_api/call/",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    "/gradio_api/heartbeat/",
    "/gradio_api/file=",
)
"""The routes that the page and its clients use. What else Gradio serves stays shut: it fetches elsewhere,
keeps files that nobody deletes, or shows what visitors did. New routes of a later Gradio are shut too."""

WORK = ("/gradio_api/queue/", "/gradio_api/heartbeat/", "/gradio_api/call/", MCP)
"""Requests that count against the pace, besides every POST: they hold a connection or begin work."""
STREAMS = ("/gradio_api/queue/data", "/gradio_api/call/")
"""Where Gradio tells of an event as it goes on."""


class PageMiddleware:
    """A pure ASGI middleware, so that streaming goes on untouched.

    `head` is put at the very beginning of the page's head, before any script of Gradio's runs. `frames`
    allows the page inside pages of other origins, as Hugging Face Spaces show it. Nothing in the folder
    `private` is served. `per_minute` is the pace of one address. `mcp` answers MCP clients; without one their
    way stays shut. `own_host` tells whether a Host header is one that the page answers to; None: any is.
    """

    def __init__(
        self,
        app: App,
        head: str = "",
        frames: bool = False,
        private: Path | None = None,
        *,
        max_file_bytes: int = 200 * 10**6,
        per_minute: int = Limits.max_requests,
        mcp: Door | None = None,
        own_host: Callable[[str], bool] | None = None,
    ) -> None:
        self._mcp, self._own_host = mcp, own_host
        self._app, self._head, self._frames, self._private = app, head.encode(), frames, private
        self._pace = Pace(per_minute)
        self._allowed = Allowed(max_file_bytes, private)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._admit(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._mcp if is_mcp(scope["path"]) else None
        try:
            self._check_host(scope)
            if door is None and is_shut(scope["path"], self._private):
                raise RefusedError(404, "not_found")
            self._count(scope)
            if door is not None:
                await door.admit(scope)
            if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
                receive = await checked_body(scope, receive, self._allowed)
        except RefusedError as refused:
            await self._refuse(scope, send, refused)
        else:
            await self._serve(door or self._app, scope, receive, send)

    async def _serve(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Gradio or the door answer. What they can't read is refused; the log has no words of it."""
        started = False

        async def watching(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await app(watched(scope), receive, self._dressed(scope, watching))
        except RefusedError as refused:
            await self._refuse(scope, send, refused)
        except Exception as error:
            if started:
                raise
            log.warning("%s at %s", type(error).__name__, route_of(scope["path"]))
            await self._refuse(scope, send, RefusedError(400, "unreadable"))

    def _check_host(self, scope: Scope) -> None:
        if self._own_host is None:
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if not self._own_host(host):
            raise RefusedError(421, "host", given=shown(host))

    def _count(self, scope: Scope) -> None:
        if scope["method"] != "POST" and not scope["path"].startswith(WORK):
            return
        wait = self._pace.take(address_of(scope, behind_proxy=self._frames))
        if wait:
            raise RefusedError(429, "too_many", seconds=math.ceil(wait))

    async def _refuse(self, scope: Scope, send: Send, refused: RefusedError) -> None:
        wanted = dict(scope.get("headers", ())).get(b"accept-language", b"").decode("latin-1")
        kind = (b"content-type", b"text/plain; charset=utf-8")
        headers = [*self._headers(), kind, *refused.headers]
        await send({"type": "http.response.start", "status": refused.status, "headers": headers})
        reason = refused.text.in_language(language_of(wanted))
        await send({"type": "http.response.body", "body": reason.encode()})

    def _dressed(self, scope: Scope, send: Send) -> Send:
        page = _Page(self._head) if scope["path"] in ("", "/") and scope["method"] == "GET" else None

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers()]
            if page is not None:
                await page.send(message, send)
            else:
                await send(message)

        return dressed

    def _headers(self) -> list[tuple[bytes, bytes]]:
        headers = dict(HEADERS)
        if not self._frames:
            headers[b"content-security-policy"] += b"; " + FRAMES
        return list(headers.items())


class _Page:
    """Puts the head into the one HTML page, which Gradio sends in one piece or several."""

    def __init__(self, head: bytes) -> None:
        self._head, self._body = head, b""
        self._start: Message = {}

    async def send(self, message: Message, send: Send) -> None:
        """Hold the page back until it is whole, then send it with its head."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body":
            await send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = self._body.replace(b"<head>", b"<head>" + self._head, 1)
        kept = [(k, v) for k, v in self._start["headers"] if k.lower() != b"content-length"]
        await send({**self._start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})


def is_mcp(path: str) -> bool:
    """Tell whether a path is one of the door for MCP clients."""
    return path == MCP or path.startswith(MCP_FILES)


def route_of(path: str) -> str:
    """Name the route of a path without what a visitor put into it."""
    return next((route for route in (MCP, *OPEN) if path.startswith(route)), "/")


def watched(scope: Scope) -> Scope:
    """Let a stream of Gradio's see for itself that its client has left, and end in order.

    Starlette cancels a stream whose client leaves, unless the server keeps to version 2.4 of ASGI. Gradio's
    then goes on to speak, "ignored GeneratorExit", and leaves its heartbeat running for ever. What is sent to
    a client that has left goes nowhere, and Gradio looks for that before each message.
    """
    if not scope["path"].startswith(STREAMS):
        return scope
    return {**scope, "asgi": {**scope.get("asgi", {}), "spec_version": "2.4"}}


def address_of(scope: Scope, *, behind_proxy: bool = False) -> str:
    """Name who asks: the other end, or behind a Space's proxies the last public address that they name."""
    peer = str((scope.get("client") or ("unknown",))[0])
    named = dict(scope["headers"]).get(b"x-forwarded-for", b"").decode("latin-1") if behind_proxy else ""
    return next((a for a in reversed(named.replace(" ", "").split(",")) if _is_public(a)), peer)


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def is_shut(path: str, private: Path | None = None) -> bool:
    """Tell whether a path is none that the page uses, or leads elsewhere or into the folder `private`."""
    if path in ("", "/"):
        return False
    if path.startswith("/gradio_api/file="):
        return not _is_servable(path.removeprefix("/gradio_api/file="), private)
    if path.startswith("/gradio_api/heartbeat/"):
        return not is_session_path(path)
    return not path.startswith(OPEN) or ".." in path.split("/")


def _is_servable(target: str, private: Path | None) -> bool:
    lowered = target.lower().lstrip("/")
    if "://" in lowered or lowered.startswith(("http:", "https:")):
        return False
    if private is None:
        return True
    # Two slashes in front are a root of their own to pathlib, and the same root to the system.
    single = "/" + target.lstrip("/") if target.startswith("/") else target
    return not Path(realpath(single)).is_relative_to(realpath(private))
