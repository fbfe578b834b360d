"""A table as a value: cells on a grid, some of them over several rows or columns. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from demo.engines.reader.lines import Line, text_of, union
from toolkit.geometry import Box


@dataclass(frozen=True)
class Cell:
    """One cell: where it begins (from 0), how much it covers, and the lines in it, top to bottom."""

    row: int
    column: int
    lines: tuple[Line, ...]
    rows: int = 1
    columns: int = 1

    @property
    def text(self) -> str:
        """The text, in one line."""
        return text_of(self.lines)

    @property
    def box(self) -> Box:
        """The box around its text on the level page; the cell must hold some."""
        return union([line.box for line in self.lines])

    @property
    def place(self) -> Box:
        """The box around its text on the image."""
        return union([line.on_page for line in self.lines])


@dataclass(frozen=True)
class Table:
    """Cells of a grid of `height` rows and `width` columns; places without text may have no cell."""

    height: int
    width: int
    cells: tuple[Cell, ...]
    ruled: bool = False
    box: Box = field(default=(0.0, 0.0, 0.0, 0.0))

    @property
    def filled(self) -> int:
        """How many cells hold text."""
        return sum(1 for cell in self.cells if cell.lines)

    @property
    def head(self) -> int:
        """How many rows form the heading: the first one, and those that its tall or wide cells reach into."""
        first = [cell for cell in self.cells if cell.row == 0]
        tall = max((cell.rows for cell in first), default=1)
        wide = any(1 < cell.columns < self.width for cell in first) and self.height > 2
        return min(max(tall, 2 if wide else 1), max(1, self.height - 1))

    def rows(self) -> list[list[str]]:
        """Give the texts row by row, the heading in one row; a cell's text stands in its first place only."""
        texts = [[""] * self.width for _ in range(self.height)]
        for cell in self.cells:
            texts[cell.row][cell.column] = cell.text
        return [self._heading(), *texts[self.head :]]

    def _heading(self) -> list[str]:
        names = [""] * self.width
        for cell in sorted(self.cells, key=lambda c: c.row):
            if cell.row < self.head:
                for column in range(cell.column, min(self.width, cell.column + cell.columns)):
                    names[column] = f"{names[column]} {cell.text}".strip()
        return names


def table_of(cells: Sequence[Cell], *, ruled: bool) -> Table:
    """Make a table of cells, leaving out rows and columns in which nothing begins."""
    rows = sorted({cell.row for cell in cells if cell.lines})
    columns = sorted({cell.column for cell in cells if cell.lines})
    kept = [
        Cell(
            rows.index(cell.row),
            columns.index(cell.column),
            cell.lines,
            sum(cell.row <= row < cell.row + cell.rows for row in rows),
            sum(cell.column <= column < cell.column + cell.columns for column in columns),
        )
        for cell in cells
        if cell.lines
    ]
    box = union([cell.place for cell in kept]) if kept else (0.0, 0.0, 0.0, 0.0)
    return Table(len(rows), len(columns), tuple(sorted(kept, key=lambda c: (c.row, c.column))), ruled, box)
