"""What stands between the client and the wire: one host only, the key at the last moment, no endless answers.

The official client never holds the key, so neither its logs nor its errors can show it.
"""

import asyncio
import logging
import re
import ssl
import urllib.request
from functools import cache

import httpx

from demo.engines.errors import EngineError, ServerRefusedError, ServerUnreachableError
from demo.engines.served.address import Address, public_addresses
from demo.engines.served.bounded import Bounded, EventStream, WholeAnswer
from demo.engines.served.secret import Secret
from demo.engines.served.whole import plain_words, stream_of

MAX_RESPONSE = 256 * 2**20
"""Bytes of a whole stream: half a million tokens in their frames."""
MAX_FAULT = 64 * 2**10
"""Bytes that are read of an answer that says no, or is no stream."""
MAX_LIST = 4 * 2**20
"""Bytes of a list of models or a description; one of a thousand models has 300 kB."""
EXCERPT = 300
"""Characters of a server's own words that are shown."""

STREAM = "text/event-stream"
_EVENT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:data|event|id|retry)?:")
"""How a stream of events begins, whatever its server calls it."""
_PRIVATE_HEADERS = ("openai-organization", "openai-project")
"""The client fills them from the environment; they are OpenAI's business alone."""


class Guard(httpx.AsyncBaseTransport):
    """A transport that talks to one address, bounded in all it reads."""

    def __init__(self, address: Address, key: Secret | None, *, public_only: bool = False) -> None:
        """Serve `address`; `public_only` looks the host up at each connection and refuses private ones."""
        self._address, self._key, self._public_only = address, key, public_only
        proxy = None if public_only else _proxy(address)
        try:
            self._inner = httpx.AsyncHTTPTransport(verify=_certificates(), proxy=proxy)
        except (ValueError, ImportError) as error:
            raise ServerUnreachableError("engines_served.bad_proxy", address=address) from error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the one host, with the key, and bound the response. Raises EngineError."""
        response = await self._inner.handle_async_request(await self._outgoing(request))
        try:
            return await self._incoming(request, response)
        except BaseException:
            await response.aclose()
            raise

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()

    def hide(self, text: str) -> str:
        """Shorten a server's words to one line, with the key blotted out."""
        clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        clean = clean if self._key is None else self._key.hide(clean)
        return clean if len(clean) <= EXCERPT else clean[:EXCERPT] + "…"

    async def _outgoing(self, request: httpx.Request) -> httpx.Request:
        url, address = request.url, self._address
        port = url.port or {"http": 80, "https": 443}.get(url.scheme)
        if (url.scheme, url.host.lower(), port) != (address.scheme, address.host, address.port):
            raise ServerRefusedError("engines_served.other_host", address=address, target=url.host)
        extensions = dict(request.extensions)
        if self._public_only:
            found = await asyncio.to_thread(public_addresses, address.host, address.port)
            # The very address that was looked at is used, so a name that changes its meaning gains nothing.
            url, extensions["sni_hostname"] = url.copy_with(host=found[0]), address.host
        headers = self._headers(request)
        return httpx.Request(
            request.method, url, headers=headers, stream=request.stream, extensions=extensions
        )

    def _headers(self, request: httpx.Request) -> httpx.Headers:
        headers = request.headers.copy()
        headers.pop("authorization", None)
        if not self._address.belongs_to("openai.com"):
            for name in _PRIVATE_HEADERS:
                headers.pop(name, None)
        # A compressed megabyte can unfold to a gigabyte, and a stream of text gains little.
        headers["accept-encoding"] = "identity"
        if self._key is not None:
            headers["authorization"] = f"Bearer {self._key.reveal()}"
        return headers

    async def _incoming(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        status, address = response.status_code, self._address
        if 300 <= status < 400:
            target = self.hide(response.headers.get("location", "–").split("?")[0])
            raise ServerRefusedError(
                "engines_served.redirected", address=address, status=status, target=target
            )
        if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise ServerRefusedError("engines_served.compressed", address=address)
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        if request.method == "POST" and 200 <= status < 300 and _wants_stream(request):
            return await self._answer(response, kind)
        # Who looks stops at MAX_LIST himself, and says so in words of his own.
        most, cut = (MAX_FAULT, True) if status >= 300 else (2 * MAX_LIST, False)
        return _with(response, Bounded(response, most, address, cut=cut))

    async def _answer(self, response: httpx.Response, kind: str) -> httpx.Response:
        """Give the stream that was asked for, also where the server calls it otherwise or does not stream."""
        body = Bounded(response, MAX_RESPONSE, self._address)
        if kind != STREAM and not _EVENT.match(await body.peek()):
            return await self._whole(response, body, kind)
        stream = EventStream(body, self._address)
        return _with(response, stream, answer=stream)

    async def _whole(self, response: httpx.Response, body: Bounded, kind: str) -> httpx.Response:
        """Give a whole answer as the stream it should have been. Raises ServerRefusedError for all else."""
        data = await body.read(MAX_LIST)
        events = stream_of(data)
        if events is None:
            raise self._no_stream(data, kind)
        stream = WholeAnswer(events, response)
        return _with(response, stream, answer=stream)

    def _no_stream(self, data: bytes, kind: str) -> EngineError:
        """Say what came in the place of a stream: a web page, one JSON document, something else."""
        text = plain_words(data[:MAX_FAULT])
        if "html" in kind or text.lstrip()[:200].lower().startswith(("<!doctype", "<html")):
            title = re.search(r"<title[^>]{0,200}>([^<]{0,500})", text, re.IGNORECASE)
            said = self.hide(title[1]) if title else "–"
            return ServerRefusedError("engines_served.html", address=self._address, title=said)
        return ServerRefusedError(
            "engines_served.no_stream", address=self._address, kind=kind or "–", said=self.hide(text) or "–"
        )


def _with(response: httpx.Response, stream: httpx.AsyncByteStream, **more: object) -> httpx.Response:
    headers = {k: v for k, v in response.headers.items() if k.lower() != "content-length"}
    extensions = response.extensions | more
    return httpx.Response(response.status_code, headers=headers, stream=stream, extensions=extensions)


def _wants_stream(request: httpx.Request) -> bool:
    return request.url.path.endswith("/chat/completions")


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _proxy(address: Address) -> str | None:
    """Find the environment's proxy for a server elsewhere; this machine is always reached directly."""
    if address.is_loopback or urllib.request.proxy_bypass(address.host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(address.scheme) or proxies.get("all")


class NoContent(logging.Filter):
    """Keeps documents out of the client's debug log, which would write whole requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Blot the body of a request out."""
        if isinstance(record.args, dict) and "json_data" in record.args:
            record.args = {**record.args, "json_data": "***"}
        return True


@cache
def quiet_client_log() -> None:
    """Put the filter on the client's logger, once."""
    logging.getLogger("openai._base_client").addFilter(NoContent())
