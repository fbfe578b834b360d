"""Page ranges as people write them: "1-3,7" counts from 1, the result from 0; and the way back to text."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from toolkit.errors import UsageError

Span = tuple[int, int | None]
"""First and last page, both counted from 1 and included; None stands for the last page of the document."""

_PART = re.compile(r"(\d{1,9})(?:\s*[-~–—]\s*(\d{1,9})?)?")
_COMMAS = str.maketrans({"、": ",", "；": ",", ";": ","})


def parse_page_ranges(text: str) -> tuple[Span, ...]:
    """Read a page range before any document is opened.

    Parts are joined by commas; a part is a page ("7"), a span ("1-3") or an open span ("5-", to the end).
    Full-width digits and Chinese commas count as their plain counterparts. Raises UsageError.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_COMMAS)
    return tuple(_span(part.strip(), text) for part in plain.split(","))


def _span(part: str, text: str) -> Span:
    match = _PART.fullmatch(part)
    if match is None:
        raise UsageError("bad_page_range", given=text)
    first = int(match[1])
    last = int(match[2]) if match[2] else None
    if match[2] is None and part[-1].isdigit():
        last = first
    if first < 1 or (last is not None and last < first):
        raise UsageError("bad_page_range", given=text)
    return (first, last)


def select_pages(spans: tuple[Span, ...] | None, count: int, file: Path | str) -> list[int]:
    """Give the pages that `spans` name in a document of `count` pages, counted from 0, each once.

    They stand in the order in which they were named; None names all. Raises UsageError, naming `file`, for
    a page that is not there.
    """
    if spans is None:
        return list(range(count))
    chosen: dict[int, None] = {}
    for first, last in spans:
        end = count if last is None else last
        if max(first, end) > count:
            raise UsageError("page_not_there", file=file, count=count, page=max(first, end))
        chosen |= dict.fromkeys(range(first - 1, end))
    return list(chosen)


def number_runs(numbers: Iterable[int]) -> list[str]:
    """Write numbers as they come, runs of three and more in short: 5, 1–4, 6, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    written: list[str] = []
    for run in runs:
        written += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else [str(number) for number in run]
    return written
