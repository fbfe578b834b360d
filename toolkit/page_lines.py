"""All lines of text of one picture: candidates measured, doubles dropped, and the evidence weighed."""

import math
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from toolkit.line_belief import agree, believable, inside
from toolkit.line_direction import level_share, slant_of
from toolkit.softness import NO_EDGE, softness
from toolkit.text_line import TextLine, measure_row
from toolkit.text_lines import (
    TALL,
    Candidate,
    Canvas,
    Parts,
    find_candidates,
    find_parts,
    load_canvas,
    reduced,
)
from toolkit.turning import Turn, turned
from toolkit.upright import Stand, glyphs_of

MEASURED_AT_MOST = 160
"""Lines measured on one page; a full newspaper page has more, and these many settle its sizes."""
STROKES_COUNTED = 16
"""Lines, the largest first, whose strokes are counted to tell how the page stands."""
RUN_DOWN = 0.05
"""How clearly lines must run down, where some were found across; pages of 13 layouts have 0.06 and more."""
DOWN_ALONE = 0.1
"""The same where none were found across: columns of smudges, as blurred cells leave them, have 0.02."""
SURELY_DOWN = 0.2
"""How clearly they must run down for a doubt, where letters do not tell: sparse tables have up to 0.14."""
SOFT_EDGE = 6.0
"""Width in px of edges (10 to 90 %) in one direction over which a picture is looked at again."""
SHARP_EDGE = 3.0
"""Width in px that its edges are to have then."""
LONE_WORD = 12
"""Characters up to which a row may be a word without ascenders; longer rows nearly always have some."""
LEAST_PARTS, LEAST_COLUMNS, LEAST_IN_COLUMNS = 6, 3, 45
"""Components of a column, such columns, and components in all of them, from which a picture is turned to look
for text that runs down."""


@dataclass(frozen=True)
class PageLines:
    """The lines of text found, and the grey values they were found on.

    `inside` are small rows that are text because they are a paragraph, but stand in a picture on a page
    whose own text is larger: a preview, a figure, a pasted page. `traces` counts the characters of rows
    that look like text where too little of it was found to be sure. `stand` tells how the page stands. With
    `turn` lines and grey values are those of the picture turned so that the lines are level.
    """

    lines: list[TextLine]
    canvas: Canvas
    traces: float = 0.0
    stand: Stand = "upright"
    turn: Turn | None = None
    inside: tuple[TextLine, ...] = ()

    @property
    def on_picture(self) -> list[TextLine]:
        """The lines with their boxes on the picture as it was given."""
        return self.lines if self.turn is None else [self.turn.back(line) for line in self.lines]


def read_lines(image: Image.Image) -> PageLines:
    """Find and measure the lines of text of `image`.

    A picture without any is looked at again: a blurred one reduced until its edges are sharp, any other
    reduced to a quarter, where only huge letters are left. If the lines run down rather than across, it is
    turned to the left, and if its parts lie in rows at a slant, by as much; what is found then counts where
    it is a paragraph (tilted walls of bricks are none). A page upside down is measured turned.
    """
    grey = image if image.mode == "L" else image.convert("L")
    canvas = load_canvas(grey)
    parts = find_parts(canvas.work)
    found = _looked_twice(canvas, parts)
    glyphs = glyphs_of(found.lines)
    if glyphs == "upside_down":
        return _righted(grey, 180, found, "upside_down")
    if glyphs == "upright":
        return found
    return _on_its_side(found, parts, grey) or _at_a_slant(found, parts, grey) or found


def _on_its_side(found: PageLines, parts: Parts, grey: Image.Image) -> PageLines | None:
    """Look at a page whose lines may run down: Chinese in columns is left as it is, others were turned."""
    if not found.lines and not _in_columns(parts):
        return None
    share = level_share(parts.ink, _usual_em(found, parts))
    if share > -(RUN_DOWN if found.lines else DOWN_ALONE):
        return None
    side = _turned(grey, 90, only_sure=not found.lines)
    glyphs = glyphs_of(side.lines)
    if glyphs == "upside_down":
        return _righted(grey, 270, side, "reads_up")
    if glyphs == "upright":
        return replace(side, stand="reads_down")
    unsure = side.lines and glyphs == "unknown" and (share < -SURELY_DOWN or not found.lines)
    return replace(side, stand="sideways") if unsure else side if not found.lines and side.lines else None


def _usual_em(found: PageLines, parts: Parts) -> float:
    if found.lines:
        return float(np.median([line.em for line in found.lines])) / found.canvas.scale
    return float(np.quantile(parts.all[:, 2:4].max(axis=1), TALL))


def _at_a_slant(found: PageLines, parts: Parts, grey: Image.Image) -> PageLines | None:
    slant = None if found.lines else slant_of(parts.all)
    if slant is None:
        return None
    leant = _turned(grey, slant)
    return leant if leant.lines else replace(found, traces=max(found.traces, leant.traces))


def _righted(grey: Image.Image, degrees: float, before: PageLines, stand: Stand) -> PageLines:
    """Find the lines of a page whose characters told how it stands; without any, keep those `before`."""
    image, turn = turned(grey, degrees)
    canvas = load_canvas(image)
    lines = believable(_lines_of(canvas, find_parts(canvas.work)))
    return PageLines(lines, canvas, stand=stand, turn=turn) if lines else replace(before, stand=stand)


def _turned(grey: Image.Image, degrees: float, *, only_sure: bool = True) -> PageLines:
    """Find the lines of a picture turned, if they are a paragraph: `only_sure` ones, or all of them."""
    image, turn = turned(grey, degrees)
    canvas = load_canvas(image)
    found = _lines_of(canvas, find_parts(canvas.work))
    lines = believable(found)
    sure = [line for line in lines if line.sure]
    if agree(sure if only_sure else lines):
        return PageLines(sure if only_sure else lines, canvas, turn=turn)
    return PageLines([], canvas, sum(line.characters for line in found), turn=turn)


def _in_columns(parts: Parts) -> bool:
    """Tell whether components stand above each other in columns, enough of them for a paragraph."""
    columns = [row.count for row in find_candidates(parts.turned()) if row.count >= LEAST_PARTS]
    return len(columns) >= LEAST_COLUMNS and sum(columns) >= LEAST_IN_COLUMNS


def _looked_twice(canvas: Canvas, parts: Parts) -> PageLines:
    first = _lines_of(canvas, parts)
    lines = believable(first)
    if lines:
        return PageLines(lines, canvas, inside=tuple(inside(first, lines)))
    smaller = reduced(canvas, _second_reduction(canvas))
    second = _lines_of(smaller, find_parts(smaller.work))
    traces = max(sum(line.characters for line in found) for found in (first, second))
    return PageLines(believable(second), canvas, traces)


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
        line = measure_row(canvas, row, with_strokes=len(lines) < STROKES_COUNTED)
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
