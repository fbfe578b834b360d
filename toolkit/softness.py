"""How wide the edges of a picture are, where no line of text is known yet."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from toolkit.text_lines import Grey

RISE_10_90 = 2.563
"""Width of a Gaussian edge from 10 to 90 % of its height, in standard deviations."""
SPAN = 25
"""Side in px of the surroundings whose contrast an edge is compared with."""
STRONG = 25
"""Grey levels that the surroundings must span to hold an edge worth measuring."""
MOST_PIXELS = 200_000
"""Pixels that are looked at."""
REDUCTIONS = (1, 4, 16)
"""By how much the picture is reduced until edges are found: out of focus, giant letters have edges of 100
px."""
LEAST_AREA, WORD = 0.001, 2.2
"""Share of the picture that a shape must fill, and how much wider than high one alone must be."""
SOFT, BLURRED, SHAKEN, NO_EDGE = 6.0, 8.0, 10.0, 60.0
"""Widths in px at the working size. 24 photos in focus have sharpest edges of 3.5 to 6, and 4 to 8.4 in their
widest direction; text too blurred to be found has 10 and more; text too shaken to be found 11 to 17 in one
direction and 3.5 to 5.5 in the other."""


def edge_width(rise: float) -> float:
    """Give the 10 to 90 % width in px of a Gaussian edge of which `rise` px at its steepest slope are all."""
    return RISE_10_90 * rise / math.sqrt(2 * math.pi)


@dataclass(frozen=True)
class Softness:
    """Widths (10 to 90 %) in px of a picture's sharp edges, in the `sharpest` and the `widest` direction.

    They differ where the picture was shaken: it is sharp along the movement. `widest` is infinite where one
    direction has no edges at all.
    """

    sharpest: float
    widest: float

    @property
    def soft(self) -> bool:
        """Whether text as small as a spreadsheet's would be lost: blurred, it leaves edges of 6 to 9."""
        return self.sharpest > SOFT

    @property
    def blurred(self) -> bool:
        """Whether even the sharpest edges are soft: photos in focus have 3 to 6, in either direction."""
        return self.sharpest > BLURRED

    @property
    def shaken(self) -> bool:
        """Whether one direction alone is soft. Stripes, without edges in one direction, do not count."""
        return SHAKEN < self.widest < NO_EDGE and self.widest > 2 * self.sharpest


def softness(grey: Grey) -> Softness | None:
    """Measure the sharpest edges in eight directions; None where nothing stands out from its background.

    Edges wider than the surroundings they are compared with are looked for in the picture reduced. Soft edges
    count only around shapes that stand free: a shadow from the border, a gradient or one stain is none.
    """
    for factor in REDUCTIONS:
        small = _reduced(grey, factor)
        found = _edges(small) if factor == 1 or min(small.shape) >= 2 * SPAN else None
        if found is None or (factor > 1 and found.sharpest > SPAN / 2):
            continue
        widths = Softness(found.sharpest * factor, found.widest * factor)
        if not widths.blurred or _shapes_stand_free(small):
            return widths
    return None


def _reduced(grey: Grey, factor: int) -> Grey:
    size = (max(1, grey.shape[1] // factor), max(1, grey.shape[0] // factor))
    return grey if factor == 1 else np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _shapes_stand_free(grey: Grey) -> bool:
    """Tell whether two shapes or more, or one as wide as a word, stand away from the border."""
    smooth = cv2.GaussianBlur(grey, (0, 0), 2)
    _, mask = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return any(_free(np.asarray(part, np.uint8)) for part in (mask, 255 - np.asarray(mask)))


def _free(mask: Grey) -> bool:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    left, upper, wide, high, area = stats[1:].T
    inside = (left > 0) & (upper > 0) & (left + wide < mask.shape[1]) & (upper + high < mask.shape[0])
    free = inside & (area >= LEAST_AREA * mask.size)
    return bool(np.count_nonzero(free) >= 2 or np.any(free & (wide >= WORD * high)))


def _edges(grey: Grey) -> Softness | None:
    smooth = cv2.GaussianBlur(grey, (0, 0), 1).astype(np.float32)
    kernel = np.ones((SPAN, SPAN), np.uint8)
    span = cv2.dilate(smooth, kernel) - cv2.erode(smooth, kernel)
    strong = span > STRONG
    count = int(np.count_nonzero(strong))
    if count < 0.001 * grey.size:
        return None
    step = max(1, count // MOST_PIXELS)
    across, down = ((cv2.Sobel(smooth, cv2.CV_32F, x, 1 - x) / (8 * span.clip(1)))[strong] for x in (1, 0))
    angles = np.arange(8) * np.pi / 8
    widths = [_width(across[::step] * np.cos(angle) + down[::step] * np.sin(angle)) for angle in angles]
    return Softness(min(widths), max(widths))


def _width(slopes: npt.NDArray[np.floating]) -> float:
    steepest = float(np.percentile(np.abs(slopes), 99))
    return edge_width(1 / steepest) if steepest > 1 / 200 else math.inf
