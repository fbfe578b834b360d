"""PNG's row filters (W3C PNG, section 9), chosen once per picture by a probe of a few rows."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from toolkit.png.bands import CHANNELS, Bands
from toolkit.png.deflate import Compressor, probe_compressor
from toolkit.raster import Pixels, band_rows
from toolkit.recipe import Compression

NONE, SUB, UP, AVERAGE, PAETH = range(5)
ADAPTIVE = 5
"""Not a filter of the standard: each row takes the one with the smallest sum of absolute differences, the
standard's own heuristic (section 12.8)."""

_PROBES, _PROBE_ROWS = 8, 12
_CANDIDATES: dict[Compression, tuple[int, ...]] = {"fast": (NONE, UP), "small": (NONE, UP, PAETH, ADAPTIVE)}
"""Paeth in numpy costs as much as all the rest of a fast page, so only `small` considers it."""
_CHEAP = (NONE, UP)
_NO_ROW = 255
"""No filter's number: what stands above the first row equals no row."""
_UP_WORTH, _DEAR_WORTH = 0.92, 0.99
"""The share of the bytes that a filter must get down to against none at all, and Paeth and the adaptive one
against the cheaper two: samples are small, and filters cost time."""


class Choice(NamedTuple):
    """A filter, and the share of their bytes that it left of the sampled rows."""

    kind: int
    share: float


class Band(NamedTuple):
    """Some rows of a picture: `data` as they stand in the file, filtered, the filter's number first.

    `lines` are the same rows before filtering, with the one above them first; equal lines are equal rows.
    """

    data: Pixels
    lines: Pixels


