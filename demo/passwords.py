"""Names and hashed passwords of a page that others can reach; `python -m demo.passwords NAME` makes one."""

import base64
import getpass
import hashlib
import hmac
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from demo.settings import SettingsError
from demo.words import say
from toolkit.texts import preferred_language

COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26}
"""scrypt's cost, 32 MiB and about 0.1 s a try (order of OWASP's Password Storage Cheat Sheet)."""
MIN_LENGTH = 8
SLOWEST_SECONDS = 8.0


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
    """Answers Gradio's question whether a name and a password fit, ever slower after failures."""

    def __init__(self, entries: dict[str, str], sleep: Callable[[float], None] = time.sleep) -> None:
        self._entries, self._sleep = entries, sleep
        self._failures: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str, password: str) -> bool:
        """Tell whether they fit. An unknown name takes as long as a wrong password."""
        with self._lock:
            failures = self._failures.get(name[:200], 0)
        self._sleep(min(SLOWEST_SECONDS, 0.25 * 2**failures) if failures else 0.0)
        fits = matches(password[:1000], self._entries.get(name, _NOBODY)) and name in self._entries
        with self._lock:
            self._note(name[:200], fits)
        return fits

    def _note(self, name: str, fits: bool) -> None:
        if fits:
            self._failures.pop(name, None)
        elif len(self._failures) < 10_000:
            self._failures[name] = min(self._failures.get(name, 0) + 1, 10)


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
