# mypy: disable-error-code="import-not-found,import-untyped,unused-ignore"
"""A PDF page by page: text, rules and shapes with the origin at the upper left, and their truth."""

import io
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from benchmarks.samples.fonts import Face, wrap
from benchmarks.samples.truth import Page

A4 = (595.28, 841.89)
INK, GREY, RULE = "#1d2433", "#5d6675", "#b9c0ca"
Align = Literal["left", "centre", "right"]


@dataclass
class Sheet:
    """One A4 page: what is drawn, kept as a list until the fonts are known, and what it says.

    `document` goes into the names of the fonts: reportlab keeps one font of a name for the whole process.
    """

    document: str
    truth: Page = field(default_factory=lambda: Page(*A4))
    steps: list[Callable[[Any], None]] = field(default_factory=list)
    used: dict[Face, set[str]] = field(default_factory=lambda: defaultdict(set))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        face: Face,
        size: float,
        *,
        align: Align = "left",
        colour: str = INK,
    ) -> None:
        """Set one line with its baseline at `y`; `x` is its left end, middle or right end."""
        left = x - {"left": 0.0, "centre": 0.5, "right": 1.0}[align] * face.width(text, size)
        ink = face.ink(text, size)
        self.truth.line(text, (left + ink[0], y + ink[1], left + ink[2], y + ink[3]))
        self.used[face] |= set(text)

        def draw(canvas: Any) -> None:
            canvas.setFillColor(colour)
            canvas.setFont(self.font_name(face), size)
            canvas.drawString(left, A4[1] - y, text)

        self.steps.append(draw)

    def font_name(self, face: Face) -> str:
        """Name the font that holds this document's glyphs of a face."""
        return f"{face.name}-{self.document}"

    def paragraph(
        self, x: float, y: float, text: str, face: Face, size: float, *, width: float, lead: float
    ) -> float:
        """Set a paragraph from the baseline `y` down and give the baseline after it."""
        for line in wrap(text, face, size, width):
            self.text(x, y, line, face, size)
            y += lead
        return y

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, *, width: float = 0.6, colour: str = RULE
    ) -> None:
        """Draw a straight line."""

        def draw(canvas: Any) -> None:
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(width)
            canvas.line(x0, A4[1] - y0, x1, A4[1] - y1)

        self.steps.append(draw)

    def fill(
        self, x: float, y: float, width: float, height: float, colour: str, *, round_by: float = 0
    ) -> None:
        """Fill a rectangle whose upper left corner is (x, y)."""

        def draw(canvas: Any) -> None:
            canvas.setFillColor(colour)
            canvas.roundRect(x, A4[1] - y - height, width, height, round_by, stroke=0, fill=1)

        self.steps.append(draw)

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        """Fill a circle."""

        def draw(canvas: Any) -> None:
            canvas.setFillColor(colour)
            canvas.circle(x, A4[1] - y, radius, stroke=0, fill=1)

        self.steps.append(draw)


@dataclass(frozen=True)
class Column:
    """One column of a table: its left edge is where the one before ends."""

    width: float
    align: Align


def ruled_table(
    sheet: Sheet, x: float, y: float, rows: list[list[str]], columns: list[Column], faces: tuple[Face, Face],
    *, size: float = 9, row_height: float = 24,
) -> float:  # fmt: skip
    """Draw a table with all its ruling lines, the heading shaded, and give its lower edge."""
    right, lower = x + sum(c.width for c in columns), y + row_height * len(rows)
    sheet.fill(x, y, right - x, row_height, "#eaeef4")
    for number in range(len(rows) + 1):
        sheet.rule(x, y + number * row_height, right, y + number * row_height)
    edge = x
    for column in [*columns, Column(0, "left")]:
        sheet.rule(edge, y, edge, lower)
        edge += column.width
    for number, row in enumerate(rows):
        face = faces[1] if number == 0 else faces[0]
        _table_row(sheet, x, y + number * row_height + row_height / 2 + size * 0.36, row, columns, face, size)
    sheet.truth.table(rows, (x, y, right, lower))
    return lower


def _table_row(
    sheet: Sheet, x: float, baseline: float, row: list[str], columns: list[Column], face: Face, size: float
) -> None:
    for text, column in zip(row, columns, strict=True):
        place = {"left": x + 7, "centre": x + column.width / 2, "right": x + column.width - 7}[column.align]
        sheet.text(place, baseline, text, face, size, align=column.align)
        x += column.width


def write_pdf(sheets: list[Sheet], *, title: str, author: str) -> bytes:
    """Write the pages with the glyphs they use; the same pages give the same bytes."""
    used: dict[Face, set[str]] = defaultdict(set)
    for sheet in sheets:
        for face, chars in sheet.used.items():
            used[face] |= chars
    for face, chars in used.items():
        name = sheets[0].font_name(face)
        pdfmetrics.registerFont(TTFont(name, face.truetype(chars, name)))
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    for sheet in sheets:
        for step in sheet.steps:
            step(canvas)
        canvas.showPage()
    canvas.save()
    return data.getvalue()
