"""What was read: lines and words with their boxes. Values."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from toolkit.geometry import Box

DOUBTFUL_SCORE = 0.9
"""Below this mean certainty of a line's characters a person should look. It marks two of five wrong
lines and 1 of 150 right ones (benchmarks/reader.py); at 0.94 it would be three of four, and 1 of 20."""


@dataclass(frozen=True)
class Word:
    """A run of characters without a space: its text, and its box in pixels of the image.

    `place` is where it really stands, if `box` was moved to make a tilted page level.
    """

    text: str
    box: Box
    place: Box | None = None

    @property
    def on_page(self) -> Box:
        """Where it stands on the image."""
        return self.place or self.box


@dataclass(frozen=True)
class Line:
    """One line of text: `box` is tight around its ink, in pixels of the image; `score` runs from 0 to 1.

    `place` is where it really stands, if `box` was moved to make a tilted page level.
    """

    text: str
    box: Box
    score: float
    words: tuple[Word, ...] = ()
    place: Box | None = None

    @property
    def doubtful(self) -> bool:
        """Whether a person should check it."""
        return self.score < DOUBTFUL_SCORE

    @property
    def on_page(self) -> Box:
        """Where it stands on the image."""
        return self.place or self.box

    def levelled(self, tilt: float) -> "Line":
        """Give the line as it would stand if the page were not tilted."""
        words = tuple(Word(word.text, levelled(word.box, tilt), word.on_page) for word in self.words)
        return replace(self, box=levelled(self.box, tilt), words=words, place=self.on_page)

    @property
    def height(self) -> float:
        """The height of the ink in pixels."""
        return self.box[3] - self.box[1]


def levelled(box: Box, tilt: float) -> Box:
    """Move a box to where it would stand if the page were not tilted.

    `tilt` is by how many pixels a row falls for each pixel to the right; columns lean by as much.
    """
    x, y = tilt * (box[1] + box[3]) / 2, tilt * (box[0] + box[2]) / 2
    return (box[0] + x, box[1] - y, box[2] + x, box[3] - y)


def union(boxes: list[Box]) -> Box:
    """Give the box around all of `boxes` (at least one)."""
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )


def is_cjk(character: str) -> bool:
    """Tell whether a character belongs to a script written without spaces (Han, kana, their punctuation)."""
    code = ord(character)
    return (
        0x2E80 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xFE30 <= code <= 0xFE4F
        or 0xFF00 <= code <= 0xFFEF
        or 0x20000 <= code <= 0x3FFFF
    )


def join(left: str, right: str) -> str:
    """Join two pieces of one line: with a space, but not between characters that are written without one."""
    if not left or not right or is_cjk(left[-1]) or is_cjk(right[0]):
        return left + right
    return f"{left} {right}"


def text_of(parts: Iterable[Word | Line]) -> str:
    """Give the text of words or lines in one line."""
    return reduce(join, (part.text for part in parts), "")
