"""Choosing where to cut a long picture. Pure arithmetic on runs of empty rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Run = tuple[int, int]

LEAST_SHARE = 0.4
"""A piece may shrink to this share of the longest one to end in a gap; below, it overlaps instead."""
WIDE_GAP = 3.0
"""Gaps wider than this many lines count no more than one of this width."""
WIDTH_WORTH = 0.4
"""Lengths of a piece by which a cut may lie away from its ideal place for the sake of a wide gap."""
PAPER_WORTH = 2.0
"""The same for the sake of a gap that is all paper, and not the inside of a photo or of a bubble."""
ONE_MORE = 0.3
"""The same against a cut so early that it takes one piece more than needed: what they cost together hardly
grows."""


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
    forced: Callable[[int, int], Run],
    hidden: Callable[[int, int, float], Run | None] = lambda low, high, ideal: None,
    paper: Callable[[int], float] = lambda row: 1.0,
) -> list[Span]:
    """Cut [0, length) into spans of at most `longest`, in gaps wherever there are any in reach.

    `line` is the height of a line, `paper(row)` the share of a gap's row that is nothing but paper, 0 to 1.
    Where no gap is in reach, `hidden(low, high, ideal)` may know rows in [low, high) at which the next span
    may start and this one end. Else `forced(low, high)` gives such rows, [low, high] being where this one may
    end; the next has to start there too, below the middle of this one. All in pixels.
    """
    spans: list[Span] = []
    start, shared, clean = 0, 0, True
    while length - start > longest:
        cut = _gap_cut(start, length, longest, gaps, line, paper)
        if cut is not None:
            spans.append(Span(start, cut, shared, clean))
            start, shared, clean = cut, 0, True
            continue
        known = hidden(start + round(LEAST_SHARE * longest), start + longest, _ideal(start, length, longest))
        if known is not None and start < known[0] <= known[1] <= start + longest:
            spans.append(Span(start, known[1], shared, clean))
            start, shared, clean = known[0], known[1] - known[0], known[0] == known[1]
            continue
        first, end = forced(start + longest // 2, start + longest)
        spans.append(Span(start, end, shared, clean))
        start, shared, clean = first, end - first, False
    spans.append(Span(start, length, shared, clean))
    return spans


def _ideal(start: int, length: int, longest: int) -> float:
    """Give the row at which the next span ends if all of them are even."""
    return start + (length - start) / -(-(length - start) // longest)


def _gap_cut(
    start: int,
    length: int,
    longest: int,
    gaps: Sequence[Run],
    line: float,
    paper: Callable[[int], float],
) -> int | None:
    """Find the best cut after `start` of those that make a fair piece, None where there is none."""
    pieces, ideal = -(-(length - start) // longest), _ideal(start, length, longest)
    low, high = start + max(1, round(LEAST_SHARE * longest)), start + longest
    even = max(start + longest // 4, length - (pieces - 1) * longest)
    cuts = [_best_in(run, each, high, ideal, line) for each in {low, even} for run in gaps]
    rated = [
        (
            width + PAPER_WORTH * paper(row) - abs(row - ideal) / longest - ONE_MORE * (row < even),
            row,
        )
        for width, row in (cut for cut in cuts if cut is not None)
    ]
    return max(rated)[1] if rated else None


def _best_in(run: Run, low: int, high: int, ideal: float, line: float) -> tuple[float, int] | None:
    """Rate a gap's width and give its row nearest to `ideal`, away from the ink at both sides of it."""
    margin = min(line, (run[1] - run[0]) / 2)
    first, last = run[0] + margin, run[1] - margin
    row = round(min(max(ideal, first), last))
    if not low <= row <= high:
        row = round(min(max(row, low), high))
        if not first <= row <= last:
            return None
    return (WIDTH_WORTH * min((run[1] - run[0]) / max(line, 1.0), WIDE_GAP) / WIDE_GAP, row)
