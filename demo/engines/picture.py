"""An image of a prompt to pixels, as they are in its file."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from demo.engines.errors import ImageUnreadableError

if TYPE_CHECKING:
    from PIL import Image

    from prompts import ImageRef

Pixels = npt.NDArray[np.uint8]

MAX_PIXELS = 200_000_000
"""The toolkit's own limit on a page (--max-megapixels)."""


def load_picture(image: "ImageRef") -> tuple[Pixels, str]:
    """Read an image's file: BGR pixels, and the sha256 of those pixels with their size.

    Raises ImageUnreadableError, naming the image, where the file is gone, damaged, too large, or not the one
    that was prepared.
    """
    path = image.path
    if path is None or not Path(path).is_file():
        raise ImageUnreadableError.of(image, "engines.image_missing")
    data = Path(path).read_bytes()
    if image.sha256 and hashlib.sha256(data).hexdigest() != image.sha256:
        raise ImageUnreadableError.of(image, "engines.image_changed")
    pixels = _decode(data, image)
    key = hashlib.sha256(np.asarray(pixels.shape, np.int64).tobytes())
    key.update(pixels.data)
    return pixels, key.hexdigest()


def _decode(data: bytes, image: "ImageRef") -> Pixels:
    from io import BytesIO

    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ImageUnreadableError.of(
                    image, "engines.image_damaged", reason=f"{opened.width} x {opened.height} px"
                )
            rgb = np.asarray(_flat(opened), np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageUnreadableError.of(image, "engines.image_damaged", reason=error) from error
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _flat(picture: "Image.Image") -> "Image.Image":
    """Give RGB of 8 bits, transparency on white."""
    if picture.mode.startswith("I"):
        picture = _eight_bits(picture)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    from PIL import Image

    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB")


def _eight_bits(picture: "Image.Image") -> "Image.Image":
    """Keep the upper half of 16 bits; Pillow's own conversion cuts everything over 255 off."""
    from PIL import Image

    return Image.fromarray((np.asarray(picture).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8))
