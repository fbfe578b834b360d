"""PNG's row filters (W3C PNG, section 9), chosen once per picture by a probe of a few rows."""

from collections.abc import Iterator

import numpy as np

from toolkit.png.bands import CHANNELS, Bands
from toolkit.png.deflate import compressor
from toolkit.raster import Pixels, band_rows
from toolkit.recipe import Compression

NONE, SUB, UP = 0, 1, 2
_PROBES, _PROBE_ROWS = 8, 12
_CANDIDATES: dict[Compression, tuple[int, ...]] = {"fast": (NONE, UP), "small": (NONE, SUB, UP)}


def choose_filter(bands: Bands, compress: Compression) -> int:
    """Find the filter that makes a sample of the rows smallest; ties go to the cheaper one."""
    if bands.kind == "bilevel":
        return NONE  # packed bits hold no gradients
    height = bands.size[1]
    rows = min(_PROBE_ROWS, height)
    starts = sorted({(height - rows) * k // (_PROBES - 1) for k in range(_PROBES)})
    sample = [(bands.read(max(0, y - 1), y + rows), min(y, 1)) for y in starts]
    return min(_CANDIDATES[compress], key=lambda kind: _probe(sample, kind, CHANNELS[bands.kind]))


def _probe(sample: list[tuple[Pixels, int]], kind: int, channels: int) -> int:
    stream = compressor("fast")
    length = 0
    for rows, skip in sample:
        above = rows[0] if skip else None
        length += len(stream.compress(_filtered(rows[skip:], above, kind, channels).data.cast("B")))
    return length + len(stream.flush())


def filtered_bands(bands: Bands, kind: int) -> Iterator[Pixels]:
    """Give the picture as rows of PNG data, the filter's number first, a band at a time."""
    height, step = bands.size[1], band_rows(bands.samples)
    above = None
    for first in range(0, height, step):
        last = min(first + step, height)
        if bands.kind == "bilevel":
            yield _with_number(np.packbits(bands.read(first, last), axis=1), NONE)
        elif kind == NONE:
            yield _unfiltered(bands, first, last)
        else:
            rows = bands.read(first, last)
            yield _filtered(rows, above, kind, CHANNELS[bands.kind])
            above = rows[-1]


def _unfiltered(bands: Bands, first: int, last: int) -> Pixels:
    out = np.empty((last - first, bands.samples + 1), np.uint8)
    out[:, 0] = NONE
    bands.fill(first, out[:, 1:])
    return out


def _with_number(rows: Pixels, kind: int) -> Pixels:
    out = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    out[:, 0] = kind
    out[:, 1:] = rows
    return out


def _filtered(rows: Pixels, above: Pixels | None, kind: int, channels: int) -> Pixels:
    out = _with_number(rows, kind)
    body = out[:, 1:]
    if kind == SUB:
        body[:, channels:] -= rows[:, :-channels]
    if kind == UP:
        body[1:] -= rows[:-1]
        if above is not None:
            body[0] -= above
    return out
