"""Endless repetition in a stream of text, told from what repeats for a reason. Pure; no model is needed.

A loop is a tail of the text that repeats one piece over and over. What real pages repeat has bounds: dotted
leaders end at the margin, empty rows at the foot of a page, equal cells at the last column. The bounds below
stand well above what a page holds, so a loop is found a little late rather than a table cut off.

Counting without end ("1, 2, 3, …", "Row 1 … Row 2 …") is a loop too: the text repeats once its numbers are
taken out, and every number moves by one constant step.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WINDOW = 12_000
"""How many characters at the end of the text are looked at; the longest loop needs 10,000."""

LONGEST_PERIOD = 2_000
"""The longest piece whose repetition is looked for: about a page of text."""

EVERY = 128
"""The text is looked at after this many new characters, 30 to 60 tokens; a look takes 5 ms."""

FILL_CHARACTERS = 2_000
"""Leaders, rules and blanks may run this far: 25 lines of 80 characters."""

ROWS = 80
"""Equal rows of a table, a form or a list may come this often: more than the lines of a page."""

ROW_CHARACTERS = 8_000
"""Equal rows with something in them may run this far: a page of small print."""

LONGEST_ROW = 160
"""A longer row is a paragraph, which no page repeats so often."""

CELLS = 100
"""Equal cells and short marks (up to CELL characters) may come this often: a column of a table as a list."""

CELL = 16

COUNTED = 150
"""So many steps of pure counting are a loop; line numbers of a page end before."""

ATTEMPTS = 4
"""How often an engine asks a model that loops: the first time, and three more at higher temperatures."""

HOTTER = 0.3
"""A step up in temperature after a loop: 0.1, 0.4, 0.7, 1.0 (olmOCR climbs from 0.1 to 1.0)."""

_ROW_ENDS = ("</tr>", "},", "],", "\n")
"""What ends a row: of HTML and of JSON, however many lines it has; then of text, Markdown and CSV."""

_LINE_END = re.compile(r"\n")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？]")
_NUMBER = re.compile(r"\d{1,18}")


@dataclass(frozen=True)
class Loop:
    """A loop found: `start` is where in the text it begins, `period` the characters of its repeated piece."""

    start: int
    period: int

    def cut(self, text: str) -> str:
        """Give the text up to the end of the first time round, which may well be right.

        Where whole lines or sentences repeat it ends with one.
        """
        end = self.start + self.period
        after = text[end - 1 : end + self.period]
        stop = _LINE_END.search(after) or _SENTENCE_END.search(after)
        return text[: end if stop is None else end - 1 + stop.end()].rstrip()


class LoopDetector:
    """Watches a stream: `feed` it piece by piece; it gives the loop as soon as there is one."""

    def __init__(self) -> None:
        self.text = ""
        self._looked_at = 0

    def feed(self, piece: str) -> Loop | None:
        """Add text; give the loop at its end, or None."""
        self.text += piece
        if len(self.text) - self._looked_at < EVERY:
            return None
        self._looked_at = len(self.text)
        return find_loop(self.text)


def hotter(temperature: float, attempt: int) -> float:
    """Give the temperature of another attempt (`attempt` counts from 0): up to 1.0, and never a lower one."""
    return max(min(round(temperature + HOTTER * attempt, 2), 1.0), temperature)


def find_loop(text: str) -> Loop | None:
    """Look for endless repetition at the end of `text`; None where there is none."""
    offset = max(0, len(text) - WINDOW)
    tail = text[offset:]
    loop = _repeating(tail) or _counting(tail)
    return None if loop is None else Loop(offset + loop.start, loop.period)


def _repeating(tail: str) -> Loop | None:
    for period, length in _periodic_tails(tail):
        if length >= period * _bound(tail[-period:]):
            return Loop(len(tail) - length, period)
    return None


def _bound(piece: str) -> int:
    """How often a page may repeat `piece` in a row."""
    size = len(piece)
    rows = _rows(piece)
    blank = not any(character.isalnum() for character in piece)
    if rows and size <= rows * LONGEST_ROW:
        most = ROWS // rows + 1
        return max(5, most if blank else min(most, ROW_CHARACTERS // size))
    if blank:
        return max(5, -(-FILL_CHARACTERS // size))
    if size <= CELL:
        return CELLS
    return min(40, max(5, -(-3_200 // size)))


def _rows(piece: str) -> int:
    """Count the rows that `piece` holds each time round; where it begins in the round is chance."""
    found = ((piece + piece[: len(end) - 1]).count(end) for end in _ROW_ENDS)
    return next(filter(None, found), 0)


def _periodic_tails(text: str) -> list[tuple[int, int]]:
    """Give (period, length) of tails that repeat: for each period the longest tail that has it.

    The text reversed, its tails are prefixes, and the prefix function of Knuth, Morris and Pratt gives the
    smallest period of each prefix in linear time.
    """
    turned = text[::-1]
    borders = _borders(turned)
    longest: dict[int, int] = {}
    for length in range(2, len(turned) + 1):
        period = length - borders[length - 1]
        if period <= LONGEST_PERIOD and length >= 5 * period:
            longest[period] = length
    return sorted(longest.items())


def _borders(text: str) -> list[int]:
    borders = [0] * len(text)
    k = 0
    for i in range(1, len(text)):
        while k and text[i] != text[k]:
            k = borders[k - 1]
        if text[i] == text[k]:
            k += 1
        borders[i] = k
    return borders


def _counting(tail: str) -> Loop | None:
    plain, starts = _without_numbers(tail)
    for period, length in _periodic_tails(plain):
        piece = plain[-period:]
        each = piece.count("#")
        if not each or length < period * COUNTED:
            continue
        start = starts[len(plain) - length]
        numbers = [int(n) for n in _NUMBER.findall(tail[start:])]
        if _steps_evenly(numbers, each):
            return Loop(start, starts[min(len(plain) - length + period, len(starts) - 1)] - start)
    return None


def _without_numbers(text: str) -> tuple[str, list[int]]:
    """Write # for each number; the list tells where each character of the new text stood."""
    plain: list[str] = []
    starts: list[int] = []
    at = 0
    for match in _NUMBER.finditer(text):
        plain += [*text[at : match.start()], "#"]
        starts += [*range(at, match.start()), match.start()]
        at = match.end()
    plain += text[at:]
    starts += range(at, len(text))
    return "".join(plain), starts


def _steps_evenly(numbers: Sequence[int], each: int) -> bool:
    """Tell whether each of the `each` columns of numbers moves by one constant step, ends left out.

    The first and the last number may be cut (by the window, by the stream).
    """
    columns = [numbers[i + each :: each][:-1] for i in range(each)]
    steps = [{b - a for a, b in pairwise(column)} for column in columns]
    return all(len(step) == 1 for step in steps) and any(step != {0} for step in steps)
