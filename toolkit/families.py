"""What each Qwen-VL family makes of an image: its size, its visual tokens, the coordinates it answers in.

The rule is `smart_resize` of transformers 5.23 (models/qwen2_vl/image_processing_qwen2_vl.py), the bounds
are those of the published preprocessor_config.json files. Adding a model is adding a row.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from toolkit.errors import PageTooLargeError, UsageError
from toolkit.geometry import Box, Size

MAX_RATIO = 200
"""Longest to shortest side, over which the processors refuse an image (smart_resize)."""


@dataclass(frozen=True)
class Family:
    """One row: how a family's processor resizes, and how its models name positions.

    `min_pixels` and `max_pixels` bound width * height after the resize. `coordinates` is "relative"
    for 0..1000 across the image, "absolute" for pixels of the processed image.
    """

    name: str
    patch_size: int
    merge_size: int
    min_pixels: int
    max_pixels: int
    coordinates: Literal["relative", "absolute"]

    @property
    def factor(self) -> int:
        """The side in pixels of the square that one visual token covers."""
        return self.patch_size * self.merge_size


FAMILIES: dict[str, Family] = {
    row.name: row
    for row in (
        Family("qwen2-vl", 14, 2, 3_136, 12_845_056, "relative"),
        Family("qwen2.5-vl", 14, 2, 3_136, 12_845_056, "absolute"),
        Family("qwen3-vl", 16, 2, 65_536, 16_777_216, "relative"),
        Family("qwen3.5", 16, 2, 65_536, 16_777_216, "relative"),
    )
}
DEFAULT_FAMILY = "qwen3-vl"


def get_family(family: str | Family) -> Family:
    """Find a family by name; a row is given back as it is. Raises UsageError with the known names."""
    if isinstance(family, Family):
        return family
    if not isinstance(family, str) or family not in FAMILIES:
        raise UsageError("unknown_family", given=family, allowed=", ".join(FAMILIES))
    return FAMILIES[family]


def processed_size(size: Size, family: str | Family = DEFAULT_FAMILY) -> Size:
    """Give the size the family's processor resizes an image of `size` to.

    Both sides of the result are multiples of the factor, and never 0: a side that rounds to 0 makes the
    area 0, which is under `min_pixels`, so that the ceiling branch is taken. Raises PageTooLargeError for
    a side ratio over 200 and UsageError for a side below 1, as the processor would refuse both.
    """
    row = get_family(family)
    width, height = _checked(size)
    factor = row.factor
    new_width = round(width / factor) * factor
    new_height = round(height / factor) * factor
    if new_width * new_height > row.max_pixels:
        beta = math.sqrt(height * width / row.max_pixels)
        new_width = max(factor, math.floor(width / beta / factor) * factor)
        new_height = max(factor, math.floor(height / beta / factor) * factor)
    elif new_width * new_height < row.min_pixels:
        beta = math.sqrt(row.min_pixels / (height * width))
        new_width = math.ceil(width * beta / factor) * factor
        new_height = math.ceil(height * beta / factor) * factor
    return (new_width, new_height)


def visual_tokens(size: Size, family: str | Family = DEFAULT_FAMILY) -> int:
    """Count the visual tokens an image of `size` costs, without the start and end marks."""
    row = get_family(family)
    width, height = processed_size(size, row)
    return (width // row.factor) * (height // row.factor)


def is_kept(size: Size, family: str | Family = DEFAULT_FAMILY) -> bool:
    """Tell whether the family's processor keeps an image of `size` as it is, without resampling it."""
    width, height = size
    return max(width, height) <= MAX_RATIO * min(width, height) and processed_size(size, family) == size


def fit_long_side(
    size: Size, *, long_side: int, family: str | Family = DEFAULT_FAMILY, enlarge: bool = False
) -> Size:
    """Give a size of at most `long_side` that the processor will not resample again.

    The aspect ratio is kept to half a factor on each side, which is what the processor would do itself.
    Nothing is enlarged, but for that rounding and where the family's `min_pixels` demands it: there the
    processor would enlarge anyway, and the long side may come out above `long_side`. With `enlarge` a
    smaller image grows to `long_side`. Raises UsageError if `long_side` is below the factor,
    PageTooLargeError for a ratio over 200.
    """
    row = get_family(family)
    if long_side < row.factor:
        raise UsageError("long_side_too_small", given=long_side, factor=row.factor, family=row.name)
    longest = max(_checked(size))
    units = long_side // row.factor
    scale = units * row.factor / longest
    if longest <= long_side and not enlarge:
        scale = min(scale, 1.0)
    return _kept_size(size, scale, row)


