"""Read JSON as models write it: what stands round it taken off, the usual slips mended and named.

The mending walks the text once, with its own small reader, so that nothing inside a string is touched.
"""

import json
import re
from typing import Any

from prompts.json_reader import MAX_DEPTH, MAX_DIGITS, Read, Unreadable, encodable, read_from

__all__ = ["MAX_DIGITS", "Read", "Unreadable", "read_json", "strip_thinking", "strip_wrapping"]


_FENCE = re.compile(r"```[ \t]*[\w+-]*[ \t]*\n?(.*?)(?:\n?```|\Z)", re.DOTALL)
_THINKING = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)|\A(?:(?!<think>).)*?</think>", re.DOTALL)
"""Chat templates of thinking models often write <think> themselves, so that only its end is in the answer."""
_START = re.compile(r"[\[{［｛]")
_PLACEHOLDER = re.compile(r"\{\w[^{}\[\]\"':,“”‘’＂：，；]*\}")
"""A word in braces, as prose has it: no JSON, which has a colon in it."""


def strip_wrapping(answer: str) -> tuple[str, bool]:
    """Take off a code fence and a `<think>` part; tell whether anything was taken off."""
    bare = strip_thinking(answer)
    match = _FENCE.search(bare)
    # A fence further down belongs to the content, unless only a short preface stands before it.
    if match and "\n\n" not in bare[: match.start()].strip() and match.start() < 200:
        bare = match[1].strip()
    return bare, bare != answer.strip()


def strip_thinking(answer: str) -> str:
    """Take off what a thinking model wrote before its answer; nothing is left where it never came to one."""
    return _THINKING.sub("", answer).strip()


def read_json(text: str) -> Read:
    """Read one JSON value out of `text`, mending slips. Raises Unreadable if there is none."""
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError):
        return _longest(text)
    if _deeper_than(value, MAX_DEPTH):
        raise Unreadable(0)
    return Read(encodable(value) if _HALF.search(text) else value)


_HALF = re.compile(r"\\u[dD][89a-fA-F]")

_SEQUENCE = re.compile(r"\s*\{.*?\}\s*(?:,\s*)?\{", re.DOTALL)

MAX_STARTS = 5
"""So many brackets are tried as the beginning: a preface such as "As [1] shows:" holds one or two."""


def _sequence(text: str) -> Read | None:
    try:
        row = read_from(f"[{text.strip()}]", 0)[0]
    except Unreadable:
        return None
    several = isinstance(row.value, list) and len(row.value) > 1
    return row if several and all(isinstance(item, dict) for item in row.value) else None


def _longest(text: str) -> Read:
    """Read the longest of the values that stand in a text, up to the first that cannot be read.

    Objects one after another without an array round them are read as an array: none of them is dropped.
    """
    if _SEQUENCE.match(text) and text.rstrip().endswith("}"):
        row = _sequence(text)
        if row is not None:
            return row
    best, longest, at = None, -1, 0
    for _ in range(MAX_STARTS):
        start = _START.search(text, at)
        if start is None:
            break
        prose = _PLACEHOLDER.match(text, start.start())
        if prose is not None:
            at = prose.end()
            continue
        try:
            read, end = read_from(text, start.start())
        except Unreadable:
            if best is None:
                raise
            break
        at = max(end, start.end())
        if at - start.start() > longest:
            best, longest = read, at - start.start()
    if best is None:
        raise Unreadable(0)
    return best


def _deeper_than(value: Any, limit: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return limit < 0 or any(_deeper_than(item, limit - 1) for item in inner)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Leave an object with a key twice to the forgiving reader, which says so."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found
