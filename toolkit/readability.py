"""Is text of a given height readable for a model, and how large must a page stay for that? Pure arithmetic.

The thresholds come from a measured curve: docs/readability.md, made by benchmarks/readability_curve.py.
"""

import math
from typing import Literal

from toolkit.families import DEFAULT_FAMILY, Family, fit_long_side, get_family
from toolkit.geometry import Size
from toolkit.text_height import TextHeight

Readability = Literal["readable", "doubtful", "unreadable"]

READABLE_PX = 10.0
"""From 8 px per em on the reader gets under 0.1 % of the characters wrong, in Chinese and in English; a
quarter more for language models, which see the page in tokens of 28 to 32 px and were not measured."""
UNREADABLE_PX = 7.0
"""Below this height the error grows fast: 0.2 % at 7, 1 % at 6.5, 3 to 6 % at 5.5, 16 to 29 % at 4.5."""


def verdict(height_px: float) -> Readability:
    """Judge text of `height_px` pixels per em at the size the model will see."""
    if height_px >= READABLE_PX:
        return "readable"
    return "doubtful" if height_px >= UNREADABLE_PX else "unreadable"


def smallest_readable_long_side(
    size: Size, text_height: TextHeight | float | None, family: str | Family = DEFAULT_FAMILY
) -> int:
    """Give the smallest long side at which the smallest text of a page is readable.

    `size` is the page in pixels; `text_height` its text at that size (the smallest counts), a height in px
    per em, or None for a page without text. The result is a multiple of the family's factor for which
    `fit_long_side` keeps the text at `READABLE_PX` or more. Where no size does, because the text is smaller
    than that on the page itself or at the processor's maximum, it is the page's largest size; `verdict` of
    `seen_height` tells. Without text it is the family's factor: nothing on the page forbids any size.
    """
    row = get_family(family)
    height = text_height.smallest if isinstance(text_height, TextHeight) else text_height
    if height is None:
        return row.factor
    # One factor more, so that the page at its own size, rounded to whole tokens, counts too.
    largest = max(fit_long_side(size, long_side=max(size) + row.factor, family=row))
    side = max(row.factor, math.ceil(max(size) * READABLE_PX / height / row.factor) * row.factor)
    while (
        side < largest
        and seen_height(size, fit_long_side(size, long_side=side, family=row), height) < READABLE_PX
    ):
        side += row.factor
    return min(side, max(largest, row.factor))


def seen_height(size: Size, seen: Size, height_px: float) -> float:
    """Give the height of text after a page of `size` became `seen`: the side that shrank more counts."""
    return height_px * min(seen[0] / size[0], seen[1] / size[1])
