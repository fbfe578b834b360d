"""Count what a template does while it runs: its steps, its time, and the weight of every value it makes."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from jinja2 import Undefined

STEPS = 20_000
"""Loop passes, filters and operators of one rendering. The largest template of the package takes 300."""
SECONDS = 1.0
MAX_OUTPUT = 60_000
"""Characters of one rendering: about 30,000 tokens."""
MAX_RANGE = 1_000
MAX_DEPTH = 20
"""Nesting of a value. Python compares and hashes tuples on the C stack."""


class SandboxError(Exception):
    """A template that is refused or broke a limit: the key of its sentence, and `line` from 1 if known."""

    def __init__(self, key: str, line: int | None = None, **values: object) -> None:
        super().__init__(key)
        self.key, self.line, self.values = key, line, values


class Meter:
    """Counts one rendering."""

    def __init__(self) -> None:
        self.steps = 0
        self.deadline = time.monotonic() + SECONDS

    def tick(self, cost: int = 1) -> None:
        """Count `cost` steps. Raises SandboxError past STEPS or SECONDS."""
        self.steps += cost
        if self.steps > STEPS:
            raise SandboxError("too_many_steps", limit=STEPS)
        if time.monotonic() > self.deadline:
            raise SandboxError("too_slow", limit=SECONDS)


METER: ContextVar[Meter | None] = ContextVar("template_meter", default=None)


def tick(cost: int = 1) -> None:
    """Count `cost` steps of the rendering that is going on. Raises SandboxError past a limit."""
    meter = METER.get()
    if meter is not None:
        meter.tick(cost)


def weigh(value: Any) -> Any:
    """Count a value that was just made, and give it back; a generator as the list of what it gives.

    Its weight is the number of characters and entries it takes written out: [a, a] weighs twice what a
    weighs, though both are one object in memory, because to write or compare it takes that long. Raises
    SandboxError where it weighs more than MAX_OUTPUT or is nested deeper than MAX_DEPTH.
    """
    if isinstance(value, int) and abs(value) > 10**15:
        raise SandboxError("too_large", limit=MAX_OUTPUT)
    if isinstance(value, Iterator):
        value = _bounded(value)
    tick(1 + _weight(value, MAX_OUTPUT, 0) // 1_000)
    return value


def _weight(value: Any, room: int, depth: int) -> int:
    if isinstance(value, str):
        total = len(value)
    elif isinstance(value, (list, tuple, dict)):
        total = len(value)
        inner = value if not isinstance(value, dict) else (part for pair in value.items() for part in pair)
        for item in inner if depth < MAX_DEPTH else _too_deep():
            total += _weight(item, room - total, depth + 1)
            if total > room:
                break
    else:
        return 1
    if total > room:
        raise SandboxError("too_large", limit=MAX_OUTPUT)
    return total


def _too_deep() -> list[Any]:
    raise SandboxError("too_deep")


def metered(name: str, filter_: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a filter of Jinja2, so that it is counted and what it gives is weighed."""
    check = _CHECKS.get(name)

    def run(*arguments: Any, **options: Any) -> Any:
        tick()
        if check is not None:
            check(*arguments, **options)
        return weigh(filter_(*arguments, **options))

    run.__dict__.update(getattr(filter_, "__dict__", {}))  # keeps Jinja2's mark of what is passed in first
    return run


def _check_replace(_context: Any, text: Any, old: Any, new: Any, *_: Any, **_others: Any) -> None:
    if str(text).count(str(old)) * len(str(new)) + len(str(text)) > MAX_OUTPUT:
        raise SandboxError("too_large", limit=MAX_OUTPUT)


def _check_join(_context: Any, values: Any, d: Any = "", *_: Any, **_others: Any) -> None:
    if len(values) * len(str(d)) > MAX_OUTPUT:
        raise SandboxError("too_large", limit=MAX_OUTPUT)


def _check_round(_number: Any, precision: Any = 0, *_: Any, **_others: Any) -> None:
    if not isinstance(precision, int) or abs(precision) > 15:  # it becomes a power of ten
        raise SandboxError("too_large", limit=15)


_CHECKS: dict[str, Callable[..., None]] = {
    "replace": _check_replace, "join": _check_join, "round": _check_round,
}  # fmt: skip


def to_json(value: Any) -> str:
    """Write JSON for a prompt: Chinese and < as they are, where Jinja2's own writes them as escapes."""
    return str(weigh(json.dumps(value, ensure_ascii=False)))


def _bounded(values: Iterable[Any]) -> list[Any]:
    kept, total = [], 0
    for value in values:
        total += 1 + _weight(value, MAX_OUTPUT, 0)
        kept.append(value)
        if total > MAX_OUTPUT:
            raise SandboxError("too_large", limit=MAX_OUTPUT)
    return kept


def passes(values: Iterable[Any]) -> Iterator[Any]:
    """Give the values of a loop, one step each."""
    for value in values:
        tick()
        yield value


def concat(values: list[Any]) -> str:
    """Join the parts of a ~ expression. Raises SandboxError where the whole is too long."""
    tick()
    return "".join(_bounded([value if isinstance(value, str) else str(plain(value)) for value in values]))


def range_of(*arguments: int) -> range:
    """Give Python's range, of at most MAX_RANGE numbers. Raises SandboxError for more."""
    tick()
    numbers = range(*arguments)
    if len(numbers) > MAX_RANGE:
        raise SandboxError("range", limit=MAX_RANGE)
    return numbers


def plain(value: Any) -> Any:
    """Give a value that may be put out; methods, functions and Jinja2's own objects raise SandboxError."""
    if value is None or isinstance(value, (str, int, float, list, dict, tuple, Undefined)):
        return value
    raise SandboxError("not_plain", kind=type(value).__name__)
