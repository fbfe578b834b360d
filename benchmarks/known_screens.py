"""Pictures drawn with known lines of text: where the ink of each is, and what else is no gap."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont

CJK_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
LATIN = "The quick brown fox jumps over a lazy dog while 1,234 jigs vex; gym & jog quietly pay 56.78 up."
HAN = "这是一张很长的手机截图用来检验切分的位置是否落在两行文字之间三二一工王川中国人民银行余额明细"

Line = tuple[int, int, int, int]
Colour = tuple[int, int, int]
Maker = Callable[[random.Random], "Screen"]


@dataclass
class Screen:
    """A picture, the boxes of the ink of its lines, and those of its pictures, (left, upper, right, lower).

    A line has to be whole in one piece; a picture may be cut, but it is no gap either.
    """

    image: Image.Image
    lines: list[Line] = field(default_factory=list)
    pictures: list[Line] = field(default_factory=list)

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        """The pen."""
        return ImageDraw.Draw(self.image)

    def write(self, x: int, y: int, text: str, size: int, fill: Colour, rim: Colour | None = None) -> Line:
        """Write one line with its em box's top at y, and remember where its ink is; a `rim` surrounds it."""
        font, wide = font_of(size), 0 if rim is None else max(1, size // 14)
        box = self.draw.textbbox((x, y), text, font=font, stroke_width=wide)
        line = (int(box[0]), int(box[1]), int(box[2]), int(box[3]))
        self.draw.text((x, y), text, font=font, fill=fill, stroke_width=wide, stroke_fill=rim)
        self.lines.append(line)
        return line

    def paste(self, picture: Image.Image, x: int, y: int) -> Line:
        """Put a picture in, and remember where."""
        self.image.paste(picture, (x, y))
        self.pictures.append((x, y, x + picture.width, y + picture.height))
        return self.pictures[-1]


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Load a font with Chinese characters, or else Pillow's own, at `size` pixels per em."""
    for name in CJK_FONTS:
        if Path(name).is_file():
            return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)


@cache
def has_han() -> bool:
    """Tell whether a font with Chinese characters is installed."""
    return any(Path(name).is_file() for name in CJK_FONTS)


def words(rng: random.Random, size: int, width: int) -> str:
    """Give text that fits `width` at this font size, Chinese or English at random."""
    source = HAN if has_han() and rng.random() < 0.5 else LATIN
    start = rng.randrange(len(source))
    text = (source[start:] + source * 8)[: max(1, 2 * width // size)].strip() or "Text"
    font = font_of(size)
    while len(text) > 1 and (length := font.getlength(text)) > width:
        text = text[: max(1, min(len(text) - 1, int(len(text) * width / length)))]
    return text


def blank(width: int, height: int, colour: Colour) -> Screen:
    """Begin with one colour."""
    return Screen(Image.new("RGB", (width, height), colour))


def watermarked(
    screen: Screen, text: str = "CONFIDENTIAL 机密", *, size: int = 170, grey: int = 40, step: int = 700
) -> Screen:
    """Print pale words across the whole picture, aslant; dark screens get light ones."""
    width, height = screen.image.size
    font = font_of(size)
    stamp = Image.new("L", (int(font.getlength(text)) + 20, int(size * 1.4)))
    ImageDraw.Draw(stamp).text((0, 0), text, font=font, fill=grey)
    stamp = stamp.rotate(35, expand=True)
    layer = Image.new("L", (width, height))
    for y in range(-100, height, step):
        for x in range(-width // 3, width, stamp.width):
            layer.paste(stamp, (x, y), stamp)
    dark = screen.image.getpixel((0, 0)) < (128,) * 3  # type: ignore[operator]
    blend = ImageChops.add if dark else ImageChops.subtract
    return Screen(blend(screen.image, layer.convert("RGB")), screen.lines, screen.pictures)


def turned(screen: Screen, degrees: float, fill: Colour) -> Screen:
    """Turn a picture counter-clockwise; the boxes are again those of the lines' ink."""
    grey = np.asarray(screen.image.convert("L")).astype(np.int16)
    labels = np.zeros(grey.shape, np.int32)
    for number, (left, upper, right, lower) in enumerate(screen.lines, 1):
        part = grey[upper : lower + 1, left : right + 1]
        labels[upper : lower + 1, left : right + 1][abs(part - np.median(part)) > 40] = number
    marks = np.asarray(Image.fromarray(labels).rotate(degrees, Image.Resampling.NEAREST, expand=True))
    y, x = np.nonzero(marks)
    owner, count = marks[y, x], len(screen.lines) + 1
    sides = []
    for places in (x, y):
        first, last = np.full(count, 10**9), np.zeros(count, int)
        np.minimum.at(first, owner, places)
        np.maximum.at(last, owner, places)
        sides += [first, last + 1]
    lines = [(int(a), int(c), int(b), int(d)) for a, b, c, d in zip(*sides, strict=True) if b > 1]
    return Screen(screen.image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=fill), lines)
