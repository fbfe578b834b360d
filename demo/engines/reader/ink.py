"""From the detector's generous box to the ink inside it: tight boxes, and boxes that hold several pieces."""

import cv2
import numpy as np
import numpy.typing as npt

from demo.engines.picture import Pixels
from toolkit.geometry import Box

LONG_STROKE = 2.5
"""A level run of ink of so many heights of the box is a rule; a dash is up to 2 long."""

TALL_STROKE = 1.15
"""An upright run of so many heights of the box is a rule; the box is higher than any letter in it."""

Mask = npt.NDArray[np.bool_]

LOW_CONTRAST = 12
"""Grey levels between paper and ink below which a box is left as the detector gave it."""

INK_LEVEL = 0.4
"""A pixel is ink from this part of the way from paper to ink on: the soft edge of a glyph counts half."""

REACH = 0.25
"""How far, in heights of the box, ink that begins inside the box may stick out of it."""


def grey_of(image: Pixels) -> Pixels:
    """Give the luminance of a BGR picture."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def ink_mask(grey: Pixels) -> Mask | None:
    """Mark the ink of a picture of one line; light on dark is told from dark on light by the smaller share.

    None where there is no contrast to tell by.
    """
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = grey <= level
    if dark.all() or not dark.any():
        return None
    low, high = float(grey[dark].mean()), float(grey[~dark].mean())
    if high - low < LOW_CONTRAST:
        return None
    if dark.mean() <= 0.5:
        return np.asarray(grey < high - INK_LEVEL * (high - low), np.bool_)
    return np.asarray(grey > low + INK_LEVEL * (high - low), np.bool_)


def line_ink(grey: Pixels, box: Box) -> tuple[Mask, tuple[int, int]] | None:
    """Mark the ink of the line in `box` of a page, without rules and without what belongs to other lines.

    Gives the mask and the place of its upper left corner on the page, or None where no ink is found.
    """
    height, width = grey.shape
    reach = REACH * (box[3] - box[1])
    left, upper = max(0, int(box[0] - reach)), max(0, int(box[1] - reach))
    right, lower = min(width, int(box[2] + reach) + 1), min(height, int(box[3] + reach) + 1)
    if right - left < 2 or lower - upper < 2:
        return None
    mask = ink_mask(grey[upper:lower, left:right])
    if mask is None:
        return None
    inner = (box[0] - left, box[1] - upper, box[2] - left, box[3] - upper)
    kept = _own_components(mask, inner)
    return (kept, (left, upper)) if kept.any() else None


def _own_components(mask: Mask, inner: Box) -> Mask:
    """Keep the components of a mask whose middle lies in the heart of the box; drop rules and borders."""
    line = inner[3] - inner[1]
    mask = mask & ~_straight(mask, line)
    _, labels, _, middles = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    inset_x, inset_y = 0.1 * line, 0.12 * line
    own = (
        (middles[:, 0] >= inner[0] - inset_x)
        & (middles[:, 0] <= inner[2] + inset_x)
        & (middles[:, 1] >= inner[1] + inset_y)
        & (middles[:, 1] <= inner[3] - inset_y)
    )
    own[0] = False
    return np.asarray(own[labels], np.bool_)


def _straight(mask: Mask, line: float) -> Mask:
    """Mark straight runs longer than any stroke of a letter: rules around the text and under it."""
    height, width = mask.shape
    level = (max(2, int(min(0.95 * width, LONG_STROKE * line))), 1)
    upright = (1, max(2, int(min(0.98 * height, TALL_STROKE * line))))
    marked = [
        cv2.morphologyEx(
            mask.astype(np.uint8), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, size)
        )
        for size in (level, upright)
    ]
    return np.asarray((marked[0] | marked[1]) > 0, np.bool_)


def bounds(mask: Mask, corner: tuple[int, int]) -> Box:
    """Give the box around a mask's ink on the page; the mask must hold some."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    x, y = corner
    return (
        float(x + columns[0]),
        float(y + rows[0]),
        float(x + columns[-1] + 1),
        float(y + rows[-1] + 1),
    )


def gaps(filled: Mask, least: float) -> list[tuple[int, int]]:
    """List the runs of at least `least` empty places between the filled ones, as (start, end)."""
    places = np.flatnonzero(filled)
    steps = np.flatnonzero(np.diff(places) > least)
    return [(int(places[i]) + 1, int(places[i + 1])) for i in steps]
