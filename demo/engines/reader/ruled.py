"""Tables drawn with rules: the grid comes from the lines, the text falls into it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from demo.engines.reader.grid import Cell, Table, table_of
from demo.engines.reader.layout import rows_of
from demo.engines.reader.lines import Line, Word, text_of, union
from demo.engines.reader.rules import Rule
from toolkit.geometry import Box

TOUCH = 8.0
"""Pixels by which rules may miss each other and still meet."""

ROW_WHITE = 0.8
"""White between two rows of a table, in heights of their lines; lines of one cell stand closer."""

COVERED = 0.6
"""A cell has a border where a rule runs along this part of its side."""


@dataclass(frozen=True)
class Lattice:
    """The lines of one drawn table: `xs` and `ys` in order, and the rules themselves."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    rules: tuple[Rule, ...]

    @property
    def box(self) -> Box:
        """The area."""
        return (self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])


def find_lattices(rules: Sequence[Rule]) -> list[Lattice]:
    """Gather rules that cross into drawn tables of at least two columns and two rows."""
    groups: list[list[Rule]] = []
    for rule in rules:
        met = [group for group in groups if any(_meet(rule, other) for other in group)]
        merged = [rule, *(other for group in met for other in group)]
        groups = [group for group in groups if not any(group is m for m in met)] + [merged]
    lattices = [_lattice(group) for group in groups]
    return [lattice for lattice in lattices if lattice and len(lattice.xs) > 2 and len(lattice.ys) > 2]


def _meet(one: Rule, other: Rule) -> bool:
    if one.vertical == other.vertical:
        return False
    return (
        one.start - TOUCH <= other.at <= one.end + TOUCH
        and other.start - TOUCH <= one.at <= other.end + TOUCH
    )


def _lattice(group: Sequence[Rule]) -> Lattice | None:
    upright = _borders(group, vertical=True)
    level = _borders(group, vertical=False)
    if not upright or len(level) < 2:
        return None
    # a table open at its sides ends where its horizontal rules end
    xs = [rule.at for rule in upright] + [min(r.start for r in level), max(r.end for r in level)]
    ys = [rule.at for rule in level] + [min(r.start for r in upright), max(r.end for r in upright)]
    return Lattice(_distinct(xs), _distinct(ys), (*upright, *level))


def _borders(group: Sequence[Rule], *, vertical: bool) -> list[Rule]:
    """Keep the rules of one direction that reach from one crossing rule to another, or run along all."""
    ours = [rule for rule in group if rule.vertical == vertical]
    others = [rule for rule in group if rule.vertical != vertical]
    longest = max((rule.end - rule.start for rule in ours), default=0.0)
    return [
        rule
        for rule in ours
        if rule.end - rule.start > 0.5 * longest or sum(_meet(rule, other) for other in others) > 1
    ]


def _distinct(places: Sequence[float]) -> tuple[float, ...]:
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > TOUCH:
            kept.append(place)
    return tuple(kept)


def ruled_table(lattice: Lattice, lines: Sequence[Line]) -> Table:
    """Put the lines inside a lattice into its cells; cells without a border between them are one."""
    lattice = _with_missing_rows(lattice, lines)
    width, height = len(lattice.xs) - 1, len(lattice.ys) - 1
    owner = _merged(lattice, width, height)
    content: dict[tuple[int, int], list[Line]] = {}
    for line in lines:
        for column, row, part in _parts(lattice, line, owner):
            content.setdefault(owner[row, column], []).append(part)
    cells = []
    for corner in sorted(set(owner.values())):
        places = [place for place, own in owner.items() if own == corner]
        rows, columns = [row for row, _ in places], [column for _, column in places]
        text = _in_order(content.get(corner, []))
        cells.append(Cell(min(rows), min(columns), text, _span(rows), _span(columns)))
    return table_of(cells, ruled=True)


