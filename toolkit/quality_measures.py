"""What the quality of a picture is judged by, measured in grey values on its lines of text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from toolkit.blocking import blocking_of
from toolkit.grain import grain_of, ripple_of
from toolkit.page_lines import PageLines
from toolkit.softness import Softness, edge_width, softness
from toolkit.text_height import weighted_quantile
from toolkit.text_line import TextLine
from toolkit.text_lines import Grey, noise_of
from toolkit.upright import Stand

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
DRAWN_EDGE = 1.7
"""Width in px of edges that no lens has softened: on screens letters of 10 to 12 px have 1.3 to 1.6, and they
are read without fault, though few such edges fit into an em. What lies between wider ones is blur as well as
grain, and no part of their steepness."""
AROUND = 0.7
"""Em above and below a line whose paper is looked at for grain."""


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

    @property
    def as_drawn(self) -> bool:
        """Whether edges are as narrow as those that screens draw."""
        return self.edge_px is not None and self.edge_px <= DRAWN_EDGE

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
    blocking = blocking_of(grey, [line.box for line in lines])
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
        skew_degrees=skew_of(page),
        em=weighted_quantile([(line.em, line.characters) for line in lines], 0.5),
        edge_px=typical("edge_px"),
        stand=page.stand,
    )


def _without_lines(page: PageLines, blocking: float) -> Measures:
    soft = softness(page.canvas.work)
    edge = None if soft is None else soft.sharpest * page.canvas.scale
    grain = noise_of(page.canvas.full)
    return Measures(None, None, None, blocking, None, None, None, edge, soft, grain, page.traces)


def skew_of(page: PageLines) -> float | None:
    """Give the page's skew in degrees counter-clockwise: the median of its lines, each by its length."""
    long = [(line.slope, line.box[2] - line.box[0]) for line in page.lines if _is_long(line)]
    if not long:
        return None
    slant = 0.0 if page.turn is None or page.turn.degrees % 90 == 0 else page.turn.degrees
    return -slant - math.degrees(math.atan(weighted_quantile(long, 0.5)))


def _is_long(line: TextLine) -> bool:
    return line.box[2] - line.box[0] > 6 * line.em


def _sample(lines: Sequence[TextLine]) -> list[TextLine]:
    ordered = sorted(lines, key=lambda line: line.box[1])
    step = max(1, math.ceil(len(ordered) / SAMPLED_LINES))
    return ordered[::step]


def _measure_line(grey: Grey, line: TextLine) -> _LineMeasures | None:
    part = _part(grey, line)
    if min(part.shape) < 4:
        return None
    contrast = abs(line.paper - line.ink)
    grain = grain_of(_part(grey, line, AROUND * line.em), line.paper, line.ink)
    noise = noise_of(grey) if grain is None else grain
    edge = _edge(part, line.em, contrast, noise)
    if edge > DRAWN_EDGE:
        edge = _edge(part, line.em, contrast, ripple_of(part, line.paper, line.ink))
    return _LineMeasures(
        weight=line.characters,
        sharpness=line.em * (1 - FINER_STROKES * line.cjk) / edge,
        contrast=contrast / 255,
        noise=noise / contrast,
        exposure=(line.paper + line.ink) / 255 - 1,
        edge_px=edge,
    )


def _part(grey: Grey, line: TextLine, reach: float = 0.0) -> Floats:
    """Give the start of a line's pixels, with `reach` px above and below it."""
    left, upper, right, lower = line.box
    rows = slice(max(0, round(upper - reach)), max(0, round(lower + reach)))
    return grey[rows, max(0, round(left)) : round(right)][:, :SAMPLED_WIDTH].astype(np.float32)


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
