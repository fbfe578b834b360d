"""Check an answer against the format that was asked for, mend what can be mended, and say what is wrong."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from prompts.formats import Format
from prompts.images import ImageRef
from prompts.words import say
from toolkit.geometry import Box, Point
from toolkit.texts import Language, Text

MAX_ANSWER = 400_000
"""Characters of an answer that are checked: ten times the longest that the models write."""


@dataclass(frozen=True)
class Found:
    """One box or point of an answer, in pixels of the image with the number `image`.

    `given` are the numbers as they were written. `box` is None for a point, `point` None for a box, and
    both where the image is not known (`image` 0).
    """

    label: str
    image: int
    given: tuple[float, ...]
    box: Box | None = None
    point: Point | None = None


@dataclass(frozen=True)
class Validation:
    """What came of a check.

    `value` is the answer as data: text for `text`, `markdown`, `html` and `short`, an object or array for
    the JSON formats, a list of objects for `jsonl`. `header` and `rows` hold a table's cells as text;
    `found` boxes and points. `repairs` says what was mended, `faults` what is wrong still, one sentence
    each. `cut_off` tells that the answer ends before its time. `text` is the answer as it should have been.
    """

    format: Format
    value: Any = None
    faults: tuple[Text, ...] = ()
    repairs: tuple[Text, ...] = ()
    cut_off: bool = False
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    found: tuple[Found, ...] = ()
    text: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong (mended slips do not count)."""
        return not self.faults

    def records(self) -> list[dict[str, Any]]:
        """Give rows as a list of objects, as `pandas.DataFrame(...)` takes them."""
        if self.header:
            names = _unique(self.header)
            return [dict(zip(names, row, strict=False)) for row in self.rows]
        values = self.value if isinstance(self.value, list) else [self.value]
        return [value for value in values if isinstance(value, dict)]

    def to_csv(self) -> str:
        """Write the rows as CSV (RFC 4180, lines end with "\\n"), the header first."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([self.header, *self.rows])
        return out.getvalue()

    def sentences(self, lang: Language) -> list[str]:
        """Give the faults in one language."""
        return [fault.in_language(lang) for fault in self.faults]


def validate(answer: str, format: Format | str, images: Sequence[ImageRef] = ()) -> Validation:
    """Check `answer` against `format`; nothing a model writes raises.

    `images` are those of the prompt: boxes are measured by their sizes, in the coordinates of
    `format.family`. Without images only the corner order of boxes and the 0..1000 bounds are checked.
    """
    asked = Format.parse(format)
    answer = answer.encode("utf-8", "replace").decode()  # a lone surrogate could be neither shown nor kept
    if len(answer) > MAX_ANSWER:
        return Validation(asked, faults=(say("faults.too_long", given=len(answer), limit=MAX_ANSWER),))
    if not answer.strip():
        return Validation(asked, faults=(say("faults.empty"),))
    checked = _check(asked.name)(answer, asked, images)
    return replace(checked, format=asked)


def _check(name: str) -> Callable[[str, Format, Sequence[ImageRef]], Validation]:
    # Each kind of check has a module of its own, loaded when it is first wanted.
    if name in ("json", "jsonl"):
        from prompts.check_json import check_json, check_lines

        return check_lines if name == "jsonl" else check_json
    if name in ("boxes", "points"):
        from prompts.check_positions import check_positions

        return check_positions
    if name in ("markdown-table", "csv", "html-table"):
        from prompts.check_tables import check_table

        return check_table
    from prompts.check_text import check_text

    return check_text


def _unique(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return unique
