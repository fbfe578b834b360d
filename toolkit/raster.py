"""Pixels as the renderer leaves them, and as the encoder and the resizer take them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from toolkit.framed import Framed
from toolkit.geometry import Size

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = npt.NDArray[np.uint8]
"""uint8, (height, width) for grey or (height, width, 3) for red, green, blue."""

BAND_BYTES = 2**20
"""How much of a page is handled at a time: a MiB stays in a processor's caches, and the fewer calls save 1 ms
a page against a quarter of a MiB."""

MOST_FRAMED = 12 * 2**20
"""Pixels of which grey levels are kept beside the page, a byte each: A4 at 300 dpi has 8.7 million."""

_BLUE_GREEN_RED = 0x0000FFFF0000FFFF
"""Of two words of byte differences: blue to green and green to red, not red to the unused byte."""


@dataclass(frozen=True)
class Raster:
    """A drawn page: `words` is uint32, (height, width), each word blue, green, red and an unused byte.

    This is PDFium's BGRx, the fastest format to draw into and to test for colour (measured on text pages:
    10 ms a page against 20 ms in packed BGR, with equal pixels). `room` is memory for the levels of a grey
    page, uint8; fresh memory for each page makes a long run grow. Both may be reused for the next page: take
    what you need before you draw again.
    """

    words: npt.NDArray[np.uint32]
    room: Pixels | None = None

    @property
    def size(self) -> Size:
        """The size in pixels."""
        return (self.words.shape[1], self.words.shape[0])

    @cached_property
    def grey(self) -> bool:
        """Whether red, green and blue are equal in every pixel."""
        if self.words.size <= MOST_FRAMED:
            return self.framed is not None
        return all(is_grey for _, _, is_grey in self._bands())

    @cached_property
    def framed(self) -> Framed | None:
        """The levels of a grey page as PNG takes them; None in colour, or beyond `MOST_FRAMED` pixels.

        Taken band by band while these are tested, so that the page passes the processor once: 1 ms less a
        page of A4 at 300 dpi.
        """
        if self.words.size > MOST_FRAMED:
            return None
        framed = Framed.empty(self.size, 1, self.room)
        levels = framed.pixels
        for first, band, is_grey in self._bands():
            if not is_grey:
                return None
            np.copyto(levels[first : first + len(band)], band, casting="unsafe")
        return framed

    def _bands(self) -> Iterator[tuple[int, npt.NDArray[np.uint32], bool]]:
        """Give the page in bands: the number of the first row, the rows, and whether they are grey."""
        words = np.ascontiguousarray(self.words)
        rows = band_rows(4 * self.size[0])
        scratch = np.empty(4 * min(rows, self.size[1]) * self.size[0], np.uint8)
        for first in range(0, self.size[1], rows):
            band = words[first : first + rows]
            yield first, band, _is_grey(band.view(np.uint8).reshape(-1), scratch)

    def to_array(self) -> Pixels:
        """Copy the pixels: (height, width) where the page is pure grey, else (height, width, 3)."""
        if self.grey:
            return self._levels()
        colours = np.empty((*self.words.shape, 3), np.uint8)
        pack_colours(self.channels, colours)
        return colours

    def to_picture(self) -> "Image":
        """Copy the pixels into a Pillow image, "L" where the page is pure grey, else "RGB"."""
        from PIL import Image

        if self.grey:
            return Image.fromarray(self._levels())
        return Image.frombytes("RGB", self.size, self.words.data.cast("B"), "raw", "BGRX")

    def _levels(self) -> Pixels:
        return self.words.astype(np.uint8) if self.framed is None else self.framed.pixels.copy()

    @property
    def channels(self) -> Pixels:
        """The same memory as bytes: (height, width, 4), blue first."""
        height, width = self.words.shape
        view: Any = self.words.view(np.uint8)
        return view.reshape(height, width, 4)  # type: ignore[no-any-return]


def pack_colours(channels: Pixels, target: Pixels) -> None:
    """Pack blue, green, red and an unused byte as red, green, blue into `target`.

    OpenCV takes 4 ms a page of A4 at 300 dpi, numpy's three strided copies 10; it is loaded for colour only.
    """
    import cv2

    packed = cv2.cvtColor(channels, cv2.COLOR_BGRA2RGB, dst=target)
    if packed is not target:
        target[:] = packed


def _is_grey(memory: Pixels, scratch: Pixels) -> bool:
    """Tell whether blue equals green and green equals red in every word of `memory`.

    `scratch` takes the differences: fresh memory for each band would cost more than the arithmetic.

    Each byte is compared with the next: blue with green, green with red, and two more that are masked out.
    One pass over bytes and one over 64-bit words take 3 ms a page, half of what shifting words takes.
    """
    if memory.size % 8:
        last = memory[-4:]
        if not last[0] == last[1] == last[2]:
            return False
        memory = memory[:-4]
    differences = scratch[: memory.size]
    np.bitwise_xor(memory[:-1], memory[1:], out=differences[:-1])
    return not int(np.bitwise_or.reduce(differences.view(np.uint64))) & _BLUE_GREEN_RED


def band_rows(row_bytes: int) -> int:
    """Count the rows of one band, at least 1."""
    return max(1, BAND_BYTES // max(1, row_bytes))
