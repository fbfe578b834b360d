"""Find lines of text in a picture by image analysis: where they are, before they are measured.

Connected components of an adaptive threshold are joined sideways, by their own height and no further, in
tiers of similar height. So a headline does not swallow the small print beside it, and a skewed line stays
one line. Both polarities are searched: dark on light, light on dark.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Indices = npt.NDArray[np.intp]

WORK_PIXELS = 2_400_000
"""Area that is searched: at half of 300 dpi an A4 page has 2.2 megapixels and 6 pt text 12 px per em."""
SMALL_PIXELS = 900_000
"""Pictures below this area are enlarged twice: their text is often 7 to 14 px per em, too small to part."""
WINDOW = 41
"""Side in px of the adaptive threshold's mean; wider than two strokes of text up to 100 px per em."""
TIERS = tuple((4 * 2**k, 12 * 2**k) for k in range(6))
"""Heights of components that may form one line: x-height and capitals of a font differ by 1.5, parts of a
Chinese character by up to 3; steps of 2 so that no size falls between two tiers."""
TALL = 0.85
"""A row is as high as this quantile of its components: capitals and whole characters, not specks or blots."""
STEEPEST = 0.27
"""Slope over which a row is no line of text: 15 degrees, and the skew asked for is 5."""


@dataclass(frozen=True)
class Canvas:
    """A picture's grey values as given and at the working size; full = work * `scale` (0.5, 1, 2 …)."""

    full: Grey
    work: Grey
    scale: float


@dataclass(frozen=True)
class Candidate:
    """A row of components that may be text, in working pixels.

    `slope` is dy/dx; the row's middle is at `middle` where x is the centre of `left`..`right`. `height` is
    that of its tall components, `count` how many components it has, `light` whether it is light on dark.
    """

    left: int
    right: int
    middle: float
    height: float
    slope: float
    count: int
    light: bool


