"""From the recogniser's characters to a line with its words, each with its box."""

import re
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from demo.engines.picture import Pixels
from demo.engines.reader.find import Spot
from demo.engines.reader.ink import grey_of, ink_mask
from demo.engines.reader.lines import Line, Word, union
from demo.engines.reader.model import Reading
from demo.engines.reader.spaces import restore
from toolkit.geometry import Box

FAR = 0.55
"""Ink so many heights of the cut from the middle of the first character is no part of it."""

Columns = npt.NDArray[np.bool_]


def to_line(spot: Spot, picture: Pixels, reading: Reading) -> Line:
    """Make a line of what was read in `picture`, the crop of `spot`."""
    text = tidy(reading.text)
    centres = reading.centres
    if spot.tall or not text or len(centres) != sum(not c.isspace() for c in text):
        return Line(text, spot.box, reading.score, (Word(text, spot.box),) if text else ())
    columns = _own_ink(_ink_columns(picture), centres, picture.shape[0])
    white = [_white_between(columns, a, b) for a, b in pairwise(centres)]
    unit = _ink_height(spot) / _length(spot)
    steps = [(b - a) / unit for a, b in pairwise(centres)]
    text = restore(text, [(end - start) / unit for start, end in white], steps)
    words = _words(text, spot, columns, white)
    return Line(text, union([word.box for word in words]), reading.score, words)


def tidy(text: str) -> str:
    """Trim a text; the full-width yen sign before a figure is what the recogniser makes of any yen sign."""
    return re.sub(r"￥(?=\s?\d)", "¥", text.strip())


def _own_ink(columns: Columns, centres: tuple[float, ...], height: int) -> Columns:
    """Leave out ink before the first and after the last character read: a bullet, a legend's square."""
    own = columns.copy()
    runs = _runs(columns, least=0.25 * height)
    if runs:
        first = min(runs, key=lambda run: _distance(run, centres[0] * len(columns)))
        last = min(runs, key=lambda run: _distance(run, centres[-1] * len(columns)))
        far = FAR * height
        for run in runs:
            if run[1] < min(first[0], centres[0] * len(columns) - far):
                own[run[0] : run[1]] = False
            if run[0] > max(last[1], centres[-1] * len(columns) + far):
                own[run[0] : run[1]] = False
    return own


def _runs(columns: Columns, least: float) -> list[tuple[int, int]]:
    """List the stretches of ink that are parted by at least `least` empty columns, as (start, end)."""
    filled = np.flatnonzero(columns)
    if not len(filled):
        return []
    cuts = np.flatnonzero(np.diff(filled) > least)
    starts = [filled[0], *filled[cuts + 1]]
    ends = [*filled[cuts], filled[-1]]
    return [(int(start), int(end) + 1) for start, end in zip(starts, ends, strict=True)]


def _distance(run: tuple[int, int], place: float) -> float:
    return max(run[0] - place, place - run[1], 0.0)


def _ink_height(spot: Spot) -> float:
    """The height of the line's ink; of a slanted one, four fifths of the detector's box."""
    (_, y0), (_, y1), _, (x3, y3) = spot.corners
    if abs(y1 - y0) > 1:
        return 0.8 * float(np.hypot(x3 - spot.corners[0][0], y3 - y0))
    return max(1.0, spot.box[3] - spot.box[1])


def _length(spot: Spot) -> float:
    """The length of the cut in pixels of the page."""
    (x0, y0), (x1, y1), *_ = spot.corners
    return max(1.0, float(np.hypot(x1 - x0, y1 - y0)))


def _ink_columns(picture: Pixels) -> Columns:
    """Tell for each column whether it holds ink; the outer tenths above and below may be other lines'."""
    mask = ink_mask(grey_of(picture))
    if mask is None:
        return np.ones(picture.shape[1], np.bool_)
    rows = mask.shape[0]
    inner = mask[rows // 10 : max(rows // 10 + 1, rows - rows // 10)]
    return np.asarray(inner.any(axis=0), np.bool_)


def _white_between(columns: Columns, a: float, b: float) -> tuple[float, float]:
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
    columns: Columns,
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
    return (float(max(left, min(xs))), float(upper), float(min(right, max(xs))), float(lower))
