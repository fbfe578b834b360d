"""Whether the text of a wide strip runs down in columns, as Chinese may, to be read from right to left.

Columns of characters are bands of ink of one width, a fifth of it or more apart, whose characters follow each
other closely from top to bottom. Characters of horizontal lines that stand on a grid are closer sideways than
down; columns of a table have cells far apart, and many widths.
"""

from itertools import pairwise
from typing import TYPE_CHECKING

from toolkit.picture import Pixels

if TYPE_CHECKING:
    from toolkit.text_gaps import Gaps

LEAST_GAP = 0.2
"""Widths of a column between two columns; set vertically they are 0.3 and more apart, characters 0.1."""
_LEAST_COLUMNS, _SAMPLED = 6, 12
_CLOSE = 0.25
"""Widths of a column between two characters of it, in the median; lines are 0.4 and more apart."""
_SAME, _MOSTLY, _FILLED = (0.6, 1.25), 0.8, 0.6
"""The widths that count as one, the share of columns that have it, and the share of a column's ink."""


def runs_down(grey: Pixels, gaps: "Gaps") -> bool:
    """Tell whether the text of `grey` runs down; `gaps` are its columns without ink: `find_gaps(grey.T)`."""
    bands = [(a[1], b[0]) for a, b in pairwise(gaps.runs)]
    if len(bands) < _LEAST_COLUMNS:
        return False
    width = _median([right - left for left, right in bands])
    low, high = (share * width for share in _SAME)
    same = [band for band in bands if low <= band[1] - band[0] <= high]
    apart = _median([run[1] - run[0] for run in gaps.runs[1:-1]])
    if len(same) < _MOSTLY * len(bands) or apart < LEAST_GAP * width:
        return False
    sample = same[:: -(-len(same) // _SAMPLED)]
    return sum(_follow_closely(grey[:, left:right], width) for left, right in sample) >= _MOSTLY * len(sample)


def _follow_closely(column: Pixels, width: float) -> bool:
    """Tell whether the ink of a column is characters below each other, and not cells or parts of lines."""
    from toolkit.text_gaps import row_ink, runs_of

    inked = runs_of(row_ink(column) > 0)
    if not inked or inked[-1][1] - inked[0][0] < 2 * width:
        return False
    holes = [b[0] - a[1] for a, b in pairwise(inked)]
    filled = sum(end - start for start, end in inked) / (inked[-1][1] - inked[0][0])
    return filled >= _FILLED and (not holes or _median(holes) <= _CLOSE * width)


def _median(values: "list[int]") -> float:
    return float(sorted(values)[len(values) // 2])
