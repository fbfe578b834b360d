"""A context window and what each image takes of it. Pure.

Counted here, and everywhere on the page, are visual tokens, as in the manifest and on the command line. What
goes with an image besides, its two marks and its label, is text: step 3 counts it with the question.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from demo.words import say
from toolkit.texts import Language

WINDOWS = (4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144)
"""Windows to choose from, in tokens: Ollama's default on small cards to the largest of Qwen3-VL's own."""


@dataclass(frozen=True)
class Stretch:
    """Where one image stands in the sequence, in visual tokens from its beginning."""

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
    """Lay images of so many visual tokens one after the other."""
    placed, start = [], 0
    for count in tokens:
        placed.append(Stretch(start, count, window))
        start += count
    return placed


def percent_words(percent: float) -> str:
    """Write a share as people read it: "<1", "4", "37"."""
    return "<1" if 0 < percent < 1 else f"{percent:.0f}"


def windows(own: int | None = None) -> list[int]:
    """List the windows to choose from, smallest first; `own` is that of the engine, if it has a limit."""
    return sorted({*WINDOWS, *([own] if own else [])})


def read_window(given: str, own: int | None = None) -> int | None:
    """Read a window from a form; None for one that is not offered."""
    return int(given) if given.isascii() and given.isdigit() and int(given[:12]) in windows(own) else None


def menu(chosen: int, own: int | None, lang: Language) -> list[tuple[int, str, bool]]:
    """List the windows for a menu: tokens, words, and whether it is the chosen one."""
    mine = say("documents.facts.window_own", tokens=f"{own:,}").in_language(lang) if own else ""
    return [(size, mine if size == own else f"{size:,}", size == chosen) for size in windows(own)]
