"""From the recogniser's characters to a line with its words, each with its box."""

import numpy as np

from demo.engines.reader.find import Spot
from demo.engines.reader.ink import grey_of, ink_mask
from demo.engines.reader.lines import Line, Word
from demo.engines.reader.model import Pixels, Reading
from demo.engines.reader.spaces import restore
from toolkit.geometry import Box


def to_line(spot: Spot, picture: Pixels, reading: Reading) -> Line:
    """Make a line of what was read in `picture`, the crop of `spot`."""
    text = reading.text.strip()
    centres = reading.centres
    if spot.tall or len(centres) != sum(not c.isspace() for c in text):
        return Line(text, spot.box, reading.score, (Word(text, spot.box),) if text else ())
    columns = _ink_columns(picture)
    white = [_white_between(columns, a, b) for a, b in zip(centres, centres[1:], strict=False)]
    unit = picture.shape[0] / max(1, picture.shape[1])
    text = restore(text, [(end - start) / unit for start, end in white])
    return Line(text, spot.box, reading.score, _words(text, spot, columns, white))


def _ink_columns(picture: Pixels) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Tell for each column whether it holds ink; the outer tenths above and below may be other lines'."""
    mask = ink_mask(grey_of(picture))
    if mask is None:
        return np.ones(picture.shape[1], np.bool_)
    rows = mask.shape[0]
    inner = mask[rows // 10 : max(rows // 10 + 1, rows - rows // 10)]
    return np.asarray(inner.any(axis=0), np.bool_)


def _white_between(
    columns: "np.ndarray[tuple[int], np.dtype[np.bool_]]", a: float, b: float
) -> tuple[float, float]:
    """Find the widest empty run between two places of a line, all as fractions of its width."""
    width = len(columns)
    start, end = int(a * width), max(int(a * width) + 1, int(np.ceil(b * width)))
    filled = np.flatnonzero(columns[start:end])
    marks = np.concatenate(([-1], filled, [end - start]))
    widths = np.diff(marks) - 1
    best = int(widths.argmax())
    if widths[best] < 1:
        middle = (a + b) / 2
        return (middle, middle)
    return ((start + marks[best] + 1) / width, (start + marks[best + 1]) / width)


def _words(
    text: str,
    spot: Spot,
    columns: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    white: list[tuple[float, float]],
) -> tuple[Word, ...]:
    filled = np.flatnonzero(columns)
    if not len(filled):
        return (Word(text, spot.box),)
    start, last = float(filled[0]) / len(columns), float(filled[-1] + 1) / len(columns)
    words, count = [], 0
    for word in text.split():
        count += len(word)
        end = white[count - 1][0] if count <= len(white) else last
        words.append(Word(word, _box_between(spot, start, max(start, end))))
        start = white[count - 1][1] if count <= len(white) else last
    return tuple(words)


def _box_between(spot: Spot, start: float, end: float) -> Box:
    """Give the box of a part of a line; its height is the line's, along the slant where it has one."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = spot.corners
    left, upper, right, lower = spot.box
    xs = [x0 + (x1 - x0) * start, x3 + (x2 - x3) * start, x0 + (x1 - x0) * end, x3 + (x2 - x3) * end]
    if abs(y1 - y0) > 1:
        ys = [y0 + (y1 - y0) * start, y3 + (y2 - y3) * start, y0 + (y1 - y0) * end, y3 + (y2 - y3) * end]
        upper, lower = max(upper, min(ys)), min(lower, max(ys))
    return (max(left, min(xs)), upper, min(right, max(xs)), lower)
