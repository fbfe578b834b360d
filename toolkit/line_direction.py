"""In which direction the lines of a page run, told by the paper between them and by how their parts lie.

Between lines there is more paper than between the characters of a line, in every script, in running text,
in tables and in lists. So the ink of a small tile of the page, summed up along the lines, rises and falls
further than summed up across them.
"""

import math

import numpy as np
import numpy.typing as npt

from toolkit.text_lines import Grey, Ints

Floats = npt.NDArray[np.float64]

TILE = 6
"""Side of a tile in em: some lines of the page, so few that a slope of 5 degrees moves them by half an em."""
SMOOTH = 0.2
"""Em over which sums are smoothed: the gaps between Chinese characters are narrower."""
LEAST_INK, LEAST_TILES, MOST_TILES = 0.03, 4, 60
"""Share of ink from which a tile counts, the tiles that a page must have, and those that are looked at."""
STEP, NEAR_LEVEL = 2.0, 13.0
"""Degrees between the slants that are tried; those up to `NEAR_LEVEL` off level or plumb are not of
interest."""
BIN, AROUND = 0.3, 9
"""Width of a band in heights of a part, and bands that it is compared with: about two lines of text."""
LEAST_PARTS, CLEAR = 40, 1.35
"""Components from which a slant is looked for, and how much more its rows must stand out than the usual
one's."""


def level_share(ink: Grey, em: float) -> float:
    """Give how clearly lines run across (up to 1) and not down (up to -1); 0 where there are too few.

    `ink` is 0 on paper, (height, width), `em` about the size of the text in px of it.
    """
    tile = max(16, round(TILE * em))
    corners = _corners(ink.shape, tile)
    sample = corners[:: math.ceil(len(corners) / MOST_TILES)]
    found = [_tile(ink[y : y + tile, x : x + tile], em) for y, x in sample]
    counted = np.array([one for one in found if one is not None], np.float64).reshape(-1, 3)
    if len(counted) < LEAST_TILES:
        return 0.0
    weight, down, across = counted.T
    return float((weight * (down - across) / (down + across + 1e-6)).sum() / weight.sum())


def _corners(shape: tuple[int, ...], tile: int) -> list[tuple[int, int]]:
    rows, columns = (range(0, max(1, side - tile // 2), tile) for side in shape)
    return [(y, x) for y in rows for x in columns]


def _tile(part: Grey, em: float) -> tuple[float, float, float] | None:
    """Give a tile's ink, and how far its sums along rows and along columns rise and fall."""
    filled = np.count_nonzero(part)
    if filled < LEAST_INK * part.size:
        return None
    rows, columns = (np.count_nonzero(part, axis=axis).astype(np.float64) for axis in (1, 0))
    rows, columns = np.trim_zeros(rows), np.trim_zeros(columns)
    if min(len(rows), len(columns)) < 2 * em:
        return None
    kernel = max(1, round(SMOOTH * em))
    return (float(filled), _spread(rows, kernel) / len(columns), _spread(columns, kernel) / len(rows))


def _spread(sums: Floats, kernel: int) -> float:
    return float(np.convolve(sums, np.ones(kernel) / kernel, "valid").std())


def slant_of(boxes: Ints) -> float | None:
    """Give by how many degrees clockwise a page must be turned for its parts to lie in level rows.

    `boxes` are those of its components. None where no slant stands out, or one near level or plumb does.
    """
    high = boxes[:, 3]
    if len(boxes) < LEAST_PARTS:
        return None
    usual = float(np.median(high))
    kept = boxes[(high > usual / 2.5) & (high < usual * 2.5)]
    middle = kept[:, :2] + kept[:, 2:4] / 2
    angles = np.arange(-90 + STEP, 90 + STEP, STEP)
    clear = np.array([_row_contrast(middle, math.radians(angle), usual) for angle in angles])
    best = int(np.argmax(clear))
    off = min(abs(angles[best]), 90 - abs(angles[best]))
    if clear[best] < CLEAR * float(np.median(clear)) or off < NEAR_LEVEL:
        return None
    return float(angles[best])


def _row_contrast(middle: Floats, angle: float, em: float) -> float:
    """Give how unevenly parts lie across a direction: their counts in narrow bands, against those around."""
    across = middle[:, 1] * math.cos(angle) - middle[:, 0] * math.sin(angle)
    bands = ((across - across.min()) / (BIN * em)).astype(np.int64)
    counts = np.bincount(bands, minlength=AROUND).astype(np.float64)
    around = np.convolve(counts, np.ones(AROUND) / AROUND, "same")
    return float((counts**2).sum() / max(1e-6, (counts * around).sum()))
