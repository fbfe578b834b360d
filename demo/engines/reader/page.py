"""Reading one picture: find the lines, put them in order, read them one by one."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from demo.engines.picture import Pixels
from demo.engines.protocol import Cancel
from demo.engines.reader.find import Spot, crop, find_spots, nearer
from demo.engines.reader.layout import reading_order
from demo.engines.reader.lines import DOUBTFUL_SCORE, Line, levelled
from demo.engines.reader.model import TextModels
from demo.engines.reader.rules import Rule
from demo.engines.reader.words import to_line
from toolkit.geometry import Box, Size

IN_FLIGHT = 2
"""Lines waiting per thread: enough to keep all cores busy, few enough that others' lines come between."""

NO_TEXT = 0.3
"""A piece read with less certainty than this is taken for a drawing, not for text."""

LONG = 3.0
"""A piece so many times as wide as high that could not be read is taken for a line of text all the same."""

Row = tuple[Line, ...]


@dataclass(frozen=True)
class Page:
    """What was read of one picture: blocks in reading order, each a tuple of rows, each a tuple of lines.

    `tilt` is by how many pixels a row falls for each pixel to the right. `rules` are the ruling lines of the
    page; `unread` are places that look like a line of text, in which nothing could be read: a script that the
    models don't know, or a drawing.
    """

    size: Size
    blocks: tuple[tuple[Row, ...], ...]
    rules: tuple[Rule, ...] = ()
    unread: tuple[Box, ...] = ()
    tilt: float = 0.0

    def level(self) -> "Page":
        """Give the page as it would be without its tilt; each line and word keeps its `place`."""
        if not self.tilt:
            return self
        blocks = tuple(
            tuple(tuple(line.levelled(self.tilt) for line in row) for row in block) for block in self.blocks
        )
        return replace(self, blocks=blocks, rules=(), tilt=0.0)

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines in reading order."""
        return tuple(line for block in self.blocks for row in block for line in row)


@dataclass
class Clock:
    """Seconds spent, by what they were spent on."""

    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, phase: str, start: float) -> None:
        """Add the time since `start` (of time.perf_counter) to a phase."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + time.perf_counter() - start


@dataclass(frozen=True)
class NewRow:
    """One row as it is read: `block` counts the blocks of the page from 0; `unread` as in `Page`."""

    block: int
    row: Row
    unread: tuple[Box, ...] = ()
    tilt: float = 0.0


def read_rows(image: Pixels, models: TextModels, clock: Clock, cancel: Cancel | None) -> Iterator[NewRow]:
    """Read a BGR picture row by row, in reading order. Ends early when `cancel` is set."""
    start = time.perf_counter()
    models.load()
    clock.add("load", start)
    start = time.perf_counter()
    spots, tilt = find_spots(image, models)
    order = reading_order([levelled(spot.box, tilt) for spot in spots])
    clock.add("detect", start)
    rows = [(number, [spots[i] for i in row]) for number, block in enumerate(order) for row in block.rows]
    lines = _read(image, [spot for _, row in rows for spot in row], models, clock, cancel)
    for number, row in rows:
        read = list(islice(lines, len(row)))
        if cancel is not None and cancel.is_set():
            return
        kept = tuple(line for line in read if line.text and line.score >= NO_TEXT)
        lost = tuple(line.box for line in read if line not in kept and _is_long(line.box))
        if kept or lost:
            yield NewRow(number, kept, lost, tilt)


def _is_long(box: Box) -> bool:
    return box[2] - box[0] >= LONG * (box[3] - box[1])


def to_page(size: Size, rows: list[NewRow], rules: tuple[Rule, ...] = ()) -> Page:
    """Gather rows into a page."""
    numbers = sorted({new.block for new in rows if new.row})
    blocks = tuple(tuple(new.row for new in rows if new.block == number and new.row) for number in numbers)
    tilt = next((new.tilt for new in rows if new.row), 0.0)
    return Page(size, blocks, rules, tuple(box for new in rows for box in new.unread), tilt)


def _read(
    image: Pixels, spots: list[Spot], models: TextModels, clock: Clock, cancel: Cancel | None
) -> Iterator[Line]:
    """Read spots in order, a few at a time on the pool."""
    coming = iter(spots)
    limit = IN_FLIGHT * models.threads
    pending: deque[_Reading] = deque()
    try:
        while cancel is None or not cancel.is_set():
            start = time.perf_counter()
            pending += [_Reading(spot, image, models) for spot in islice(coming, limit - len(pending))]
            if not pending:
                return
            line = pending.popleft().line()
            clock.add("recognise", start)
            yield line
    finally:
        for reading in pending:
            reading.drop()


class _Reading:
    """One spot on its way through the recogniser: upright, turned where it is tall, again in doubt."""

    def __init__(self, spot: Spot, image: Pixels, models: TextModels) -> None:
        self._spot, self._image, self._models = spot, image, models
        picture = crop(image, spot)
        self._pictures = [picture]
        if spot.tall:
            self._pictures.append(np.ascontiguousarray(np.rot90(picture)))
        self._readings = [models.recognise(p) for p in self._pictures]

    def line(self) -> Line:
        """Wait for the reading; of several, the most certain one."""
        results = [reading.result() for reading in self._readings]
        best = max(range(len(results)), key=lambda i: results[i].score)
        spot, picture, reading = self._spot, self._pictures[best], results[best]
        if reading.score < DOUBTFUL_SCORE and not spot.tall:
            closer = nearer(spot, (self._image.shape[1], self._image.shape[0]))
            closer_picture = crop(self._image, closer)
            again = self._models.recognise(closer_picture).result()
            if again.score > reading.score:
                spot, picture, reading = closer, closer_picture, again
        return to_line(spot, picture, reading)

    def drop(self) -> None:
        """Take what has not begun off the pool."""
        for reading in self._readings:
            reading.cancel()
