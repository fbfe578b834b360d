"""Measure one candidate row on its pixels: is it text, of which script, and how large is its em?

The constants were read off rows drawn in twelve faces at 8 to 100 px per em; benchmarks/inspect.py repeats
the measurement and docs/readability.md shows it.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from toolkit.geometry import Box
from toolkit.text_lines import Candidate, Canvas, Grey, quantile

Floats = npt.NDArray[np.float32]

LATIN_RISE = 0.73
"""Height of ascenders and capitals above the baseline in em: 0.69 (Liberation Serif) to 0.77 (Aileron)."""
LATIN_EXTENT = 1.0
"""From ascenders to descenders a Latin row is at most this high, in em; guards against a misread baseline."""
CJK_EXTENT = 0.945
"""From the top to the bottom of a row of Chinese characters in em: 0.92 to 0.97 (Noto Sans and Serif CJK)."""
EDGE = 0.045
"""Share of the row's usual ink at which the row begins and ends: ascenders alone give 0.06 to 0.25."""
SOFT_END = 0.3
"""Share of an edge's width that `EDGE` counts as text beyond the true end of the ink, at each end."""
REPEATED = 0.8
"""Correlation of a row with itself, moved, over which it is a pattern and no text."""


@dataclass(frozen=True)
class TextLine:
    """One line of text, in px of the full picture. `sure` is false where only other lines make it believable.

    `em` is its font size, `cjk` how sure it is of Chinese glyphs (0..1), `slope` dy/dx, `characters` an
    estimate. `paper` and `ink` are grey levels. `box` is the upright box around it.
    """

    box: Box
    em: float
    cjk: float
    slope: float
    characters: float
    paper: float
    ink: float
    light: bool
    sure: bool
    crisp: bool
    level: bool


@dataclass(frozen=True)
class Strip:
    """A levelled cut-out of one row: `cover` is 0 on the paper and 1 in full ink, (height, width).

    `scale` leads back to the full picture: one pixel here is `scale` pixels there.
    """

    cover: Floats
    paper: float
    ink: float
    scale: float


@dataclass(frozen=True)
class Shape:
    """What tells text from other rows, in px of the strip.

    `extent` is the row's height, `rise` that above the baseline, `band` the share of the rise that is full
    (x-height to capitals: 0.65 to 0.77 in Latin, over 0.85 elsewhere). `vertical` is how many strokes a
    column meets, `strokes` how many a row of pixels meets per extent, `fall` how steeply the ink ends at the
    baseline, `two_level` Otsu's separability (1: ink and paper only), `density` the share of ink.
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


def measure_row(canvas: Canvas, row: Candidate) -> TextLine | None:
    """Measure a candidate, or give None where it is not text."""
    strip = _cut(canvas, row)
    shape = None if strip is None else _shape(strip)
    if strip is None or shape is None or not _may_be_text(shape) or _repeats(strip.cover, shape.extent):
        return None
    cjk = _cjk_share(shape)
    em = _em(shape, cjk) * strip.scale
    return TextLine(
        box=_full_box(canvas, row),
        em=em,
        cjk=cjk,
        slope=row.slope,
        characters=shape.length * strip.scale / em * (2 - cjk),
        paper=strip.paper,
        ink=strip.ink,
        light=row.light,
        sure=_is_surely_text(shape),
        level=shape.band > 0.87,
        crisp=shape.two_level >= 0.87 and shape.fall >= 11,
    )


def _em(shape: Shape, cjk: float) -> float:
    """Give the em in px of the strip, between the Latin and the Chinese reading of the row."""
    soft = SOFT_END * shape.extent / shape.fall
    extent = shape.extent - 2 * soft
    latin, chinese = max((shape.rise - soft) / LATIN_RISE, extent / LATIN_EXTENT), extent / CJK_EXTENT
    return float(max(1.0, latin) ** (1 - cjk) * max(1.0, chinese) ** cjk)


def _full_box(canvas: Canvas, row: Candidate) -> Box:
    reach = (row.height + abs(row.slope) * (row.right - row.left)) / 2
    box = (row.left, row.middle - reach, row.right, row.middle + reach)
    left, upper, right, lower = (side * canvas.scale for side in box)
    height, width = (side * canvas.scale for side in canvas.work.shape)
    return (max(0.0, left), max(0.0, upper), min(width, right), min(height, lower))


def _cut(canvas: Canvas, row: Candidate) -> Strip | None:
    """Cut the row out, level, with half its height to spare above and below."""
    fine = canvas.scale > 1 and row.height < 14 and canvas.full is not canvas.work
    grey, zoom = (canvas.full, canvas.scale) if fine else (canvas.work, 1.0)
    left = max(0, int(row.left * zoom) - 2)
    width = min(grey.shape[1], int(row.right * zoom) + 3) - left
    half = max(4, round(row.height * zoom * 1.25))
    middle = row.middle * zoom + row.slope * (left + width / 2 - (row.left + row.right) * zoom / 2)
    matrix = np.array([[1, 0, left], [row.slope, 1, middle - half - row.slope * width / 2]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (width, 2 * half + 1)
    part = cv2.warpAffine(grey, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return _levelled(np.asarray(part, np.uint8), row.light, canvas.scale / zoom)


def _levelled(part: Grey, light: bool, scale: float) -> Strip | None:
    paper = quantile(part, 0.5)
    core = part[part.shape[0] // 4 : -part.shape[0] // 4]
    ink = quantile(core, 0.97 if light else 0.03)
    if (ink - paper if light else paper - ink) < 16:
        return None
    cover = np.clip((part.astype(np.float32) - paper) / (ink - paper), 0, 1)
    return Strip(cover, paper, ink, scale)


def _shape(strip: Strip) -> Shape | None:
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
        top=top,
        extent=bottom - top,
        rise=base - top,
        band=(base - rise) / (base - top),
        vertical=vertical,
        strokes=strokes * (bottom - top),
        fall=float(-steps[int(base)]) / level * (bottom - top),
        two_level=_two_level(inside[:, :: _step(inside.shape[1], 300)]),
        density=np.count_nonzero(inside > 0.4) / inside.size,
        length=float(strip.cover.shape[1]),
    )


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


def _may_be_text(shape: Shape) -> bool:
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


def _repeats(cover: Floats, extent: float) -> bool:
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


def _is_surely_text(shape: Shape) -> bool:
    """Tell rows that can stand alone; the others (small, soft) must agree with each other to be believed."""
    rich = shape.strokes >= 0.85 and shape.vertical >= 1.2 and shape.vertical + shape.strokes / 2 >= 1.75
    return rich and shape.fall >= 8


def _cjk_share(shape: Shape) -> float:
    """Give how sure the row is of Chinese glyphs, 0 to 1: they are rich in strokes, and full to the top.

    The sum of strokes met down and half of those met across is 2.2 to 2.5 in Latin text, capitals and
    figures, 2.5 to 2.6 in lines that mix Latin and Chinese, 3.0 to 3.6 in Chinese. Blur, which `fall` tells,
    closes strokes: at a fall of 6 it is 1.7 to 2.0 and 2.0 to 2.4.
    """
    full = min(1.0, max(0.0, (shape.band - 0.76) / 0.08))
    soft = 0.06 * min(6.0, max(0.0, 14 - shape.fall)) + 0.2 * max(0.0, 8 - shape.fall)
    border = 3.0 - 0.3 * full - soft
    return 1 / (1 + math.exp(-10 * (shape.vertical + shape.strokes / 2 - border)))
