"""The label above a picture in a grid: its number, or 图1, or Image 1."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.grid_layout import CellBox
from toolkit.picture import Picture
from toolkit.texts import Language

if TYPE_CHECKING:
    from PIL import ImageFont

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

FONT_SHARE = 0.8
"""Size of the letters as a share of the strip's height."""
_GLYPH = Path(__file__).with_name("grid_label.png")
"""The character 图 on its em square, 96 x 96, drawn in Noto Sans CJK SC: a machine without a Chinese font
labels grids with the same pixels as any other."""


def draw_label(canvas: Picture, number: int, box: CellBox, lang: Language | None) -> None:
    """Write a picture's label into its strip: in words of `lang`, or the bare number without one.

    Where the words would reach beyond the strip the bare number stands there.
    """
    left, upper, right, lower = box
    size, middle = round(FONT_SHARE * (lower - upper)), (upper + lower) // 2
    font = _font(size)
    wide = right - left
    if lang == "en" and font.getlength(f"Image {number}") <= wide:
        _write(canvas, f"Image {number}", (left, middle), font)
    elif lang == "zh" and size + font.getlength(str(number)) <= wide:
        _stamp(canvas, (left, middle - size // 2), size)
        _write(canvas, str(number), (left + size, middle), font)
    else:
        _write(canvas, str(number), (left, middle), font)


@cache
def _font(size: int) -> "Font":
    from PIL import ImageFont

    return ImageFont.load_default(size=size)


def _write(canvas: Picture, words: str, place: tuple[int, int], font: "Font") -> None:
    from PIL import ImageDraw

    ink = 0 if canvas.mode == "L" else (0, 0, 0)
    ImageDraw.Draw(canvas).text(place, words, fill=ink, font=font, anchor="lm")


def _stamp(canvas: Picture, place: tuple[int, int], size: int) -> None:
    from PIL import Image

    with Image.open(_GLYPH) as glyph:
        mask = glyph.resize((size, size), Image.Resampling.LANCZOS)
    canvas.paste(0 if canvas.mode == "L" else (0, 0, 0), (*place, place[0] + size, place[1] + size), mask)
