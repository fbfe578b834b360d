"""Whether there is anything at all to see on a piece of a picture that was cut up."""

from toolkit.picture import Picture, as_resizable
from toolkit.text_gaps import LEAST_EDGE

POOLED = 2
"""Pixels of a side that are taken together, so that the grain of a camera or a scanner counts less."""


def is_blank(image: Picture) -> bool:
    """Tell whether a picture is of one tone and colour all over: no text, no line and no shading on it."""
    import numpy as np

    pixels = np.asarray(as_resizable(image).reduce(POOLED))
    return bool(np.all(np.ptp(pixels, axis=(0, 1)) < LEAST_EDGE))
