"""An API key: found, kept out of everything that is printed, and given to one host only."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from demo.engines.errors import ServerRefusedError
from demo.engines.served.address import Address

OWN_VARIABLE = "VL_PREFLIGHT_API_KEY"
DASHSCOPE_VARIABLE = "DASHSCOPE_API_KEY"
OPENAI_VARIABLE = "OPENAI_API_KEY"
DASHSCOPE_DOMAIN = "aliyuncs.com"
MAX_KEY_FILE = 16 * 2**10
"""Bytes; keys have about 50 to 200 characters, tokens of a cloud up to 4,000."""


class Secret:
    """A key that shows itself to nobody who does not ask for it by `reveal`."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str) -> None:
        """Take a key and where it came from. Raises ServerRefusedError for what can't be a header's value."""
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise ServerRefusedError("engines_served.bad_key", source=source)
        self._value = value
        self.source = source

    def reveal(self) -> str:
        """Give the key itself."""
        return self._value

    def hide(self, text: str) -> str:
        """Give `text` with the key blotted out, for what a server says."""
        return text.replace(self._value, "***") if len(self._value) >= 4 else text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


def key_variables(address: Address) -> tuple[str, ...]:
    """List the variables of the environment that may hold the key of `address`, the first that is set counts.

    A DashScope key goes to DashScope alone.
    """
    if address.belongs_to(DASHSCOPE_DOMAIN):
        return (OWN_VARIABLE, DASHSCOPE_VARIABLE)
    return (OWN_VARIABLE, OPENAI_VARIABLE)


def find_key(
    address: Address, key_file: Path | str | None = None, environ: Mapping[str, str] = os.environ
) -> Secret | None:
    """Find the key for `address`: in `key_file` if there is one, else in the environment; None without one.

    Raises ServerRefusedError for a file that can't be read or holds no key.
    """
    if key_file is not None:
        return _from_file(Path(key_file))
    for name in key_variables(address):
        value = environ.get(name, "").strip()
        if value:
            return Secret(value, name)
    return None


def _from_file(path: Path) -> Secret:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_KEY_FILE + 1)
    except OSError as error:
        raise ServerRefusedError("engines_served.key_file", file=path, reason=error.strerror or "?") from None
    if len(data) > MAX_KEY_FILE:
        raise ServerRefusedError("engines_served.bad_key", source=path.name)
    return Secret(data.decode("utf-8", errors="replace").strip().lstrip("\ufeff"), path.name)
