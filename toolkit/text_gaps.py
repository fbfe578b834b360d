"""Where a picture may be cut without touching text: runs of rows that hold no ink.

Ink is a change of brightness within a few pixels of the same row, whatever the colours, so dark
screens and coloured bubbles need no special case. An edge that runs on for many rows is no text: the sides
of tables, bubbles, sidebars and scroll bars are taken out first, so that the rows between lines stay empty.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.picture import Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[Any]
else:
    Counts = Any

LEAST_EDGE = 24
"""Grey levels from which a change is an edge; JPEG ringing and gradients stay under it."""
REACH = 4
"""Pixels between the two that are compared: blurred letters change by too little from one to the next."""
NOISE_FACTOR = 7.5
"""Times the median difference, which is 0.95 sigma of Gaussian noise: about seven sigma."""
POOL = 4
"""Columns taken together, so that slightly slanted or anti-aliased sides still count as straight."""
RULE = 9
"""Rows: a horizontal rule of a table interrupts the upright ones for less than this."""
WIDEST = 5
"""Cells: an upright line and its two edges are narrower than this."""
BAND_ROWS = 4096
"""Rows worked on at once, so that memory does not grow with the length of a screenshot."""
LEAST_BAND = 5
"""Ink lower than this many rows is a rule or a speck and does not tell the height of a line."""

Run = tuple[int, int]


@dataclass(frozen=True)
class Gaps:
    """The rows of a picture without ink, as runs [start, end) in order; `ink` counts edges row by row.

    `line` is the typical height of a line's ink in pixels, None where there are no lines.
    """

    runs: tuple[Run, ...]
    ink: Counts
    line: float | None


def find_gaps(grey: Pixels) -> Gaps:
    """Find the runs of rows that hold no ink. `grey` is uint8, (height, width)."""
    ink = row_ink(grey)
    empty = runs_of(ink == 0)
    bands = runs_of(ink > 0)
    line = _typical(bands)
    return Gaps(tuple(_between_lines(empty, bands, line or 0.0)), ink, line)


def row_ink(grey: Pixels) -> Counts:
    """Count the edge cells of each row that are part of no long upright line; int32, (height,)."""
    import numpy as np

    height, width = grey.shape
    reach = max(48, min(width // 6, 400))
    counts = np.zeros(height, np.int32)
    if width <= REACH:
        return counts
    threshold = _threshold(grey)
    for top in range(0, height, BAND_ROWS):
        first, last = max(0, top - reach), min(height, top + BAND_ROWS + reach)
        ink = _band_ink(grey[first:last], threshold, reach)
        keep = min(BAND_ROWS, height - top)
        counts[top : top + keep] = ink[top - first : top - first + keep]
    return counts


def _band_ink(grey: Pixels, threshold: int, reach: int) -> Counts:
    import cv2
    import numpy as np

    edges = np.zeros((len(grey), -(-grey.shape[1] // POOL) * POOL), np.bool_)
    edges[:, : grey.shape[1] - REACH] = cv2.absdiff(grey[:, REACH:], grey[:, :-REACH]) > threshold
    cells = edges.reshape(len(grey), -1, POOL).any(axis=2).astype(np.uint8)
    whole = cv2.morphologyEx(cells, cv2.MORPH_CLOSE, np.ones((RULE, 1), np.uint8))
    upright = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8))
    # Wide areas that are full of edges are texture, not lines: grass, noise, a photo.
    texture = cv2.morphologyEx(upright, cv2.MORPH_OPEN, np.ones((1, WIDEST), np.uint8))
    return np.asarray((cells > (upright & ~texture)).sum(axis=1, dtype=np.int32))


def _threshold(grey: Pixels) -> int:
    """Raise the least edge above the noise of a photographed or heavily compressed picture."""
    import cv2
    import numpy as np

    sample = grey[:: max(1, len(grey) // 512)]
    usual = float(np.median(cv2.absdiff(sample[:, REACH:], sample[:, :-REACH])))
    return int(min(120, max(LEAST_EDGE, NOISE_FACTOR * usual)))


def runs_of(flags: Counts) -> list[Run]:
    """Give the runs [start, end) in which `flags`, of one dimension, is true."""
    import numpy as np

    steps = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


def _typical(bands: list[Run]) -> float | None:
    heights = sorted(end - start for start, end in bands if end - start >= LEAST_BAND)
    return float(heights[len(heights) // 2]) if heights else None


def _between_lines(empty: list[Run], bands: list[Run], line: float) -> list[Run]:
    """Leave out the empty rows inside a line: under the dot of an i, in 三 and =, above an underline.

    They are low, and one of the pieces of ink beside them is much lower than a line.
    """
    ends = {end: end - start for start, end in bands}
    starts = {start: end - start for start, end in bands}

    def inside(run: Run) -> bool:
        beside = min(ends.get(run[0], 0) or line, starts.get(run[1], 0) or line)
        return run[1] - run[0] < 0.6 * line and beside < 0.45 * line

    return [run for run in empty if not inside(run)]
