"""The door for MCP clients: who may come in, and each call answered on its own.

Built on the official SDK rather than on Gradio's own MCP server: that one sends the calls of all clients
through one client of the page, so that all of them share a session and see each other's documents.
"""

import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from demo.arguments import shown
from demo.gate import MCP_FILES, Receive, RefusedError, Scope
from demo.hosts import is_own_host
from demo.mcp_files import receive_upload
from demo.mcp_guard import Keys, Opens
from demo.mcp_tools import PICTURE, Tool, run_tool, tools
from demo.tool_words import both
from demo.waiting import place_words
from demo.words import language_of
from toolkit.texts import Language

if TYPE_CHECKING:
    from demo.context import Context

Send = Callable[[Any], Awaitable[None]]
MAX_CALLS = 100
"""Calls that are answered or wait at once, of all clients; each holds a thread."""


class McpDoor:
    """An ASGI application for /mcp and /mcp/files/. `opens` checks passwords; None: there are none."""

    def __init__(self, context: "Context", opens: Opens | None = None) -> None:
        import anyio
        from mcp.server.lowlevel.server import Server

        self._context = context
        self._keys = Keys(opens) if opens is not None else None
        self._threads = anyio.CapacityLimiter(MAX_CALLS)
        self._server: Any = Server(
            "vl-preflight",
            version=_version(),
            title="VL Preflight",
            instructions=both("instructions"),
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    async def admit(self, scope: Scope) -> None:
        """Raise RefusedError for a request from elsewhere, without the password, or of a kind not served."""
        headers = {key: value.decode("latin-1") for key, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if self._keys is None and not is_own_host(host, self._context.settings):
            raise RefusedError(421, "host", given=shown(host))
        if origin is not None and origin.split("://")[-1] != host:
            raise RefusedError(403, "mcp_origin")
        if self._keys is not None and not await self._keys.fit(headers.get(b"authorization", "")):
            asks = (b"www-authenticate", b'Basic realm="VL Preflight", charset="UTF-8"')
            raise RefusedError(401, "mcp_password", headers=[asks])
        uploading = scope["path"].startswith(MCP_FILES)
        if scope["method"] not in (("PUT", "POST") if uploading else ("POST",)):
            raise RefusedError(
                405, "mcp_method", headers=[(b"allow", b"PUT, POST" if uploading else b"POST")]
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing of it is kept but what its tool puts into a session."""
        if scope["path"].startswith(MCP_FILES):
            await self._upload(scope, receive, send)
            return
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from demo.gate import MAX_TOOL_BYTES

        # One for each request: no session of the connection, no task that outlives it.
        manager = StreamableHTTPSessionManager(
            self._server, stateless=True, max_request_body_size=MAX_TOOL_BYTES
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        store, limits = self._context.store, self._context.settings.limits
        told = await receive_upload(store.incoming, scope["path"], receive, limits.max_bytes)
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 201, "headers": kind})
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})

    async def _list(self, _context: Any, _params: Any) -> Any:
        from mcp_types import ListToolsResult

        return ListToolsResult(tools=[_described(tool) for tool in tools().values()])

    async def _call(self, asked: Any, params: Any) -> Any:
        from mcp_types import CallToolResult, TextContent

        from demo.context import explain

        lang = language_of(asked.request.headers.get("accept-language", "") if asked.request else "")
        steps = run_tool(self._context, params.name, params.arguments, lang)
        try:
            result = await self._follow(steps, asked.session, lang)
        except Exception as error:
            told = explain(error).in_language(lang).replace(str(self._context.store.root), "…")
            return CallToolResult(content=[TextContent(type="text", text=told)], is_error=True)
        return _answer(result)

    async def _follow(
        self, steps: Iterator[dict[str, Any]], session: Any, lang: Language = "en"
    ) -> dict[str, Any]:
        """Work in a thread, tell how far it is, give the result. Who leaves stops the work."""
        import anyio

        gone, teller = threading.Event(), _Teller(session, lang)
        result: dict[str, Any] = {}

        def work() -> None:
            with closing(steps):  # type: ignore[type-var]
                for news in steps:
                    if gone.is_set():
                        return
                    result.clear()
                    result.update(news)
                    anyio.from_thread.run(teller.tell, news)

        try:
            await anyio.to_thread.run_sync(work, limiter=self._threads, abandon_on_cancel=True)
        finally:
            gone.set()
        return result


class _Teller:
    """Tells a client how far its call is: its place in the line, then pages or pieces of text.

    The protocol wants a number that only grows: it stays below 1 while the client waits.
    """

    def __init__(self, session: Any, lang: Language) -> None:
        self._session, self._lang = session, lang
        self._count, self._last = 0, -1.0

    async def tell(self, news: dict[str, Any]) -> None:
        """Tell what is new, if anything is."""
        self._count += 1
        before = news.get("before")
        if before is not None:
            place = place_words(before).in_language(self._lang)
            await self._report(1 - 1 / (1 + self._count), None, place)
        elif news.get("total"):
            await self._report(float(news["done"]), float(news["total"]))
        elif news.get("text") and news.get("done") is False:
            await self._report(float(self._count))

    async def _report(self, done: float, total: float | None = None, words: str | None = None) -> None:
        if done > self._last:
            self._last = done
            await self._session.report_progress(done, total, words)


def _answer(result: dict[str, Any]) -> Any:
    from mcp_types import CallToolResult, ImageContent, TextContent

    plain = {key: value for key, value in result.items() if key != PICTURE}
    content: list[Any] = [TextContent(type="text", text=json.dumps(plain, ensure_ascii=False))]
    if PICTURE in result:
        content.append(ImageContent(type="image", data=result[PICTURE], mime_type="image/png"))
    return CallToolResult(content=content, structured_content=plain)


def _described(tool: Tool) -> Any:
    from mcp_types import Tool as Described
    from mcp_types import ToolAnnotations

    hints = ToolAnnotations(
        read_only_hint=not tool.changes,
        destructive_hint=tool.name == "forget",
        idempotent_hint=True,
        open_world_hint=False,
    )
    return Described(
        name=tool.name,
        title=tool.title,
        description=tool.about,
        input_schema=dict(tool.schema),
        annotations=hints,
    )


def _version() -> str:
    from toolkit.version import VERSION

    return VERSION
