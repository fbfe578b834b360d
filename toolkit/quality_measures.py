"""What the quality of a picture is judged by, measured in grey values on its lines of text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from toolkit.page_lines import PageLines
from toolkit.softness import Softness, edge_width, softness
from toolkit.text_height import weighted_quantile
from toolkit.text_line import TextLine
from toolkit.text_lines import Grey, noise_of
from toolkit.upright import Stand, stand_of

Floats = npt.NDArray[np.float32]

SAMPLED_LINES = 8
"""Lines whose pixels are looked at; spread over the page."""
SAMPLED_WIDTH = 500
"""Px of each of them that are looked at: 12 to 24 characters at 300 dpi."""
SAMPLED_STEPS = 6000
"""Steps from pixel to pixel that are looked at in each direction; 120 of them lie above the percentile."""
MEASURED_EM = 64
"""Px per em above which edges are measured reduced: the thresholds were set on text of 20 to 60 px, and
above some 150 the edges are fewer of the pixels than those above the percentile of `_steepest`."""
NOISE_STEP = 2.9
"""98th percentile of the difference of two pixels with noise of standard deviation 1: 2.05 times root 2."""
FINER_STROKES = 0.2
"""Chinese characters need as much sharpness as Latin ones a fifth smaller: at equal blur and reduction the
reader's error in Chinese is that of Latin text 0.8 times as sharp."""
GRAIN_KEPT = 0.87
"""Share of white noise left when its Gaussian mean (sigma 1) is taken away: root of 1 - 2/2pi + 1/4pi."""
CLIPPED_SHARE = 0.3
"""Share of pure white and black on the paper from which its grain counts as clipped; up to half can be."""
CLIPPED_KEPT = 0.58
"""Standard deviation of half a normal distribution, the other half being clipped: root of 1/2 - 1/2pi."""


@dataclass(frozen=True)
class Measures:
    """The figures behind a `Quality`; `edge_px` (edge width) and `em` are in px of the full picture.

    `stand` tells whether the page stands upright. Where no text was found `soft` (at the working size),
    `grain` (grey levels) and `traces` (characters that may be there) are measured.
    """

    sharpness: float | None
    contrast: float | None
    noise: float | None
    blocking: float
    exposure: float | None
    skew_degrees: float | None
    em: float | None
    edge_px: float | None
    soft: Softness | None = None
    grain: float = 0.0
    traces: float = 0.0
    stand: Stand = "upright"

    def value(self, name: str) -> float:
        """Give the figure that a limit is called by; 0 where there is none."""
        if name == "skew":
            return abs(self.skew_degrees or 0.0)
        return float(getattr(self, name) or 0.0)


@dataclass(frozen=True)
class _LineMeasures:
    weight: float
    sharpness: float
    contrast: float
    noise: float
    exposure: float
    edge_px: float


def measure(page: PageLines) -> Measures:
    """Measure the quality of a page whose lines were found."""
    grey = page.canvas.full
    lines = _sample(page.lines)
    found = [m for line in lines if (m := _measure_line(grey, line)) is not None]
    blocking = blocking_of(grey)
    if not found:
        return _without_lines(page, blocking)

    def typical(name: str) -> float:
        return weighted_quantile([(getattr(m, name), m.weight) for m in found], 0.5)

    return Measures(
        sharpness=typical("sharpness"),
        contrast=typical("contrast"),
        noise=typical("noise"),
        blocking=blocking,
        exposure=typical("exposure"),
        skew_degrees=skew_of(page.lines),
        em=weighted_quantile([(line.em, line.characters) for line in lines], 0.5),
        edge_px=typical("edge_px"),
        stand=stand_of(page),
    )


def _without_lines(page: PageLines, blocking: float) -> Measures:
    soft = softness(page.canvas.work)
    edge = None if soft is None else soft.sharpest * page.canvas.scale
    grain = noise_of(page.canvas.full)
    return Measures(None, None, None, blocking, None, None, None, edge, soft, grain, page.traces)


def skew_of(lines: Sequence[TextLine]) -> float | None:
    """Give the page's skew in degrees counter-clockwise: the median of its lines, each by its length."""
    long = [(line.slope, line.box[2] - line.box[0]) for line in lines if _is_long(line)]
    return -math.degrees(math.atan(weighted_quantile(long, 0.5))) if long else None


def _is_long(line: TextLine) -> bool:
    return line.box[2] - line.box[0] > 6 * line.em


