"""Tables without a full grid of rules: columns from the white between, rows from the lines. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from demo.engines.reader.grid import Cell, Table, table_of
from demo.engines.reader.lines import Line, Word, union
from demo.engines.reader.ruled import part_of
from demo.engines.reader.segments import segments
from toolkit.geometry import Box

GUTTER = 0.4
"""Least width of the white between two columns, in line heights, where nearly no row has text."""

CROSSING = 0.15
"""At most this part of the rows may have text across a gutter: headings over several columns."""

SUPPORT = 0.15
"""At least two rows, and at least this part of them, have a word in each column."""

HEADED = 4
"""Of so many rows the first one may cross any gutter."""

FAR = 3.5
"""White of so many line heights between two rows ends a table."""

FULL = 0.85
"""A row of few pieces that fill this part of its width is running text."""

WORD_WHITE = 0.45
"""White on a gutter, in line heights, that parts two words into two columns."""

FIGURE_WHITE = 0.2
"""The same before a figure."""

ALIGNED = 0.6
"""In a table at least this part of each column's cells share an edge or their middle."""

WRAPPED = 0.7
"""A row belongs to the one above if the white between is less than this part of what is usual."""

Row = tuple[Line, ...]


@dataclass(frozen=True)
class Gutters:
    """The white strips between columns, as (start, end), from left to right."""

    strips: tuple[tuple[float, float], ...]

    def column(self, x: float) -> int:
        """Give the column in which a place lies; a gutter's middle parts two."""
        return sum((start + end) / 2 <= x for start, end in self.strips)

    def covered(self, left: float, right: float, least: float) -> tuple[int, int]:
        """Give the first and the last column into which a stretch reaches by more than `least`."""
        starts = [float("-inf"), *(end for _, end in self.strips)]
        ends = [*(start for start, _ in self.strips), float("inf")]
        reached = [
            column
            for column, (start, end) in enumerate(zip(starts, ends, strict=True))
            if min(end, right) - max(start, left) > least
        ] or [self.column((left + right) / 2)]
        return reached[0], reached[-1]


def find_unruled(rows: Sequence[Row]) -> list[Table]:
    """Find runs of rows that form tables: at least two columns, and two rows that fill several of them."""
    cells = [segments(row) for row in rows]
    found = (table_from_rows(run) for run in _runs(cells))
    return [table for table in found if table is not None and is_regular(table)]


