"""All lines of text of one picture: candidates measured, doubles dropped, and the evidence weighed."""

import math
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from toolkit.softness import NO_EDGE, softness
from toolkit.text_line import TextLine, measure_row
from toolkit.text_lines import Candidate, Canvas, Parts, find_candidates, find_parts, load_canvas, reduced

MEASURED_AT_MOST = 160
"""Lines measured on one page; a full newspaper page has more, and these many settle its sizes."""
ENOUGH_CHARACTERS = 8
"""A picture with fewer characters than this is called free of text, or with half as many that are as crisp as
drawn ones: windows and leaves reach three or four, and soft ones."""

SOFT_EDGE = 6.0
"""Width in px of edges (10 to 90 %) in one direction over which a picture is looked at again."""
SHARP_EDGE = 3.0
"""Width in px that its edges are to have then."""
LONE_WORD = 12
"""Characters up to which a row may be a word without ascenders; longer rows nearly always have some."""
NEARLY_ALL = 0.75
"""Share of the text's length from which sure lines speak for the page alone."""
PARAGRAPHS = ((3, 60), (4, 45))
"""Parallel rows of one size, and the characters in them, from which unsure rows are a paragraph. Of 95 drawn
scenes without text the closest has two such rows with 25."""
LEAST_PARTS, LEAST_COLUMNS, LEAST_IN_COLUMNS = 6, 3, 45
"""Components of a column, such columns, and components in all of them, from which a picture is turned to look
for text that runs down."""
NEAR = 4.0
"""Em between rows of one paragraph at most; rows between them may have been missed."""
SAME_SLOPE = 0.03
"""Lines of one page are parallel within this slope, 1.7 degrees: more would be a strongly bent page."""


@dataclass(frozen=True)
class PageLines:
    """The lines of text found, and the grey values they were found on.

    `inside` are small rows that are text because they are a paragraph, but stand in a picture on a page whose
    own text is larger: a preview, a figure, a pasted page.
    `traces` counts the characters of rows that look like text where too little of it was found to be sure.
    With `turned_width` both are those of the picture turned to the left, whose width that is in pixels.
    """

    lines: list[TextLine]
    canvas: Canvas
    traces: float = 0.0
    turned_width: int | None = None
    inside: tuple[TextLine, ...] = ()

    @property
    def on_picture(self) -> list[TextLine]:
        """The lines with their boxes on the picture as it was given."""
        width = self.turned_width
        return self.lines if width is None else [_turned_back(line, width) for line in self.lines]


def _turned_back(line: TextLine, width: int) -> TextLine:
    left, upper, right, lower = line.box
    return replace(line, box=(width - lower, left, width - upper, right), down=True)


def read_lines(image: Image.Image) -> PageLines:
    """Find and measure the lines of text of `image`.

    A picture without any is looked at again: a blurred one reduced until its edges are sharp, any other
    reduced to a quarter, where only huge letters are left. At last it is turned to the left, if its parts
    stand in columns: those of text that runs down are lines then, and count where they are a paragraph
    (tilted walls of bricks are none).
    """
    grey = image if image.mode == "L" else image.convert("L")
    canvas = load_canvas(grey)
    parts = find_parts(canvas.work)
    found = _looked_twice(canvas, parts)
    if found.lines or not _in_columns(parts):
        return found
    turned = load_canvas(grey.transpose(Image.Transpose.ROTATE_90))
    lines = [line for line in _believable(_lines_of(turned, find_parts(turned.work))) if line.sure]
    return PageLines(lines, turned, turned_width=image.width) if _agree(lines) else found


def _in_columns(parts: Parts) -> bool:
    """Tell whether components stand above each other in columns, enough of them for a paragraph."""
    columns = [row.count for row in find_candidates(parts.turned()) if row.count >= LEAST_PARTS]
    return len(columns) >= LEAST_COLUMNS and sum(columns) >= LEAST_IN_COLUMNS


def _looked_twice(canvas: Canvas, parts: Parts) -> PageLines:
    first = _lines_of(canvas, parts)
    lines = _believable(first)
    if lines:
        return PageLines(lines, canvas, inside=tuple(_inside(first, lines)))
    smaller = reduced(canvas, _second_reduction(canvas))
    second = _lines_of(smaller, find_parts(smaller.work))
    traces = max(sum(line.characters for line in found) for found in (first, second))
    return PageLines(_believable(second), canvas, traces)


def _second_reduction(canvas: Canvas) -> int:
    soft = softness(canvas.work)
    if soft is not None and SOFT_EDGE < soft.widest < NO_EDGE:
        return math.ceil(soft.widest / SHARP_EDGE)
    return 4


