"""A second look at a picture of low quality: the same picture again, or its text region enlarged.

No study of a gain on these models is known for the plain copy, and it costs its tokens twice; a region at a
larger scale is better founded. Both say what they cost, and no gain is claimed.
"""

import math
from dataclasses import dataclass
from typing import Literal

from toolkit.errors import UsageError
from toolkit.families import (
    DEFAULT_FAMILY,
    Family,
    fit_long_side,
    fit_visual_tokens,
    get_family,
    visual_tokens,
)
from toolkit.geometry import Box, Placement, Size, clip
from toolkit.picture import Picture, cut_out
from toolkit.texts import Text, say

SecondLookKind = Literal["copy", "enlarged"]

MOST_ENLARGED = 3.0
"""Enlarging further shows no more detail, only larger pixels."""
WORTH_ENLARGING = 1.15
"""Less than this much larger than the first look shows nothing that it did not."""
MARGIN = 0.02
"""Of the picture's longer side, kept around the text so that no stroke touches the edge."""


@dataclass(frozen=True)
class SecondLook:
    """A second image of the same page.

    `placement` maps its pixels to those of the picture it was made from (at full size), `box` is the region
    there, `scale` its enlargement against the first look, `tokens` what it costs on top of the first look.
    """

    image: Picture
    box: Box
    placement: Placement
    kind: SecondLookKind
    scale: float
    tokens: int
    note: Text


def second_look(
    image: Picture,
    first_size: Size,
    *,
    kind: SecondLookKind = "copy",
    region: Box | None = None,
    family: str | Family = DEFAULT_FAMILY,
) -> SecondLook:
    """Make the second look at `image` (a picture at full size) whose first look has `first_size`.

    `copy` repeats the first look exactly. `enlarged` cuts out `region` in pixels of `image` (found by
    `text_region` if it is None) and shows it at about the cost of the first look; where that would show
    nothing larger, a copy is made instead, and the note says why.
    Raises UsageError for an unknown kind or a region outside the picture.
    """
    if kind not in ("copy", "enlarged"):
        raise UsageError("unknown_choice", option="second_look_kind", given=kind, allowed="copy, enlarged")
    if kind == "copy":
        return _copy(image, first_size, family, "copy")
    box = text_region(image) if region is None else _inside(region, image.size)
    if box is None:
        return _copy(image, first_size, family, "no_text")
    return _enlarged(image, first_size, box, family) or _copy(image, first_size, family, "fills")


def text_region(image: Picture) -> Box | None:
    """Find the box around all lines of text, with a margin, in pixels; None where no text is found."""
    from toolkit.page_lines import read_lines

    boxes = [line.box for line in read_lines(image).on_picture]
    if not boxes:
        return None
    margin = MARGIN * max(image.size)
    around = (
        min(box[0] for box in boxes) - margin,
        min(box[1] for box in boxes) - margin,
        max(box[2] for box in boxes) + margin,
        max(box[3] for box in boxes) + margin,
    )
    return clip(around, image.size)


def _copy(image: Picture, size: Size, family: str | Family, note: str) -> SecondLook:
    from toolkit.resize import resize_to, resized_placement

    whole = (0.0, 0.0, float(image.size[0]), float(image.size[1]))
    tokens = visual_tokens(size, family)
    text = say(f"second_look.{note}", tokens=tokens)
    placement = resized_placement(image.size, size)
    return SecondLook(resize_to(image, size), whole, placement, "copy", 1.0, tokens, text)


def _enlarged(image: Picture, first_size: Size, box: Box, family: str | Family) -> SecondLook | None:
    """Cut out and enlarge `box`; None if it would not come out larger than the first look shows it."""
    from toolkit.resize import resize_to, resized_placement

    left, upper, right, lower = math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3])
    part = (right - left, lower - upper)
    size = _target(part, visual_tokens(first_size, family), family)
    seen = min(new / old for new, old in zip(first_size, image.size, strict=True))
    scale = min(new / old for new, old in zip(size, part, strict=True)) / seen
    if scale < WORTH_ENLARGING:
        return None
    placement = resized_placement(part, size).then(Placement.offset(left, upper))
    tokens = visual_tokens(size, family)
    note = say("second_look.enlarged", tokens=tokens, scale=f"{scale:.1f}")
    cut = resize_to(cut_out(image, (left, upper, right, lower)), size)
    return SecondLook(cut, (left, upper, right, lower), placement, "enlarged", scale, tokens, note)


def _target(part: Size, tokens: int, family: str | Family) -> Size:
    """Spend the tokens of the first look on the region, but enlarge its own pixels threefold at most."""
    row = get_family(family)
    most = fit_long_side(
        part, long_side=max(row.factor, round(MOST_ENLARGED * max(part))), family=row, enlarge=True
    )
    return fit_visual_tokens(part, tokens=min(tokens, visual_tokens(most, row)), family=row, enlarge=True)


def _inside(region: Box, size: Size) -> Box:
    box = clip(region, size)
    if box[2] - box[0] < 1 or box[3] - box[1] < 1 or not all(math.isfinite(n) for n in region):
        given = ", ".join(f"{n:g}" for n in region)
        raise UsageError("region_outside", given=given, width=size[0], height=size[1])
    return box
