"""Who may come to the door for MCP clients: those who send a name and a password that fit."""

import base64
import binascii
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable

Opens = Callable[[str, str], Awaitable[bool]]
"""Tells whether a name and a password fit."""

REMEMBERED_SECONDS = 300.0
"""How long a name and password that fitted are not tried again: each try takes 0.1 s and 32 MB."""
MAX_REMEMBERED = 1000


class Keys:
    """Who may come in: names and passwords as the page's own, sent with each request.

    Those that fitted are remembered for a while, as a keyed hash that nobody can turn back.
    """

    def __init__(self, opens: Opens, clock: Callable[[], float] = time.monotonic) -> None:
        self._opens, self._clock = opens, clock
        self._secret = secrets.token_bytes(32)
        self._known: dict[bytes, float] = {}

    async def fit(self, header: str) -> bool:
        """Tell whether the value of an Authorization header opens the page."""
        given = read_basic(header)
        if given is None:
            return False
        mark = hashlib.blake2b("\0".join(given).encode(errors="replace"), key=self._secret).digest()
        if self._known.get(mark, 0.0) > self._clock():
            return True
        if not await self._opens(*given):
            return False
        while len(self._known) >= MAX_REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._known[mark] = self._clock() + REMEMBERED_SECONDS
        return True


def read_basic(header: str) -> tuple[str, str] | None:
    """Read name and password of "Basic …"; None for anything else."""
    kind, _, rest = header.partition(" ")
    if kind.lower() != "basic" or len(rest) > 4000:
        return None
    try:
        name, colon, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if colon else None
