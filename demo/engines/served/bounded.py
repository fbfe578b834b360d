"""The body of a response, bounded in all it may take, and the stream of an answer that is read from it."""

from collections.abc import AsyncIterator
from typing import cast

import httpx

from demo.engines.errors import ServerRefusedError
from demo.engines.served.address import Address
from demo.engines.served.events import MAX_EVENT, Events, TooLargeEventError


class Bounded(httpx.AsyncByteStream):
    """The bytes of a response up to a limit.

    `cut` ends a longer response quietly (only the beginning of a fault is shown), else it is an error.
    """

    def __init__(self, response: httpx.Response, most: int, address: Address, *, cut: bool = False) -> None:
        """Wrap `response` of the server at `address`; `most` counts bytes."""
        self._response, self._most, self._address, self._cut = response, most, address, cut
        self._chunks: AsyncIterator[bytes] | None = None
        self._ahead, self._total = b"", 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes as they come. Raises ServerRefusedError past the limit."""
        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            yield ahead
        while chunk := await self._next():
            yield chunk

    async def peek(self, least: int = 8) -> bytes:
        """Give the beginning, at least `least` bytes that are not white, and keep it for who reads next."""
        parts = [self._ahead]
        seen, size = len(self._ahead.strip()), len(self._ahead)
        while seen < least and size < MAX_EVENT and (chunk := await self._next()):
            parts.append(chunk)
            seen, size = seen + len(chunk.strip()), size + len(chunk)
        self._ahead = b"".join(parts)
        return self._ahead

    async def read(self, most: int) -> bytes:
        """Give the first `most` bytes, or all there are."""
        data, self._ahead = bytearray(self._ahead), b""
        while len(data) < most and (chunk := await self._next()):
            data += chunk
        return bytes(data[:most])

    async def aclose(self) -> None:
        """Close the connection."""
        await self._response.aclose()

    async def _next(self) -> bytes:
        """Give the next bytes, none at the end."""
        if self._chunks is None:
            self._chunks = aiter(cast(httpx.AsyncByteStream, self._response.stream))
        async for chunk in self._chunks:
            self._total += len(chunk)
            if self._total > self._most:
                break
            if chunk:
                return chunk
        if self._total > self._most and not self._cut:
            raise ServerRefusedError(
                "engines_served.too_long", address=self._address, limit=self._most // 2**20
            )
        return b""


class EventStream(httpx.AsyncByteStream):
    """The events of an answer as the client reads them; `ended` tells whether it said that it is complete."""

    whole = False

    def __init__(self, body: Bounded, address: Address) -> None:
        """Read the events out of `body`."""
        self._body, self._address, self._events = body, address, Events()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give event after event. Raises ServerRefusedError for one that is too large."""
        try:
            async for chunk in self._body:
                if found := self._events.feed(chunk):
                    yield found
        except TooLargeEventError as error:
            limit = MAX_EVENT // 2**20
            raise ServerRefusedError(
                "engines_served.line_too_long", address=self._address, limit=limit
            ) from error
        if last := self._events.end():
            yield last

    async def aclose(self) -> None:
        """Close the connection."""
        await self._body.aclose()

    @property
    def ended(self) -> bool:
        """Whether "[DONE]" has come."""
        return self._events.ended


class WholeAnswer(httpx.AsyncByteStream):
    """An answer that came in one piece, as the events it should have been."""

    whole = ended = True

    def __init__(self, events: bytes, response: httpx.Response) -> None:
        """Hold `events`, read out of `response`."""
        self._bytes, self._response = events, response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give all of it."""
        yield self._bytes

    async def aclose(self) -> None:
        """Close the connection."""
        await self._response.aclose()
