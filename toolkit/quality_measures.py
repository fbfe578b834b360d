"""What the quality of a picture is judged by, measured in grey values on its lines of text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from toolkit.line_shape import TextLine
from toolkit.page_lines import PageLines
from toolkit.text_height import weighted_quantile
from toolkit.text_lines import Grey

SAMPLED_LINES = 24
"""Lines whose pixels are looked at; spread over the page."""
RISE_10_90 = 2.563
"""Width of a Gaussian edge from 10 to 90 % of its height, in standard deviations."""


@dataclass(frozen=True)
class Measures:
    """The figures behind a `Quality`; `edge_px` (edge width) and `em` are in px of the full picture."""

    sharpness: float | None
    contrast: float | None
    noise: float | None
    blocking: float
    exposure: float | None
    skew_degrees: float | None
    em: float | None
    edge_px: float | None

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
        return Measures(None, None, None, blocking, None, None, None, _sharpest_edge(page.canvas.work))

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
    )


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
    part = grey[max(0, upper) : lower, max(0, left) : right][:, :2000].astype(np.float32)
    if min(part.shape) < 4:
        return None
    contrast = abs(line.paper - line.ink)
    edge = max(_edge_width(np.diff(part, axis=axis), contrast) for axis in (0, 1))
    return _LineMeasures(
        weight=line.characters,
        sharpness=line.em / edge,
        contrast=contrast / 255,
        noise=_noise(part, line) / contrast,
        exposure=(line.paper + line.ink) / 255 - 1,
        edge_px=edge,
    )


def _edge_width(steps: npt.NDArray[np.float32], contrast: float) -> float:
    """Give the 10 to 90 % width in px of the steepest edges: the slope of a Gaussian edge at its middle."""
    steepest = float(np.percentile(np.abs(steps), 98))
    return RISE_10_90 * contrast / (math.sqrt(2 * math.pi) * max(steepest, 0.5))


def _noise(part: npt.NDArray[np.float32], line: TextLine) -> float:
    """Give the standard deviation of the paper on the side of the ink: the other side may be clipped."""
    away = (part - line.paper) * (1 if line.light else -1) / abs(line.paper - line.ink)
    ink = cv2.dilate((away > 0.5).astype(np.uint8), np.ones((5, 5), np.uint8))
    clear = away[(ink == 0) & (away >= 0)]
    return float(np.sqrt(np.mean(clear**2))) * abs(line.paper - line.ink) if clear.size > 50 else 0.0


def blocking_of(grey: Grey) -> float:
    """Give how much more neighbours differ across JPEG's 8-pixel borders than elsewhere, at least 0."""
    top, left = max(0, grey.shape[0] // 2 - 600) // 8 * 8, max(0, grey.shape[1] // 2 - 600) // 8 * 8
    part = grey[top : top + 1200, left : left + 1200].astype(np.int16)
    return max(_border_excess(part), _border_excess(part.T))


def _border_excess(part: npt.NDArray[np.int16]) -> float:
    steps = np.minimum(np.abs(np.diff(part, axis=1)), 32).mean(axis=0)
    count = len(steps) // 8 * 8
    if count < 16:
        return 0.0
    phases = steps[:count].reshape(-1, 8).mean(axis=0)
    return max(0.0, float(phases[7] / (np.median(phases) + 0.1)) - 1)


def _sharpest_edge(grey: Grey) -> float | None:
    """Give the 10 to 90 % width in px of the sharpest edges of a picture without text; None if blank."""
    smooth = cv2.GaussianBlur(grey, (0, 0), 1).astype(np.float32)
    kernel = np.ones((25, 25), np.uint8)
    span = cv2.dilate(smooth, kernel) - cv2.erode(smooth, kernel)
    strong = span > 25
    if strong.mean() < 0.001:
        return None
    slope = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(smooth, cv2.CV_32F, 0, 1) / 8)
    ratio = float(np.percentile((slope[strong] / span[strong]), 99))
    return RISE_10_90 / (math.sqrt(2 * math.pi) * max(ratio, 1e-3))