def _sample(lines: Sequence[TextLine]) -> list[TextLine]:
    ordered = sorted(lines, key=lambda line: line.box[1])
    step = max(1, math.ceil(len(ordered) / SAMPLED_LINES))
    return ordered[::step]


def _measure_line(grey: Grey, line: TextLine) -> _LineMeasures | None:
    left, upper, right, lower = (round(side) for side in line.box)
    part = grey[max(0, upper) : lower, max(0, left) : right][:, :SAMPLED_WIDTH].astype(np.float32)
    if min(part.shape) < 4:
        return None
    contrast = abs(line.paper - line.ink)
    noise = _noise(part, line)
    edge = _edge(part, line.em, contrast, noise)
    return _LineMeasures(
        weight=line.characters,
        sharpness=line.em * (1 - FINER_STROKES * line.cjk) / edge,
        contrast=contrast / 255,
        noise=noise / contrast,
        exposure=(line.paper + line.ink) / 255 - 1,
        edge_px=edge,
    )


def _edge(part: Floats, em: float, contrast: float, noise: float) -> float:
    """Give the width in px of a line's edges; large letters are measured reduced, for edges are few there."""
    shrink = MEASURED_EM / em
    if shrink >= 1:
        return _widest_edge(part, contrast, noise)
    reduced = cv2.resize(part, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    if min(reduced.shape) < 4:
        return _widest_edge(part, contrast, noise)
    return _widest_edge(reduced, contrast, noise * shrink) / shrink


def _widest_edge(part: Floats, contrast: float, noise: float) -> float:
    """Give the 10 to 90 % width in px of a line's steepest edges, in the direction in which it is widest.

    A shaken picture is sharp across the movement and soft along it, so eight directions are looked at.
    """
    across, down = np.diff(part, axis=1)[:-1], np.diff(part, axis=0)[:, :-1]
    angles = np.arange(8) * math.pi / 8
    steepest = min(_steepest(across * math.cos(angle) + down * math.sin(angle)) for angle in angles)
    return edge_width(contrast / max(1.0, math.sqrt(max(0.0, steepest**2 - (NOISE_STEP * noise) ** 2))))


def _steepest(steps: Floats) -> float:
    """Give the 98th percentile of the steps: up to `MEASURED_EM` strokes' edges are more of the pixels."""
    flat = np.abs(steps.ravel()[:: max(2, steps.size // SAMPLED_STEPS)])
    place = int(0.98 * (len(flat) - 1))
    return float(np.partition(flat, place)[place])


def _noise(part: Floats, line: TextLine) -> float:
    """Give the standard deviation of the paper's grain in grey levels, away from the ink.

    What is smooth (shading, blur that spills from the letters) is taken out first. On white or black paper
    half of the grain is clipped away, and the deviation of the other half is scaled up.
    """
    cover = (part - line.paper) / (line.ink - line.paper)
    ink = cv2.dilate((cover > 0.5).astype(np.uint8), np.ones((7, 7), np.uint8))
    grain = (part - cv2.GaussianBlur(part, (0, 0), 1))[ink == 0]
    if grain.size < 50:  # so much grain that it counts as ink everywhere, or letters that leave no paper
        return noise_of(part.astype(np.uint8))
    clipped = np.mean((part[ink == 0] % 255) == 0) > CLIPPED_SHARE
    return float(grain.std()) / GRAIN_KEPT / (CLIPPED_KEPT if clipped else 1.0)


def blocking_of(grey: Grey) -> float:
    """Give how much more neighbours differ across JPEG's 8-pixel borders than beside them, at least 0."""
    top, left = max(0, grey.shape[0] // 2 - 600) // 8 * 8, max(0, grey.shape[1] // 2 - 600) // 8 * 8
    part = grey[top : top + 1200, left : left + 1200].astype(np.int16)
    return max(_border_excess(part), _border_excess(part.T))


def _border_excess(part: npt.NDArray[np.int16]) -> float:
    """Compare every border with its own surroundings and take the median border.

    Compression marks them all; the rules of a table, bars and screens laid out on a grid of 8 only some.
    """
    steps = np.minimum(np.abs(np.diff(part, axis=1)), 32).mean(axis=0)
    borders = np.arange(7, len(steps) - 4, 8)
    if len(borders) < 2:
        return 0.0
    around = np.median([steps[borders + apart] for apart in _BESIDE], axis=0)
    return max(0.0, float(np.median((steps[borders] + 0.1) / (around + 0.1))) - 1)


_BESIDE = (-4, -3, -2, -1, 1, 2, 3, 4)
"""Steps that stand beside one across a border."""
