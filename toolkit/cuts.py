"""Choosing where to cut a long picture. Pure arithmetic on runs of empty rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Run = tuple[int, int]

LEAST_SHARE = 0.4
"""A piece may shrink to this share of the longest one to end in a gap; below, it overlaps instead."""
WIDE_GAP = 3.0
"""Gaps wider than this many lines count no more than one of this width."""


@dataclass(frozen=True)
class Span:
    """One piece along the cut direction, [start, end); `overlap` pixels of it belong to the one before too.

    `clean` tells whether it begins in a gap (the first one does by nature).
    """

    start: int
    end: int
    overlap: int = 0
    clean: bool = True


def choose_spans(
    length: int,
    longest: int,
    *,
    gaps: Sequence[Run],
    line: float,
    overlap: int,
    least_ink: Callable[[int, int], int],
    hidden: Callable[[int, int, float], tuple[int, int] | None] = lambda low, high, ideal: None,
) -> list[Span]:
    """Cut [0, length) into spans of at most `longest`, in gaps wherever there are any in reach.

    `line` is the height of a line. Where no gap is in reach, `hidden(low, high, ideal)` may know rows in
    [low, high) at which the next span may start and this one end. Else two spans share `overlap`, and
    `least_ink(low, high)` gives the best row in [low, high) to do so. All in pixels.
    """
    overlap = min(overlap, longest // 4)
    spans: list[Span] = []
    start, shared, clean = 0, 0, True
    while length - start > longest:
        cut = _gap_cut(start, length, longest, gaps, line)
        if cut is not None:
            spans.append(Span(start, cut, shared, clean))
            start, shared, clean = cut, 0, True
            continue
        known = hidden(start + round(LEAST_SHARE * longest), start + longest, _ideal(start, length, longest))
        if known is not None and start < known[0] <= known[1] <= start + longest:
            spans.append(Span(start, known[1], shared, clean))
            start, shared, clean = known[0], known[1] - known[0], known[0] == known[1]
            continue
        end = least_ink(start + longest // 2, start + longest - (overlap + 1) // 2) + (overlap + 1) // 2
        spans.append(Span(start, end, shared, clean))
        start, shared, clean = end - overlap, overlap, False
    spans.append(Span(start, length, shared, clean))
    return spans


def _ideal(start: int, length: int, longest: int) -> float:
    """Give the row at which the next span ends if all of them are even."""
    return start + (length - start) / -(-(length - start) // longest)


def _gap_cut(start: int, length: int, longest: int, gaps: Sequence[Run], line: float) -> int | None:
    """Find the cut after `start`: even pieces if a gap allows it, else any gap that makes a fair piece."""
    pieces, ideal = -(-(length - start) // longest), _ideal(start, length, longest)
    even = (max(start + longest // 4, length - (pieces - 1) * longest), start + longest)
    fair = (start + max(1, round(LEAST_SHARE * longest)), start + longest)
    for low, high in (even, fair):
        cuts = [_best_in(run, low, high, ideal, line, longest) for run in gaps]
        found = [cut for cut in cuts if cut is not None]
        if found:
            return max(found)[1]
    return None


def _best_in(
    run: Run, low: int, high: int, ideal: float, line: float, longest: int
) -> tuple[float, int] | None:
    """Rate a gap and give its row nearest to `ideal`, away from the ink at both sides of it."""
    margin = min(line, (run[1] - run[0]) / 2)
    first, last = run[0] + margin, run[1] - margin
    row = round(min(max(ideal, first), last))
    if not low <= row <= high:
        row = round(min(max(row, low), high))
        if not first <= row <= last:
            return None
    width = min((run[1] - run[0]) / max(line, 1.0), WIDE_GAP) / WIDE_GAP
    return (0.4 * width - abs(row - ideal) / longest, row)
