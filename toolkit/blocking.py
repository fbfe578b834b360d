"""How visible the blocks are that JPEG compression leaves around letters."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from toolkit.geometry import Box
from toolkit.text_lines import Grey

Steps = npt.NDArray[np.int16]

LOOKED_AT = 1200
"""Side in px of the middle of the picture that is looked at."""
LARGEST = 32
"""Grey levels over which a step is an edge of a letter and no trace of compression."""
LIVELY = 0.25
"""Share of the usual activity from which a border is looked at: on empty paper compression leaves nothing."""
_BESIDE = (-4, -3, -2, -1, 1, 2, 3, 4)
"""Steps that stand beside one across a border."""


def blocking_of(grey: Grey, lines: Sequence[Box] = ()) -> float:
    """Give by how many grey levels neighbours differ more across JPEG's borders than beside them, at least 0.

    Only what lies level with, and above or below, the boxes of `lines` is looked at, where there are any.
    """
    top, left = (max(0, side // 2 - LOOKED_AT // 2) // 8 * 8 for side in grey.shape)
    part = grey[top : top + LOOKED_AT, left : left + LOOKED_AT].astype(np.int16)
    rows = _covered(part.shape[0], [(box[1] - top, box[3] - top) for box in lines])
    columns = _covered(part.shape[1], [(box[0] - left, box[2] - left) for box in lines])
    return max(_border_excess(part[rows]), _border_excess(part[:, columns].T))


def _covered(length: int, spans: Sequence[tuple[float, float]]) -> npt.NDArray[np.bool_]:
    """Tell which places lie in one of the spans; all where that would be next to none."""
    covered = np.zeros(length, bool)
    for start, end in spans:
        covered[max(0, int(start)) : max(0, int(end) + 1)] = True
    return covered if np.count_nonzero(covered) >= 16 else np.ones(length, bool)


def _border_excess(part: Steps) -> float:
    """Compare the median border with the median step at each other place between two borders.

    Compression marks all borders; the rules of a table, bars and screens laid out on a grid of 8 only some.
    Letters 8 px wide mark every place in some way, and the strongest of them is no border more than another.
    """
    steps = np.minimum(np.abs(np.diff(part, axis=1)), LARGEST).mean(axis=0)
    borders = np.arange(7, len(steps) - 4, 8)
    if len(borders) < 2:
        return 0.0
    around = np.median([steps[borders + apart] for apart in _BESIDE], axis=0)
    lively = around >= LIVELY * np.quantile(around, 0.9)
    beside = max(float(np.median(steps[borders + apart][lively])) for apart in _BESIDE)
    return max(0.0, float(np.median(steps[borders][lively])) - beside)
