"""All tables of a page, drawn or not. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from demo.engines.reader.grid import Table
from demo.engines.reader.layout import rows_of
from demo.engines.reader.lines import Line
from demo.engines.reader.page import Page
from demo.engines.reader.ruled import Lattice, crowded, find_lattices, ruled_table
from demo.engines.reader.rules import apart_from_text
from demo.engines.reader.unruled import find_unruled, table_from_rows
from toolkit.geometry import Box

CROWDED = 0.3
"""Where more of a drawn table's rows than this hold several pieces side by side, rules are missing."""


def find_tables(page: Page) -> list[Table]:
    """Find the tables of a page, the one with the most filled cells first."""
    page = page.level()
    tables = []
    taken: list[Box] = []
    rules = apart_from_text(page.rules, [line.box for line in page.lines])
    for lattice in find_lattices(rules):
        inside = [line for line in page.lines if _inside(line.box, lattice.box)]
        if table := _drawn(lattice, inside):
            tables.append(table)
            taken.append(lattice.box)
    for strip in strips(page, taken):
        tables += find_unruled(strip)
    return sorted(tables, key=lambda table: -table.filled)


def strips(page: Page, taken: Sequence[Box] = ()) -> list[list[tuple[Line, ...]]]:
    """Gather the blocks of a page into columns, and give the rows of each; lines inside `taken` are left out.

    Blocks follow each other down a column; where the next one stands higher, a new column begins.
    """
    columns: list[list[Line]] = []
    reach = float("inf")
    for block in page.blocks:
        lines = [line for row in block for line in row]
        top, bottom = min(line.box[1] for line in lines), max(line.box[3] for line in lines)
        unit = median(line.height for line in lines)
        if not columns or top < reach - 0.5 * unit:
            columns.append([])
            reach = bottom
        columns[-1] += lines
        reach = max(reach, bottom) if columns[-1] is not lines else bottom
    kept = [[line for line in column if not any(_inside(line.box, b) for b in taken)] for column in columns]
    return [_rows(column) for column in kept if column]


def _rows(lines: list[Line]) -> list[tuple[Line, ...]]:
    boxes = [line.box for line in lines]
    return [tuple(lines[i] for i in row) for row in rows_of(range(len(lines)), boxes)]


def _drawn(lattice: Lattice, lines: list[Line]) -> Table | None:
    """Make a table of a lattice; where only some of its rules are drawn, the white decides about the rest."""
    if not lines:
        return None
    table = ruled_table(lattice, lines)
    rows = _rows(lines)
    free = table_from_rows([row for row in rows if row])
    if free is not None and crowded(table) > CROWDED:
        return replace(free, ruled=True)
    return table if table.width > 1 and table.filled > 2 else None


def _inside(box: Box, area: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return area[0] <= x <= area[2] and area[1] <= y <= area[3]
