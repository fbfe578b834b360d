"""Which of the rows without text are paper, and which the inside of a photo, a bubble or a coloured box.

All of them may be cut, but a photo cut in two is of less use than one that is whole. A row is paper as far as
its pixels are of one tone, and that tone is the same in the rows around: a clear sky has one tone a row, but
another one further down.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from toolkit.picture import Pixels
from toolkit.text_gaps import Run, runs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Shares = NDArray[Any]
else:
    Shares = Any

SAMPLED = 256
"""Columns that are looked at."""
ALIKE = 12
"""Grey levels from the row's usual tone that are still the same paper: noise and JPEG stay within."""
PAPER = 0.98
"""Share of a row of one tone from which it is paper; a scroll bar and the rules of a table may cross it."""
CROSSED = 0.7
"""What the share counts for in other rows: a wall may fill nearly all of a photo's row."""
AROUND = 48
"""Rows above and below in which the tone is to stay the same."""
SAME_TONE = 3.0
"""Grey levels within which it stays the same there: shading across a sheet changes it by one."""
JUMP = 6.0
"""Grey levels from one row to the next that are an edge."""
LEAST_PART = 8
"""Rows of paper, or of anything else, that make a gap of their own."""


def paper_shares(grey: Pixels, gaps: Sequence[Run]) -> Shares:
    """Give for each row how much of it is paper, 0 to 1, float; 0 outside the gaps."""
    import numpy as np

    columns = grey[:, :: max(1, -(-grey.shape[1] // SAMPLED))]
    shares = np.zeros(len(grey))
    for start, end in gaps:
        rows = columns[start:end].astype(np.int16)
        tone = np.median(rows, axis=1)
        alike = np.mean(np.abs(rows - tone[:, None]) <= ALIKE, axis=1)
        plain = np.where(alike >= PAPER, 1.0, CROSSED * alike)
        shares[start:end] = np.where(_steady(tone), plain, plain / 2)
    return shares


def _steady(tone: Shares) -> Shares:
    """Tell which rows of a gap have the tone of the rows around, as far as an edge of a photo or a box."""
    import numpy as np

    edges = np.flatnonzero(np.abs(np.diff(tone)) > JUMP) + 1
    parts = np.split(tone, edges)
    return np.concatenate(
        [np.abs(_moved(part, AROUND) - _moved(part, -AROUND)) <= SAME_TONE for part in parts]
    )


def _moved(tone: Shares, rows: int) -> Shares:
    """Give the tone so many rows further down, or the last there is."""
    import numpy as np

    return tone[np.clip(np.arange(len(tone)) + rows, 0, max(0, len(tone) - 1))]


def parted(gaps: Sequence[Run], shares: Shares) -> list[Run]:
    """Part gaps into those that are paper and those that are not, where both are high enough."""
    found: list[Run] = []
    for start, end in gaps:
        paper = shares[start:end] >= PAPER
        runs = sorted(runs_of(paper) + runs_of(~paper))
        high = [(start + a, start + b) for a, b in runs if b - a >= LEAST_PART]
        found += high if len(high) > 1 else [(start, end)]
    return found
