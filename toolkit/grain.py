"""How much grain the paper around a line of text has: noise of a camera or a scanner, specks of a copy."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from toolkit.text_lines import noise_of

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

INKED = 0.12
"""Cover of smoothed pixels from which they are ink, and paper no more."""
BLOCK, LEAST_BLOCKS, LEAST_PIXELS = 6, 8, 60
"""Px of a block of paper, the blocks that a line must have, and else the pixels, for its grain to be told."""
MEDIAN_OF_NORMAL = 0.6745
"""Median of the deviations of a normal distribution, in standard deviations."""
GRAIN_KEPT = 0.87
"""Share of white noise left when its Gaussian mean (sigma 1) is taken away: root of 1 - 2/2pi + 1/4pi."""
CLIPPED_SHARE = 0.3
"""Share of pure white and black on the paper from which its grain counts as clipped; up to half can be."""
CLIPPED_KEPT = 0.58
"""Standard deviation of half a normal distribution, the other half being clipped: root of 1/2 - 1/2pi."""


def grain_of(part: Floats, paper: float, ink: float) -> float | None:
    """Give the standard deviation of the paper's grain in `part`, in its grey levels; None without paper.

    `paper` and `ink` are the levels of both. What is smooth (shading, blur that spills from the letters) is
    taken out first. On white or black paper half of the grain is clipped away, and what is left is scaled up.
    """
    smooth = cv2.GaussianBlur(part, (0, 0), 1)
    inked = ((smooth - paper) / (ink - paper) > INKED).astype(np.uint8)
    bare = cv2.dilate(inked, np.ones((5, 5), np.uint8)) == 0
    spread = _spread(_without_rules(part - smooth, bare), bare)
    if spread is None:
        return None
    clipped = np.mean((part[bare] % 255) == 0) > CLIPPED_SHARE
    return spread / GRAIN_KEPT / (CLIPPED_KEPT if clipped else 1.0)


def ripple_of(part: Floats, paper: float, ink: float) -> float:
    """Give the deviation of all that is not ink: grain, and what a shake or blur leaves between letters."""
    inked = cv2.dilate(((part - paper) / (ink - paper) > 0.5).astype(np.uint8), np.ones((7, 7), np.uint8))
    rest, bare = (part - cv2.GaussianBlur(part, (0, 0), 1))[inked == 0], part[inked == 0]
    if rest.size < LEAST_PIXELS:  # so much grain that it counts as ink, or letters that leave no paper
        return noise_of(part.astype(np.uint8))
    clipped = np.mean((bare % 255) == 0) > CLIPPED_SHARE
    return float(rest.std()) / GRAIN_KEPT / (CLIPPED_KEPT if clipped else 1.0)


def _without_rules(grain: Floats, bare: Mask) -> Floats:
    """Take away what runs along whole rows of paper: between the rows of a table little else is left."""
    level = np.where(bare, grain, 0).sum(axis=1) / np.maximum(1, np.count_nonzero(bare, axis=1))
    return np.asarray(grain - level[:, None], np.float32)


def _spread(grain: Floats, bare: Mask) -> float | None:
    """Give the deviation of the median small block of paper, or of the median pixel where blocks are few.

    The rules of a table and the ends of thin strokes are in some blocks; grain is in all, and specks in most.
    """
    share = _blocks(bare.astype(np.float32))
    enough = share >= 0.5
    if np.count_nonzero(enough) >= LEAST_BLOCKS:
        squares = _blocks(np.where(bare, grain, 0) ** 2)[enough] / share[enough]
        return math.sqrt(float(np.median(squares)))
    if np.count_nonzero(bare) < LEAST_PIXELS:
        return None
    return float(np.median(np.abs(grain[bare]))) / MEDIAN_OF_NORMAL


def _blocks(values: Floats) -> Floats:
    """Give the means of blocks of `BLOCK` px."""
    height, width = (max(1, side // BLOCK) for side in values.shape)
    whole = values[: height * BLOCK, : width * BLOCK]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.float32)
