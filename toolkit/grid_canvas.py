"""Drawing a grid: pictures, at the size that they have there, into one block of memory."""

from typing import TYPE_CHECKING

import numpy as np

from toolkit.framed import Framed
from toolkit.geometry import Size
from toolkit.grid import BACKGROUND
from toolkit.grid_label import draw_label
from toolkit.grid_layout import CellBox
from toolkit.picture import Picture, Pixels, as_resizable
from toolkit.resize import resize_to

if TYPE_CHECKING:
    from toolkit.texts import Language


class GridCanvas:
    """A grid on its way; grey until a picture in colour comes."""

    def __init__(self, size: Size) -> None:
        """Start with nothing but the background."""
        self.framed = Framed.empty(size, 1)
        self.framed.rows.fill(BACKGROUND)

    def put(self, picture: "Picture | Pixels", box: CellBox) -> None:
        """Set a picture, or pixels in grey or red-green-blue, into a box, resampled to its size."""
        left, upper, right, lower = box
        pixels = _pixels(picture, (right - left, lower - upper))
        if pixels.ndim == 3 and self.framed.channels == 1:
            self.framed = _in_colour(self.framed)
        target = self.framed.pixels[upper:lower, left:right]
        if target.ndim > pixels.ndim:
            _spread(pixels, target)
        else:
            target[:] = pixels

    def label(self, number: int, box: CellBox, lang: "Language | None") -> None:
        """Write the number of a picture into the strip above it, and beyond where the strip is too narrow.

        At the edge of the grid a strip of a pixel or two has no room for any of it.
        """
        from PIL import Image

        left, upper, right, lower = box
        strip = Image.new("L", (self.framed.size[0] - left, lower - upper), BACKGROUND)
        draw_label(strip, number, (0, 0, right - left, lower - upper), lang)
        written = np.asarray(strip)
        used = np.flatnonzero((written != BACKGROUND).any(axis=0))
        if used.size:
            wide = int(used[-1]) + 1
            self.put(written[:, :wide], (left, upper, left + wide, lower))


def _pixels(picture: "Picture | Pixels", size: Size) -> Pixels:
    from PIL import Image

    if isinstance(picture, np.ndarray):
        if picture.shape[1::-1] == size:
            return picture
        picture = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(as_resizable(resize_to(picture, size)))


def _in_colour(grey: Framed) -> Framed:
    framed = Framed.empty(grey.size, 3)
    _spread(grey.pixels, framed.pixels)
    return framed


def _spread(grey: Pixels, target: Pixels) -> None:
    """Copy grey levels into all three channels. OpenCV takes a tenth of numpy's time."""
    import cv2

    spread = cv2.cvtColor(np.ascontiguousarray(grey), cv2.COLOR_GRAY2RGB, dst=target)
    if spread is not target:
        target[:] = spread
