"""The shape of one row of pixels: where its ink begins, rests and ends, and how rich in strokes it is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from toolkit.line_strip import Floats, Strip

EDGE = 0.045
"""Share of the row's usual ink at which the row begins and ends: ascenders alone give 0.06 to 0.25."""
MARGIN = 0.06
"""Share of the extent left out beside x-height and baseline, where the edges of all letters lie."""


@dataclass(frozen=True)
class Shape:
    """What tells text from other rows, in px of the strip.

    `extent` is the row's height, `rise` that above the baseline, `band` the share of the rise that is full
    (x-height to capitals: 0.65 to 0.77 in Latin, over 0.85 elsewhere). `vertical` is how many strokes a
    column meets, `strokes` how many a row of pixels meets per extent, `fall` how steeply the ink ends at the
    baseline, `two_level` Otsu's separability (1: ink and paper only), `density` the share of ink. `above` and
    `below` are how much of the extent the ink between x-height and top, and below the baseline, would fill at
    the row's usual density: ascenders and descenders.
    """

    top: float
    extent: float
    rise: float
    band: float
    vertical: float
    strokes: float
    fall: float
    two_level: float
    density: float
    length: float
    above: float
    below: float


def shape_of(strip: Strip) -> Shape | None:
    """Measure a strip; None where no row of ink begins and ends on it."""
    ink = np.where(strip.cover > 0.2, strip.cover, 0).mean(axis=1)
    centre, third = len(ink) // 2, max(2, len(ink) // 6)
    core = ink[centre - third : centre + third + 1]
    level = float(np.sort(core)[len(core) * 3 // 4])
    peak = centre - third + int(np.argmax(core))
    up, down = _walk(ink[peak::-1], EDGE * level), _walk(ink[peak:], EDGE * level)
    if level < 0.02 or up is None or down is None or up + down < 4:
        return None
    top, bottom = peak - up, peak + down
    steps = np.diff(ink)
    first, last = max(0, int(top)), min(len(steps), int(bottom) + 1)
    middle = (first + last) // 2
    base = middle + int(np.argmin(steps[middle:last])) + 0.5
    rise = first + int(np.argmax(steps[first:middle])) + 0.5 if middle > first else top
    vertical, strokes = _crossings(strip.cover[first : last + 1] > 0.4)
    inside = strip.cover[first : last + 1]
    return Shape(
        top=float(top),
        extent=float(bottom - top),
        rise=float(base - top),
        band=float((base - rise) / (base - top)),
        vertical=vertical,
        strokes=float(strokes * (bottom - top)),
        fall=float(-steps[int(base)] / level * (bottom - top)),
        two_level=_two_level(inside[:, :: _step(inside.shape[1], 300)]),
        density=np.count_nonzero(inside > 0.4) / inside.size,
        length=float(strip.cover.shape[1]),
        above=_filled(ink / level, top, rise - MARGIN * (bottom - top)) / (bottom - top),
        below=_filled(ink / level, base + MARGIN * (bottom - top), bottom) / (bottom - top),
    )


def _filled(ink: npt.NDArray[np.floating], start: float, end: float) -> float:
    """Sum up ink between two places, which may lie between rows."""
    places = np.linspace(start, end, 9)
    return float(np.interp(places, np.arange(len(ink)), ink).mean() * max(0.0, end - start))


def _walk(ink: npt.NDArray[np.floating], threshold: float) -> float | None:
    """Give how far from its start the ink falls under the threshold, between pixels; None if never."""
    below = np.flatnonzero(ink < threshold)
    if not len(below):
        return None
    i = int(below[0])
    return i - float(threshold - ink[i]) / float(ink[i - 1] - ink[i]) if i else 0.0


def _crossings(mask: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Give the strokes that an inked column meets, and those that a row meets per px of its length."""
    sparse, rows = mask[:, :: _step(mask.shape[1], 300)], mask[:: _step(mask.shape[0], 24)]
    down = np.count_nonzero(sparse[1:] & ~sparse[:-1], axis=0) + sparse[0]
    across = np.count_nonzero(rows[:, 1:] & ~rows[:, :-1]) / len(rows)
    inked = down[down > 0]
    return (float(inked.mean()) if len(inked) else 0.0, across / mask.shape[1])


def _step(length: int, enough: int) -> int:
    """Give the step at which `enough` samples or more are taken; a page has thousands of strokes."""
    return max(1, length // enough)


def _two_level(cover: Floats) -> float:
    """Give Otsu's separability: the variance between ink and paper over all variance (Otsu 1979)."""
    counts = np.bincount((cover * 31.99).astype(np.uint8).ravel(), minlength=32)
    share = counts / counts.sum()
    level = (np.arange(32) + 0.5) / 32
    weight, mass = np.cumsum(share)[:-1], np.cumsum(share * level)[:-1]
    mean = float((share * level).sum())
    spread = weight * (1 - weight)
    between = np.where(spread > 1e-9, (mean * weight - mass) ** 2 / np.maximum(spread, 1e-9), 0)
    return float(between.max() / max(1e-9, (share * (level - mean) ** 2).sum()))
