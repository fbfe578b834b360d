"""The connection for one question: the official client over the guarded transport, and looks around."""

import asyncio
import json
from typing import Any

import httpx
import openai

# The client loads this when a question is first sent, which takes seconds that are the server's.
import openai.resources.chat.completions

from demo.engines.served.address import Address
from demo.engines.served.guard import MAX_LIST, Guard, quiet_client_log
from demo.engines.served.probe import PROBE_SECONDS, Reply, ServerFacts, probe, read_json
from demo.engines.served.secret import Secret
from demo.engines.served.timing import Timeouts

WRITE_SECONDS = 60.0
"""How long one block of the question may take to leave; pictures over a slow line take many blocks."""


class Link:
    """Opens with `async with`. It follows no redirect, retries nothing, reads no environment."""

    def __init__(
        self, address: Address, key: Secret | None, timeouts: Timeouts, *, public_only: bool = False
    ) -> None:
        """Prepare a connection to `address`."""
        quiet_client_log()
        self._address = address
        self.guard = Guard(address, key, public_only=public_only)
        waits = httpx.Timeout(None, connect=timeouts.connect, write=WRITE_SECONDS)
        self._http = httpx.AsyncClient(
            transport=self.guard, timeout=waits, trust_env=False, follow_redirects=False
        )
        # The guard puts the key into what leaves; the client needs a word in its place.
        self.client = openai.AsyncOpenAI(
            api_key="none", base_url=str(address), http_client=self._http, max_retries=0, timeout=waits
        )

    async def __aenter__(self) -> "Link":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def look(self, url: str, body: dict[str, Any] | None = None) -> Reply:
        """Get (or post to) an address and give its status and JSON. Raises what the connection raises."""
        method = "GET" if body is None else "POST"
        content = None if body is None else json.dumps(body)
        async with self._http.stream(
            method, url, content=content, headers={"content-type": "application/json"}
        ) as got:
            data = bytearray()
            async for chunk in got.aiter_bytes():
                data += chunk
                if len(data) > MAX_LIST:
                    return Reply(got.status_code, too_long=True)
        return Reply(got.status_code, read_json(bytes(data)))

    async def facts(self, model: str | None) -> tuple[ServerFacts, Reply]:
        """Find out what answers. Raises what the first connection raises."""
        return await probe(self._address, model, self._first_look)

    async def _first_look(self, url: str, body: dict[str, Any] | None) -> Reply:
        """Look, not for long: a server that is busy answering another may be slow to list its models."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return await self.look(url, body)
        except TimeoutError:
            return Reply(0)
