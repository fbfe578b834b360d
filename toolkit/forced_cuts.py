"""Where to part a picture that has no gap in reach: photos from edge to edge, columns out of step, noise.

Two pieces then share what lies around the cut. Lines of text are looked for as `inspect` does, because on a
photo ink is everywhere, and the pieces share as much as it takes to have each line whole in one of them.
Lines that run on for longer than that are parted where there is the least ink, between words if possible.
"""

from typing import TYPE_CHECKING

from toolkit.picture import Pixels
from toolkit.text_gaps import Counts, Run

if TYPE_CHECKING:
    from toolkit.text_line import TextLine

BESIDE = 0.35
"""Em beside a line that are left alone: descenders, and the rim of letters on a photo."""
NEVER = 1 << 30
"""More rows than any picture has."""


def forced_cut(part: Pixels, ink: Counts, overlap: int, *, down: bool) -> Run:
    """Give the rows of `part` at which the next piece starts and this one ends, `overlap` or more apart.

    `ink` is that of its rows, or with `down` false of its columns, which are then what is cut between.
    """
    import numpy as np

    overlap = min(overlap, len(ink) - 1)
    count = len(ink) - overlap
    starts = np.arange(count)
    ends = starts + overlap
    for low, high in (_side(line, down) for line in _lines(part)):
        ends = np.where((starts > low) & (starts < high), np.maximum(ends, high), ends)
    shared = np.where(ends <= len(ink), ends - starts, NEVER)
    cheapest = shared == shared.min()
    if shared.min() == NEVER:
        ends, cheapest = starts + overlap, np.ones(count, np.bool_)
    middle = ink[overlap // 2 : overlap // 2 + count]
    start = int(np.where(cheapest, middle, NEVER).argmin())
    return (start, int(ends[start]))


def _side(line: "TextLine", down: bool) -> Run:
    left, upper, right, lower = line.box
    low, high = (upper, lower) if down else (left, right)
    return (int(low - BESIDE * line.em), round(high + BESIDE * line.em))


def _lines(part: Pixels) -> "tuple[TextLine, ...]":
    from PIL import Image

    from toolkit.page_lines import read_lines

    found = read_lines(Image.fromarray(part))
    return (*found.on_picture, *found.inside)
