"""Names and hashed passwords of a page that others can reach; `python -m demo.passwords NAME` makes one."""

import asyncio
import base64
import getpass
import hashlib
import hmac
import os
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from demo.settings import SettingsError
from demo.words import say
from toolkit.texts import preferred_language

COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26}
"""scrypt's cost, 32 MiB and about 0.1 s a try (order of OWASP's Password Storage Cheat Sheet)."""
MIN_LENGTH = 8
SLOWEST_SECONDS = 8.0
SLOTS = 4096


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Hash a password with scrypt; a new salt is drawn unless one is given."""
    salt = os.urandom(16) if salt is None else salt
    digest = hashlib.scrypt(password.encode(), salt=salt, **COST)
    return "$".join(("scrypt", _text(salt), _text(digest)))


def matches(password: str, stored: str) -> bool:
    """Compare a password with a stored hash, in time that does not depend on where they differ."""
    kind, _, rest = stored.partition("$")
    salt, _, _ = rest.partition("$")
    if kind != "scrypt":
        return False
    return hmac.compare_digest(hash_password(password, base64.b64decode(salt)), stored)


def read_auth_file(path: Path) -> dict[str, str]:
    """Read names and hashes; empty lines and lines that begin with # are skipped. Raises SettingsError."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("auth_unreadable", file=path.name, reason=type(error).__name__) from error
    entries = [line.partition(":") for line in lines if line and not line.startswith("#")]
    bad = [number for number, (name, _, hashed) in enumerate(entries, 1) if not name or not _is_hash(hashed)]
    if bad or not entries:
        raise SettingsError(
            "auth_unreadable", file=path.name, reason=f"entry {bad[0]}" if bad else "no entry"
        )
    return {name: hashed for name, _, hashed in entries}


class Doorkeeper:
    """Answers Gradio's question whether a name and a password fit, ever slower after failures.

    Tries of one name come one after another, each counted as a failure until it fits, so that many at once
    win nothing. Names share 4,096 slots by a secret hash: no flood of names makes it forget, and how long an
    answer takes does not tell which names exist.
    """

    def __init__(
        self,
        entries: dict[str, str],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entries, self._sleep, self._clock = entries, sleep, clock
        self._secret = secrets.token_bytes(16)
        self._failures = [0] * SLOTS
        self._free_at = [0.0] * SLOTS

    async def opens(self, name: str, password: str) -> bool:
        """Tell whether they fit; refused unseen where too many tries of the name wait already.

        The server goes on meanwhile: the wait and the hash hold up nobody else.
        """
        slot = self._slot(name)
        wait = self._reserve(slot)
        if wait is None:
            return False
        await self._sleep(wait)
        stored = self._entries.get(name, _NOBODY)
        fits = await asyncio.to_thread(matches, password[:1000], stored) and name in self._entries
        if fits:
            self._failures[slot], self._free_at[slot] = 0, 0.0
        return fits

    def _reserve(self, slot: int) -> float | None:
        now = self._clock()
        failures = self._failures[slot]
        delay = min(SLOWEST_SECONDS, 0.25 * 2**failures) if failures else 0.0
        start = max(now, self._free_at[slot]) + delay
        if start - now > 2 * SLOWEST_SECONDS:
            return None
        self._failures[slot], self._free_at[slot] = min(failures + 1, 10), start
        return start - now

    def _slot(self, name: str) -> int:
        digest = hashlib.blake2b(name.encode(errors="replace"), key=self._secret, digest_size=4).digest()
        return int.from_bytes(digest) % SLOTS


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _is_hash(stored: str) -> bool:
    parts = stored.split("$")
    try:
        return len(parts) == 3 and parts[0] == "scrypt" and len(base64.b64decode(parts[2])) == 64
    except ValueError:
        return False


_NOBODY = "scrypt$" + _text(bytes(16)) + "$" + _text(bytes(64))


def main(arguments: list[str]) -> int:
    """Ask for a password and print the line for the auth file."""
    lang = preferred_language()
    name = arguments[0] if len(arguments) == 1 else ""
    if not name or ":" in name or "\n" in name:
        print(say("start.bad_name").in_language(lang), file=sys.stderr)
        return 2
    password = getpass.getpass(say("start.ask_password", name=name).in_language(lang))
    if len(password) < MIN_LENGTH:
        print(say("start.password_short").in_language(lang), file=sys.stderr)
        return 2
    print(f"{name}:{hash_password(password)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
