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
    Cells = NDArray[Any]
else:
    Counts = Cells = Any

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
STRIPS = 16
"""Upright strips in which ink is also counted apart."""
TOGETHER = 3.0
"""Times the height of ink in a strip over which a band of all strips is several lines, not one."""
FAR = 0.25
"""Line heights between a speck and any text."""
BESIDE = 6.0
"""Line heights beside an upright gap in which the lines that end or begin there are counted."""
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


def find_gaps(grey: Pixels, *others: Pixels) -> Gaps:
    """Find the runs of rows that hold no ink. `grey` is uint8, (height, width).

    `others` are further planes of the picture, its colours, in which there is to be no ink either.
    """
    strips = strip_ink(grey)
    for plane in others:
        strips = strips + strip_ink(plane)
    found = gaps_of(strips.sum(axis=0))
    parts = [run for strip in strips for run in runs_of(strip > 0)]
    apart = _typical(parts) if found.line is not None else None
    if apart is not None and found.line is not None and found.line > TOGETHER * apart:
        return gaps_of(found.ink, 1.5 * apart)  # lines out of step, or sloping: strips tell them apart
    return found


def gaps_of(ink: Counts, line: float | None = None) -> Gaps:
    """Find the runs of rows without ink, `ink` being counted row by row.

    `line` is the height of a line where it is known; else it is that of most runs of rows with ink.
    """
    line = line or _typical(runs_of(ink > 0))
    bands = _without_specks(runs_of(ink > 0), ink, line or 0.0)
    empty = _between(bands, len(ink))
    return Gaps(tuple(_between_lines(empty, bands, line or 0.0)), ink, line)


def _without_specks(bands: list[Run], ink: Counts, line: float) -> list[Run]:
    """Leave out what is one cell in a row or two far from any text: noise, dust. An i is nearer its dot."""
    least = max(LEAST_BAND, FAR * line)
    ends = [0, *(end for _, end in bands)]
    starts = [*(start for start, _ in bands[1:]), len(ink)]
    return [
        (start, end)
        for (start, end), before, after in zip(bands, ends, starts, strict=False)
        if end - start > 2 or ink[start:end].max() > 1 or min(start - before, after - end) < least
    ]


def _between(bands: list[Run], length: int) -> list[Run]:
    """Give the runs of [0, length) between bands."""
    edges = [0, *(edge for band in bands for edge in band), length]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end > start]


def row_ink(grey: Pixels) -> Counts:
    """Count the edge cells of each row that are part of no long upright line; int32, (height,)."""
    ink: Counts = strip_ink(grey).sum(axis=0)
    return ink


def lines_beside(grey: Pixels, columns: Run, line: float) -> int:
    """Count the lines of text at the side of an upright gap that has more of them; lines that run together
    are one.
    """
    reach = round(BESIDE * line)
    sides = (grey[:, max(0, columns[0] - reach) : columns[0]], grey[:, columns[1] : columns[1] + reach])
    return max(
        sum(LEAST_BAND <= end - start <= 3 * line for start, end in runs_of(row_ink(side) > 0))
        for side in sides
    )


def strip_ink(grey: Pixels) -> Counts:
    """Count them in each of `STRIPS` upright strips of about the same width; int32, (strips, height)."""
    import numpy as np

    height, width = grey.shape
    reach = _reach(grey.shape)
    counts = np.zeros((STRIPS, height), np.int32)
    if width <= REACH:
        return counts
    starts = np.arange(STRIPS) * -(-width // POOL) // STRIPS
    threshold = edge_threshold(grey)
    for top in range(0, height, BAND_ROWS):
        first, last = max(0, top - reach), min(height, top + BAND_ROWS + reach)
        cells = ink_cells(grey[first:last], threshold, reach)[top - first :][: min(BAND_ROWS, height - top)]
        counts[:, top : top + len(cells)] = np.add.reduceat(cells, starts, axis=1, dtype=np.int32).T
    return counts


def _reach(shape: tuple[int, ...]) -> int:
    """Give how many rows an upright edge runs on for to be no text: a sixth of the shorter side, or 400."""
    return max(48, min(min(shape) // 6, 400))


def edge_strength(grey: Pixels) -> Pixels:
    """Give by how many grey levels each pixel differs from the one `REACH` to its right."""
    import cv2
    import numpy as np

    return np.asarray(cv2.absdiff(grey[:, REACH:], grey[:, :-REACH]), np.uint8)


def ink_cells(grey: Pixels, threshold: int, reach: int | None = None, *, beside: bool = False) -> Cells:
    """Tell which cells of `POOL` pixels in a row hold an edge that is part of no long upright line; bool.

    A line is long from `reach` rows on, by default a share of the shorter side. With `beside` its neighbours
    are left out too: a line that is not quite upright wanders from one cell into the next.
    """
    import cv2
    import numpy as np

    reach = reach or _reach(grey.shape)
    edges = np.zeros((len(grey), -(-grey.shape[1] // POOL) * POOL), np.bool_)
    edges[:, : grey.shape[1] - REACH] = edge_strength(grey) > threshold
    cells = edges.reshape(len(grey), -1, POOL).any(axis=2).astype(np.uint8)
    whole = cv2.morphologyEx(cells, cv2.MORPH_CLOSE, np.ones((RULE, 1), np.uint8))
    upright = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8))
    # Wide areas that are full of edges are texture, not lines: grass, noise, a photo.
    texture = cv2.morphologyEx(upright, cv2.MORPH_OPEN, np.ones((1, WIDEST), np.uint8))
    lines = upright & ~texture
    if beside:
        lines = cv2.dilate(lines, np.ones((1, 3), np.uint8))
    return np.asarray(cells > lines)


def edge_threshold(grey: Pixels) -> int:
    """Raise the least edge above the noise of a photographed or heavily compressed picture."""
    import numpy as np

    usual = float(np.median(edge_strength(grey[:: max(1, len(grey) // 512)])))
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
