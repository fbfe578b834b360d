"""Pixels that lie in memory as PNG takes them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.geometry import Size
from toolkit.picture import Pixels

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Framed:
    """A picture with room for the number that PNG sets before each row, so that it is encoded where it lies.

    `rows` is uint8, (height + 1, 1 + width * channels); its first row and column are to spare, and whoever
    encodes the picture writes there. `channels` is 1 for grey, 3 for red, green, blue.
    """

    rows: Pixels
    channels: int

    @classmethod
    def empty(cls, size: Size, channels: int, room: Pixels | None = None) -> "Framed":
        """Take memory for a picture, from `room` if that is enough; its pixels are what lies there."""
        shape = (size[1] + 1, 1 + size[0] * channels)
        count = shape[0] * shape[1]
        memory = np.empty(count, np.uint8) if room is None or room.size < count else room[:count]
        return cls(memory.reshape(shape), channels)

    @property
    def size(self) -> Size:
        """The size in pixels."""
        return ((self.rows.shape[1] - 1) // self.channels, self.rows.shape[0] - 1)

    @property
    def pixels(self) -> Pixels:
        """The same memory as (height, width) or (height, width, 3); its rows lie a byte apart."""
        inside: Any = self.rows[1:, 1:]
        width, height = self.size
        return inside if self.channels == 1 else inside.reshape(height, width, 3)  # type: ignore[no-any-return]

    def to_picture(self) -> "Image":
        """Copy the pixels into a Pillow image, "L" or "RGB"."""
        from PIL import Image

        return Image.fromarray(np.ascontiguousarray(self.pixels))
