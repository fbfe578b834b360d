"""The value beside a label, in the type asked for. Pure; nothing is invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.engines.reader.labels import likeness, plain, words_for
from demo.engines.reader.lines import union
from demo.engines.reader.page import Page
from demo.engines.reader.pairs import Pair, Way, all_pairs
from demo.engines.reader.values import convert, to_date
from prompts.values import value_of
from toolkit.geometry import Box

if TYPE_CHECKING:
    from prompts.formats import Field

SURE = 0.7
"""Likeness from which a piece of text is taken for the label."""

NEAR = 0.9
"""Likeness below which a person is told which label was taken."""

_WAYS: tuple[Way, ...] = ("colon", "inner", "right", "glued", "below", "sum", "under", "column", "left")
_AMOUNT_WAYS: tuple[Way, ...] = (
    "colon", "right", "sum", "inner", "glued", "farther", "below", "under", "column", "left",
)  # fmt: skip
"""Which way a value lies more likely, where labels are equally like: for texts, and for amounts and dates."""

_LESS: dict[Way, float] = {"under": 0.1, "column": 0.25, "left": 0.1}
"""What a pair loses for lying as values seldom do: a column's head is the name of many values."""


@dataclass(frozen=True)
class Value:
    """A value that was found: as it stands on the page, in the type asked for, where, and how sure.

    `label` is the label it stands at, `sure` how like that one is to the name asked for.
    """

    text: str
    value: Any
    box: Box
    score: float
    doubtful: bool
    label: str = ""
    sure: float = 1.0


def find_field(page: Page, field: "Field") -> Value | None:
    """Find the value of one field on a page; None where its label or a fitting value is missing."""
    return find_value(all_pairs(page), field)


def find_value(pairs: Sequence[Pair], field: "Field") -> Value | None:
    """Find the value of one field among the pairs of a page."""
    for sure, pair in _ranked(pairs, field):
        value = convert(pair.text, field.type, field.choices)
        if value is not None and plain(pair.text):
            score = min(line.score for line in pair.lines)
            doubtful = any(line.doubtful for line in pair.lines)
            box = union([line.on_page for line in pair.lines])
            return Value(pair.text, value, box, score, doubtful, pair.label, sure)
    return None


def seen_at(pairs: Sequence[Pair], field: "Field") -> Pair | None:
    """Give the likeliest pair of a field, whether or not what stands there fits its type."""
    return next((pair for _, pair in _ranked(pairs, field)), None)


def only_date(page: Page, field: "Field") -> Value | None:
    """Give the one date of a page where its date is asked for and has no label, as on most receipts."""
    if field.type != "date" or value_of(field.name).kind != "date":
        return None
    dated = [(found, line) for line in page.lines if (found := to_date(line.text)) is not None]
    if len({found for found, _ in dated}) != 1:
        return None
    found, line = dated[0]
    return Value(line.text, found, line.on_page, line.score, line.doubtful, sure=0.0)


def _ranked(pairs: Sequence[Pair], field: "Field") -> list[tuple[float, Pair]]:
    """List the pairs whose label is like the field's name, the likeliest first."""
    words = words_for(field)
    ways = _WAYS if field.type not in ("number", "integer", "date") else _AMOUNT_WAYS
    found = [(likeness(pair.label, words), pair) for pair in pairs if pair.way in ways]
    like = [(sure - _LESS.get(pair.way, 0.0), sure, pair) for sure, pair in found if sure >= SURE]
    ranked = sorted(like, key=lambda entry: (-round(entry[0], 3), ways.index(entry[2].way)))
    return [(sure, pair) for _, sure, pair in ranked]
