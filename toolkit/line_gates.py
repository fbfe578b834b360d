"""Is a row text, and in which script? Gates on its shape.

The numbers were read off rows drawn in twelve faces at 8 to 100 px per em, clean and photographed, and off
rows that were found in photos without text.
"""

import math

import numpy as np
import numpy.typing as npt

from toolkit.line_shape import Shape
from toolkit.line_strip import Floats

REPEATED = 0.8
"""Correlation of a row with itself, moved, over which it is a pattern and no text."""


def may_be_text(shape: Shape) -> bool:
    """Tell text from fences, leaves and edges, by gates that printed rows pass even when small and soft."""
    return (
        shape.strokes * shape.length >= 5 * shape.extent
        and shape.length >= 1.6 * shape.extent
        and 0.62 <= shape.strokes <= 3.2
        and 1.04 <= shape.vertical <= 4.2
        and shape.vertical + shape.strokes / 2 >= 1.38
        and 0.09 <= shape.density <= 0.58
        and shape.two_level >= 0.74
        and shape.fall >= (11 if shape.extent > 60 else 3)
    )


def is_surely_text(shape: Shape) -> bool:
    """Tell rows that can stand alone; the others (small, soft) must agree with each other to be believed."""
    richness = shape.vertical + shape.strokes / 2
    rich = shape.strokes >= 0.85 and shape.vertical >= 1.2 and richness >= 1.75
    blobs = shape.density > 0.43 and richness < 2.6  # bricks and coins; only the heaviest Latin faces too
    return rich and not blobs and shape.fall >= 8


def repeats(cover: Floats, extent: float) -> bool:
    """Tell a row of equal things at equal distances (windows, fence posts, keys): it looks like itself moved.

    The columns' ink is compared with itself at every distance up to four times the row's height; Chinese
    text, though evenly spaced, reaches a correlation of 0.5.
    """
    ink = cover.mean(axis=0)[:1024]
    ink = ink - ink.mean()
    count = len(ink)
    reach = min(count // 2, round(4 * extent)) + 1
    power = np.abs(np.fft.rfft(ink, 1 << (2 * count - 1).bit_length())) ** 2
    alike = np.fft.irfft(power)[:reach] / (count - np.arange(reach))
    return bool(len(alike) > 8 and alike[0] > 0 and _second_peak(alike / alike[0]) > REPEATED)


def _second_peak(alike: npt.NDArray[np.floating]) -> float:
    """Give the highest correlation beyond the first distance at which it falls below 0."""
    below = np.flatnonzero(alike < 0)
    return float(alike[below[0] :].max()) if len(below) else 0.0


def cjk_share(shape: Shape) -> float:
    """Give how sure the row is of Chinese glyphs, 0 to 1: they are rich in strokes, and full to the top.

    The sum of strokes met down and half of those met across is 2.2 to 2.5 in Latin text, capitals and
    figures, 2.5 to 2.6 in lines that mix Latin and Chinese, 3.0 to 3.6 in Chinese. Blur, which `fall` tells,
    closes strokes: at a fall of 6 it is 1.7 to 2.0 and 2.0 to 2.4.
    """
    full = min(1.0, max(0.0, (shape.band - 0.76) / 0.08))
    soft = 0.06 * min(6.0, max(0.0, 14 - shape.fall)) + 0.2 * max(0.0, 8 - shape.fall)
    border = 3.0 - 0.3 * full - soft
    return 1 / (1 + math.exp(-10 * (shape.vertical + shape.strokes / 2 - border)))
