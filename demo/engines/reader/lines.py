"""What was read: lines and words with their boxes. Values."""

from dataclasses import dataclass

from toolkit.geometry import Box

DOUBTFUL_SCORE = 0.85
"""Below this mean certainty of a line's characters a person should look (measured: benchmarks/reader.py)."""


@dataclass(frozen=True)
class Word:
    """A run of characters without a space: its text, and its box in pixels of the image."""

    text: str
    box: Box


@dataclass(frozen=True)
class Line:
    """One line of text: `box` is tight around its ink, in pixels of the image; `score` runs from 0 to 1."""

    text: str
    box: Box
    score: float
    words: tuple[Word, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether a person should check it."""
        return self.score < DOUBTFUL_SCORE

    @property
    def height(self) -> float:
        """The height of the ink in pixels."""
        return self.box[3] - self.box[1]


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
