"""Who may come to the door for MCP clients: names and passwords, and requests that no other site has sent."""

import base64
import binascii
import hashlib
import ipaddress
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable

from demo.settings import Settings

Opens = Callable[[str, str], Awaitable[bool]]
"""Tells whether a name and a password fit."""

REMEMBERED_SECONDS = 300.0
"""How long a name and password that fitted are not tried again: each try takes 0.1 s and 32 MB."""
MAX_REMEMBERED = 1000
SHARED = ".gradio.live"
"""Where Gradio's tunnel shows a page that was started with --share."""


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


def is_own_host(host: str, settings: Settings) -> bool:
    """Tell whether a Host header names this machine in a way that no other site can have made up.

    A page of another site may point its own name at this machine (DNS rebinding), but its requests then carry
    that name. An address is nobody's name.
    """
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.strip("[]").lower().rstrip(".")
    machine = socket.gethostname().lower()
    if name in {"localhost", machine, f"{machine}.local", settings.host.lower(), _space()} - {""}:
        return True
    if settings.share and name.endswith(SHARED):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _space() -> str:
    return os.environ.get("SPACE_HOST", "").lower()
