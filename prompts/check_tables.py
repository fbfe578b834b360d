"""Check Markdown, CSV and HTML tables: the header asked for, and as many cells in every row."""

import csv
import io
import re
from collections.abc import Sequence
from html.parser import HTMLParser

from prompts.answer_html import parseable
from prompts.answer_json import strip_wrapping
from prompts.check_text import loops
from prompts.formats import Format
from prompts.images import ImageRef
from prompts.validation import Validation
from prompts.words import say
from toolkit.texts import Text

MAX_ROWS = 5_000
MAX_SPREAD = 1_000_000
"""Characters that merged cells may take when their text is repeated in each cell they cover; the cells after
that are not spread, and the widths of their rows are faults."""
MAX_SPAN = 200
"""Columns or rows that one HTML cell may cover; more is a slip, or an attempt to fill the memory."""


def check_table(answer: str, format: Format, images: Sequence[ImageRef]) -> Validation:
    """Check an answer of the formats markdown-table, csv and html-table."""
    text, stripped = strip_wrapping(answer)
    repairs = [say("repairs.fence")] if stripped else []
    reader = {"markdown-table": _markdown, "csv": _csv, "html-table": _html}[format.name]
    rows, more, faults = reader(text)
    rows = rows[:MAX_ROWS]
    if not rows:
        return Validation(format, None, (say(f"faults.no_{_KIND[format.name]}"),), tuple(repairs), text=text)
    header, body = tuple(rows[0]), tuple(tuple(row) for row in rows[1:])
    faults = [*faults, *_width_faults(header, body), *_header_faults(header, format)]
    looped = loops(text)
    faults += [say("faults.loop", piece=looped[:40])] if looped else []
    written = WRITERS[format.name](header, body)
    cut_off = any(fault == say("faults.cut_off") for fault in faults)
    value = [list(row) for row in (header, *body)]
    return Validation(
        format, value, tuple(faults[:20]), (*repairs, *more), cut_off, header, body, text=written
    )


_KIND = {"markdown-table": "table", "csv": "csv", "html-table": "html_table"}

Rows = list[list[str]]
Reading = tuple[Rows, list[Text], list[Text]]


def _width_faults(header: Sequence[str], body: Sequence[Sequence[str]]) -> list[Text]:
    wanted = len(header)
    wrong = [(number, len(row)) for number, row in enumerate(body, 1) if len(row) != wanted]
    return [say("faults.row_width", row=number, given=given, wanted=wanted) for number, given in wrong[:10]]


def _header_faults(header: Sequence[str], format: Format) -> list[Text]:
    wanted = [f.name for f in format.fields]
    if not wanted or [_plain(name) for name in header] == [_plain(name) for name in wanted]:
        return []
    return [say("faults.header", given=" | ".join(header)[:200], wanted=" | ".join(wanted)[:200])]


def _plain(name: str) -> str:
    return re.sub(r"[\s*_`]+", "", name).casefold()


_SEPARATOR = re.compile(r"\|?\s*:?-{1,}:?\s*(\|\s*:?-{1,}:?\s*)*\|?\s*")


_RULE = re.compile(r"\|(?:\s*:?-{3,}:?\s*\|)+")
"""A separator further down begins another table; a row of single dashes is a row of empty values."""


def _markdown(text: str) -> Reading:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    repairs = []
    if "|" not in text and "｜" in text:
        lines, repairs = [line.replace("｜", "|") for line in lines], [say("repairs.punctuation")]
    rows = [line for line in lines if line.startswith("|")] or [line for line in lines if "|" in line]
    if not rows:
        return [], [], []
    repairs += [say("repairs.preface_table")] if len(rows) < len(lines) else []
    separator = len(rows) > 1 and _SEPARATOR.fullmatch(rows[1]) is not None
    repairs += [] if separator else [say("repairs.separator")]
    marked = [rows[0], *rows[1 + separator :]]
    tables = 1 + sum(_RULE.fullmatch(row) is not None for row in marked)
    faults = [say("faults.several_tables", count=tables)] if tables > 1 else []
    cut = rows[-1].startswith("|") and not rows[-1].endswith("|")
    return [_cells(line) for line in marked], repairs, [*faults, *([say("faults.cut_off")] if cut else [])]