def table_from_rows(rows: Sequence[Row]) -> Table | None:
    """Make a table of rows; None where they show no columns."""
    gutters = _gutters(rows)
    if not gutters.strips:
        return None
    placed = [_place(row, gutters) for row in rows]
    records = _unwrapped(placed, rows, len(gutters.strips) + 1)
    cells = [
        Cell(number, first, tuple(lines), 1, last - first + 1)
        for number, record in enumerate(records)
        for (first, last), lines in record.items()
    ]
    table = table_of(cells, ruled=False)
    return table if table.width > 1 and table.height > 1 else None


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Gather rows that may be one table: it begins and ends with rows of several cells."""
    runs: list[list[Row]] = []
    run: list[Row] = []
    for row in rows:
        if run and not _goes_on(run, row):
            runs.append(run)
            run = []
        if run or len(row) > 1:
            run.append(row)
    runs.append(run)
    trimmed = [_trimmed(run) for run in runs]
    return [run for run in trimmed if sum(len(row) > 1 for row in run) >= 2]


def _goes_on(run: list[Row], row: Row) -> bool:
    height = median(line.height for line in row)
    if _top(row) - _bottom(run[-1]) > FAR * height:
        return False
    if len(row) > 1:
        return True
    # one piece alone: a wrapped cell or a heading inside the table, but no paragraph
    widest = union([line.box for other in run for line in other if len(other) > 1] or [row[0].box])
    alone = sum(len(other) == 1 for other in run[-2:])
    paragraph = row[0].box[2] - row[0].box[0] > 0.75 * (widest[2] - widest[0])
    return alone < 2 and not paragraph


def _trimmed(run: list[Row]) -> list[Row]:
    """Leave out running text before and after the table; what continues its last row stays."""
    usual = median([len(row) for row in run if len(row) > 1] or [0])
    while run and _is_text(run[0], usual):
        run = run[1:]
    end = max((i for i, row in enumerate(run, 1) if not _is_text(row, usual)), default=0)
    white = _usual_white(run[:end])
    while end < len(run) and _continues(run[end - 1], run[end], white):
        end += 1
    return run[:end]


def _is_text(row: Row, usual: float) -> bool:
    if len(row) == 1:
        return True
    wide = row[-1].box[2] - row[0].box[0]
    return (
        len(row) <= usual - 1
        and len(row) == 2
        and sum(line.box[2] - line.box[0] for line in row) > FULL * wide
    )


def _continues(above: Row, row: Row, white: float) -> bool:
    """Whether a row stands so close under another one, under one of its cells, that it belongs to it."""
    if len(row) > 1 or _top(row) - _bottom(above) >= WRAPPED * white:
        return False
    return any(line.box[0] - line.height <= row[0].box[0] <= line.box[2] for line in above)


def _usual_white(rows: Sequence[Row]) -> float:
    """Give the usual white above a row that begins a record: one with as many cells as is usual."""
    usual = median([len(row) for row in rows if len(row) > 1] or [0])
    whites = [_top(below) - _bottom(above) for above, below in pairwise(rows) if len(below) >= usual]
    return median(whites) if whites else 0.0


def _gutters(rows: Sequence[Row]) -> Gutters:
    """Find the strips that nearly no row of several cells has text in."""
    full = [row for row in rows if len(row) > 1]
    if len(full) < 2:
        return Gutters(())
    height = median(line.height for row in full for line in row)
    edges = sorted({side for row in full for word in _words(row) for side in (word.box[0], word.box[2])})
    # rows with fewer pieces than is usual (totals, section headings) may reach over several columns
    usual = median(len(row) for row in full)
    telling = [row for row in (full[1:] if len(full) >= HEADED else full) if len(row) >= usual]
    spans = [_spans(row) for row in telling]
    allowed = int(CROSSING * len(spans))
    strips: list[tuple[float, float]] = []
    for start, end in pairwise(edges):
        middle = (start + end) / 2
        crossing = sum(any(left < middle < right for left, right in row) for row in spans)
        if crossing > allowed:
            continue
        if strips and strips[-1][1] == start:
            strips[-1] = (strips[-1][0], end)
        else:
            strips.append((start, end))
    wide = [strip for strip in strips if strip[1] - strip[0] >= GUTTER * height]
    return _supported(wide, full)


def _supported(strips: list[tuple[float, float]], rows: Sequence[Row]) -> Gutters:
    """Drop gutters beside columns in which hardly any row has a whole word."""
    least = max(2.0, SUPPORT * len(rows))
    while strips:
        gutters = Gutters(tuple(strips))
        counts = [0] * (len(strips) + 1)
        for row in rows:
            for column in {gutters.column((word.box[0] + word.box[2]) / 2) for word in _words(row)}:
                counts[column] += 1
        empty = next((column for column, count in enumerate(counts) if count < least), None)
        if empty is None:
            return gutters
        beside = [i for i in (empty - 1, empty) if 0 <= i < len(strips)]
        del strips[min(beside, key=lambda i: strips[i][1] - strips[i][0])]
    return Gutters(())


def _spans(row: Row) -> list[tuple[float, float]]:
    """Give the stretches of text of a row; words that follow each other closely are one."""
    spans: list[tuple[float, float]] = []
    for line in row:
        for i, word in enumerate(line.words or (Word(line.text, line.box),)):
            close = i > 0 and word.box[0] - spans[-1][1] < WORD_WHITE * line.height
            start = spans.pop()[0] if close else word.box[0]
            spans.append((start, word.box[2]))
    return spans


def _words(row: Row) -> list[Word]:
    return [word for line in row for word in line.words or (Word(line.text, line.box),)]


Placed = dict[tuple[int, int], list[Line]]


def _place(row: Row, gutters: Gutters) -> Placed:
    """Put the cells of a row into columns; keys are the first and last column they cover."""
    placed: Placed = {}
    for segment in row:
        for part in _split_at(segment, gutters):
            inset = 0.1 * part.height
            first, last = gutters.covered(part.box[0], part.box[2], inset)
            clash = next((key for key in placed if key[0] <= last and first <= key[1]), None)
            if clash is None:
                placed[first, last] = [part]
            else:
                lines = [*placed.pop(clash), part]
                placed[min(first, clash[0]), max(last, clash[1])] = lines
    return placed


def _split_at(segment: Line, gutters: Gutters) -> list[Line]:
    """Part a segment where the white between two of its words lies on a gutter and is more than a space."""
    cuts = [
        i
        for i, (left, right) in enumerate(pairwise(segment.words), 1)
        if right.box[0] - left.box[2] >= _least_white(right.text) * segment.height
        and any(start < right.box[0] and left.box[2] < end for start, end in gutters.strips)
        and gutters.column(left.box[2] - 1) != gutters.column(right.box[0] + 1)
    ]
    edges = [0, *cuts, len(segment.words)]
    return [part_of(segment, segment.words[a:b]) for a, b in pairwise(edges)] if cuts else [segment]


def _least_white(right: str) -> float:
    """Figures stand in columns of their own; words more often follow each other."""
    return FIGURE_WHITE if right[:1].isdigit() else WORD_WHITE


def is_regular(table: Table) -> bool:
    """Tell a table from pieces side by side by chance: its columns are aligned, and two need three rows."""
    single = [[c for c in table.cells if c.column == i and c.columns == 1] for i in range(table.width)]
    if table.width == 2 and sum(len(_row_cells(table, row)) > 1 for row in range(table.height)) < 3:
        return False
    return all(_is_aligned([cell.box for cell in column]) for column in single if len(column) > 1)


def _row_cells(table: Table, row: int) -> list[Cell]:
    return [cell for cell in table.cells if cell.row == row]


def _is_aligned(boxes: list[Box]) -> bool:
    near = 0.6 * median(box[3] - box[1] for box in boxes)
    edges = [[b[0] for b in boxes], [b[2] for b in boxes], [(b[0] + b[2]) / 2 for b in boxes]]
    best = max(sum(abs(x - y) <= near for y in xs) for xs in edges for x in xs)
    return best >= ALIGNED * len(boxes)


def _unwrapped(placed: list[Placed], rows: Sequence[Row], width: int) -> list[Placed]:
    """Put rows that continue the cells above into them."""
    usual = _usual_white(rows)
    records: list[Placed] = []
    for i, row in enumerate(placed):
        close = i > 0 and _top(rows[i]) - _bottom(rows[i - 1]) < WRAPPED * usual
        if close and records and len(row) <= width / 2 and _fits(row, records[-1]):
            for key, lines in row.items():
                records[-1].setdefault(key, []).extend(lines)
        else:
            records.append({key: list(lines) for key, lines in row.items()})
    return records


def _fits(row: Placed, above: Placed) -> bool:
    return all(key in above for key in row)


def _top(row: Row) -> float:
    return min(line.box[1] for line in row)


def _bottom(row: Row) -> float:
    return max(line.box[3] for line in row)
