"""The arithmetic of a grid: pictures in rows at one common scale, within what a processor keeps. Pure."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from toolkit.errors import UsageError
from toolkit.families import MAX_RATIO, Family
from toolkit.geometry import Size

Match = Literal["height", "scale"]
CellBox = tuple[int, int, int, int]

LABEL_SHARE = 30
"""A label is one 30th of the grid's shorter side high, within the two bounds below."""
LEAST_LABEL, MOST_LABEL = 24, 64
"""Pixels; 24 leaves digits of 14, read safely, as the grid is not reduced any more."""


@dataclass(frozen=True)
class Limits:
    """What a grid may measure: its long side in pixels, and its least and greatest area in squares."""

    factor: int
    long_side: int
    least: int
    most: int

    @classmethod
    def of(cls, row: Family, max_long_side: int | None) -> "Limits":
        """Take a family's bounds; raises UsageError for a side below one token."""
        most = row.max_pixels // row.factor**2
        widest = math.isqrt(most * MAX_RATIO) * row.factor
        side = widest if max_long_side is None else min(widest, max_long_side)
        if side < row.factor:
            raise UsageError("long_side_too_small", given=side, factor=row.factor, family=row.name)
        return cls(row.factor, side // row.factor * row.factor, -(-row.min_pixels // row.factor**2), most)

    def canvas(self, width: int, height: int) -> Size:
        """Round a content size up to one that the processor keeps."""
        across, down = -(-width // self.factor), -(-height // self.factor)
        across, down = max(across, -(-down // MAX_RATIO)), max(down, -(-across // MAX_RATIO))
        while across * down < self.least:
            across, down = (across + 1, down) if across <= down else (across, down + 1)
        return (across * self.factor, down * self.factor)

    def allow(self, width: int, height: int) -> bool:
        """Tell whether content of this size fits on one canvas."""
        across, down = self.canvas(width, height)
        within = max(across, down) <= max(
            self.long_side, math.isqrt(self.least - 1) * self.factor + self.factor
        )
        return within and across * down <= self.most * self.factor**2


@dataclass(frozen=True)
class Layout:
    """Pictures in rows of `columns`, at one common scale of their nominal sizes."""

    sizes: tuple[Size, ...]
    nominal: tuple[tuple[float, float], ...]
    columns: int
    gap: int
    labels: bool
    scale: float = 1.0

    @classmethod
    def of(cls, sizes: Sequence[Size], columns: int, gap: int, labels: bool, match: Match) -> "Layout":
        """Set the nominal sizes: all of one height, or each its own."""
        tallest = max(height for _, height in sizes)
        nominal = [(float(w), float(h)) for w, h in sizes]
        if match == "height":
            nominal = [(w * tallest / h, float(tallest)) for w, h in sizes]
        return cls(tuple(sizes), tuple(nominal), columns, gap, labels)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return -(-len(self.sizes) // self.columns)

    def drawn(self) -> list[Size]:
        """The size of each picture in the grid: at the common scale, but never above its own."""
        return [
            (max(1, round(w * s)), max(1, round(h * s)))
            for (w, h), s in zip(self.sizes, self.scales(), strict=True)
        ]

    def scales(self) -> list[float]:
        """Give how much each picture shrinks: 1.0 is its own size, and none goes above it."""
        return [
            min(1.0, self.scale * nominal[1] / size[1])
            for size, nominal in zip(self.sizes, self.nominal, strict=True)
        ]

    def smallest_scale(self) -> float:
        """Give the scale of the picture that shrinks most."""
        return min(self.scales())

    def strip(self) -> int:
        """The height of a label's strip."""
        if not self.labels:
            return 0
        short = min(self._width(), sum(self._heights()))
        return min(MOST_LABEL, max(LEAST_LABEL, short // LABEL_SHARE))

    def content(self) -> Size:
        """The size all cells, strips and gaps take together."""
        rows = self._rows()
        width = max(sum(w for w, _ in row) + self.gap * (len(row) + 1) for row in rows)
        return (width, sum(self._heights()) + len(rows) * (self.strip() + self.gap) + self.gap)

    def merit(self, limits: Limits) -> tuple[float, int, int]:
        """Rank layouts: the largest pictures, then the fewest tokens, then the most square canvas."""
        width, height = limits.canvas(*self.content())
        return (round(self.smallest_scale(), 3), -width * height, -max(width, height))

    def boxes(self) -> Iterator[CellBox]:
        """Give the box of each picture's content, below its strip, row by row."""
        y = self.gap + self.strip()
        for row in self._rows():
            x = self.gap
            for width, height in row:
                yield (x, y, x + width, y + height)
                x += width + self.gap
            y += max(height for _, height in row) + self.gap + self.strip()

    def _rows(self) -> list[list[Size]]:
        drawn = self.drawn()
        return [drawn[i : i + self.columns] for i in range(0, len(drawn), self.columns)]

    def _heights(self) -> list[int]:
        return [max(height for _, height in row) for row in self._rows()]

    def _width(self) -> int:
        return max(sum(width for width, _ in row) for row in self._rows())


def fit_layout(layout: Layout, limits: Limits) -> Layout | None:
    """Bisect for the largest common scale at which the layout fits; None if it never does."""

    def at(scale: float) -> Layout:
        return replace(layout, scale=scale)

    def fits(scale: float) -> bool:
        return limits.allow(*at(scale).content())

    found = _largest(fits)
    return None if found is None else at(found)


def _largest(fits: Callable[[float], bool]) -> float | None:
    low, high = 0.0, 1.0
    if fits(high):
        return high
    if not fits(low):
        return None
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
