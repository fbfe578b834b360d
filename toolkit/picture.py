"""What a picture is: a Pillow image, upright, sRGB and opaque, in mode "1", "L" or "RGB"."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Picture: TypeAlias = Image
    Pixels: TypeAlias = NDArray[np.uint8]
else:
    Picture = Pixels = Any


LEAST_COLOUR = 16
"""Levels by which the difference of two channels has to vary for a picture to have colours."""


def as_resizable(image: Picture) -> Picture:
    """Turn two-level and palette pictures into grey or colour; resampling their indices would be noise."""
    if image.mode in ("L", "RGB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA", "RGBA", "LA"):
        return _on_white(image)
    return image.convert("RGB")


def to_grey(image: Picture) -> Pixels:
    """Give the picture as grey pixels, uint8, (height, width)."""
    import numpy as np

    return np.asarray(as_resizable(image).convert("L"))


def to_colours(image: Picture) -> list[Pixels]:
    """Give the two planes of colour, Cr and Cb, uint8, (height, width); none of a picture without colours."""
    import cv2
    import numpy as np

    if image.mode != "RGB":
        return []
    pixels = np.asarray(image)
    sample = pixels[:: max(1, image.height // 512)].astype(np.int16)
    if max(int(np.ptp(sample[..., 0] - sample[..., i])) for i in (1, 2)) < LEAST_COLOUR:
        return []
    return [np.ascontiguousarray(plane) for plane in cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb))[1:]]


def cut_out(image: Picture, box: tuple[int, int, int, int]) -> Picture:
    """Copy the pixels of `box`. Pillow's own crop refuses more than 178 megapixels, whatever our limit is."""
    from PIL import Image

    size = (box[2] - box[0], box[3] - box[1])
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.NEAREST, box=box)


def _on_white(image: Picture) -> Picture:
    from PIL import Image

    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")
