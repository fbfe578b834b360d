"""The goods on a receipt or an invoice: from its table, or from lines such as "2 x 14.00  28.00". Pure."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from demo.engines.reader.labels import likeness, words_for
from demo.engines.reader.lines import Line
from demo.engines.reader.page import Page
from demo.engines.reader.segments import segments
from demo.engines.reader.table_writer import match_columns, typed_records
from demo.engines.reader.tables import find_tables, strips
from demo.engines.reader.values import convert, to_number

if TYPE_CHECKING:
    from prompts.formats import Field

_TIMES = re.compile(r"(?P<quantity>\d+(?:[.,]\d+)?)\s*[x×*X@]\s*\D{0,3}(?P<unit_price>\d[\d.,]*)")

ROLES = {"name": "name", "quantity": "quantity", "unit_price": "unit price", "amount": "amount"}


def find_items(page: Page, fields: "Sequence[Field]") -> tuple[list[dict[str, Any]], list[Line]]:
    """Find the goods: records with the keys asked for, and the lines they come from; empty if none."""
    for table in find_tables(page):
        rows = table.rows()
        if sum(place is not None for place in match_columns(rows[0], fields)) >= 2:
            return typed_records(rows, fields), [line for cell in table.cells for line in cell.lines]
    return _from_lines(page, fields)


def _from_lines(page: Page, fields: "Sequence[Field]") -> tuple[list[dict[str, Any]], list[Line]]:
    """Read receipts that give quantity and price of each item on a line of their own, or beside its name."""
    rows = [segments(row) for strip in strips(page.level()) for row in strip]
    records, lines = [], []
    for number, row in enumerate(rows):
        match = next((m for piece in row if (m := _TIMES.search(piece.text))), None)
        if match is None:
            continue
        before = row[0].text[: match.start()].strip() if _TIMES.search(row[0].text) else row[0].text
        above = rows[number - 1] if number else ()
        name = before or (above[0].text if len(above) == 1 else "")
        last = row[-1].text
        amount = last if not _TIMES.search(last) else last[_TIMES.search(last).end() :]  # type: ignore[union-attr]
        known = {"name": name, **match.groupdict(), "amount": amount if to_number(amount) is not None else ""}
        records.append({field.name: _typed(field, known) for field in fields})
        lines += [*(above if not before and len(above) == 1 else ()), *row]
    return records, lines


def _typed(field: "Field", known: dict[str, str]) -> Any:
    role = max(ROLES, key=lambda role: likeness(ROLES[role], words_for(field)))
    if likeness(ROLES[role], words_for(field)) < 0.6 or not known[role]:
        return None
    return convert(known[role], field.type, field.choices)
