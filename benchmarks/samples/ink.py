"""Text on a picture, drawn through a mask so that the box around its ink is known to the pixel."""

from functools import cache

from PIL import Image, ImageDraw, ImageFont

from benchmarks.samples.fonts import Face
from toolkit.geometry import Box

INK_LEVEL = 96
"""Coverage, of 255, from which a pixel counts as ink."""


@cache
def _font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(face.path, size, index=face.number, layout_engine=ImageFont.Layout.BASIC)


def text_mask(
    size: tuple[int, int], x: float, baseline: float, text: str, face: Face, height: int
) -> Image.Image:
    """Draw a line of text alone, white on black, `height` pixels per em."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).text((x, baseline), text, font=_font(face, height), fill=255, anchor="ls")
    return mask


def ink_box(mask: Image.Image) -> Box:
    """Give the box around the ink of a mask. Raises ValueError if there is none."""
    box = mask.point(lambda level: 255 if level >= INK_LEVEL else 0).getbbox()
    if box is None:
        raise ValueError("no ink was drawn")
    return box


def put_text(
    picture: Image.Image, x: float, baseline: float, text: str, face: Face, height: int, colour: str
) -> Box:
    """Draw a line of text into `picture` and give the box around its ink, in pixels."""
    top = round(baseline) - 2 * height
    mask = text_mask((picture.width, 3 * height), x, round(baseline) - top, text, face, height)
    picture.paste(colour, (0, top), mask)
    left, upper, right, lower = ink_box(mask)
    return (left, upper + top, right, lower + top)
