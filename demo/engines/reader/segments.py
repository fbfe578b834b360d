"""Rows of a page as pieces that stand apart: the cells of a form or a table. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from demo.engines.reader.lines import Line
from demo.engines.reader.ruled import part_of

APART = 1.0
"""White of so many line heights parts two pieces of a row."""


def segments(row: Sequence[Line]) -> tuple[Line, ...]:
    """Part the lines of a row at wide white."""
    parts: list[Line] = []
    for line in row:
        start = 0
        for i, (left, right) in enumerate(pairwise(line.words), 1):
            if right.box[0] - left.box[2] >= APART * line.height:
                parts.append(part_of(line, line.words[start:i]))
                start = i
        parts.append(part_of(line, line.words[start:]) if start else line)
    return tuple(parts)