def choose_filter(bands: Bands, compress: Compression) -> Choice:
    """Find the filter that makes a sample of the rows smallest; a dearer one must be worth its time."""
    if bands.kind == "bilevel":
        return Choice(NONE, 0.0)  # packed bits hold no gradients, and cost nothing whatever their share
    height = bands.size[1]
    rows = min(_PROBE_ROWS, height)
    starts = sorted({(height - rows) * k // (_PROBES - 1) for k in range(_PROBES)})
    sample = [(bands.read(max(0, y - 1), y + rows), min(y, 1)) for y in starts]
    channels = CHANNELS[bands.kind]
    lengths = {
        kind: _probe(sample, kind, channels, probe_compressor(compress, height))
        for kind in _CANDIDATES[compress]
    }
    cheap = UP if lengths[UP] < lengths[NONE] * (_UP_WORTH if compress == "fast" else 1) else NONE
    dear = min(lengths, key=lambda kind: lengths[kind])
    kind = dear if lengths[dear] < lengths[cheap] * _DEAR_WORTH and dear not in _CHEAP else cheap
    return Choice(kind, lengths[kind] / (bands.row_bytes * sum(len(rows) - skip for rows, skip in sample)))


def _probe(sample: list[tuple[Pixels, int]], kind: int, channels: int, stream: Compressor) -> int:
    length = 0
    for rows, skip in sample:
        above = rows[0] if skip else np.zeros(rows.shape[1], np.uint8)
        length += len(stream.compress(_filtered(rows[skip:], above, kind, channels).data.cast("B")))
    return length + len(stream.flush())


def filtered_bands(bands: Bands, kind: int) -> Iterator[Band]:
    """Give the picture as rows of PNG data, a band at a time.

    Each band lies in memory that the next one overwrites: fresh memory would cost more than the filter.
    """
    if kind == NONE and bands.kind != "bilevel":
        yield from _plain_bands(bands)
        return
    height, step = bands.size[1], band_rows(bands.samples)
    rows = np.zeros((min(step, height) + 1, bands.samples), np.uint8)  # the row above the band comes first
    out = np.empty((min(step, height), bands.samples + 1), np.uint8)
    for first in range(0, height, step):
        count = min(step, height - first)
        bands.fill(first, rows[1 : count + 1])
        yield Band(_band(bands, rows[: count + 1], kind, out[:count]), rows[: count + 1])
        rows[0] = rows[count]


def _plain_bands(bands: Bands) -> Iterator[Band]:
    """Give the rows as they are, without a copy: they are filled in behind their filter's number."""
    height, step = bands.size[1], band_rows(bands.samples)
    if bands.framed is not None:
        yield from _framed_bands(bands.framed, height, step)
        return
    out = np.empty((min(step, height) + 1, bands.samples + 1), np.uint8)
    out[:, 0] = NONE
    out[0, 0] = _NO_ROW
    for first in range(0, height, step):
        count = min(step, height - first)
        bands.fill(first, out[1 : count + 1, 1:])
        yield Band(out[1 : count + 1], out[: count + 1])
        out[0] = out[count]


def _framed_bands(framed: Pixels, height: int, step: int) -> Iterator[Band]:
    """Give the rows where they lie: there is room for the filter's number before each."""
    framed[:, 0] = NONE
    framed[0, 0] = _NO_ROW
    for first in range(1, height + 1, step):
        last = min(first + step, height + 1)
        yield Band(framed[first:last], framed[first - 1 : last])


def _band(bands: Bands, rows: Pixels, kind: int, out: Pixels) -> Pixels:
    """Filter the rows after the first, which is the row above them."""
    if bands.kind == "bilevel":
        return _with_number(np.packbits(rows[1:], axis=1), NONE)
    if kind == UP:
        out[:, 0] = UP
        np.subtract(rows[1:], rows[:-1], out=out[:, 1:])
        return out
    return _filtered(rows[1:], rows[0], kind, CHANNELS[bands.kind])


def _with_number(rows: Pixels, kind: int) -> Pixels:
    out = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    out[:, 0] = kind
    out[:, 1:] = rows
    return out


def _filtered(rows: Pixels, above: Pixels, kind: int, channels: int) -> Pixels:
    """Filter rows; `above` is the row before the first, zeros at the top of the picture."""
    up = np.vstack([above[np.newaxis], rows[:-1]])
    if kind == ADAPTIVE:
        return _adaptive(rows, up, channels)
    return _with_number(_differences(rows, up, kind, channels), kind)


def _adaptive(rows: Pixels, up: Pixels, channels: int) -> Pixels:
    """Let each row take its filter; one that repeats the row above, as in most charts, need not be tried."""
    out = _with_number(rows - up, UP)
    busy = np.flatnonzero(out[:, 1:].any(axis=1))
    tried = np.stack([_differences(rows[busy], up[busy], kind, channels) for kind in range(5)])
    sums = np.minimum(tried, 0 - tried).sum(axis=2, dtype=np.int64)  # a byte counts as -128 to 127
    chosen = sums.argmin(axis=0)
    out[busy, 0] = chosen
    out[busy, 1:] = tried[chosen, np.arange(len(busy))]
    return out


def _differences(rows: Pixels, up: Pixels, kind: int, channels: int) -> Pixels:
    """Give each byte less its prediction; `up` holds the row above each row."""
    if kind == NONE:
        return rows
    if kind == UP:
        return rows - up
    left = np.zeros_like(rows)
    left[:, channels:] = rows[:, :-channels]
    if kind == SUB:
        return rows - left
    if kind == AVERAGE:
        return rows - ((left.astype(np.uint16) + up) >> 1).astype(np.uint8)
    corner = np.zeros_like(rows)
    corner[:, channels:] = up[:, :-channels]
    return rows - _paeth(left, up, corner)


def _paeth(left: Pixels, up: Pixels, corner: Pixels) -> Pixels:
    """Predict each byte by the neighbour that is nearest to left + up - corner (section 9.4)."""
    a, b, c = (part.astype(np.int16) for part in (left, up, corner))
    to_left, to_up, to_corner = (np.abs(d) for d in (b - c, a - c, a + b - 2 * c))
    other: npt.NDArray[np.uint8] = np.where(to_up <= to_corner, up, corner)
    return np.where((to_left <= to_up) & (to_left <= to_corner), left, other)