def _cells(line: str) -> list[str]:
    inner = line.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _csv(text: str) -> Reading:
    repairs = []
    separator = ","
    first = text.split("\n", 1)[0]
    for other in ("\t", ";", "，"):
        if "," not in first and other in first:
            separator, repairs = other, [say("repairs.punctuation")]
    before, _, rest = text.partition("\n")
    if before.rstrip().endswith((":", "：")) and separator not in before and separator in rest:
        text, repairs = rest.lstrip("\n"), [*repairs, say("repairs.preface_table")]
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        return [], [], [say("faults.schema", reason=str(error))]
    cut = _open_quote(text, separator)
    return [r for r in rows if r], repairs, [say("faults.cut_off")] if cut else []


def _open_quote(text: str, separator: str) -> bool:
    """Tell whether a quoted cell has no end; 24" in the middle of a cell opens none."""
    try:
        for _ in csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


class _Table(HTMLParser):
    """Reads the first table, spreading merged cells over what they cover."""

    def __init__(self) -> None:
        super().__init__()
        self.grid: dict[tuple[int, int], str] = {}
        self.row, self.column, self.depth, self.tables = -1, 0, 0, 0
        self.room = MAX_SPREAD
        self.cell: list[str] | None = None
        self.span = (1, 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.depth, self.tables = self.depth + 1, self.tables + 1
        if self.tables > 1 or not self.depth:
            return
        if tag == "tr":
            self.close_cell()
            self.row, self.column = self.row + 1, 0
        if tag in ("td", "th"):
            self.close_cell()
            self.row = max(self.row, 0)
            given = dict(attrs)
            self.span = (_span(given.get("rowspan")), _span(given.get("colspan")))
            self.cell = []
        if tag == "br" and self.cell is not None:
            self.cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self.close_cell()
        if tag == "table":
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def close_cell(self) -> None:
        if self.cell is None or len(self.grid) > MAX_ROWS * 20:
            return
        text = " ".join("".join(self.cell).split())
        while (self.row, self.column) in self.grid:
            self.column += 1
        self.room -= self.span[0] * self.span[1] * (len(text) + 1)
        rows, columns = self.span if self.room > 0 else (1, 1)
        for down in range(rows):
            for right in range(columns):
                self.grid[(self.row + down, self.column + right)] = text
        self.cell = None


def _span(text: str | None) -> int:
    return min(max(int(text), 1), MAX_SPAN) if text and text.isdecimal() and len(text) < 6 else 1


def _html(text: str) -> Reading:
    parser = _Table()
    parser.feed(parseable(text))
    cut = parser.depth > 0
    parser.close()
    parser.close_cell()
    rows: Rows = []
    for (row, _), cell in sorted(parser.grid.items()):
        rows += [[] for _ in range(row + 1 - len(rows))]
        rows[row].append(cell)
    before = text.lstrip()[:6].lower()
    repairs = [] if before.startswith("<table") else [say("repairs.preface_table")]
    faults = [say("faults.cut_off")] if cut else []
    faults += [say("faults.several_tables", count=parser.tables)] if parser.tables > 1 else []
    return [row for row in rows if row], repairs if rows else [], faults


def write_markdown(header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Write cells as a Markdown table."""
    lines = [_line(header), _line(["---"] * len(header)), *(_line(row) for row in body)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def write_csv(header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Write cells as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *body])
    return out.getvalue().rstrip("\n")


def write_html(header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Write cells as an HTML table."""
    from html import escape

    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


WRITERS = {"markdown-table": write_markdown, "csv": write_csv, "html-table": write_html}
"""How to write header and rows in each table format; the reader engine uses them too."""
