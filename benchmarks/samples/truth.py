"""What a drawn document says, and where: the values behind truth.json."""

from dataclasses import asdict, dataclass, field
from typing import Any

from toolkit.geometry import Box


@dataclass
class Page:
    """One page as it is being drawn: its size, its lines in reading order, its tables and key values.

    Boxes are (left, upper, right, lower) around the ink, in points for PDF and pixels for pictures.
    """

    width: float
    height: float
    lines: list[dict[str, Any]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    fields: list[dict[str, str]] = field(default_factory=list)

    def line(self, text: str, box: Box) -> None:
        """Note one run of text on one line; the cells of a table are runs of their own."""
        self.lines.append({"text": text, "box": _rounded(box)})

    def table(self, rows: list[list[str]], box: Box) -> None:
        """Note a table by its rows, the heading first, and the box around its ruling lines."""
        self.tables.append({"rows": rows, "box": _rounded(box)})

    def value(self, name: str, label: str, value: str) -> None:
        """Note a key value and the label printed beside it."""
        self.fields.append({"name": name, "label": label, "value": value})

    def data(self, number: int) -> dict[str, Any]:
        """Give the page as plain data; `number` counts from 1."""
        return {"page": number, **asdict(self)}


def document(name: str, file: str, unit: str, pages: list[Page]) -> dict[str, Any]:
    """Give one document's part of truth.json."""
    return {"name": name, "file": file, "unit": unit, "pages": [p.data(n) for n, p in enumerate(pages, 1)]}


def _rounded(box: Box) -> list[float]:
    return [round(edge, 2) for edge in box]
