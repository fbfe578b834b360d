"""All lines of text of one picture: candidates measured, doubles dropped, and the evidence weighed."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from toolkit.line_shape import TextLine, measure_row
from toolkit.text_lines import Candidate, Canvas, find_candidates, load_canvas

MEASURED_AT_MOST = 160
"""Lines measured on one page; a full newspaper page has more, and these many settle its sizes."""
ENOUGH_CHARACTERS = 8
"""A picture with fewer characters than this is called free of text: leaves and bricks reach two or three."""


@dataclass(frozen=True)
class PageLines:
    """The lines of text found, and the grey values they were found on."""

    lines: list[TextLine]
    canvas: Canvas


def read_lines(image: Image.Image) -> PageLines:
    """Find and measure the lines of text of `image`."""
    canvas = load_canvas(image)
    rows = sorted(find_candidates(canvas.work), key=lambda row: -(row.right - row.left) * row.height)
    lines: list[TextLine] = []
    taken = np.empty((0, 6))
    for row in rows:
        if len(lines) >= MEASURED_AT_MOST:
            break
        if _is_taken(row, taken):
            continue
        line = measure_row(canvas, row)
        if line is not None:
            lines.append(line)
            taken = np.vstack([taken, _band(row)])
    if sum(line.characters for line in lines) < ENOUGH_CHARACTERS:
        lines = []
    return PageLines(lines, canvas)


def _band(row: Candidate) -> list[float]:
    return [row.left, row.right, row.middle, row.slope, row.height, (row.left + row.right) / 2]


def _is_taken(row: Candidate, taken: np.ndarray) -> bool:
    """Tell whether most of the row lies in the band of one that is accepted already."""
    if not len(taken):
        return False
    left, right, middle, slope, height, centre = taken.T
    mine = (row.left + row.right) / 2
    shared = np.minimum(right, row.right) - np.maximum(left, row.left)
    apart = np.abs(row.middle - (middle + slope * (mine - centre)))
    return bool(np.any((shared > 0.4 * (row.right - row.left)) & (apart < 0.75 * height)))
