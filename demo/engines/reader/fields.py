"""The value beside a label: after its colon, to its right, or below. Pure; nothing is invented."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from demo.engines.reader.labels import LONGEST, is_common, likeness, plain, words_for
from demo.engines.reader.lines import Line, join, union
from demo.engines.reader.page import Page
from demo.engines.reader.ruled import part_of
from demo.engines.reader.segments import segments
from demo.engines.reader.tables import strips
from demo.engines.reader.values import convert
from toolkit.geometry import Box

if TYPE_CHECKING:
    from prompts.formats import Field

SURE = 0.7
"""Likeness from which a piece of text is taken for the label."""

BELOW = 2.2
"""A value below its label begins within so many heights of it."""

_DIGIT = re.compile(r"\d")
_NUMBERS = re.compile(r"[\s\d.,%()（）]+$")
_COLON = re.compile(r"(?<!\d)[:：](?!//)|[:：](?!\d\d|//)")


@dataclass(frozen=True)
class Value:
    """A value that was found: as it stands on the page, in the type asked for, where, and how sure."""

    text: str
    value: Any
    box: Box
    score: float
    doubtful: bool


@dataclass(frozen=True)
class Pair:
    """A label and what stands beside it; `likeness` is filled in for one field."""

    label: str
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The value as it stands."""
        text = ""
        for line in self.lines:
            text = join(text, line.text)
        return text


def find_field(page: Page, field: "Field") -> Value | None:
    """Find the value of one field on a page; None where its label or a fitting value is missing."""
    words = words_for(field)
    ranked = sorted(
        ((likeness(pair.label, words), -i, pair) for i, pair in enumerate(all_pairs(page))),
        key=lambda entry: entry[:2],
        reverse=True,
    )
    for sure, _, pair in ranked:
        if sure < SURE:
            return None
        value = convert(pair.text, field.type, field.choices)
        if value is not None and pair.text:
            score = min(line.score for line in pair.lines)
            doubtful = any(line.doubtful for line in pair.lines)
            return Value(pair.text, value, union([line.on_page for line in pair.lines]), score, doubtful)
    return None


def all_pairs(page: Page) -> list[Pair]:
    """List every label of a page with the place where its value may stand, the likeliest first."""
    rows = [segments(row) for strip in strips(page.level()) for row in strip]
    pairs: list[Pair] = []
    for number, row in enumerate(rows):
        for place, piece in enumerate(row):
            pairs += _at_colons(piece)
            label = _NUMBERS.sub("", piece.text).rstrip(" :：")
            if len(label) > LONGEST or not plain(label):
                continue
            if place + 1 < len(row) and not _is_label(row[place + 1]):
                pairs.append(Pair(label, (row[place + 1],)))
            elif (below := _below(piece, rows[number + 1 : number + 3])) is not None:
                pairs += [*_after_words(piece), Pair(label, (below,))]
            else:
                pairs += _after_words(piece)
    return pairs


def labelled_pairs(page: Page) -> list[Pair]:
    """List the pairs that show themselves by a colon, as a form has them; an empty one has no lines."""
    rows = [segments(row) for strip in strips(page.level()) for row in strip]
    pairs: list[Pair] = []
    for row in rows:
        for place, piece in enumerate(row):
            if _is_label(piece):
                right = row[place + 1] if place + 1 < len(row) else None
                filled = right is not None and not _COLON.search(right.text)
                label = piece.text.rstrip(" :：")
                pairs.append(Pair(label, (right,) if filled and right is not None else ()))
            else:
                pairs += _at_colons(piece)
    return [pair for pair in pairs if plain(pair.label)]


def _is_label(piece: Line) -> bool:
    """Whether a piece ends with a colon or says what labels commonly say."""
    text = piece.text.rstrip()
    return text.endswith((":", "：")) or (not _DIGIT.search(text) and is_common(text))


def _after_words(piece: Line) -> list[Pair]:
    """Part "Total due 12.50" after each of its first words, where what follows has a figure in it."""
    cuts = [i for i in range(1, min(len(piece.words), 6)) if _DIGIT.search(_text(piece, i, len(piece.words)))]
    return [Pair(_text(piece, 0, i), (_words(piece, i, len(piece.words)),)) for i in cuts]


def _at_colons(piece: Line) -> list[Pair]:
    """Part "姓名：王小明 性别：男" into its pairs; times (19:30) and addresses (http://) stay whole."""
    marks = list(_COLON.finditer(piece.text))
    pairs = []
    for i, mark in enumerate(marks):
        start = 0 if i == 0 else _label_start(piece.text, marks[i - 1].end(), mark.start())
        end = (
            len(piece.text)
            if i + 1 == len(marks)
            else _label_start(piece.text, mark.end(), marks[i + 1].start())
        )
        label, value = piece.text[start : mark.start()].strip(), piece.text[mark.end() : end].strip()
        if value and 0 < len(label) <= LONGEST:
            pairs.append(Pair(label, (_cut(piece, value, mark.end() / max(1, len(piece.text))),)))
    return pairs


def _label_start(text: str, after: int, colon: int) -> int:
    """Find where the label before a colon begins: at the last space before it, if there is one."""
    space = text.rfind(" ", after, colon)
    return colon if space < 0 else space + 1


def _cut(piece: Line, value: str, share: float) -> Line:
    """Make a line of the end of a piece; its box begins in proportion."""
    left = piece.box[0] + share * (piece.box[2] - piece.box[0])
    shift = left - piece.box[0]
    place = (piece.on_page[0] + shift, *piece.on_page[1:])
    return replace(piece, text=value, box=(left, *piece.box[1:]), words=(), place=place)


def _words(piece: Line, start: int, end: int) -> Line:
    words = piece.words[start:end]
    return part_of(piece, words)


def _text(piece: Line, start: int, end: int) -> str:
    text = ""
    for word in piece.words[start:end]:
        text = join(text, word.text)
    return text


def _below(piece: Line, rows: Sequence[tuple[Line, ...]]) -> Line | None:
    """Find what stands right under a piece and begins at the same place."""
    for row in rows:
        for other in row:
            near = 0 <= other.box[1] - piece.box[3] <= BELOW * piece.height
            aligned = (
                abs(other.box[0] - piece.box[0]) <= piece.height
                or abs(other.box[2] - piece.box[2]) <= piece.height
            )
            if near and aligned and not _is_label(other):
                return other
    return None
