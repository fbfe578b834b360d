"""The regular expressions of data/lint.toml, compiled when they are first wanted."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FLAGS = re.IGNORECASE | re.VERBOSE | re.DOTALL


@cache
def _data() -> dict[str, Any]:
    path = Path(__file__).parent / "data" / "lint.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Give the pattern called `name`."""
    return re.compile(_data()[name], _FLAGS)


@cache
def _formats() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(rule, _FLAGS) for name, rule in _data()["formats"].items()}


def named_formats(text: str) -> list[str]:
    """List the kinds of format that a text names, the most particular first."""
    return [name for name, rule in _formats().items() if rule.search(text)]
