"""Reading order: blocks, columns and rows, from boxes alone. Pure.

A page is cut along its white gutters, again and again (the recursive X-Y cut of Nagy and Seth, 1984): into
columns where both sides hold running text, otherwise into bands from top to bottom. Rows of short pieces side
by side (a table, a form) stay together and are read row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from demo.engines.reader.lines import union
from toolkit.geometry import Box

COLUMN_GUTTER = 1.0
"""Least width of the white between two columns, in typical line heights."""

COLUMN_FILL = 0.6
"""A column of running text: its typical line fills at least this part of its width."""

COLUMN_WIDTH = 12.0
"""A column of running text is at least so many line heights wide."""

COLUMN_LINES = 3
"""And holds at least so many rows."""

SIDE_BY_SIDE = 0.5
"""Where this part of the rows on one side stands level with rows on the other, both belong together."""

LEVEL = 0.7
"""Two lines stand level if they share this part of the height of the lower one."""

BLOCK_GAP = 1.2
"""A white band of so many line heights ends a block, unless the rows around it stand as far apart."""

WIDER = 1.6
"""By how much it must be wider than is usual between these rows."""


@dataclass(frozen=True)
class Block:
    """Rows that belong together, from top to bottom; each row lists indexes of boxes from left to right."""

    rows: tuple[tuple[int, ...], ...]


def reading_order(boxes: Sequence[Box]) -> list[Block]:
    """Put boxes of lines into blocks of rows, in the order in which a person reads them."""
    if not boxes:
        return []
    unit = median(box[3] - box[1] for box in boxes)
    return _cut(list(range(len(boxes))), boxes, unit)


def rows_of(indexes: Sequence[int], boxes: Sequence[Box]) -> list[tuple[int, ...]]:
    """Gather boxes that stand side by side into rows: they share half the height of the lower one."""
    rows: list[list[int]] = []
    for index in sorted(indexes, key=lambda i: (boxes[i][1] + boxes[i][3], boxes[i][0])):
        row = next((row for row in reversed(rows[-4:]) if _beside(row, index, boxes)), None)
        if row is None:
            rows.append([index])
        else:
            row.append(index)
    return [tuple(sorted(row, key=lambda i: boxes[i][0])) for row in rows]


def _beside(row: list[int], index: int, boxes: Sequence[Box]) -> bool:
    new = boxes[index]
    nearest = min((boxes[i] for i in row), key=lambda b: max(b[0] - new[2], new[0] - b[2]))
    shared = min(nearest[3], new[3]) - max(nearest[1], new[1])
    lower = min(nearest[3] - nearest[1], new[3] - new[1])
    overlap = min(nearest[2], new[2]) - max(nearest[0], new[0])
    return shared >= 0.5 * lower and overlap < 0.5 * min(nearest[2] - nearest[0], new[2] - new[0])


def _cut(indexes: list[int], boxes: Sequence[Box], unit: float) -> list[Block]:
    columns = _columns(indexes, boxes, unit)
    if len(columns) > 1:
        return [block for part in columns for block in _cut(part, boxes, unit)]
    bands = _bands(indexes, boxes, unit)
    if len(bands) > 1:
        return [block for part in bands for block in _cut(part, boxes, unit)]
    return [Block(tuple(rows_of(indexes, boxes)))]


def _bands(indexes: list[int], boxes: Sequence[Box], unit: float) -> list[list[int]]:
    """Cut at white bands; if none is high enough, where the columns of the page begin or end."""
    fine = _parts(indexes, boxes, axis=1, least=0.15 * unit)
    whites = [_white(above, below, boxes) for above, below in pairwise(fine)]
    usual = median(whites) if len(whites) > 1 else 0.0
    parts = _parts(indexes, boxes, axis=1, least=max(BLOCK_GAP * unit, WIDER * usual))
    if len(parts) > 1:
        return parts
    for cut in range(1, len(fine)):
        above = [i for part in fine[:cut] for i in part]
        below = [i for part in fine[cut:] for i in part]
        if len(_columns(above, boxes, unit)) > 1 or len(_columns(below, boxes, unit)) > 1:
            return [above, below]
    return parts


def _white(above: list[int], below: list[int], boxes: Sequence[Box]) -> float:
    return min(boxes[i][1] for i in below) - max(boxes[i][3] for i in above)


def _columns(indexes: list[int], boxes: Sequence[Box], unit: float) -> list[list[int]]:
    """Cut into two at a gutter between columns; one part where there is none."""
    parts = _parts(indexes, boxes, axis=0, least=COLUMN_GUTTER * unit)
    for cut in range(1, len(parts)):
        left = [i for part in parts[:cut] for i in part]
        right = [i for part in parts[cut:] for i in part]
        if _are_columns(left, right, boxes, unit):
            return [left, right]
    return [indexes]


def _are_columns(left: list[int], right: list[int], boxes: Sequence[Box], unit: float) -> bool:
    """Tell columns from the cells of rows: those stand level, unless both sides are running text."""
    if min(len(left), len(right)) < 2:
        return False
    if _is_text(left, boxes, unit) and _is_text(right, boxes, unit):
        return True
    fewer, more = sorted((left, right), key=len)
    level = sum(any(_level(boxes[i], boxes[j]) for j in more) for i in fewer)
    return level < SIDE_BY_SIDE * len(fewer)


def _level(one: Box, other: Box) -> bool:
    shared = min(one[3], other[3]) - max(one[1], other[1])
    return shared >= LEVEL * min(one[3] - one[1], other[3] - other[1])


def _is_text(part: list[int], boxes: Sequence[Box], unit: float) -> bool:
    left, _, right, _ = union([boxes[i] for i in part])
    rows = rows_of(part, boxes)
    if right - left < COLUMN_WIDTH * unit or len(rows) < COLUMN_LINES:
        return False
    widths = [sum(boxes[i][2] - boxes[i][0] for i in row) for row in rows]
    return median(widths) >= COLUMN_FILL * (right - left)


def _parts(indexes: list[int], boxes: Sequence[Box], *, axis: int, least: float) -> list[list[int]]:
    """Part boxes at the gaps of at least `least` that cross no box, along one axis (0: x, 1: y)."""
    parts: list[list[int]] = []
    reach = float("-inf")
    for index in sorted(indexes, key=lambda i: boxes[i][axis]):
        if not parts or boxes[index][axis] - reach >= least:
            parts.append([])
        parts[-1].append(index)
        reach = max(reach, boxes[index][axis + 2])
    return parts
