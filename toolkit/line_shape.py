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
from toolkit.text_lines import Candidate, Canvas, Grey

Floats = npt.NDArray[np.float32]

LATIN_RISE = 0.735
"""Height of ascenders and capitals above the baseline in em: 0.69 (Liberation Serif) to 0.77 (Aileron)."""
CJK_EXTENT = 0.95
"""From the top to the bottom of a row of Chinese characters in em: 0.92 to 0.97 (Noto Sans and Serif CJK)."""
EDGE = 0.06
"""Share of the row's usual ink at which the row begins and ends: ascenders alone give about 0.2."""
BLUR = 0.7
"""Half-tone rows of anti-aliasing that are counted as text, in px of the strip, both ends together."""


@dataclass(frozen=True)
class TextLine:
    """One line of text, in px of the full picture.

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
    if strip is None or shape is None or not _is_text(shape, row):
        return None
    cjk = _cjk_share(shape)
    latin_em, cjk_em = (shape.rise - BLUR) / LATIN_RISE, (shape.extent - BLUR) / CJK_EXTENT
    em = (latin_em ** (1 - cjk) * cjk_em**cjk) * strip.scale
    return TextLine(
        box=_full_box(canvas, row),
        em=em,
        cjk=cjk,
        slope=row.slope,
        characters=shape.length * strip.scale / em * (2 - cjk),
        paper=strip.paper,
        ink=strip.ink,
        light=row.light,
    )


def _full_box(canvas: Canvas, row: Candidate) -> Box:
    reach = (row.height + abs(row.slope) * (row.right - row.left)) / 2
    box = (row.left, row.middle - reach, row.right, row.middle + reach)
    left, upper, right, lower = (side * canvas.scale for side in box)
    height, width = canvas.full.shape
    return (max(0.0, left), max(0.0, upper), min(float(width), right), min(float(height), lower))


def _cut(canvas: Canvas, row: Candidate) -> Strip | None:
    """Cut the row out, level, with half its height to spare above and below."""
    fine = canvas.scale > 1 and row.height < 14
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
    paper = float(np.median(part))
    core = part[part.shape[0] // 4 : -part.shape[0] // 4]
    ink = float(np.percentile(core, 97 if light else 3))
    if (ink - paper if light else paper - ink) < 16:
        return None
    cover = np.clip((part.astype(np.float32) - paper) / (ink - paper), 0, 1)
    return Strip(cover, paper, ink, scale)


def _shape(strip: Strip) -> Shape | None:
    ink = np.where(strip.cover > 0.2, strip.cover, 0).mean(axis=1)
    centre, third = len(ink) // 2, max(2, len(ink) // 6)
    core = ink[centre - third : centre + third + 1]
    level = float(np.percentile(core, 75))
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
        two_level=_two_level(inside),
        density=float((inside > 0.4).mean()),
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
    down = (mask[1:] & ~mask[:-1]).sum(axis=0) + mask[0]
    across = (mask[:, 1:] & ~mask[:, :-1]).sum(axis=1)
    inked = down[down > 0]
    return (float(inked.mean()) if len(inked) else 0.0, float(across.mean()) / mask.shape[1])


def _two_level(cover: Floats) -> float:
    """Give Otsu's separability: the variance between ink and paper over all variance (Otsu 1979)."""
    counts, _ = np.histogram(cover, 32, (0, 1))
    share = counts / counts.sum()
    level = (np.arange(32) + 0.5) / 32
    weight, mass = np.cumsum(share)[:-1], np.cumsum(share * level)[:-1]
    mean = float((share * level).sum())
    spread = weight * (1 - weight)
    between = np.where(spread > 1e-9, (mean * weight - mass) ** 2 / np.maximum(spread, 1e-9), 0)
    return float(between.max() / max(1e-9, (share * (level - mean) ** 2).sum()))


def _is_text(shape: Shape, row: Candidate) -> bool:
    """Tell text from fences, leaves, edges and coins, by gates that drawn and printed rows all pass."""
    seen = shape.strokes * shape.length / shape.extent
    return (
        seen >= 5
        and shape.length >= 1.6 * shape.extent
        and shape.strokes >= 0.85
        and shape.vertical >= 1.2
        and shape.vertical + shape.strokes / 2 >= 1.8
        and shape.vertical <= 4.2
        and 0.09 <= shape.density <= 0.58
        and shape.two_level >= 0.74
        and shape.fall >= (11 if shape.extent > 60 else 3)
    )


def _cjk_share(shape: Shape) -> float:
    """Give how sure the row is of Chinese glyphs, 0 to 1: they are full to the top and rich in strokes."""
    full = min(1.0, max(0.0, (shape.band - 0.76) / 0.08))
    border = 2.62 - 0.3 * min(1.0, max(0.0, (22 - shape.extent) / 10))
    rich = 1 / (1 + math.exp(-9 * (shape.vertical + shape.strokes / 2 - border)))
    return full * rich