def _with_missing_rows(lattice: Lattice, lines: Sequence[Line]) -> Lattice:
    """Add borders where full rows of text stand well apart with no rule between them (only shading, say)."""
    boxes = [line.box for line in lines]
    rows = [[boxes[i] for i in row] for row in rows_of(range(len(boxes)), boxes)]
    full = [row for row in rows if len(row) > 0.6 * (len(lattice.xs) - 1) and len(row) > 1]
    added = []
    for above, below in pairwise(full):
        bottom, top = max(box[3] for box in above), min(box[1] for box in below)
        height = max(box[3] - box[1] for box in (*above, *below))
        if top - bottom > ROW_WHITE * height and not any(
            bottom - TOUCH <= y <= top + TOUCH for y in lattice.ys
        ):
            added.append((bottom + top) / 2)
    left, right = lattice.xs[0], lattice.xs[-1]
    drawn = tuple(Rule(False, y, left, right) for y in added)
    return replace(lattice, ys=tuple(sorted((*lattice.ys, *added))), rules=(*lattice.rules, *drawn))


def crowded(table: Table) -> float:
    """Give the part of a drawn table's rows that hold more columns or rows of text than it has rules for."""
    rows = [[cell for cell in table.cells if cell.row == row] for row in range(table.height)]
    return sum(_is_crowded(row) for row in rows) / max(1, table.height)


def _is_crowded(row: list[Cell]) -> bool:
    lines = [[line.box for line in cell.lines] for cell in row if cell.rows == 1]
    stacks = [rows_of(range(len(boxes)), boxes) for boxes in lines]
    beside = any(len(line) > 1 for stack in stacks for line in stack)
    deep = len(stacks) > 1 and min(map(len, stacks)) > 1
    return beside or deep


def _span(places: list[int]) -> int:
    return max(places) - min(places) + 1


def _merged(lattice: Lattice, width: int, height: int) -> dict[tuple[int, int], tuple[int, int]]:
    """Give for each place of the grid the first place of the cell that it belongs to."""
    owner = {(row, column): (row, column) for row in range(height) for column in range(width)}

    def unite(one: tuple[int, int], other: tuple[int, int]) -> None:
        low, high = sorted((owner[one], owner[other]))
        for place, own in owner.items():
            if own == high:
                owner[place] = low

    for row, column in list(owner):
        if column + 1 < width and not _border(
            lattice, lattice.xs[column + 1], lattice.ys[row : row + 2], vertical=True
        ):
            unite((row, column), (row, column + 1))
        if row + 1 < height and not _border(
            lattice, lattice.ys[row + 1], lattice.xs[column : column + 2], vertical=False
        ):
            unite((row, column), (row + 1, column))
    return owner


def _border(lattice: Lattice, at: float, side: Sequence[float], *, vertical: bool) -> bool:
    start, end = side
    covered = sum(
        max(0.0, min(rule.end, end) - max(rule.start, start))
        for rule in lattice.rules
        if rule.vertical == vertical and abs(rule.at - at) <= TOUCH
    )
    return covered >= COVERED * (end - start)


def _parts(
    lattice: Lattice, line: Line, owner: dict[tuple[int, int], tuple[int, int]]
) -> list[tuple[int, int, Line]]:
    """Part a line at the borders that it crosses, word by word; gives column, row and part."""
    row = _place(lattice.ys, (line.box[1] + line.box[3]) / 2)
    if row is None:
        return []
    parts: dict[tuple[int, int], list[Word]] = {}
    first: dict[tuple[int, int], int] = {}
    for word in line.words or (Word(line.text, line.box),):
        column = _place(lattice.xs, (word.box[0] + word.box[2]) / 2)
        if column is not None:
            corner = owner[row, column]
            parts.setdefault(corner, []).append(word)
            first.setdefault(corner, column)
    return [(first[corner], row, part_of(line, words)) for corner, words in parts.items()]


def part_of(line: Line, words: Sequence[Word]) -> Line:
    """Give the part of a line that consists of `words`."""
    if len(words) == len(line.words):
        return line
    box, place = union([word.box for word in words]), union([word.on_page for word in words])
    return replace(line, text=text_of(words), box=box, words=tuple(words), place=place)


def _place(edges: Sequence[float], value: float) -> int | None:
    return next((i for i, (start, end) in enumerate(pairwise(edges)) if start <= value < end), None)


def _in_order(lines: list[Line]) -> tuple[Line, ...]:
    boxes = [line.box for line in lines]
    return tuple(lines[i] for row in rows_of(range(len(lines)), boxes) for i in row)
