"""How large a page becomes, and whether it may: pure arithmetic, done before memory is taken."""

import math

from toolkit.errors import PageTooLargeError
from toolkit.geometry import Size

POINTS_PER_INCH = 72


def pixel_size(size_pt: tuple[float, float], dpi: float) -> Size:
    """Give the pixels of a page of `size_pt` points at `dpi`, rounded to the nearest, at least 1 x 1."""
    width, height = (max(1, round(side * dpi / POINTS_PER_INCH)) for side in size_pt)
    return (width, height)


def check_megapixels(
    size_pt: tuple[float, float], dpi: float, limit: float, *, file: object, page: int
) -> Size:
    """Give the pixel size of a page, or raise PageTooLargeError with the dpi that would fit.

    `size_pt` is in points as displayed, `limit` in megapixels, `page` counts from 1.
    """
    size = pixel_size(size_pt, dpi)
    megapixels = size[0] * size[1] / 1e6
    if megapixels > limit:
        fitting = max(1, math.floor(dpi * math.sqrt(limit / megapixels)))
        values = {"megapixels": megapixels, "dpi": round(dpi), "limit": limit, "fitting_dpi": fitting}
        raise PageTooLargeError("page_too_large", file=file, page=page, **values)
    return size
