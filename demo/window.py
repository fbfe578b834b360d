"""A context window and what each image takes of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from toolkit.budget import MARKS

WINDOWS = (4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144)
"""Windows to choose from, in tokens: Ollama's default on small cards to the largest of Qwen3-VL's own."""


@dataclass(frozen=True)
class Stretch:
    """Where one image stands in the sequence, in tokens from its beginning; the marks count in."""

    start: int
    tokens: int
    window: int

    @property
    def end(self) -> int:
        """The first token after it."""
        return self.start + self.tokens

    @property
    def percent(self) -> float:
        """Its share of the window, in percent."""
        return 100 * self.tokens / self.window

    @property
    def overflows(self) -> bool:
        """Tell whether its end lies beyond the window."""
        return self.end > self.window


def stretches(tokens: Sequence[int], window: int) -> list[Stretch]:
    """Lay images of so many visual tokens one after the other; each has two marks besides."""
    placed, start = [], 0
    for count in tokens:
        placed.append(Stretch(start, count + MARKS, window))
        start += count + MARKS
    return placed


def used(tokens: Sequence[int]) -> int:
    """Count the tokens of images with their marks."""
    return sum(tokens) + MARKS * len(tokens)


def percent_words(percent: float) -> str:
    """Write a share as people read it: "<1", "4", "37"."""
    return "<1" if 0 < percent < 1 else f"{percent:.0f}"


def read_window(given: str) -> int | None:
    """Read a window from a form; None for one that is not offered."""
    return int(given) if given.isdigit() and int(given) in WINDOWS else None
