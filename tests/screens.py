"""Screenshots drawn with known lines of text, for the tests of splitting: dark, light, chat, table, code."""

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


@dataclass
class Screen:
    """A picture and the boxes of the ink of its lines, (left, upper, right, lower)."""

    image: Image.Image
    lines: list[Line] = field(default_factory=list)

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    def write(self, x: int, y: int, text: str, size: int, fill: Colour) -> Line:
        """Write one line with its em box's top at y, and remember where its ink is."""
        font = font_of(size)
        box = self.draw.textbbox((x, y), text, font=font)
        line = (int(box[0]), int(box[1]), int(box[2]), int(box[3]))
        self.draw.text((x, y), text, font=font, fill=fill)
        self.lines.append(line)
        return line


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in CJK_FONTS:
        if Path(name).is_file():
            return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)


@cache
def has_han() -> bool:
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
    return Screen(Image.new("RGB", (width, height), colour))


def article(
    rng: random.Random, *, width: int = 1080, height: int = 5400, dark: bool = False, spacing: float = 1.5
) -> Screen:
    """Paragraphs with headlines, grey captions and underlined links."""
    paper, ink, faint = (
        ((18, 18, 20), (225, 225, 225), (140, 140, 145)) if dark else ((255,) * 3, (20,) * 3, (150,) * 3)
    )
    screen = blank(width, height, paper)
    margin, y = width // 18, 60
    while y < height - 200:
        size = rng.choice((38, 38, 38, 38, 26, 60))
        fill = faint if size == 26 else ink
        for _ in range(1 if size == 60 else rng.randint(1, 9)):
            if y > height - 200:
                break
            line = screen.write(margin, y, words(rng, size, width - 2 * margin), size, fill)
            if rng.random() < 0.1:
                screen.draw.line((line[0], line[3] + 3, line[2], line[3] + 3), fill=fill, width=2)
                screen.lines[-1] = (line[0], line[1], line[2], line[3] + 5)
            y += round(size * spacing)
        y += rng.randint(0, size)
    return screen


def chat(rng: random.Random, *, width: int = 1080, height: int = 5400, dark: bool = False) -> Screen:
    """Bubbles left and right with round portraits, and times between them."""
    paper = (17, 17, 17) if dark else (237, 237, 237)
    bubbles = ((44, 44, 44), (38, 110, 60)) if dark else ((255, 255, 255), (149, 236, 105))
    ink = (230,) * 3 if dark else (10,) * 3
    screen = blank(width, height, paper)
    y = 40
    while y < height - 700:
        if rng.random() < 0.2:
            screen.write(width // 2 - 80, y, "12:34", 28, (130, 130, 130))
            y += 70
        mine = rng.random() < 0.5
        count, size = rng.randint(1, 8), 40
        inner = width - 420
        tall = count * 58 + 40
        left = 240 if mine else 140
        screen.draw.rounded_rectangle((left, y, left + inner + 40, y + tall), 18, fill=bubbles[mine])
        portrait = (width - 120, y, width - 30, y + 90) if mine else (30, y, 120, y + 90)
        screen.draw.rounded_rectangle(portrait, 10, fill=(200, 120, 60))
        screen.lines.append(portrait)
        for number in range(count):
            screen.write(left + 20, y + 14 + number * 58, words(rng, size, inner), size, ink)
        y += tall + rng.randint(24, 50)
    return screen


def table(rng: random.Random, *, width: int = 1240, height: int = 6200, dark: bool = False) -> Screen:
    """A ruled table with striped rows; the upright rules run through all of it."""
    paper, ink, rule = ((30, 32, 36), (220,) * 3, (90,) * 3) if dark else ((255,) * 3, (30,) * 3, (120,) * 3)
    screen = blank(width, height, paper)
    row_height, columns, y = 58, 5, 50
    step = (width - 100) // columns
    number = 0
    while y < height - 120:
        if number % 2:
            stripe = (40, 44, 52) if dark else (244, 246, 250)
            screen.draw.rectangle((50, y, 50 + step * columns, y + row_height), fill=stripe)
        screen.draw.line((50, y, 50 + step * columns, y), fill=rule, width=2)
        for column in range(columns):
            screen.write(62 + column * step, y + 10, words(rng, 30, step - 24), 30, ink)
        y += row_height
        number += 1
    screen.draw.line((50, y, 50 + step * columns, y), fill=rule, width=2)
    for column in range(columns + 1):
        screen.draw.line((50 + column * step, 50, 50 + column * step, y), fill=rule, width=2)
    return screen


def code(rng: random.Random, *, width: int = 1400, height: int = 6200, dark: bool = True) -> Screen:
    """An editor with line numbers, a rule beside them and tight lines in several colours."""
    paper = (30, 30, 30) if dark else (255, 255, 255)
    inks = (
        ((86, 156, 214), (206, 145, 120), (220, 220, 170))
        if dark
        else ((0, 0, 200), (160, 20, 20), (20, 20, 20))
    )
    screen = blank(width, height, paper)
    y, number = 20, 1
    while y < height - 60:
        screen.write(20, y, str(number), 28, (120, 120, 120))
        if rng.random() < 0.9:
            indent = rng.randint(0, 4) * 60
            room = width - 180 - indent
            screen.write(140 + indent, y, words(rng, 28, rng.randint(room // 3, room)), 28, rng.choice(inks))
        y += 38
        number += 1
    screen.draw.line((110, 0, 110, height), fill=(70, 70, 70), width=1)
    return screen


def sheet(rng: random.Random, *, width: int = 6000, height: int = 1000) -> Screen:
    """Too wide: columns of text side by side with clear space between them."""
    screen = blank(width, height, (255, 255, 255))
    x = 60
    while x < width - 500:
        column = rng.randint(300, 700)
        for y in range(60, height - 100, 56):
            screen.write(x, y, words(rng, 34, min(column, width - x - 60)), 34, (0, 0, 0))
        x += column + rng.randint(80, 160)
    return screen


def receipt(rng: random.Random, *, width: int = 900, height: int = 4600, desk: int = 80) -> Screen:
    """A slip of paper on a dark desk: goods at the left, prices at the right."""
    screen = blank(width + 2 * desk, height + 2 * desk, (96, 74, 58))
    screen.draw.rectangle((desk, desk, desk + width, desk + height), fill=(247, 245, 241))
    y = desk + 60
    while y < desk + height - 140:
        for _ in range(rng.randint(4, 14)):
            if y > desk + height - 140:
                break
            screen.write(desk + 40, y, words(rng, 28, rng.randint(200, 480)), 28, (25,) * 3)
            screen.write(desk + width - 190, y, f"{rng.randint(1, 999)}.{rng.randint(10, 99)}", 28, (25,) * 3)
            y += 42
        y += rng.randint(0, 30)
    return screen


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
    return Screen(blend(screen.image, layer.convert("RGB")), screen.lines)


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


SCREENS: dict[str, Callable[[random.Random], Screen]] = {
    "article": article,
    "article-dark": lambda rng: article(rng, dark=True),
    "article-tight": lambda rng: article(rng, spacing=1.32),
    "chat": chat,
    "chat-dark": lambda rng: chat(rng, dark=True),
    "table": table,
    "table-dark": lambda rng: table(rng, dark=True),
    "code": code,
    "code-light": lambda rng: code(rng, dark=False),
    "sheet": sheet,
}
