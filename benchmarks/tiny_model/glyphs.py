"""Pictures of one character: which characters, which fonts, and how they are drawn."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What the model reads: digits and capitals, without I and O, which many fonts draw like 1 and 0."""

SYSTEM_FONTS = Path("/usr/share/fonts")
HELD_OUT = ("Noto", "OpenSans", "Caladea")
"""Beginnings of names of font files that no training picture is drawn with; Pillow's own font is another."""
_UNFIT = ("Symbol", "D050000L", "Z003", "chorus", "_K.", "_I.", "_DR", "_RZ", "Hairline", "MathTeX")
"""Parts of names of fonts that draw other things than plain characters, or hardly anything at all."""

PILLOW = ""
"""Stands for the font that Pillow carries (Aileron Regular); no training picture is drawn with it."""

Size = tuple[int, int]
Colour = tuple[int, int, int]


def font_files(folders: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """List the font files under `folders`: those to train with, and those held out."""
    found = sorted(p for f in folders for p in f.rglob("*") if p.suffix.lower() in {".ttf", ".otf", ".ttc"})
    fit = [p for p in found if not any(part in p.name for part in _UNFIT)]
    held = [p for p in fit if p.name.startswith(HELD_OUT)]
    return [p for p in fit if p not in held], held


@cache
def _load(font: str, px: int) -> ImageFont.FreeTypeFont:
    loaded = ImageFont.truetype(font, px) if font else ImageFont.load_default(px)
    if not isinstance(loaded, ImageFont.FreeTypeFont):
        raise RuntimeError(
            "Pillow was built without FreeType: its own font cannot be drawn at a size of choice"
        )
    return loaded


def draw_mask(
    char: str, font: str, size: Size, rng: Random, *, fill: tuple[float, float] = (0.35, 0.9)
) -> Image.Image:
    """Draw `char` somewhere in a mask of `size`: 255 is ink, 0 is paper.

    Args:
        char: One character.
        font: Path of a font file, or `PILLOW`.
        size: Width and height in pixels.
        rng: Decides height, place and slant.
        fill: Least and greatest height of the character as a share of the shorter side.
    """
    width, height = size
    wanted = rng.uniform(*fill) * min(size)
    loaded = _load(font, max(8, 4 * round(wanted / 0.72 / 4)))  # capitals are about 0.72 em high
    left, upper, right, lower = loaded.getbbox(char)
    mask = Image.new("L", size)
    spare_x, spare_y = width - (right - left), height - (lower - upper)
    x, y = (_place(spare, rng) for spare in (spare_x, spare_y))
    ImageDraw.Draw(mask).text((x - left, y - upper), char, font=loaded, fill=255)
    if rng.random() < 0.5:
        mask = mask.rotate(rng.uniform(-8, 8), Image.Resampling.BILINEAR)
    return mask


def _place(spare: float, rng: Random) -> float:
    return spare / 2 if spare < 4 else rng.uniform(2, spare - 2)


def picture_of(
    char: str,
    side: int = 64,
    *,
    seed: int = 0,
    font: str = PILLOW,
    ink: Colour = (0, 0, 0),
    paper: Colour = (255, 255, 255),
    noise: float = 0.0,
    fill: tuple[float, float] = (0.45, 0.85),
) -> Image.Image:
    """Draw one character as a person would upload it: an RGB picture of `side` by `side` pixels.

    Args:
        char: One of `CHARACTERS`.
        side: Width and height in pixels.
        seed: Decides place, height and slant.
        font: Path of a font file; by default the one that Pillow carries, which every machine has.
        ink: Colour of the character.
        paper: Colour behind it.
        noise: Standard deviation of noise, in grey levels.
        fill: Least and greatest height of the character as a share of the side.
    """
    rng = Random(f"{seed}/{char}/{side}/{font}")
    mask = draw_mask(char, font, (side, side), rng, fill=fill)
    picture = Image.new("RGB", (side, side), paper)
    picture.paste(Image.new("RGB", (side, side), ink), mask=mask)
    return _noisy(picture, noise, rng) if noise else picture


def _noisy(picture: Image.Image, noise: float, rng: Random) -> Image.Image:
    import numpy as np

    draws = np.random.default_rng(rng.getrandbits(32)).normal(0, noise, (picture.height, picture.width, 3))
    return Image.fromarray(np.clip(np.asarray(picture) + draws, 0, 255).astype(np.uint8))


def any_colours(rng: Random, *, contrast: int = 110) -> tuple[Colour, Colour]:
    """Choose ink and paper whose greys differ by at least `contrast` levels, dark on light more often."""
    while True:
        ink, paper = (_colour(rng) for _ in range(2))
        if abs(_grey(ink) - _grey(paper)) >= contrast:
            dark, light = sorted((ink, paper), key=_grey)
            return (dark, light) if rng.random() < 0.75 else (light, dark)


def _colour(rng: Random) -> Colour:
    return (rng.randrange(256), rng.randrange(256), rng.randrange(256))


def _grey(colour: Sequence[int]) -> float:
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue
