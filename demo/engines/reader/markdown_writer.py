"""A page as a Markdown document: headings by their size, tables as tables, everything else line by line."""

import re
from collections.abc import Iterator
from statistics import median
from typing import TYPE_CHECKING

from demo.engines.reader.grid import Table
from demo.engines.reader.lines import Line
from demo.engines.reader.page import Page
from demo.engines.reader.table_writer import markdown
from demo.engines.reader.tables import find_tables
from demo.engines.reader.writer import Writer, row_text
from toolkit.geometry import Box

if TYPE_CHECKING:
    from prompts import ImageRef

HEADINGS = ((1.8, "# "), (1.35, "## "))
"""A line this many times as high as is usual on the page is a heading of this level."""

LONGEST_HEADING = 80
"""Characters of a heading; large print that is longer is running text."""

_SPECIAL = re.compile(r"^(\s*)([#>|+*-])(?=\s|$|\|)")


class MarkdownWriter(Writer):
    """Writes each page when all of it is read, since a heading shows only beside the usual size."""

    def page(self, image: "ImageRef", page: Page) -> Iterator[str]:
        """Write one page."""
        if not page.lines:
            return
        for line in page.lines:
            self.note(image, line)
        if len(self.images) > 1:
            yield f"{self.heading(image)}\n\n"
        yield "\n\n".join(_blocks(page))
        if image is not self.images[-1]:
            yield "\n\n"


def _blocks(page: Page) -> list[str]:
    """Give the parts of a page in reading order; a table stands where its first row does."""
    usual = median(line.height for line in page.lines)
    tables = find_tables(page)
    written: set[int] = set()
    parts: list[str] = []
    for block in page.blocks:
        texts: list[str] = []
        for row in block:
            for number, table in enumerate(tables):
                if number not in written and _holds(table, row):
                    parts += [*_joined(texts), markdown(table.rows())]
                    written.add(number)
                    texts = []
            loose = tuple(line for line in row if not any(_inside(line.box, t.box) for t in tables))
            texts += [_written(loose, usual)] if loose else []
        parts += _joined(texts)
    return parts


def _joined(texts: list[str]) -> list[str]:
    return ["\n".join(texts)] if texts else []


def _written(row: tuple[Line, ...], usual: float) -> str:
    text = row_text(row)
    height = median(line.height for line in row)
    mark = next((mark for times, mark in HEADINGS if height >= times * usual), "")
    if mark and len(text) <= LONGEST_HEADING:
        return mark + text
    return _SPECIAL.sub(r"\1\\\2", text)


def _holds(table: Table, row: tuple[Line, ...]) -> bool:
    return any(_inside(line.box, table.box) for line in row)


def _inside(box: Box, area: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return area[0] <= x <= area[2] and area[1] <= y <= area[3]
