"""Which way up the letters of a row stand, told by the directions of their strokes.

Latin letters have more upright edges below, where most of them are, and level ones on three heights.
Chinese characters have more level strokes above and more upright and slanting ones below, whatever the
face; and over all more level edges lie close together than upright ones. Full stops and commas stand at the
foot. Each of it shows little in one character and much in a row: `python -m benchmarks.stroke_weights` fits
the weights and says how well they hold on each row of faces that were left out.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from toolkit.line_shape import Shape
from toolkit.line_strip import Strip
from toolkit.stroke_weights import CHINESE, HANGUL, LATIN, STANDING, Weights

Floats = npt.NDArray[np.float64]
Cover = npt.NDArray[np.float32]

HEIGHT = 32
"""Px that a row is brought to before its strokes are counted."""
LONGEST = 20
"""Heights of a row that are looked at: so many characters of it."""
BANDS, DIRECTIONS = 4, 8
"""Bands from the top to the bottom of a row, and directions of edges from 0 to 180 degrees."""
MARK = (0.06, 0.4)
"""Widths and heights of a full stop or a comma, as shares of the row's height."""


@dataclass(frozen=True)
class Strokes:
    """How the characters of one row stand.

    `upright` is about 1 for text that stands upright and -1 upside down; for Chinese, `standing` is 1 and
    -1 where characters lie on their side, and `hangul` 1 for Korean, of which neither holds, and -1 for
    other rows. `low` and `high` count marks such as full stops at the foot and at the head.
    """

    upright: float
    standing: float
    hangul: float
    low: int
    high: int


def strokes_of(strip: Strip, shape: Shape, *, chinese: bool) -> Strokes | None:
    """Count the strokes of a row, Chinese (or Japanese) or Latin; None where it is too small."""
    part = row_of(strip, shape)
    if part is None:
        return None
    turning, lasting = halves(histogram(part))
    low, high = _marks(part)
    return Strokes(
        upright=_score(CHINESE if chinese else LATIN, turning),
        standing=_score(STANDING, lasting),
        hangul=_score(HANGUL, lasting),
        low=low,
        high=high,
    )


def row_of(strip: Strip, shape: Shape) -> Cover | None:
    """Cut a row from the top to the bottom of its ink, `HEIGHT` px high; None where it is under 5 px."""
    top, bottom = max(0, round(shape.top)), round(shape.top + shape.extent) + 1
    part = strip.cover[top:bottom, : round(LONGEST * shape.extent)]
    if min(part.shape) < 5:
        return None
    method = cv2.INTER_AREA if part.shape[0] > HEIGHT else cv2.INTER_LINEAR
    width = max(8, round(part.shape[1] * HEIGHT / part.shape[0]))
    return np.asarray(cv2.resize(part, (width, HEIGHT), interpolation=method), np.float32)


def histogram(part: Cover) -> Floats:
    """Give how much of the edges lies in each band and direction, (`BANDS`, `DIRECTIONS`), in all 1."""
    across, down = cv2.Sobel(part, cv2.CV_32F, 1, 0), cv2.Sobel(part, cv2.CV_32F, 0, 1)
    strength, angle = cv2.cartToPolar(across, down)
    direction = np.rint(angle * (DIRECTIONS / np.pi)).astype(np.int64) % DIRECTIONS
    band = (np.arange(HEIGHT) * BANDS // HEIGHT)[:, None] * DIRECTIONS
    counts = np.bincount((band + direction).ravel(), strength.ravel(), BANDS * DIRECTIONS)
    return np.asarray(counts / max(1e-6, counts.sum()), np.float64).reshape(BANDS, DIRECTIONS)


def halves(counts: Floats) -> tuple[Floats, Floats]:
    """Part a histogram into what turns its sign when the row is turned upside down, and what stays."""
    mirrored = counts[::-1]
    half = BANDS // 2
    return (counts - mirrored)[:half].ravel(), (counts + mirrored)[:half].ravel()


def _score(weights: Weights, values: Floats) -> float:
    return float(values @ np.asarray(weights.values)) + weights.bias


def _marks(part: Cover) -> tuple[int, int]:
    """Count what is as small as a full stop and stands by itself, low and high in the row."""
    ink = part > 0.45
    edges = np.diff(np.concatenate([[0], ink.any(axis=0).astype(np.int8), [0]]))
    spans = zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
    least, most = (share * HEIGHT for share in MARK)
    middles = [_middle(ink[:, start:end]) for start, end in spans if least <= end - start <= most]
    places = [place for place in middles if place is not None]
    return sum(place > 0.6 for place in places), sum(place < 0.4 for place in places)


def _middle(ink: npt.NDArray[np.bool_]) -> float | None:
    """Give how far down the middle of a mark lies; None if it is too high or too low for one."""
    rows = np.flatnonzero(ink.any(axis=1))
    tall = (rows[-1] - rows[0] + 1) / HEIGHT
    return float(rows[0] + rows[-1] + 1) / 2 / HEIGHT if MARK[0] <= tall <= MARK[1] else None