def _lines_of(canvas: Canvas, parts: Parts) -> list[TextLine]:
    rows = sorted(find_candidates(parts), key=lambda row: -(row.right - row.left) * row.height)
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
    return _rejoined(lines)


def _rejoined(lines: list[TextLine]) -> list[TextLine]:
    """Give rows of small letters alone ("sums") the size of the text around them, and its script.

    Such a row is level at the top as capitals are, and is measured too small, at its x-height. It is told by
    its place: on one line with a row of the size that fits, or between two of a paragraph.
    """
    if len(lines) < 2:
        return lines
    box, em, slope = (np.array([getattr(line, name) for line in lines]) for name in ("box", "em", "slope"))
    x, y = (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2
    joined = []
    for i, line in enumerate(lines):
        apart = np.maximum(box[:, 0] - box[i, 2], box[i, 0] - box[:, 2])
        off = np.abs(y + slope * (x[i] - x) - y[i])
        fits = (em[i] > 0.6 * em) & (em[i] < 0.87 * em)
        beside = fits & (apart < 2.5 * em) & (off < 0.35 * em)
        around = fits & (apart < 0) & (off < 2.2 * em)
        if (beside.any() and line.characters < LONE_WORD) or (around.sum() >= 2 and line.level):
            whole = lines[int(np.argmax(np.where(beside | around, em, 0)))]
            line = replace(line, em=whole.em, cjk=whole.cjk)
        joined.append(line)
    return joined


def _believable(lines: list[TextLine]) -> list[TextLine]:
    """Keep what can be believed, and nothing where that is too little to call it text.

    Unsure lines count where they agree with each other, or lie beside sure ones at about their slope. Where
    nearly all text is sure they are left out: they are the insides of pictures.
    """
    sure = [line for line in lines if line.sure]
    if not sure and not _agree(lines):
        return []
    slope = float(np.median([line.slope for line in sure or lines]))
    kept = [line for line in lines if line.sure or abs(line.slope - slope) < SAME_SLOPE]
    if _length(sure) > NEARLY_ALL * _length(kept):
        kept = sure
    evidence = sum(line.characters * (2 if line.crisp else 1) for line in kept)
    return kept if evidence >= ENOUGH_CHARACTERS else []


def _inside(found: list[TextLine], kept: list[TextLine]) -> list[TextLine]:
    """Find paragraphs among the rows that were left out: close together, parallel, and of one size."""
    outside = {id(line) for line in kept}
    rest = sorted((line for line in found if id(line) not in outside), key=lambda line: line.box[1])
    groups: list[list[TextLine]] = []
    for line in rest:
        near = next((group for group in groups if any(_near(line, other) for other in group)), None)
        groups.append([line]) if near is None else near.append(line)
    return [line for group in groups if _agree(group) for line in group]


def _near(line: TextLine, other: TextLine) -> bool:
    reach = NEAR * max(line.em, other.em)
    apart = [max(line.box[i] - other.box[i + 2], other.box[i] - line.box[i + 2]) for i in (0, 1)]
    return max(apart) < reach


def _length(lines: list[TextLine]) -> float:
    return sum(line.characters * line.em for line in lines)


def _agree(lines: list[TextLine]) -> bool:
    """Tell whether lines are a paragraph: long, of one size, and parallel."""
    if not lines:
        return False
    slope, em = np.median([line.slope for line in lines]), np.median([line.em for line in lines])
    alike = [line for line in lines if abs(line.slope - slope) < SAME_SLOPE and em / 1.3 < line.em < 1.3 * em]
    characters = sum(line.characters for line in alike)
    return any(len(alike) >= rows and characters >= enough for rows, enough in PARAGRAPHS)


def _band(row: Candidate) -> list[float]:
    return [row.left, row.right, row.middle, row.slope, row.height, (row.left + row.right) / 2]


def _is_taken(row: Candidate, taken: np.ndarray) -> bool:
    """Tell whether most of the row lies in the band of one that is accepted already, or just beside it."""
    if not len(taken):
        return False
    left, right, middle, slope, height, centre = taken.T
    mine = (row.left + row.right) / 2
    reach = np.where(height > 1.15 * row.height, 2 * height, 0)
    shared = np.minimum(right + reach, row.right) - np.maximum(left - reach, row.left)
    apart = np.abs(row.middle - (middle + slope * (mine - centre)))
    return bool(np.any((shared > 0.4 * (row.right - row.left)) & (apart < 0.75 * height)))
