"""What stands between the browser and Gradio: safe headers, the page's own head, and doors that stay shut."""

from collections.abc import Awaitable, Callable, MutableMapping
from os.path import realpath
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

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

SHUT = (
    "/gradio_api/proxy=",
    "/gradio_api/deep_link",
    "/gradio_api/runs",
    "/monitoring",
    "/gradio_api/component_server",
)
"""Gradio's routes that this page never uses: fetching from elsewhere, saved states, recorded runs."""


class PageMiddleware:
    """A pure ASGI middleware, so that streaming goes on untouched.

    `head` is put at the very beginning of the page's head, before any script of Gradio's runs. `frames`
    allows the page inside pages of other origins, as Hugging Face Spaces show it. Nothing in the folder
    `private` is served.
    """

    def __init__(self, app: App, head: str = "", frames: bool = False, private: Path | None = None) -> None:
        self._app, self._head, self._frames, self._private = app, head.encode(), frames, private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif is_shut(scope["path"], self._private):
            await _refuse(send)
        else:
            await self._app(scope, receive, self._dressed(scope, send))

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


def is_shut(path: str, private: Path | None = None) -> bool:
    """Tell whether a path is one that the page never uses: to other servers, or into the folder `private`."""
    lowered = path.lower()
    if lowered.startswith(SHUT):
        return True
    for door in ("/gradio_api/file=", "/file="):
        if lowered.startswith(door):
            return not _is_servable(path[len(door) :], private)
    return False


def _is_servable(target: str, private: Path | None) -> bool:
    lowered = target.lower().lstrip("/")
    if "://" in lowered or lowered.startswith(("http:", "https:")):
        return False
    if private is None:
        return True
    # Two slashes in front are a root of their own to pathlib, and the same root to the system.
    single = "/" + target.lstrip("/") if target.startswith("/") else target
    return not Path(realpath(single)).is_relative_to(realpath(private))


async def _refuse(send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": list(HEADERS.items())})
    await send({"type": "http.response.body", "body": b"Not found"})
