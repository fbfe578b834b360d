"""Fields, receipts and forms in the format asked for."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from demo.engines.errors import say
from demo.engines.protocol import Found
from demo.engines.reader.field_notes import Search, notes_on
from demo.engines.reader.fields import Value, find_value, only_date, seen_at
from demo.engines.reader.items import find_items
from demo.engines.reader.labels import plain
from demo.engines.reader.lines import union
from demo.engines.reader.page import Page
from demo.engines.reader.pairs import Pair, all_pairs, labelled_pairs
from demo.engines.reader.table_writer import html, markdown, to_csv
from demo.engines.reader.writer import Writer

if TYPE_CHECKING:
    from prompts import ImageRef, Prompt
    from prompts.formats import Field

Record = dict[str, Any]


class FieldWriter(Writer):
    """The values of the fields asked for: one record for all images, or one each where many are asked for."""

    def __init__(self, prompt: "Prompt", images: "list[ImageRef]") -> None:
        super().__init__(prompt, images)
        self._records: list[Record] = []
        self._searches: list[Search] = []

    def page(self, image: "ImageRef", page: Page) -> Iterator[str]:
        """Look for the fields on a page."""
        search, pairs = Search(image.label), all_pairs(page)
        for field in self.prompt.format.fields:
            if field.type == "records":
                search.record[field.name] = self._items(image, page, field)
            elif _asks_for_image(field):
                search.record[field.name] = image.label
            else:
                self._look(search, page, pairs, field)
        self._records.append(search.record)
        self._searches.append(search)
        yield from ()

    def _look(self, search: Search, page: Page, pairs: list[Pair], field: "Field") -> None:
        """Look for one value; note a label at which nothing stands that fits."""
        value = find_value(pairs, field)
        if value is None and plain(field.name) in ("currency", "币种", "货币"):
            value = find_currency(page)
        seen = seen_at(pairs, field) if value is None else None
        if value is None and seen is None:
            value = only_date(page, field)
        if value is not None:
            search.values[field.name], search.record[field.name] = value, value.value
            found = Found(search.label, value.text, value.box, value.score, value.doubtful, field.name)
            self.found.append(found)
        elif seen is not None and seen.text.strip():
            search.unfit[field.name] = seen

    def _items(self, image: "ImageRef", page: Page, field: "Field") -> list[Record]:
        records, lines = find_items(page, field.fields)
        self.found += [
            Found(image.label, line.text, line.on_page, line.score, line.doubtful, field.name)
            for line in lines
        ]
        return records

    def end(self) -> Iterator[str]:
        """Write the records."""
        fields = self.prompt.format.fields
        records = [{f.name: record.get(f.name) for f in fields} for record in self._merged()]
        self.notes += notes_on(fields, self._searches, merged=not self._apart)
        yield self._write(records)

    @property
    def _apart(self) -> bool:
        """Whether each image gives a record of its own."""
        asked = self.prompt.format
        return bool(asked.many or asked.is_table or asked.name == "jsonl")

    def _merged(self) -> list[Record]:
        """Give one record an image where many are asked for; otherwise the first value found on any."""
        if self._apart:
            return self._records
        merged: Record = {}
        for record in self._records:
            for name, value in record.items():
                if merged.get(name) in (None, []):
                    merged[name] = value
        return [merged]

    def _write(self, records: list[Record]) -> str:
        asked = self.prompt.format
        if asked.name == "json":
            return json.dumps(records if asked.many else records[0], ensure_ascii=False, indent=1)
        if asked.name == "jsonl":
            return "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
        rows = [[_shown(value) for value in record.values()] for record in records]
        if asked.name == "text":
            lines = [f"{name}: {_shown(value)}" for record in records for name, value in record.items()]
            return "\n".join(lines)
        return _TABLES[asked.name]([[f.name for f in asked.fields], *rows])


class ReceiptRowsWriter(FieldWriter):
    """The items of a receipt, one a row."""

    def page(self, image: "ImageRef", page: Page) -> Iterator[str]:
        """Look for the items."""
        records, lines = find_items(page, self.prompt.format.fields)
        self.found += [
            Found(image.label, line.text, line.on_page, line.score, line.doubtful) for line in lines
        ]
        if not records:
            self.notes.append(say("engines_reader.no_items", label=image.label))
        self._records += records
        yield from ()

    def end(self) -> Iterator[str]:
        """Write the rows."""
        yield self._write(self._records)


class FormWriter(FieldWriter):
    """Every label with a colon on a form and what stands beside it."""

    def page(self, image: "ImageRef", page: Page) -> Iterator[str]:
        """List the pairs of a page."""
        for pair in labelled_pairs(page):
            known = {"label": pair.label, "value": pair.text or None, "kind": "text" if pair.text else None}
            self._records.append(known | {"image": image.label})
            if pair.lines:
                box = union([line.on_page for line in pair.lines])
                doubtful = any(line.doubtful for line in pair.lines)
                score = min(line.score for line in pair.lines)
                self.found.append(Found(image.label, pair.text, box, score, doubtful, pair.label))
        yield from ()

    def end(self) -> Iterator[str]:
        """Write the pairs."""
        if not self._records:
            self.notes.append(say("engines_reader.no_pairs"))
        names = [field.name for field in self.prompt.format.fields] or ["label", "value"]
        records = [{name: record.get(name) for name in names} for record in self._records]
        if self.prompt.format.name == "text":
            yield "\n".join(f"{r['label']}: {_shown(r['value'])}" for r in self._records)
        else:
            yield self._write(records)


def is_form(prompt: "Prompt") -> bool:
    """Tell whether a prompt asks for all pairs of a form rather than for fields of its own."""
    return {field.name for field in prompt.format.fields} <= {"label", "value", "kind", "image"}


_CURRENCIES = (
    (re.compile(r"人民币|RMB|CNY|[¥￥]|\d\s*元"), "CNY"),
    (re.compile(r"USD|US\$"), "USD"),
    (re.compile(r"EUR|€"), "EUR"),
    (re.compile(r"GBP|£"), "GBP"),
    (re.compile(r"HKD|HK\$"), "HKD"),
    (re.compile(r"JPY|円"), "JPY"),
)


def find_currency(page: Page) -> Value | None:
    """Find the currency by its code or sign; None where there is none, or signs of several."""
    seen: dict[str, Value] = {}
    for line in page.lines:
        for pattern, code in _CURRENCIES:
            if code not in seen and pattern.search(line.text):
                seen[code] = Value(line.text, code, line.box, line.score, line.doubtful)
    return next(iter(seen.values())) if len(seen) == 1 else None


def _asks_for_image(field: "Field") -> bool:
    return field.name == "image" and field.type == "integer"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


_TABLES = {"markdown-table": markdown, "csv": to_csv, "html-table": html}
