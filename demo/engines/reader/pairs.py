"""Every label of a page with the places where its value may stand: beside, below, in its own piece. Pure.

How a value lies to its label is kept with the pair, because which way is likelier depends on what is looked
for: an amount stands at the far end of a line, a name right after its label.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from demo.engines.reader.labels import LONGEST, likeness, looks_like_label, plain, words_for
from demo.engines.reader.lines import Line, is_cjk, text_of
from demo.engines.reader.page import Page
from demo.engines.reader.ruled import part_of
from demo.engines.reader.segments import segments
from demo.engines.reader.tables import strips
from prompts.formats import Field

Way = Literal["colon", "right", "farther", "inner", "glued", "below", "under", "column", "sum", "left"]
"""How a value lies: after a colon; next to the right, or farther; in the label's own piece, with a space
between or without one; below, and below though something stands to the right ("under"); at the head of a
column of figures, or in its row of sums; to the left."""

BELOW = 2.2
"""A value below its label begins within so many heights of it."""

FAR_RIGHT = 3
"""Pieces to the right of a label that are looked at."""

_DIGIT = re.compile(r"\d")
_NUMBERS = re.compile(r"[\s\d.,%()（）·…_*＊]+$")
_COLON = re.compile(r"(?<!\d)[:：](?!//)|[:：](?!\d\d|//)")

Rows = Sequence[tuple[Line, ...]]


@dataclass(frozen=True)
class Pair:
    """A label and what stands at it; `way` says how it stands there."""

    label: str
    lines: tuple[Line, ...]
    way: Way = "right"

    @property
    def text(self) -> str:
        """The value as it stands."""
        return text_of(self.lines)


def rows_of_page(page: Page) -> list[tuple[Line, ...]]:
    """Give the rows of a page, column by column, each as pieces that stand apart."""
    return [segments(row) for strip in strips(page.level()) for row in strip]


def all_pairs(page: Page) -> list[Pair]:
    """List every label of a page with each place where its value may stand, from top to bottom."""
    rows = rows_of_page(page)
    places = [(number, place) for number, row in enumerate(rows) for place in range(len(row))]
    return [pair for number, place in places for pair in _at(rows, number, place)]


def labelled_pairs(page: Page) -> list[Pair]:
    """List the pairs that a form shows: by a colon, or by a known label and what stands beside it.

    An empty one has no lines.
    """
    pairs: list[Pair] = []
    for row in rows_of_page(page):
        for place, piece in enumerate(row):
            right = row[place + 1] if place + 1 < len(row) else None
            if piece.text.rstrip().endswith((":", "：")):
                filled = right is not None and not _COLON.search(right.text)
                pairs.append(Pair(_label(piece), (right,) if filled and right is not None else ()))
            elif found := _at_colons(piece):
                pairs += found
            elif right is not None and looks_like_label(piece.text) and not is_label(right):
                pairs.append(Pair(_label(piece), (right,)))
    return [pair for pair in pairs if plain(pair.label)]


def is_label(piece: Line) -> bool:
    """Tell whether a piece ends with a colon, holds a pair of its own, or says what labels say."""
    text = piece.text.rstrip()
    return text.endswith((":", "：")) or bool(_COLON.search(text)) or looks_like_label(text)


def _at(rows: Rows, number: int, place: int) -> Iterator[Pair]:
    """Give the pairs of one piece."""
    row = rows[number]
    piece = row[place]
    yield from _at_colons(piece)
    yield from _after_words(piece)
    yield from _glued(piece)
    label = _label(piece)
    if not 0 < len(plain(label)) <= LONGEST or len(label) > LONGEST:
        return
    right = list(_right(row, place))
    below = list(_below(label, piece, rows[number + 1 :], beside=bool(right) and not is_label(right[0])))
    yield from below
    if right and not (below and is_label(right[0])):
        yield from (
            Pair(one, (right[0],), "right") for one in dict.fromkeys((label, _before_figures(piece))) if one
        )
        yield from (Pair(label, (other,), "farther") for other in right[1:])
    if not right and not below and place and _DIGIT.search(row[place - 1].text):
        yield Pair(label, (row[place - 1],), "left")


def _label(piece: Line) -> str:
    """Give a piece as a label: without its colon, and without leaders or figures at its end."""
    return _NUMBERS.sub("", _bare(piece.text)).rstrip(" :：.…") or piece.text.rstrip(" :：")


def _figures_after(text: str) -> re.Match[str] | None:
    """Match the letters of "TOTAL76.67", where an amount follows them or they are a label."""
    match = _LETTERS.match(text)
    fits = match is not None and (_AMOUNT.match(text, match.end()) or looks_like_label(match[0]))
    return match if fits else None


def _before_figures(piece: Line) -> str:
    """Give the words before the first figure in a piece: "Total 3 items" is a total."""
    return _bare(re.split(r"\s+\S*\d", piece.text, maxsplit=1)[0])


def _bare(text: str) -> str:
    """Give what stands before a remark in brackets, without colon or leaders."""
    head = re.split(r"[(（]", text, maxsplit=1)[0]
    return (head if plain(head) else text).rstrip(" :：.…·")


def _right(row: tuple[Line, ...], place: int) -> Iterator[Line]:
    """Give what stands to the right, up to the next label; the first one whatever it is."""
    for step, other in enumerate(row[place + 1 : place + 1 + FAR_RIGHT]):
        if step and is_label(other):
            return
        yield other
        if is_label(other):
            return


def _below(label: str, piece: Line, rows: Rows, *, beside: bool) -> Iterator[Pair]:
    """Give the value right under a piece; of a column of figures its first, and that of its row of sums."""
    column = _column(piece, rows)
    if not column or is_label(column[0][1]):
        return
    figures = [(row, line) for row, line in column if _DIGIT.search(line.text)]
    several = len(figures) > 1 and figures[:2] == column[:2]
    sums = [line for row, line in figures[1:] if row[0] is not line and _is_sum(row[0])]
    if several and sums:
        yield Pair(label, (sums[0],), "sum")
    yield Pair(label, (column[0][1],), "column" if several else "under" if beside else "below")


def _column(piece: Line, rows: Rows) -> list[tuple[tuple[Line, ...], Line]]:
    """List what stands under a piece, row after row, up to the next white."""
    found: list[tuple[tuple[Line, ...], Line]] = []
    last = piece
    for row in rows:
        other = next((one for one in row if _aligned(piece, one)), None)
        if other is None:
            if min(one.box[1] for one in row) - last.box[3] > BELOW * piece.height:
                break
            continue
        if not 0 <= other.box[1] - last.box[3] <= BELOW * piece.height:
            break
        found.append((row, other))
        last = other
    return found


def _aligned(one: Line, other: Line) -> bool:
    """Tell whether two pieces begin, end, or have their middle at the same place."""
    near = one.height
    left, right = other.box[0] - one.box[0], other.box[2] - one.box[2]
    return abs(left) <= near or abs(right) <= near or abs(left + right) <= near


def _is_sum(piece: Line) -> bool:
    return likeness(_label(piece), words_for(Field("total"))) >= 0.9


def _after_words(piece: Line) -> Iterator[Pair]:
    """Part "Total due 12.50" after each of its first words, the longest label first.

    What follows has a figure in it, or what goes before says what labels say. A share is no value.
    """
    for i in range(min(len(piece.words) - 1, 6), 0, -1):
        label, rest = _text(piece, 0, i), _text(piece, i, len(piece.words))
        fits = (_DIGIT.search(rest) and not rest.endswith("%")) or looks_like_label(label)
        if fits and not _COLON.search(label) and not _same_in_other_words(label, rest):
            yield Pair(_bare(label), (_words(piece, i, len(piece.words)),), "inner")


def _same_in_other_words(label: str, rest: str) -> bool:
    """Tell whether a label goes on in a second language: "订单号 Order no."."""
    return looks_like_label(rest) and is_cjk(label[-1]) != is_cjk(rest[0])


_REMARKED = re.compile(r"[^(（]{2,20}[(（][^()（）]{0,20}[)）]")
_LETTERS = re.compile(r"[^\W\d_][^\d_]{1,30}(?=[$€£¥]?\d)")
_AMOUNT = re.compile(r"[$€£¥]?\d[\d,]*[.,]\d\d\b")


def _glued(piece: Line) -> Iterator[Pair]:
    """Part what has no space: a label and what follows its remark, its figures, or its Chinese value."""
    text = piece.text
    ends = [match.end() for match in (_REMARKED.match(text), _figures_after(text)) if match]
    if text and is_cjk(text[0]) and not _COLON.search(text):
        ends += [end for end in range(min(8, len(text) - 1), 1, -1) if looks_like_label(text[:end])][:1]
    for end in ends:
        if plain(text[end:]):
            yield Pair(_bare(text[:end]), (_cut(piece, text[end:].strip(), end / len(text)),), "glued")


def _at_colons(piece: Line) -> list[Pair]:
    """Part "姓名：王小明 性别：男" into its pairs; times (19:30) and addresses (http://) stay whole."""
    marks = list(_COLON.finditer(piece.text))
    pairs = []
    for i, mark in enumerate(marks):
        start = 0 if i == 0 else _label_start(piece.text, marks[i - 1].end(), mark.start())
        last = i + 1 == len(marks)
        end = len(piece.text) if last else _label_start(piece.text, mark.end(), marks[i + 1].start())
        label, value = piece.text[start : mark.start()].strip(), piece.text[mark.end() : end].strip()
        if value and 0 < len(label) <= LONGEST:
            cut = _cut(piece, value, mark.end() / max(1, len(piece.text)))
            pairs.append(Pair(_bare(label), (cut,), "colon"))
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
    return part_of(piece, piece.words[start:end])


def _text(piece: Line, start: int, end: int) -> str:
    return text_of(piece.words[start:end])
