"""How a page is tilted, from the boxes that the detector found. Pure arithmetic."""

import numpy as np
import numpy.typing as npt

from demo.engines.reader.model import Quads

LONG = 8.0
"""Lines so many times as wide as high show the tilt themselves."""

LEAST, MOST = 0.003, 0.2
"""Slopes between which a page is tilted; what is steeper is slanted print."""

NEAR = 0.12
"""Pieces stand on one row if their middles differ by at most this part of their height."""

GAIN = 3
"""So many more pairs must stand on one row than without a tilt, before it is believed."""


def tilt_of(quads: list[Quads]) -> float:
    """Give by how many pixels the rows of a page fall for each pixel to the right; 0 where it can't be told.

    Three long lines tell by their own slope; short pieces by the slope at which most of them stand on rows.
    """
    long = [quad for quad in quads if LONG * _height(quad) < quad[1][0] - quad[0][0]]
    tilt = float(np.median([_slope(quad) for quad in long])) if len(long) > 2 else _by_rows(quads)
    return tilt if LEAST < abs(tilt) < MOST else 0.0


def _height(quad: Quads) -> float:
    return float(np.linalg.norm(quad[3] - quad[0]))


def _slope(quad: Quads) -> float:
    return float((quad[1][1] - quad[0][1] + quad[2][1] - quad[3][1]) / 2 / (quad[1][0] - quad[0][0]))


def _by_rows(quads: list[Quads]) -> float:
    if len(quads) < 2 * GAIN:
        return 0.0
    middles = np.asarray([quad.mean(axis=0) for quad in quads])
    near = NEAR * float(np.median([_height(quad) for quad in quads]))
    slopes = np.linspace(-0.1, 0.1, 201)
    pairs = [_pairs(middles, float(slope), near) for slope in slopes]
    best = max(pairs)
    if best < pairs[len(pairs) // 2] + GAIN:
        return 0.0
    return float(np.median(slopes[[i for i, count in enumerate(pairs) if count == best]]))


def _pairs(middles: npt.NDArray[np.floating], slope: float, near: float) -> int:
    """Count neighbours that stand on one row, were the page tilted by `slope`."""
    heights = np.sort(middles[:, 1] - slope * middles[:, 0])
    return int((np.diff(heights) <= near).sum())
