"""Screens and photos whose text comes in very different sizes, in Chinese and in English.

The check set of `benchmarks.auto_loss --drawn`: a size that suits most of the text may lose the rest.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from PIL import Image, ImageDraw

from benchmarks.drawn_pages import Script, blurred, font, font_for, jpeg, noisy, tilted, words
from benchmarks.drawn_scenes import fractal, picture

Colour = tuple[int, int, int]
Maker = Callable[["Sheet", random.Random], None]

BLACK, WHITE, GREY, BLUE = (20, 20, 20), (255, 255, 255), (120, 120, 125), (40, 90, 190)


@dataclass
class Sheet:
    """A picture under way, the script of its text, and what was written: sizes and lengths in px."""

    image: Image.Image
    script: Script
    written: list[tuple[float, float]] = field(default_factory=list)

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        """The pen."""
        return ImageDraw.Draw(self.image)

    def write(
        self, x: float, y: float, em: float, width: float, rng: random.Random, fill: Colour = BLACK
    ) -> None:
        """Write one line of at most `width` pixels."""
        face = font(font_for(self.script), em)
        text = words(self.script, rng.randrange(1000), width, face)
        self.draw.text((x, y), text, font=face, fill=fill)
        self.written.append((em, face.getlength(text)))

    def paragraph(
        self,
        box: tuple[float, float, float, float],
        em: float,
        rng: random.Random,
        fill: Colour = BLACK,
        leading: float = 1.4,
    ) -> None:
        """Fill a box with lines."""
        y = box[1]
        while y + 1.3 * em <= box[3]:
            self.write(box[0], y, em, box[2] - box[0], rng, fill)
            y += leading * em

    def box(self, box: tuple[float, float, float, float], fill: Colour, radius: float = 0) -> None:
        """Fill a rectangle."""
        self.draw.rounded_rectangle(box, radius, fill=fill)

    def scene(self, box: tuple[int, int, int, int], seed: int) -> None:
        """Put a picture without text into a box."""
        size = (box[2] - box[0], box[3] - box[1])
        self.image.paste(picture(fractal(1.6, seed)).resize(size), box[:2])


def feed(sheet: Sheet, rng: random.Random) -> None:
    """Cards of an app, with previews of documents in them."""
    sheet.write(60, 40, 46, 600, rng)
    for number, y in enumerate(range(160, 2200, 330)):
        sheet.box((30, y, 510, y + 280), (235, 238, 242), 14)
        if number % 2:
            sheet.scene((30, y, 510, y + 280), number)
            sheet.write(60, y + 110, 64, 420, rng, (255, 220, 0))
        else:
            sheet.paragraph((90, y + 20, 450, y + 270), 9 + number % 3, rng)
        sheet.paragraph((540, y, 1040, y + 140), 42, rng)
        sheet.write(540, y + 210, 34, 400, rng, GREY)


def poster(sheet: Sheet, rng: random.Random) -> None:
    """A few huge words and small print at the foot."""
    sheet.scene((0, 0, 1800, 1500), 3)
    sheet.write(120, 1560, 260, 1600, rng, (180, 30, 30))
    sheet.write(120, 1900, 90, 1500, rng)
    sheet.paragraph((120, 2260, 1680, 2380), 22, rng, GREY)


def dashboard(sheet: Sheet, rng: random.Random) -> None:
    """Large figures, a chart with small labels, a table."""
    sheet.image.paste((243, 244, 247), (0, 0, 1920, 1080))
    for x in range(40, 1800, 470):
        sheet.box((x, 40, x + 430, 220), WHITE, 12)
        sheet.write(x + 24, 60, 18, 300, rng, GREY)
        sheet.draw.text((x + 24, 105), f"{rng.randrange(10**6):,}", font=font("default", 72), fill=BLUE)
    sheet.box((40, 260, 1100, 1040), WHITE, 12)
    for y in range(320, 960, 64):
        sheet.draw.text((60, y - 7), f"{rng.randrange(900)}k", font=font("default", 12), fill=GREY)
        sheet.draw.line((110, y, 1070, y), fill=(225, 225, 225))
    for x in range(120, 1060, 90):
        sheet.draw.rectangle((x, rng.randrange(340, 900), x + 50, 960), fill=BLUE)
        sheet.write(x, 970, 12, 80, rng, GREY)
    sheet.box((1140, 260, 1880, 1040), WHITE, 12)
    for y in range(290, 1010, 30):
        for x in (1165, 1400, 1640):
            sheet.write(x, y, 14, 200, rng)


def slide(sheet: Sheet, rng: random.Random) -> None:
    """Bullet points beside a table pasted in small."""
    sheet.write(100, 70, 84, 1700, rng, BLUE)
    for y in range(260, 900, 110):
        sheet.write(130, y, 44, 760, rng)
    for y in range(270, 880, 21):
        for x in range(980, 1800, 170):
            sheet.write(x, y, 12, 150, rng)
    sheet.write(100, 1020, 15, 900, rng, GREY)


def label(sheet: Sheet, rng: random.Random) -> None:
    """A shot of a package: a brand, and what is in it."""
    sheet.scene((0, 0, 2400, 1800), 11)
    sheet.box((500, 300, 1900, 1500), (250, 247, 238))
    sheet.write(560, 360, 170, 1250, rng, (150, 20, 40))
    sheet.paragraph((560, 650, 1840, 820), 60, rng)
    sheet.paragraph((560, 900, 1840, 1440), 25, rng)
    photographed(sheet, 2.0)


def plan_of_town(sheet: Sheet, rng: random.Random) -> None:
    """Streets and names of many sizes."""
    sheet.image.paste((240, 238, 230), (0, 0, 1600, 1600))
    for _ in range(40):
        ends = [(rng.randrange(1600), rng.randrange(1600)) for _ in range(2)]
        sheet.draw.line(ends, fill=WHITE, width=rng.choice((6, 12, 22)))
    for row in range(26):
        for column in range(4):
            em = rng.choice((12, 12, 12, 14, 18, 18, 30))
            x, y = 30 + column * 400 + rng.randrange(150), 15 + row * 61 + rng.randrange(20)
            sheet.write(x, y, em, rng.choice((70, 130, 190)), rng, rng.choice((BLACK, GREY, BLUE)))


def desktop(sheet: Sheet, rng: random.Random) -> None:
    """A large monitor: a window of text, a side bar, a terminal, a task bar."""
    sheet.image.paste((30, 32, 38), (0, 0, 2560, 1440))
    sheet.paragraph((30, 40, 330, 1380), 15, rng, (170, 175, 180))
    sheet.box((360, 30, 1700, 1380), (250, 250, 250))
    sheet.paragraph((400, 60, 1660, 1340), 21, rng)
    sheet.paragraph((1730, 60, 2530, 1340), 16, rng, (140, 220, 140))
    sheet.write(40, 1408, 13, 700, rng, (220, 220, 220))


def receipt(sheet: Sheet, rng: random.Random) -> None:
    """A slip of paper on a wooden table."""
    sheet.scene((0, 0, 2250, 3000), 5)
    sheet.box((700, 300, 1500, 2700), (246, 244, 240))
    sheet.write(780, 360, 70, 640, rng)
    sheet.paragraph((760, 500, 1440, 2300), 34, rng)
    sheet.paragraph((760, 2400, 1440, 2650), 22, rng, GREY)
    photographed(sheet, -2.0)


def card(sheet: Sheet, rng: random.Random) -> None:
    """A business card, small on a desk."""
    sheet.scene((0, 0, 2400, 1600), 7)
    sheet.box((900, 600, 1620, 1020), WHITE)
    sheet.write(940, 640, 60, 500, rng)
    sheet.paragraph((940, 780, 1580, 990), 24, rng)
    photographed(sheet, 1.5)


def newspaper(sheet: Sheet, rng: random.Random) -> None:
    """A masthead, a headline, columns, captions."""
    sheet.write(100, 60, 230, 2000, rng)
    sheet.write(100, 360, 120, 2000, rng)
    sheet.scene((100, 560, 1090, 1200), 9)
    sheet.write(100, 1215, 20, 980, rng, GREY)
    for number, x in enumerate(range(100, 2000, 505)):
        sheet.paragraph((x, 1280 if number < 2 else 560, x + 470, 2950), 27, rng)


def identity(sheet: Sheet, rng: random.Random) -> None:
    """A card with a portrait, fields, and tiny print."""
    sheet.image.paste((222, 232, 240), (0, 0, 1600, 1000))
    sheet.scene((80, 200, 480, 720), 4)
    for y in range(180, 760, 120):
        sheet.write(560, y, 17, 400, rng, GREY)
        sheet.write(560, y + 26, 46, 900, rng)
    sheet.paragraph((80, 800, 1520, 960), 13, rng, GREY)


def chat(sheet: Sheet, rng: random.Random) -> None:
    """Bubbles, one of them a picture of a page."""
    sheet.image.paste((237, 237, 237), (0, 0, 1080, 2200))
    for y, mine in ((60, False), (330, True), (1500, False), (1780, True)):
        left = 260 if mine else 120
        sheet.box((left, y, left + 700, y + 220), (149, 236, 105) if mine else WHITE, 18)
        sheet.paragraph((left + 30, y + 20, left + 670, y + 210), 42, rng)
    sheet.box((120, 600, 760, 1460), WHITE)
    sheet.write(180, 640, 24, 520, rng)
    sheet.paragraph((160, 700, 720, 1440), 11, rng)


def infographic(sheet: Sheet, rng: random.Random) -> None:
    """Long: headings, figures, sources in small print."""
    for number, y in enumerate(range(0, 3600, 600)):
        sheet.image.paste(((235, 242, 250), (250, 243, 232))[number % 2], (0, y, 1200, y + 600))
        sheet.write(80, y + 50, 70, 1040, rng, BLUE)
        sheet.draw.text((80, y + 170), f"{rng.randrange(100)} %", font=font("default", 190), fill=BLACK)
        sheet.paragraph((560, y + 190, 1120, y + 440), 34, rng)
        sheet.paragraph((80, y + 520, 1120, y + 580), 14, rng, GREY)


def spreadsheet(sheet: Sheet, rng: random.Random) -> None:
    """Small cells from edge to edge, a larger title."""
    sheet.write(30, 14, 24, 600, rng)
    for row, y in enumerate(range(70, 1060, 24)):
        sheet.draw.line((0, y - 5, 1920, y - 5), fill=(210, 210, 210))
        for x in range(50, 1900, 150):
            sheet.write(x, y, 13 if row else 15, 130, rng)


def frame(sheet: Sheet, rng: random.Random) -> None:
    """A frame of a video: a shared slide, subtitles, a banner."""
    sheet.scene((0, 0, 1280, 720), 13)
    sheet.box((60, 60, 820, 520), WHITE)
    sheet.write(90, 80, 36, 700, rng, BLUE)
    sheet.paragraph((90, 150, 780, 500), 12, rng)
    sheet.box((880, 60, 1250, 110), (170, 20, 20))
    sheet.write(890, 70, 26, 340, rng, WHITE)
    sheet.box((200, 620, 1080, 690), BLACK)
    sheet.write(220, 625, 46, 840, rng, WHITE)
    sheet.image = jpeg(sheet.image, 80)


def article(sheet: Sheet, rng: random.Random) -> None:
    """A page of the web with a figure whose labels are tiny."""
    sheet.write(160, 60, 52, 1100, rng)
    sheet.paragraph((160, 160, 1280, 620), 24, rng)
    sheet.box((160, 660, 1280, 1240), (247, 247, 247))
    for x in range(200, 1240, 180):
        for y in range(700, 1210, 90):
            sheet.draw.rectangle((x, y, x + 130, y + 40), outline=BLUE, width=2)
            sheet.write(x + 8, y + 13, 11, 118, rng)
    sheet.write(160, 1255, 17, 900, rng, GREY)
    sheet.paragraph((160, 1310, 1280, 1780), 24, rng)


def photographed(sheet: Sheet, degrees: float) -> None:
    """Make it a shot: tilted, soft, grainy, compressed."""
    size = sheet.image.size
    turned = tilted(sheet.image, degrees, (90, 80, 70))
    left, upper = (turned.width - size[0]) // 2, (turned.height - size[1]) // 2
    shot = turned.crop((left, upper, left + size[0], upper + size[1]))
    sheet.image = jpeg(noisy(blurred(shot, 0.8), 5), 85)


KINDS: dict[str, tuple[tuple[int, int], Maker]] = {
    "feed": ((1080, 2200), feed),
    "poster": ((1800, 2400), poster),
    "dashboard": ((1920, 1080), dashboard),
    "slide": ((1920, 1080), slide),
    "label": ((2400, 1800), label),
    "map": ((1600, 1600), plan_of_town),
    "desktop": ((2560, 1440), desktop),
    "receipt": ((2250, 3000), receipt),
    "card": ((2400, 1600), card),
    "newspaper": ((2200, 3000), newspaper),
    "identity": ((1600, 1000), identity),
    "chat": ((1080, 2200), chat),
    "infographic": ((1200, 3600), infographic),
    "spreadsheet": ((1920, 1080), spreadsheet),
    "frame": ((1280, 720), frame),
    "article": ((1440, 1840), article),
}


def mixed() -> Iterator[tuple[str, Callable[[], Sheet]]]:
    """Name each kind in English and in Chinese, with what draws it."""
    scripts: tuple[Script, ...] = ("en", "zh")
    for name in KINDS:
        for script in scripts:
            yield f"{name}-{script}.png", partial(_drawn, name, script)


def _drawn(name: str, script: Script) -> Sheet:
    size, make = KINDS[name]
    sheet = Sheet(Image.new("RGB", size, WHITE), script)
    make(sheet, random.Random(f"{name} {script}"))
    return sheet
