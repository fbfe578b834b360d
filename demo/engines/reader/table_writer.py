"""Tables in the format asked for."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from demo.engines.errors import say
from demo.engines.protocol import Found
from demo.engines.reader.fields import find_field
from demo.engines.reader.grid import Cell, Table
from demo.engines.reader.labels import likeness, plain, words_for
from demo.engines.reader.page import Page
from demo.engines.reader.tables import find_tables
from demo.engines.reader.values import convert
from demo.engines.reader.writer import Writer

if TYPE_CHECKING:
    from prompts import ImageRef, Prompt
    from prompts.formats import Field

SURE = 0.6
"""Likeness from which a heading is taken for the column asked for."""

Rows = list[list[str]]


class TableWriter(Writer):
    """The largest table of each image; a table that goes on over the next image is put together again."""

    def __init__(self, prompt: "Prompt", images: "list[ImageRef]") -> None:
        super().__init__(prompt, images)
        self._tables: list[tuple[ImageRef, Table, Rows]] = []
        self._pages: list[Page] = []

    def page(self, image: "ImageRef", page: Page) -> Iterator[str]:
        """Look for tables on a page."""
        tables = find_tables(page)
        self._pages.append(page)
        if not tables:
            self.notes.append(say("engines_reader.no_table", label=image.label))
        elif len(tables) > 1:
            self.notes.append(say("engines_reader.more_tables", label=image.label, count=len(tables) - 1))
        for table in tables[:1]:
            self._take(image, table)
        yield from ()

    def _take(self, image: "ImageRef", table: Table) -> None:
        self.found += [_found(image, cell) for cell in table.cells]
        rows = table.rows()
        if self._tables and _same_heading(self._tables[-1][2][0], rows[0]):
            self._tables[-1][2].extend(rows[1:])
        else:
            self._tables.append((image, table, rows))

    def end(self) -> Iterator[str]:
        """Write the tables."""
        name = self.prompt.format.name
        if name in ("json", "jsonl"):
            yield from self._json(name)
            return
        write = {"markdown-table": markdown, "csv": to_csv, "html-table": html}[name]
        for number, (image, table, rows) in enumerate(self._tables):
            if len(self._tables) > 1:
                yield ("\n\n" if number else "") + f"{self.heading(image)}\n\n"
            chosen = self._columns(rows)
            spans = name == "html-table" and chosen is rows and len(rows) - 1 == table.height - table.head
            yield html_of(table) if spans else write(chosen)

    def _columns(self, rows: Rows) -> Rows:
        """Keep the columns asked for, in their order; one that is not there stays empty, with a note."""
        fields = self.prompt.format.fields
        if not fields:
            return rows
        places = match_columns(rows[0], fields)
        missing = [field.name for field, place in zip(fields, places, strict=True) if place is None]
        if missing:
            self.notes.append(say("engines_reader.no_column", names=", ".join(missing)))
        body = [["" if place is None else row[place] for place in places] for row in rows[1:]]
        return [[field.name for field in fields], *body]

    def _json(self, name: str) -> Iterator[str]:
        if name == "jsonl":
            yield "\n".join(_dump(record) for _, _, rows in self._tables for record in self._records(rows))
        elif self.prompt.format.many:
            yield _dump([record for _, _, rows in self._tables for record in self._records(rows)])
        else:
            largest: Rows = max((rows for _, _, rows in self._tables), key=len, default=[[]])
            yield _dump(self._object(largest))

    def _records(self, rows: Rows) -> list[dict[str, Any]]:
        fields = self.prompt.format.fields
        if fields:
            return typed_records(rows, fields)
        names = _unique(rows[0])
        return [dict(zip(names, row, strict=True)) for row in rows[1:]]

    def _object(self, rows: Rows) -> dict[str, Any]:
        fields = self.prompt.format.fields
        if not fields:
            return {"columns": rows[0], "rows": rows[1:]}
        return {field.name: self._value(field, rows) for field in fields}

    def _value(self, field: "Field", rows: Rows) -> Any:
        if field.type == "rows":
            return rows[1:]
        if field.type == "records":
            return typed_records(rows, field.fields)
        if field.type == "list" and plain(field.name) in ("columns", "header", "headings", "列", "表头"):
            return rows[0]
        values = (find_field(page, field) for page in self._pages)
        return next((value.value for value in values if value is not None), None)


def match_columns(heading: Sequence[str], fields: "Sequence[Field]") -> list[int | None]:
    """Find the column of each field by its heading; each column serves once."""
    chances = sorted(
        (
            (likeness(text, words_for(field)), -number, -place)
            for number, field in enumerate(fields)
            for place, text in enumerate(heading)
        ),
        reverse=True,
    )
    places: list[int | None] = [None] * len(fields)
    for sure, number, place in chances:
        if sure >= SURE and places[-number] is None and -place not in places:
            places[-number] = -place
    return places


def typed_records(rows: Rows, fields: "Sequence[Field]") -> list[dict[str, Any]]:
    """Give the rows of a table as objects with the keys asked for, each value in its type or None."""
    places = match_columns(rows[0], fields)
    records = []
    for row in rows[1:]:
        texts = ["" if place is None else row[place] for place in places]
        values = [convert(t, f.type, f.choices) if t else None for t, f in zip(texts, fields, strict=True)]
        records.append({f.name: value for f, value in zip(fields, values, strict=True)})
    return [record for record in records if any(value is not None for value in record.values())]


def markdown(rows: Rows) -> str:
    """Write a Markdown table (GitHub's): | inside a cell is escaped."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def to_csv(rows: Rows) -> str:
    """Write CSV (RFC 4180, lines end with "\\n")."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().rstrip("\n")


def html(rows: Rows) -> str:
    """Write an HTML table of plain cells."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    body = ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:]]
    return "\n".join(
        ["<table>", f"<thead>\n<tr>{head}</tr>\n</thead>", "<tbody>", *body, "</tbody>", "</table>"]
    )


def html_of(table: Table) -> str:
    """Write an HTML table with the spans of its cells."""
    covered = {place for cell in table.cells for place in _places(cell)}
    starts = {(cell.row, cell.column): cell for cell in table.cells}
    parts = ["<table>", "<thead>"]
    for row in range(table.height):
        if row == table.head:
            parts += ["</thead>", "<tbody>"]
        tag = "th" if row < table.head else "td"
        cells = [
            _html_cell(starts.get((row, column)), tag)
            for column in range(table.width)
            if (row, column) in starts or (row, column) not in covered
        ]
        parts.append("<tr>" + "".join(cells) + "</tr>")
    return "\n".join([*parts, "</tbody>", "</table>"])


def _places(cell: Cell) -> list[tuple[int, int]]:
    return [(cell.row + i, cell.column + j) for i in range(cell.rows) for j in range(cell.columns)]


def _html_cell(cell: Cell | None, tag: str) -> str:
    if cell is None:
        return f"<{tag}></{tag}>"
    spans = (f' rowspan="{cell.rows}"' if cell.rows > 1 else "") + (
        f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    )
    return f"<{tag}{spans}>{escape(cell.text)}</{tag}>"


def _same_heading(one: Sequence[str], other: Sequence[str]) -> bool:
    return len(one) == len(other) and [plain(text) for text in one] == [plain(text) for text in other]


def _found(image: "ImageRef", cell: Cell) -> Found:
    score = min(line.score for line in cell.lines)
    doubtful = any(line.doubtful for line in cell.lines)
    return Found(image.label, cell.text, cell.place, score, doubtful)


def _unique(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return unique


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
