"""Gaps between lines that are not simply empty rows: under a watermark, or between lines that slope.

They are looked for only where no empty row is in reach. A watermark is ink so much paler than the text that
it can be left out. Between sloping lines no level cut is free, but one piece may end where the slanted gap
is lowest and the next begin where it is highest: every line is whole in one of the two, and what they share
is no more than the slope asks for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from toolkit.picture import Pixels
from toolkit.text_gaps import (
    LEAST_EDGE,
    POOL,
    Cells,
    Counts,
    Run,
    edge_strength,
    edge_threshold,
    gaps_of,
    ink_cells,
    runs_of,
)

PALE = 0.3
"""Share of the text's own contrast up to which ink is a watermark: those are set at 10 to 25 % of black,
captions in grey at 45 % and more."""
PALE_SPREAD = 4
"""Cells of pale ink by which a row of a gap may exceed the best one: more is a pale line of text."""
STEEPEST = 0.12
"""Slope up to which lines are followed: 7 degrees."""
SLOPES = 97
"""Slopes that are tried, one every 0.14 degrees."""
STRIPS = 32
"""Upright strips of a picture that are moved against each other to try a slope."""
LEAST_GAP = 3
"""Rows that a gap must have."""
WORTH, WIDEST = 10.0, 40
"""Rows of detour that each row of a gap's width is worth, up to so many rows."""


@dataclass(frozen=True)
class HiddenCut:
    """Where one piece may end and the next begin, in rows; `start` lies above `end` where they overlap."""

    start: int
    end: int


def hidden_cut(grey: Pixels, low: int, high: int, ideal: float) -> HiddenCut | None:
    """Find a cut in the rows [low, high) that touches no line of text, the nearest to the row `ideal`.

    A level cut is preferred to one that follows the slope of the lines. `grey` is uint8, (height, width).
    """
    if min(high - low, grey.shape[1]) <= 2 * POOL:
        return None
    strong = PALE * _contrast_of(grey)
    level = _nearest(_pale_gaps(grey[low:high], strong), ideal - low)
    if level is not None:
        return HiddenCut(low + level, low + level)
    return _slanted(grey, low, high, ideal, strong)


def slope_of(cells: Cells) -> float:
    """Give the slope (dy/dx, in pixels) of the lines of text in a mask of cells of POOL pixels' width.

    Upright strips of the mask are moved against each other; at the right slope rows with ink and rows
    without differ most (Postl 1986).
    """
    import numpy as np

    step = max(1, cells.shape[1] // STRIPS)
    starts = np.arange(0, cells.shape[1], step)
    strips = np.add.reduceat(cells.astype(np.int32), starts, axis=1).T
    middle = (starts + step / 2 - cells.shape[1] / 2) * POOL
    slopes = np.linspace(-STEEPEST, STEEPEST, SLOPES)
    scores = [_contrast(strips, np.rint(slope * middle).astype(int)) for slope in slopes]
    return float(slopes[int(np.argmax(scores))])


def _contrast(strips: Counts, moves: Counts) -> float:
    import numpy as np

    rows = sum(np.roll(strip, -int(move)) for strip, move in zip(strips, moves, strict=True))
    return float((np.diff(rows) ** 2).sum())


def _slanted(grey: Pixels, low: int, high: int, ideal: float, strong: float) -> HiddenCut | None:
    import numpy as np

    reach = round(STEEPEST * grey.shape[1] / 2)
    top, bottom = max(0, low - reach), min(len(grey), high + reach)
    part = np.ascontiguousarray(grey[top:bottom])
    slope = slope_of(ink_cells(part, edge_threshold(part)))
    if abs(slope) * part.shape[1] < 1:
        return None
    levelled = _levelled(part, slope)
    cells = ink_cells(levelled, edge_threshold(levelled), beside=True)
    sloping = gaps_of(cells.sum(axis=1))
    before = gaps_of(_as_before(cells, slope), sloping.line)
    level = _nearest(_within(before.runs, (low - top, high - top)), ideal - top)
    if level is not None:  # it was hidden by the sides of a sheet that lies at an angle
        return HiddenCut(top + level, top + level)
    rise, fall = _lean(cells, slope)
    inside = (low - top - rise + 1, high - top - fall - 1)
    gaps = _within(sloping.runs, inside) or _within(_pale_gaps(levelled, strong), inside)
    row = _nearest(gaps, ideal - top)
    return None if row is None else HiddenCut(int(top + row + rise) - 1, int(top + row + fall) + 1)


def _as_before(cells: Cells, slope: float) -> Counts:
    """Count the ink of levelled cells in the rows in which it stood before."""
    import numpy as np

    height, width = cells.shape
    y, x = np.nonzero(cells)
    rows = np.rint(y + slope * (x + 0.5 - width / 2) * POOL).astype(int)
    return np.bincount(rows.clip(0, height - 1), minlength=height)


def _levelled(part: Pixels, slope: float) -> Pixels:
    """Shear a part so that lines lie level, and the sides of a sheet, at right angles to them, upright."""
    import cv2
    import numpy as np

    height, width = part.shape
    matrix = np.array([[1, -slope, slope * height / 2], [slope, 1, -slope * width / 2]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(part, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _lean(cells: Cells, slope: float) -> tuple[float, float]:
    """Give how far above and below its middle a slanted gap lies at the ends of the ink, in rows."""
    import numpy as np

    width = cells.shape[1]
    inked = np.flatnonzero(cells.any(axis=0))
    ends = (int(inked[0]), int(inked[-1]) + 2) if len(inked) else (0, width)
    leans = sorted(slope * (end - width / 2) * POOL for end in ends)
    return leans[0], leans[1]


def _contrast_of(grey: Pixels) -> float:
    """Give the contrast of most text in grey levels: nine tenths of the rows with ink stay under it."""
    import numpy as np

    strongest = edge_strength(grey[:: max(1, len(grey) // 1024)]).max(axis=1)
    inked = strongest[strongest > LEAST_EDGE]
    return float(np.percentile(inked, 90)) if len(inked) else 0.0


def _pale_gaps(part: Pixels, strong: float) -> tuple[Run, ...]:
    """Give the runs of rows without ink over `strong` grey levels, where that leaves out a watermark."""
    threshold = edge_threshold(part)
    if strong <= threshold:
        return ()
    pale = ink_cells(part, threshold).sum(axis=1)
    found = gaps_of(ink_cells(part, int(strong)).sum(axis=1)).runs
    return tuple(run for start, end in found for run in _palest(pale, start, end))


def _palest(pale: Counts, start: int, end: int) -> list[Run]:
    """Give the runs in [start, end) with about the least pale ink, away from a pale line among them."""
    rows = pale[start:end]
    return [(start + a, start + b) for a, b in runs_of(rows <= rows.min() + PALE_SPREAD)]


def _within(gaps: Sequence[Run], inside: tuple[float, float]) -> list[Run]:
    low, high = inside
    cut = [(max(start, round(low)), min(end, round(high))) for start, end in gaps]
    return [run for run in cut if run[1] > run[0]]


def _nearest(gaps: Sequence[Run], ideal: float) -> int | None:
    """Give the middle of the gap nearest to `ideal`, wide ones being worth a detour."""
    wide = [run for run in gaps if run[1] - run[0] >= LEAST_GAP]
    if not wide:
        return None
    run = min(wide, key=lambda run: abs((run[0] + run[1]) / 2 - ideal) - WORTH * min(run[1] - run[0], WIDEST))
    return (run[0] + run[1]) // 2
