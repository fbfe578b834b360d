"""A picture as bands of PNG rows, whatever it is held in: drawn page, array or Pillow image."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from toolkit.errors import UsageError
from toolkit.framed import Framed
from toolkit.geometry import Size
from toolkit.raster import Pixels, Raster, band_rows, pack_colours
from toolkit.texts import say

if TYPE_CHECKING:
    from PIL.Image import Image

Kind = Literal["bilevel", "grey", "rgb"]
CHANNELS: dict[Kind, int] = {"bilevel": 1, "grey": 1, "rgb": 3}


@dataclass(frozen=True)
class Bands:
    """Rows on demand: `fill(first, rows)` writes the rows from `first` on into `rows`, a byte per sample.

    `framed` is `Framed.rows`, where they lie in memory like that.
    """

    size: Size
    kind: Kind
    fill: Callable[[int, Pixels], None]
    framed: Pixels | None = None

    @property
    def samples(self) -> int:
        """The samples of one row."""
        return self.size[0] * CHANNELS[self.kind]

    @property
    def row_bytes(self) -> int:
        """The bytes of one row in the file, with the number of its filter."""
        return 1 + (-(-self.samples // 8) if self.kind == "bilevel" else self.samples)

    def read(self, first: int, last: int) -> Pixels:
        """Give the rows from `first` up to but not including `last`, a byte per sample."""
        rows = np.empty((last - first, self.samples), np.uint8)
        self.fill(first, rows)
        return rows


def bands_of(picture: "Raster | Framed | Pixels | Image") -> Bands:
    """Find the smallest PNG kind that holds the same pixels. Raises UsageError unless they have 8 bits."""
    if isinstance(picture, Raster):
        return _raster_bands(picture)
    if isinstance(picture, Framed):
        return _framed_bands(picture)
    if not isinstance(picture, np.ndarray):
        picture = np.asarray(picture if picture.mode in ("1", "L", "RGB") else picture.convert("RGB"))
    if picture.dtype == np.bool_:
        picture = picture.astype(np.uint8) * np.uint8(255)
    if picture.dtype != np.uint8 or picture.shape[2:] not in ((), (3,)) or not picture.size:
        raise UsageError.from_text(say("render.pixels", given=f"{picture.dtype} {picture.shape}"))
    return _array_bands(picture)


def _raster_bands(raster: Raster) -> Bands:
    words, channels = raster.words, raster.channels
    if raster.framed is not None:
        return _framed_bands(raster.framed)

    def grey(first: int, rows: Pixels) -> None:
        np.copyto(rows, words[first : first + len(rows)], casting="unsafe")

    def rgb(first: int, rows: Pixels) -> None:
        drawn = channels[first : first + len(rows)]
        pack_colours(drawn, rows.reshape(*drawn.shape[:2], 3))  # a view: only whole rows lie apart

    if not raster.grey:
        return Bands(raster.size, "rgb", rgb)
    return _grey_or_bilevel(raster.size, grey)


def _framed_bands(framed: Framed) -> Bands:
    bands = _array_bands(framed.pixels)
    same = CHANNELS[bands.kind] == framed.channels
    return replace(bands, framed=framed.rows) if same else bands


def _array_bands(pixels: Pixels) -> Bands:
    size = (pixels.shape[1], pixels.shape[0])

    def plane(first: int, rows: Pixels) -> None:
        rows[:] = (
            pixels[first : first + len(rows)] if pixels.ndim == 2 else pixels[first : first + len(rows), :, 0]
        )

    def rgb(first: int, rows: Pixels) -> None:
        rows[:] = pixels[first : first + len(rows)].reshape(len(rows), -1)

    if pixels.ndim == 3 and not _channels_equal(pixels):
        return Bands(size, "rgb", rgb)
    return _grey_or_bilevel(size, plane)


def _channels_equal(pixels: Pixels) -> bool:
    rows = band_rows(pixels.shape[1] * 3)
    bands = (pixels[y : y + rows] for y in range(0, len(pixels), rows))
    return all(np.array_equal(b[..., 0], b[..., 1]) and np.array_equal(b[..., 0], b[..., 2]) for b in bands)


def _grey_or_bilevel(size: Size, fill: Callable[[int, Pixels], None]) -> Bands:
    bands = Bands(size, "grey", fill)
    rows = band_rows(size[0])
    starts = range(0, size[1], rows)
    two_level = all(_two_level(bands.read(y, min(y + rows, size[1]))) for y in starts)
    return Bands(size, "bilevel", fill) if two_level else bands


def _two_level(rows: Pixels) -> bool:
    return not (rows + np.uint8(1) > 1).any()  # 0 and 255 become 1 and 0, everything else stays above
