"""Rows that repeat the one above: found by a thin sample of columns, then proved byte by byte."""

import numpy as np
import numpy.typing as npt

from toolkit.raster import Pixels

Flags = npt.NDArray[np.bool_]
Run = tuple[int, int]

_STRIDE = 251
"""Every 251st byte is compared first: a prime, so that it falls on every channel and on no table's grid."""


def stretches(lines: Pixels, least: int) -> list[tuple[int, int, bool]]:
    """Cut a band into stretches (first, last, repeated): rows that repeat the one above, and the others.

    `lines` holds the row above the band and then the band's rows, which count from 0 here. Repeated rows of
    fewer than `least` count as others, unless they touch an edge of the band: they may go on beyond it.
    """
    found: list[tuple[int, int, bool]] = []
    at, count = 0, len(lines) - 1
    for first, last in _repeated(lines, least):
        found += [(at, first, False), (first, last, True)]
        at = last
    return [stretch for stretch in (*found, (at, count, False)) if stretch[0] < stretch[1]]


def _repeated(lines: Pixels, least: int) -> list[Run]:
    thin = lines[:, ::_STRIDE]
    likely = _long_runs((thin[1:] == thin[:-1]).all(axis=1), least)
    return [run for first, last in likely for run in _proved(lines, first, last, least)]


def _proved(lines: Pixels, first: int, last: int, least: int) -> list[Run]:
    equal = lines[first + 1 : last + 1] == lines[first:last]
    if equal.all():
        return [(first, last)]
    flags = np.zeros(len(lines) - 1, np.bool_)
    flags[first:last] = equal.all(axis=1)
    return _long_runs(flags, least)


def _long_runs(flags: Flags, least: int) -> list[Run]:
    """List where flags are set, [first, last), in runs of at least `least` or at an edge."""
    turns = (np.flatnonzero(flags[1:] != flags[:-1]) + 1).tolist()  # numpy's diff() takes three times as long
    edges = [0, *turns, len(flags)]
    start = 0 if flags[0] else 1
    runs = zip(edges[start::2], edges[start + 1 :: 2], strict=False)
    return [(a, b) for a, b in runs if b - a >= least or a == 0 or b == len(flags)]