def fit_visual_tokens(
    size: Size, *, tokens: int, family: str | Family = DEFAULT_FAMILY, enlarge: bool = False
) -> Size:
    """Give the largest aligned size of at most `tokens` visual tokens; nothing is enlarged unless told.

    Where the family's `min_pixels` costs more than `tokens`, that minimum is given. The aspect ratio is
    kept to half a factor on each side. Raises UsageError if `tokens` is below 1, PageTooLargeError for a
    ratio over 200.
    """
    row = get_family(family)
    if tokens < 1:
        raise UsageError("tokens_too_few", given=tokens)
    # Twice the scale at which the shorter side alone would take all tokens: surely too large.
    most = 2 * tokens * row.factor / min(_checked(size)) if enlarge else 1.0
    scale, _ = _turning_scale(size, row, most, lambda units: units[0] * units[1] <= tokens)
    return _kept_size(size, scale, row)


def _kept_size(size: Size, scale: float, row: Family) -> Size:
    """Scale `size`, align it, and move it inside the family's bounds with as little change as it takes."""
    low, high = math.ceil(row.min_pixels / row.factor**2), row.max_pixels // row.factor**2
    units = _units(size, scale, row.factor)
    if units[0] * units[1] > high:
        scale, _ = _turning_scale(size, row, scale, lambda u: u[0] * u[1] <= high)
    elif units[0] * units[1] < low:
        enough = 2 * low * row.factor / min(size)
        _, scale = _turning_scale(size, row, enough, lambda u: u[0] * u[1] < low)
    units = _units(size, scale, row.factor)
    return (units[0] * row.factor, units[1] * row.factor)


def _units(size: Size, scale: float, factor: int) -> Size:
    """Round a scaled size to whole tokens, at least one each way and never past the ratio of 200."""
    width, height = (max(1, round(side * scale / factor)) for side in size)
    return (min(width, MAX_RATIO * height), min(height, MAX_RATIO * width))


def _turning_scale(size: Size, row: Family, most: float, fits: Callable[[Size], bool]) -> tuple[float, float]:
    """Bisect for the scale at which `fits(units)` turns false; units grow with the scale.

    Gives the largest scale found that fits and the smallest that does not, or `most` twice if that fits.
    Sixty halvings leave less than any rounding of sides below a million pixels can tell.
    """
    if fits(_units(size, most, row.factor)):
        return (most, most)
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(_units(size, middle, row.factor)) else (low, middle)
    return (low, high)


def to_pixels(box: Box, size: Size, family: str | Family = DEFAULT_FAMILY) -> Box:
    """Turn a box in the family's own coordinates into pixels of an image of `size`.

    Relative families answer in 0..1000 of the image; absolute ones in pixels of the processed size.
    """
    scale_x, scale_y = _pixel_scale(size, family)
    return (box[0] * scale_x, box[1] * scale_y, box[2] * scale_x, box[3] * scale_y)


def to_family(box: Box, size: Size, family: str | Family = DEFAULT_FAMILY) -> Box:
    """Turn a box in pixels of an image of `size` into the family's own coordinates (not rounded)."""
    scale_x, scale_y = _pixel_scale(size, family)
    return (box[0] / scale_x, box[1] / scale_y, box[2] / scale_x, box[3] / scale_y)


def _pixel_scale(size: Size, family: str | Family) -> tuple[float, float]:
    row = get_family(family)
    if row.coordinates == "relative":
        return (size[0] / 1000, size[1] / 1000)
    processed = processed_size(size, row)
    return (size[0] / processed[0], size[1] / processed[1])


def _checked(size: Size) -> Size:
    width, height = size
    if width < 1 or height < 1:
        raise UsageError("size_below_one", width=width, height=height)
    if max(width, height) / min(width, height) > MAX_RATIO:
        raise PageTooLargeError("ratio_too_large", width=width, height=height, limit=MAX_RATIO)
    return size
