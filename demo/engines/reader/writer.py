"""Writers turn what is read into the answer, piece by piece."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from demo.engines.errors import say
from demo.engines.protocol import Found
from demo.engines.reader.lines import Line, join
from demo.engines.reader.page import NewRow, Page
from toolkit.families import to_family
from toolkit.geometry import Box, Size
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from prompts import ImageRef, Prompt


class Writer:
    """The base: takes rows as they are read, whole pages when they are done, and the end; each gives text.

    What it used of the page it records in `found`, what a person should know in `notes`.
    """

    def __init__(self, prompt: "Prompt", images: "list[ImageRef]") -> None:
        self.prompt = prompt
        self.images = images
        self.lang: Language = prompt.lang
        self.found: list[Found] = []
        self.notes: list[Text] = []

    def row(self, image: "ImageRef", new: NewRow) -> Iterator[str]:
        """Take a row as it is read."""
        yield from ()

    def page(self, image: "ImageRef", page: Page) -> Iterator[str]:
        """Take a page when all of it is read."""
        yield from ()

    def end(self) -> Iterator[str]:
        """Write what comes last."""
        yield from ()

    def note(self, image: "ImageRef", line: Line, label: str = "") -> None:
        """Record a line that stands in the answer."""
        self.found.append(Found(image.label, line.text, line.box, line.score, line.doubtful, label))

    def heading(self, image: "ImageRef") -> str:
        """Give the label of an image."""
        return say("engines_reader.label", number=image.label).in_language(self.lang)


class TextWriter(Writer):
    """Plain text: a row a line, an empty line between blocks, a label before each of several images."""

    def __init__(self, prompt: "Prompt", images: "list[ImageRef]") -> None:
        super().__init__(prompt, images)
        self._last: tuple[int, int] | None = None

    def row(self, image: "ImageRef", new: NewRow) -> Iterator[str]:
        """Write the row."""
        if self._last is None or self._last[0] != image.label:
            before = "" if self._last is None else "\n\n"
            yield before + (f"{self.heading(image)}\n" if len(self.images) > 1 else "")
        else:
            yield "\n" if self._last[1] == new.block else "\n\n"
        self._last = (image.label, new.block)
        for line in new.row:
            self.note(image, line)
        yield row_text(new.row)


class LinesWriter(Writer):
    """One JSON object a line of text, as an array or as JSON lines."""

    def __init__(self, prompt: "Prompt", images: "list[ImageRef]") -> None:
        super().__init__(prompt, images)
        self._lines = prompt.format.name == "jsonl"
        self._count = 0

    def row(self, image: "ImageRef", new: NewRow) -> Iterator[str]:
        """Write each line of the row."""
        for line in new.row:
            self.note(image, line)
            first, between = ("", "\n") if self._lines else ("[\n", ",\n")
            yield between if self._count else first
            self._count += 1
            yield json.dumps(self.record(image, line), ensure_ascii=False)

    def end(self) -> Iterator[str]:
        """Close the array."""
        if not self._lines:
            yield "\n]" if self._count else "[]"

    def record(self, image: "ImageRef", line: Line) -> dict[str, Any]:
        """Give the object of one line, with the keys that were asked for."""
        known: dict[str, Any] = {
            "text": line.text,
            "label": line.text,
            "bbox_2d": family_box(line.box, image.size, self.prompt.format.family),
            "image": image.label,
        }
        names = [field.name for field in self.prompt.format.fields] or ["text"]
        return {name: known.get(name) for name in names}


class BoxesWriter(LinesWriter):
    """Boxes as the Qwen-VL families write them: `bbox_2d` in the family's coordinates, the text as label."""

    def record(self, image: "ImageRef", line: Line) -> dict[str, Any]:
        """Give the box and the text."""
        box = family_box(line.box, image.size, self.prompt.format.family)
        record: dict[str, Any] = {"bbox_2d": box, "label": line.text}
        return record | ({"image": image.label} if len(self.images) > 1 else {})


def row_text(row: tuple[Line, ...]) -> str:
    """Join the lines of a row; what stands far apart is parted by more than one space."""
    text = row[0].text
    for left, right in pairwise(row):
        far = right.box[0] - left.box[2] > max(left.height, right.height)
        text = f"{text}  {right.text}" if far else join(text, right.text)
    return text


def family_box(box: Box, size: Size, family: str) -> list[int]:
    """Give a box in pixels as the family writes it: whole numbers in its own coordinates."""
    return [round(side) for side in to_family(box, size, family)]
