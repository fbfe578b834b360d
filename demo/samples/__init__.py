"""The documents that come with the page, and what they truly say.

Everything in them is invented. `python -m benchmarks.samples` draws them and writes truth.json beside them.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from demo.words import say
from toolkit.geometry import Box, Unit
from toolkit.texts import Text

__all__ = [
    "SAMPLES",
    "Sample",
    "TruthField",
    "TruthLine",
    "TruthPage",
    "TruthTable",
    "get_sample",
    "true_pages",
]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """One document: its name, its file, and the words for it."""

    name: str
    path: Path

    @property
    def title(self) -> Text:
        """A few words for a button."""
        return say(f"samples.{self.name}.title")

    @property
    def about(self) -> Text:
        """One sentence on what the document is good for."""
        return say(f"samples.{self.name}.about")

    @property
    def question(self) -> Text:
        """A first question that the built-in reader can answer."""
        return say(f"samples.{self.name}.question")


SAMPLES: tuple[Sample, ...] = tuple(
    Sample(Path(file).stem, _FOLDER / file)
    for file in ("invoice.pdf", "report.pdf", "chat.png", "receipt.jpg")
)
"""Every sample, in the order in which the page shows them."""


def get_sample(name: str) -> Sample:
    """Find a sample by name. Raises KeyError if there is none."""
    return {sample.name: sample for sample in SAMPLES}[name]


@dataclass(frozen=True)
class TruthLine:
    """A run of text on one line and the box around its ink, in the page's unit. A table cell is a run."""

    text: str
    box: Box


@dataclass(frozen=True)
class TruthTable:
    """A table: its rows, the heading first, and the box around its outer ruling lines."""

    rows: tuple[tuple[str, ...], ...]
    box: Box


@dataclass(frozen=True)
class TruthField:
    """A key value, such as "total": the label and the value as they are printed."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class TruthPage:
    """What one page says: lines in reading order, tables, key values. `page` counts from 1.

    Sizes and boxes are in `unit` (points for PDF, pixels for pictures), origin at the upper left.
    """

    page: int
    width: float
    height: float
    unit: Unit
    lines: tuple[TruthLine, ...]
    tables: tuple[TruthTable, ...]
    fields: tuple[TruthField, ...]

    @property
    def text(self) -> str:
        """All lines in reading order, one below the other."""
        return "\n".join(line.text for line in self.lines)


def true_pages(name: str) -> tuple[TruthPage, ...]:
    """Give what each page of the sample `name` says. Raises KeyError if there is no such sample."""
    document = _documents()[name]
    return tuple(_page(data, document["unit"]) for data in document["pages"])


@cache
def _documents() -> dict[str, dict[str, Any]]:
    data = json.loads((_FOLDER / "truth.json").read_bytes())
    return {document["name"]: document for document in data["documents"]}


def _page(data: dict[str, Any], unit: Unit) -> TruthPage:
    return TruthPage(
        page=data["page"],
        width=data["width"],
        height=data["height"],
        unit=unit,
        lines=tuple(TruthLine(line["text"], tuple(line["box"])) for line in data["lines"]),
        tables=tuple(TruthTable(tuple(map(tuple, t["rows"])), tuple(t["box"])) for t in data["tables"]),
        fields=tuple(TruthField(**field) for field in data["fields"]),
    )
