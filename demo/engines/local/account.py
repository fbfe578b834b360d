"""What an answer took, as it adds up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from demo.engines.protocol import Usage


@dataclass
class Account:
    """Counts and seconds of one answer, from the moment the question was put."""

    start: float = field(default_factory=time.perf_counter)
    phases: dict[str, float] = field(default_factory=dict)
    first: float | None = None
    images: int | None = None
    cached_images: int = 0
    prompt: int | None = None
    cached: int | None = None
    visual: int | None = None
    made: int = 0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time of what runs inside to the phase `name`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + time.perf_counter() - start

    def begin(self) -> None:
        """Note that the question's turn has come; what it waited is a phase if it is worth a word."""
        waited = time.perf_counter() - self.start
        if waited > 0.01:
            self.phases["wait"] = waited

    def spoke(self) -> None:
        """Note that a piece of the answer came."""
        if self.first is None:
            self.first = time.perf_counter() - self.start

    def usage(self, text: str) -> Usage:
        """Close the account of the answer `text`."""
        return Usage(
            seconds=time.perf_counter() - self.start,
            seconds_to_first_piece=self.first,
            output_characters=len(text),
            phases=self.phases,
            images=self.images or 0,
            cached_images=self.cached_images,
            prompt_tokens=self.prompt,
            cached_tokens=self.cached,
            visual_tokens=self.visual,
            output_tokens=None if self.prompt is None else self.made,
        )
