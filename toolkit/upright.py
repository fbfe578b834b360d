"""How the text of a page stands: upright, upside down, on its side, or in columns that run down.

Latin text is told by its ascenders, which outnumber its descenders: of the letters of English, French or
German some 30 % rise above the x-height and 7 % fall below the baseline. Upside down it is the other way
round, further than in any script that stands upright: Cyrillic and Greek, which have more descenders than
Latin, reach 0.031 below the baseline with a lean of -0.5, or 0.027 with more; English upside down has 0.037
and more with -0.66 or less, from 21 px per em on. Latin, Chinese and Japanese are told by the directions of
their strokes, too, and Chinese and Japanese by where full stops stand. Of capitals, of figures alone and of
Korean nothing is said, nor where the signs disagree.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from toolkit.text_line import CHINESE

if TYPE_CHECKING:
    from toolkit.strokes import Strokes
    from toolkit.text_line import TextLine

Stand = Literal["upright", "upside_down", "reads_down", "reads_up", "sideways"]
"""`reads_down` lies on its right side, its lines running from top to bottom; `reads_up` on its left one;
`sideways` has lines that run down or up: on one of its sides, or Chinese in columns."""
Glyphs = Literal["upright", "upside_down", "lying", "unknown"]
"""How the characters of level lines stand in them; they are `lying` in columns, turned to be level."""

LEAST_LINES, LEAST_CHARACTERS = 4, 120
"""Latin lines and characters in them from which a page is judged."""
LEAN, INK = 0.6, 0.022
"""The difference of ascenders and descenders over their sum, and the ink of the greater of them."""
LEAST_EM = 15.0
"""Px per em from which baselines are found well enough; upside down, text is measured a quarter too small."""
LEAST_ROWS, LEAST_GLYPHS = 3, 40
"""Rows of Chinese, and characters in them, from which strokes are believed."""
CLEAR, ERRORS = 0.35, 2.5
"""The mean score of the rows from which it tells, and how many of its standard errors it must be."""
LATIN_CLEAR = 0.75
"""The same for Latin: other faces have 0.8 to 2, but capitals, figures, Cyrillic and Greek -0.55 to 0.8."""
KOREAN = 0.6
"""Mean score over which rows are Korean: pages of it have 1 to 1.9, Chinese and Japanese up to 0.3."""
MARKS, ONE_SIDED = 6, 0.6
"""Full stops and commas from which their place counts, and how much more of them must stand on one side."""


def glyphs_of(lines: "Sequence[TextLine]") -> Glyphs:
    """Tell how the characters of level lines stand; "unknown" where signs are unclear or disagree."""
    told = {_by_ascenders(lines), _latin(lines), _chinese(lines)} - {"unknown"}
    return told.pop() if len(told) == 1 else "unknown"


def _by_ascenders(lines: "Sequence[TextLine]") -> Glyphs:
    some = [line for line in lines if line.cjk < CHINESE]
    characters = sum(line.characters for line in some)
    most = characters > sum(line.characters for line in lines) / 2
    if len(some) < LEAST_LINES or characters < LEAST_CHARACTERS or not most:
        return "unknown"
    em, above, below = (
        sum(value(line) * line.characters for line in some) / characters
        for value in (attrgetter("em"), attrgetter("above"), attrgetter("below"))
    )
    lean = (above - below) / max(above + below, 1e-6)
    if em < LEAST_EM or max(above, below) < INK or abs(lean) < LEAN:
        return "unknown"
    return "upright" if lean > 0 else "upside_down"


def _latin(lines: "Sequence[TextLine]") -> Glyphs:
    rows = [(line.strokes.upright, line.characters) for line in lines if line.cjk < CHINESE and line.strokes]
    if len(rows) < LEAST_LINES or sum(count for _, count in rows) < LEAST_CHARACTERS:
        return "unknown"
    told = _clearly(rows, LATIN_CLEAR)
    return "unknown" if not told else "upright" if told > 0 else "upside_down"


def _chinese(lines: "Sequence[TextLine]") -> Glyphs:
    rows = [
        (line.strokes, line.characters) for line in lines if line.cjk >= CHINESE and line.strokes is not None
    ]
    if len(rows) < LEAST_ROWS or sum(count for _, count in rows) < LEAST_GLYPHS:
        return "unknown"
    if _mean([(row.hangul, count) for row, count in rows]) > KOREAN:
        return "unknown"
    standing = _clearly([(row.standing, count) for row, count in rows])
    if standing < 0:
        return "lying"
    votes = {_clearly([(row.upright, count) for row, count in rows]), _by_marks([row for row, _ in rows])} - {
        0
    }
    if not standing or len(votes) != 1:
        return "unknown"
    return "upright" if votes == {1} else "upside_down"


def _clearly(values: Sequence[tuple[float, float]], least: float = CLEAR) -> int:
    """Give 1 or -1 where the mean of (value, weight) is clearly over or under 0, else 0."""
    total, mean = sum(weight for _, weight in values), _mean(values)
    error = sum((weight / total) ** 2 * (value - mean) ** 2 for value, weight in values) ** 0.5
    clear = abs(mean) >= max(least, ERRORS * error)
    return (1 if mean > 0 else -1) if clear else 0


def _mean(values: Sequence[tuple[float, float]]) -> float:
    return sum(value * weight for value, weight in values) / sum(weight for _, weight in values)


def _by_marks(rows: "Sequence[Strokes]") -> int:
    low, high = sum(row.low for row in rows), sum(row.high for row in rows)
    if low + high < MARKS or abs(low - high) < ONE_SIDED * (low + high):
        return 0
    return 1 if low > high else -1
