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

WORK_PIXELS = 2_400_000
"""Area that is searched: at half of 300 dpi an A4 page has 2.2 megapixels and 6 pt text 12 px per em."""
SMALL_PIXELS = 900_000
"""Pictures below this area are enlarged twice: their text is often 7 to 14 px per em, too small to part."""
WINDOW = 41
"""Side in px of the adaptive threshold's mean; wider than two strokes of text up to 100 px per em."""
TIERS = tuple((4 * 2**k, 12 * 2**k) for k in range(6))
"""Heights of components that may form one line: x-height and capitals of a font differ by 1.5, parts of a
Chinese character by up to 3; steps of 2 so that no size falls between two tiers."""


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
    full = np.asarray(image.convert("L"))
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


def noise_of(grey: Grey) -> float:
    """Estimate the noise in grey levels: the median of a Laplacian that cancels edges (Immerkaer 1996)."""
    step = max(1, round((grey.size / 500_000) ** 0.5))
    height, width = grey.shape
    top, left = height // 2 - height // (2 * step), width // 2 - width // (2 * step)
    part = grey[top : top + max(3, height // step), left : left + max(3, width // step)]
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    return float(np.median(np.abs(cv2.filter2D(part, cv2.CV_32F, kernel))) / 0.6745 / 6)


def find_candidates(work: Grey) -> list[Candidate]:
    """List the rows of components of `work`, both polarities, that are long enough to be text."""
    mean = cv2.blur(work, (WINDOW, WINDOW))
    offset = max(8.0, 3.5 * noise_of(work))
    found: list[Candidate] = []
    for light in (False, True):
        difference = cv2.subtract(work, mean) if light else cv2.subtract(mean, work)
        _, mask = cv2.threshold(difference, offset, 255, cv2.THRESH_BINARY)
        boxes = _components(mask)
        for low, high in TIERS:
            found += _rows(boxes[(boxes[:, 3] >= low) & (boxes[:, 3] < high)], work.shape, low, light)
    return found


def _components(mask: Grey) -> Ints:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    boxes = stats[1:]
    width, height, filled = boxes[:, 2], boxes[:, 3], boxes[:, 4]
    solid = filled / np.maximum(1, width * height)
    keep = (height >= TIERS[0][0]) & (width <= 30 * height) & (height <= 12 * width) & (solid > 0.08)
    return np.asarray(boxes[keep], np.int32)


def _rows(boxes: Ints, shape: tuple[int, ...], low: int, light: bool) -> list[Candidate]:
    if len(boxes) < 2:
        return []
    group = _grouped(boxes, shape, low)
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    rows = (_candidate(boxes[members], light) for members in np.split(order, cuts))
    return [row for row in rows if row is not None]


def _grouped(boxes: Ints, shape: tuple[int, ...], low: int) -> Ints:
    """Number the row of each box: the boxes' middle halves, widened by their height, painted and joined."""
    shrink = max(1, low // 8)
    canvas = np.zeros((shape[0] // shrink + 1, shape[1] // shrink + 1), np.uint8)
    for x, y, width, height, _ in boxes.tolist():
        reach, quarter = height * 8 // 10, height // 4
        corner = ((x - reach) // shrink, (y + quarter) // shrink)
        opposite = ((x + width + reach) // shrink, (y + height - quarter) // shrink)
        cv2.rectangle(canvas, corner, opposite, 255, -1)
    _, labels = cv2.connectedComponents(canvas, connectivity=8, ltype=cv2.CV_32S)
    middle_x, middle_y = boxes[:, 0] + boxes[:, 2] // 2, boxes[:, 1] + boxes[:, 3] // 2
    return np.asarray(labels[middle_y // shrink, middle_x // shrink], np.int32)


def _candidate(boxes: Ints, light: bool) -> Candidate | None:
    left, right = int(boxes[:, 0].min()), int((boxes[:, 0] + boxes[:, 2]).max())
    height = float(np.percentile(boxes[:, 3], 85))
    if len(boxes) < 3 and right - left < 3.5 * height:
        return None
    centre_x = boxes[:, 0] + boxes[:, 2] / 2
    centre_y = boxes[:, 1] + boxes[:, 3] / 2
    slope = _slope(centre_x, centre_y, np.sqrt(boxes[:, 2])) if right - left > 5 * height else 0.0
    middle = float(np.median(centre_y - slope * (centre_x - (left + right) / 2)))
    spread = np.abs(centre_y - slope * (centre_x - (left + right) / 2) - middle)
    if abs(slope) > 0.27 or np.median(spread) > 0.5 * height:
        return None
    return Candidate(left, right, middle, height, slope, len(boxes), light)


def _slope(x: Floats, y: Floats, weight: Floats) -> float:
    mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = float(np.sum(weight * (x - mean_x) ** 2))
    return float(np.sum(weight * (x - mean_x) * (y - mean_y)) / spread) if spread else 0.0