def load_canvas(image: Image.Image) -> Canvas:
    """Give the grey values of `image` and a copy of about `WORK_PIXELS`."""
    full = np.asarray(image if image.mode == "L" else image.convert("L"))
    height, width = full.shape
    factor = max(1, round((width * height / WORK_PIXELS) ** 0.5))
    if factor > 1 and min(width, height) >= 2 * factor:
        whole = full[: height // factor * factor, : width // factor * factor]
        size = (width // factor, height // factor)
        return Canvas(full, cv2.resize(whole, size, interpolation=cv2.INTER_AREA), float(factor))
    if width * height < SMALL_PIXELS:
        work = cv2.resize(full, (width * 2, height * 2), interpolation=cv2.INTER_CUBIC)
        return Canvas(full, work, 0.5)
    return Canvas(full, full, 1.0)


def reduced(canvas: Canvas, factor: int) -> Canvas:
    """Give the canvas reduced by `factor`; the finer pixels are left behind."""
    height, width = canvas.work.shape
    size = (max(1, width // factor), max(1, height // factor))
    work = np.asarray(cv2.resize(canvas.work, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Canvas(work, work, canvas.scale * factor)


def noise_of(grey: Grey) -> float:
    """Estimate the noise in grey levels: the median of a Laplacian that cancels edges (Immerkaer 1996)."""
    step = max(1, round((grey.size / 500_000) ** 0.5))
    height, width = grey.shape
    top, left = height // 2 - height // (2 * step), width // 2 - width // (2 * step)
    part = grey[top : top + max(3, height // step), left : left + max(3, width // step)]
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    ripple = cv2.convertScaleAbs(cv2.filter2D(part, cv2.CV_16S, kernel))
    return quantile(np.asarray(ripple, np.uint8), 0.5) / 0.6745 / 6


def quantile(part: Grey, share: float) -> float:
    """Give a quantile of grey values from their histogram, much faster than by sorting."""
    reached = np.cumsum(np.bincount(part.ravel(), minlength=256))
    return float(np.searchsorted(reached, share * part.size))


@dataclass(frozen=True)
class Parts:
    """The connected components of a picture that may be (parts of) letters, dark ones and light ones.

    Boxes are (left, upper, width, height, area) in working pixels, `shape` is (height, width); `ink` is
    over 0 where the picture stands out from its surroundings.
    """

    dark: Ints
    light: Ints
    shape: tuple[int, ...]
    ink: Grey

    @property
    def all(self) -> Ints:
        """All boxes."""
        return np.vstack([self.dark, self.light])

    def turned(self) -> "Parts":
        """Give them as in the picture mirrored at its diagonal, so that columns become rows."""
        swap = [1, 0, 3, 2, 4]
        return Parts(self.dark[:, swap], self.light[:, swap], self.shape[::-1], self.ink.T)


def find_parts(work: Grey) -> Parts:
    """Find the components of `work` that stand out from their surroundings."""
    mean = cv2.blur(work, (WINDOW, WINDOW))
    offset = max(8.0, 3.5 * noise_of(work))
    bright = _brightness(work, mean)
    masks = []
    for light in (False, True):
        difference = cv2.subtract(work, mean) if light else cv2.subtract(mean, work)
        difference[bright > 0.6 if light else bright < 0.4] = 0
        _, mask = cv2.threshold(difference, offset, 255, cv2.THRESH_BINARY)
        masks.append(np.asarray(mask, np.uint8))
    dark, lit = (_components(mask) for mask in masks)
    return Parts(dark, lit, work.shape, np.asarray(cv2.bitwise_or(*masks), np.uint8))


def find_candidates(parts: Parts) -> list[Candidate]:
    """List the rows of components, dark or light, that are long enough to be text."""
    found: list[Candidate] = []
    for light, boxes in enumerate((parts.dark, parts.light)):
        for low, high in TIERS:
            tier = boxes[(boxes[:, 3] >= low) & (boxes[:, 3] < high)]
            found += _rows(tier, parts.shape, low, bool(light))
    return found


def _brightness(work: Grey, mean: Grey) -> npt.NDArray[np.float32]:
    """Give where the mean of each pixel's surroundings lies between their darkest (0) and lightest (1).

    Text covers less than half of its paper: over 0.6 it can only be dark, under 0.4 only light.
    """
    size = (max(1, work.shape[1] // 4), max(1, work.shape[0] // 4))
    small = cv2.resize(work, size, interpolation=cv2.INTER_AREA)
    kernel = np.ones((WINDOW // 4, WINDOW // 4), np.uint8)
    low, high = cv2.erode(small, kernel).astype(np.float32), cv2.dilate(small, kernel).astype(np.float32)
    share = (cv2.resize(mean, size, interpolation=cv2.INTER_AREA) - low) / np.maximum(1, high - low)
    return np.asarray(cv2.resize(share, work.shape[::-1], interpolation=cv2.INTER_NEAREST), np.float32)


def _components(mask: Grey) -> Ints:
    left, upper, wide, high = cv2.boundingRect(mask)  # of one polarity there is often next to nothing
    if not wide:
        return np.empty((0, 5), np.int32)
    inked = mask[upper : upper + high, left : left + wide]
    _, _, stats, _ = cv2.connectedComponentsWithStats(inked, connectivity=8, ltype=cv2.CV_32S)
    boxes = stats[1:] + np.array([left, upper, 0, 0, 0], np.int32)
    width, height, filled = boxes[:, 2], boxes[:, 3], boxes[:, 4]
    solid = filled / np.maximum(1, width * height)
    keep = (height >= TIERS[0][0]) & (width <= 30 * height) & (height <= 12 * width) & (solid > 0.08)
    return np.asarray(boxes[keep], np.int32)


def _rows(boxes: Ints, shape: tuple[int, ...], low: int, light: bool) -> list[Candidate]:
    if len(boxes) < 2:
        return []
    group = _grouped(boxes, shape, low)
    order = np.lexsort((boxes[:, 3], group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    return _candidates(boxes[order].astype(np.float64), starts, light)


def _grouped(boxes: Ints, shape: tuple[int, ...], low: int) -> Ints:
    """Number the row of each box: the boxes' middle halves, widened by their height, painted and joined."""
    shrink = max(1, low // 4)
    canvas = np.zeros((shape[0] // shrink + 1, shape[1] // shrink + 1), np.uint8)
    for x, y, width, height, _ in boxes.tolist():
        reach, quarter = height * 8 // 10, height // 4
        corner = ((x - reach) // shrink, (y + quarter) // shrink)
        opposite = ((x + width + reach) // shrink, (y + height - quarter) // shrink)
        cv2.rectangle(canvas, corner, opposite, 255, -1)
    _, labels = cv2.connectedComponents(canvas, connectivity=8, ltype=cv2.CV_32S)
    middle_x, middle_y = boxes[:, 0] + boxes[:, 2] // 2, boxes[:, 1] + boxes[:, 3] // 2
    return np.asarray(labels[middle_y // shrink, middle_x // shrink], np.int32)


def _candidates(boxes: Floats, starts: Indices, light: bool) -> list[Candidate]:
    """Sum up groups of boxes, ordered by group and height: each begins at one of `starts`."""
    count = np.diff(starts, append=len(boxes))
    left = np.minimum.reduceat(boxes[:, 0], starts)
    right = np.maximum.reduceat(boxes[:, 0] + boxes[:, 2], starts)
    height = boxes[starts + ((count - 1) * TALL).astype(int), 3]
    x = boxes[:, 0] + boxes[:, 2] / 2 - np.repeat((left + right) / 2, count)
    y = boxes[:, 1] + boxes[:, 3] / 2
    slope, middle = _fitted(x, y, np.sqrt(boxes[:, 2]), starts)
    slope = np.where(right - left > 5 * height, slope, 0.0)
    off = np.abs(y - np.repeat(slope, count) * x - np.repeat(middle, count))
    apart = np.add.reduceat(off, starts) / count
    keep = (count >= 3) | (right - left >= 3.5 * height)
    keep &= (np.abs(slope) <= STEEPEST) & (apart <= 0.5 * height)
    rows = np.column_stack([left, right, middle, height, slope, count])[keep]
    return [Candidate(int(a), int(b), y, h, tilt, int(n), light) for a, b, y, h, tilt, n in rows.tolist()]


def _fitted(x: Floats, y: Floats, weight: Floats, starts: Indices) -> tuple[Floats, Floats]:
    """Fit a straight line through each group by weighted least squares: its slope, and its y at x = 0."""
    total, sum_x, sum_y, sum_xx, sum_xy = (
        np.add.reduceat(values, starts)
        for values in (weight, weight * x, weight * y, weight * x * x, weight * x * y)
    )
    spread = total * sum_xx - sum_x**2
    slope = np.where(spread > 1e-6, (total * sum_xy - sum_x * sum_y) / np.maximum(spread, 1e-6), 0.0)
    return slope, (sum_y - slope * sum_x) / total
