"""Pages, screens and photos whose layout, sizes and colours come from a seed, in Chinese and in English.

The check set of `benchmarks.auto_loss --varied SEED`: any seed gives pictures that nobody has looked at.
"""

import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

from PIL import Image

from benchmarks.drawn_mixed import BLACK, BLUE, GREY, WHITE, Colour, Maker, Sheet, photographed
from benchmarks.drawn_pages import Script, font, jpeg

NIGHT, PALE = (27, 29, 34), (214, 216, 220)
SOFT = (128, 132, 140)


def size_of(sheet: Sheet) -> tuple[int, int]:
    """Give the sheet's size in pixels."""
    return sheet.image.size


def fill(sheet: Sheet, colour: Colour) -> None:
    """Paint it over."""
    sheet.image.paste(colour, (0, 0, *size_of(sheet)))


def dashboard(sheet: Sheet, rng: random.Random) -> None:
    """Tiles of figures, a chart, a table of many cells; dark or light."""
    dark = rng.random() < 0.5
    paper, ink, tile = (NIGHT, PALE, (44, 47, 54)) if dark else ((240, 242, 246), BLACK, WHITE)
    fill(sheet, paper)
    width, height = size_of(sheet)
    tiles, small = rng.randint(3, 6), rng.choice((11, 12, 13, 15))
    step = (width - 40) // tiles
    for x in range(20, width - step + 1, step):
        sheet.box((x, 20, x + step - 20, 170), tile, 10)
        sheet.write(x + 16, 34, small + 3, step - 60, rng, SOFT)
        face = font("default", rng.choice((44, 60)))
        sheet.draw.text((x + 16, 74), f"{rng.randrange(10**5):,}", font=face, fill=ink)
    sheet.box((20, 190, width // 2, height - 20), tile, 10)
    for y in range(230, height - 100, 56):
        sheet.draw.line((70, y, width // 2 - 20, y), fill=SOFT)
        sheet.draw.text((28, y - 8), str(rng.randrange(999)), font=font("default", small), fill=SOFT)
    for x in range(90, width // 2 - 90, 80):
        sheet.draw.rectangle((x, rng.randrange(240, height - 120), x + 46, height - 90), fill=BLUE)
        sheet.write(x - 6, height - 80, small, 72, rng, SOFT)
    sheet.box((width // 2 + 20, 190, width - 20, height - 20), tile, 10)
    for y in range(206, height - 50, round(2 * small)):
        for x in range(width // 2 + 36, width - 180, 160):
            sheet.write(x, y, small, 140, rng, ink)


def chat(sheet: Sheet, rng: random.Random) -> None:
    """Bubbles, and among them pictures: a page, a table, a scene."""
    dark = rng.random() < 0.5
    fill(sheet, (17, 17, 17) if dark else (237, 237, 237))
    colours = ((44, 44, 44), (38, 110, 60)) if dark else (WHITE, (149, 236, 105))
    ink = (230, 230, 230) if dark else BLACK
    height = size_of(sheet)[1]
    y, em = 40, rng.choice((36, 42))
    while y < height - 760:
        mine = rng.random() < 0.5
        left = 240 if mine else 130
        kind = rng.choice(("words", "words", "words", "page", "table", "scene"))
        if kind == "words":
            rows = rng.randint(1, 6)
            sheet.box((left, y, left + 720, y + rows * 1.4 * em + 40), colours[mine], 18)
            sheet.paragraph((left + 26, y + 16, left + 690, y + rows * 1.4 * em + 40), em, rng, ink)
            y += round(rows * 1.4 * em) + 70
            continue
        high = rng.choice((420, 700))
        inside(sheet, rng, kind, (left, y, left + 560, y + high))
        y += high + 40


def inside(sheet: Sheet, rng: random.Random, kind: str, box: tuple[int, int, int, int]) -> None:
    """Draw a picture in a picture: a scene, a page in small print, a table."""
    left, upper, right, lower = box
    if kind == "scene":
        sheet.scene(box, rng.randrange(999))
        return
    sheet.box(box, WHITE)
    em = rng.choice((8, 10, 12, 14))
    if kind == "page":
        sheet.write(left + 60, upper + 20, 2 * em, 400, rng)
        sheet.paragraph((left + 30, upper + 20 + 3 * em, right - 30, lower - 20), em, rng)
        return
    for y in range(upper + 12, lower - 2 * em, 2 * em):
        for x in range(left + 12, right - 100, 136):
            sheet.write(x, y, em, 120, rng)
        sheet.draw.line((left + 8, y - em // 3, right - 8, y - em // 3), fill=(200, 200, 200))


def web(sheet: Sheet, rng: random.Random) -> None:
    """Cards with thumbnails, some of them of pages; a bar of links; a footer in small print."""
    width, height = size_of(sheet)
    sheet.box((0, 0, width, 70), rng.choice((BLUE, (40, 40, 44), (180, 40, 40))))
    sheet.write(40, 16, 30, 300, rng, WHITE)
    for x in range(420, width - 120, 150):
        sheet.write(x, 24, 17, 120, rng, WHITE)
    across, body = rng.choice((2, 3, 4)), rng.choice((14, 16, 18))
    step = (width - 80) // across
    for row, y in enumerate(range(100, height - 420, 400)):
        for column in range(across):
            x = 40 + column * step
            kind = "page" if (row + column) % 3 == 0 else "scene"
            inside(sheet, rng, kind, (x, y, x + step - 30, y + 200))
            sheet.write(x, y + 210, body + 8, step - 40, rng)
            sheet.paragraph((x, y + 250, x + step - 40, y + 250 + 4.3 * body), body, rng, (70, 70, 75))
    sheet.paragraph((40, height - 80, width - 40, height - 20), 12, rng, GREY)


def slide(sheet: Sheet, rng: random.Random) -> None:
    """A few points, a figure with labels, footnotes."""
    width = size_of(sheet)[0]
    unit = width / 1920
    sheet.write(90 * unit, 60 * unit, 76 * unit, width * 0.85, rng, BLUE)
    for y in range(round(220 * unit), round(860 * unit), round(105 * unit)):
        sheet.write(120 * unit, y, rng.choice((38, 40)) * unit, 800 * unit, rng)
    for row in range(6):
        for column in range(4):
            left, top = (1050 + column * 200) * unit, (240 + row * 100) * unit
            sheet.draw.rectangle((left, top, left + 170 * unit, top + 66 * unit), outline=BLUE, width=2)
            sheet.write(left + 8 * unit, top + 22 * unit, 18 * unit, 154 * unit, rng)
    for row in range(rng.choice((1, 2, 3))):
        sheet.write(90 * unit, (960 + 28 * row) * unit, rng.choice((15, 18)) * unit, 1500 * unit, rng, GREY)


def receipt(sheet: Sheet, rng: random.Random) -> None:
    """A slip on a table, goods and prices, a line of small print."""
    width, height = size_of(sheet)
    sheet.scene((0, 0, width, height), rng.randrange(999))
    share, em = rng.uniform(0.35, 0.7), rng.choice((26, 32, 40))
    left, right = round(width * (1 - share) / 2), round(width * (1 + share) / 2)
    sheet.box((left, 150, right, height - 150), (246, 244, 240))
    sheet.write(left + 60, 200, 2 * em, right - left - 120, rng)
    price = font("default", em)
    for y in range(200 + 4 * em, height - 500, round(1.6 * em)):
        sheet.write(left + 50, y, em, (right - left) * 0.55, rng)
        sheet.draw.text((right - 4.6 * em, y), f"{rng.randrange(9999) / 100:.2f}", font=price, fill=BLACK)
    sheet.paragraph((left + 50, height - 400, right - 50, height - 200), round(em * 0.6), rng, GREY)
    photographed(sheet, rng.uniform(-3, 3))


def form(sheet: Sheet, rng: random.Random) -> None:
    """A scanned form: boxes with faint labels in them, small print at the foot."""
    width, height = size_of(sheet)
    unit = width / 2480
    sheet.write(150 * unit, 120 * unit, 70 * unit, width * 0.8, rng)
    label, value = rng.choice((24, 28, 32)), rng.choice((38, 44))
    for y in range(round(300 * unit), round(height - 700 * unit), round(150 * unit)):
        edges = [150, *sorted(rng.sample(range(500, 2000, 150), rng.randint(0, 2))), 2330]
        for a, b in pairwise(edges):
            sheet.draw.rectangle((a * unit, y, b * unit, y + 140 * unit), outline=(90, 90, 90), width=3)
            sheet.write((a + 12) * unit, y + 6 * unit, label * unit, (b - a - 30) * unit, rng, GREY)
            sheet.write((a + 20) * unit, y + 62 * unit, value * unit, (b - a - 50) * unit, rng, BLUE)
    foot = (150 * unit, height - 420 * unit, 2330 * unit, height - 120 * unit)
    sheet.paragraph(foot, rng.choice((22, 26)) * unit, rng, GREY)


def ide(sheet: Sheet, rng: random.Random) -> None:
    """A dark editor: a tree of files, tabs, numbered lines, a terminal, a bar of state."""
    fill(sheet, (30, 30, 30))
    width, height = size_of(sheet)
    em = rng.choice((14, 16, 18, 26))
    side, below = 18 * em, height - 14 * em
    sheet.box((0, 0, side, height), (37, 37, 38))
    for y in range(3 * em, height - 3 * em, round(1.8 * em)):
        sheet.write(em + rng.choice((0, 1, 2)) * em, y, em - 2, side - 4 * em, rng, (170, 170, 172))
    for number, y in enumerate(range(3 * em, below - 2 * em, round(1.5 * em))):
        digits = font("default", em)
        sheet.draw.text((side + em, y), str(number + 1), font=digits, fill=(110, 110, 112))
        if rng.random() < 0.85:
            colour = rng.choice(((86, 156, 214), (206, 145, 120), (220, 220, 170), (106, 153, 85)))
            sheet.write(
                side + 5 * em + rng.choice((0, 2, 4)) * em, y, em, rng.randint(8, 40) * em, rng, colour
            )
    sheet.box((side, below, width, height - 2 * em), (24, 24, 24))
    box = (side + em, below + em, width - em, height - 2 * em)
    sheet.paragraph(box, em - 1, rng, (190, 190, 190))
    sheet.box((0, height - 2 * em, width, height), (0, 122, 204))
    sheet.write(em, height - 1.7 * em, em - 3, width // 2, rng, WHITE)


def poster(sheet: Sheet, rng: random.Random) -> None:
    """Huge words on a scene or on colour, conditions in small print at the foot."""
    width, height = size_of(sheet)
    ground = tuple(rng.randint(20, 90) for _ in range(3))
    fill(sheet, (ground[0], ground[1], ground[2]))
    if rng.random() < 0.6:
        sheet.scene((0, 0, width, round(height * 0.55)), rng.randrange(999))
    em = width / rng.uniform(6, 10)
    sheet.write(width * 0.06, height * 0.58, em, width * 0.88, rng, (255, 214, 60))
    sheet.write(width * 0.06, height * 0.58 + 1.4 * em, em * 0.4, width * 0.88, rng, WHITE)
    small = width / rng.choice((70, 100, 130))
    foot = (width * 0.06, height - (rng.randint(2, 6) + 1) * 1.4 * small, width * 0.94, height - small)
    sheet.paragraph(foot, small, rng, (200, 200, 205))


def plan_of_town(sheet: Sheet, rng: random.Random) -> None:
    """Streets, blocks, water, names of places in all sizes, a scale and a source in small print."""
    width, height = size_of(sheet)
    fill(sheet, (242, 239, 232))
    for _ in range(30):
        x, y = rng.randrange(width), rng.randrange(height)
        sheet.box((x, y, x + rng.randint(60, 300), y + rng.randint(60, 240)),
                  rng.choice(((200, 225, 190), (180, 212, 235), (228, 222, 212))), 8)  # fmt: skip
    for _ in range(36):
        ends = [(rng.randrange(width), rng.randrange(height)) for _ in range(2)]
        sheet.draw.line(ends, fill=rng.choice((WHITE, (255, 235, 160))), width=rng.choice((5, 10, 20)))
    for y in range(20, height - 60, 62):
        for x in range(20, width - 260, 300):
            em = rng.choice((11, 12, 13, 13, 16, 20, 32))
            place = (x + rng.randrange(90), y + rng.randrange(20))
            sheet.write(*place, em, rng.choice((80, 130, 170)), rng, rng.choice((BLACK, (80, 80, 85), BLUE)))
    sheet.write(20, height - 24, 11, 500, rng, GREY)


def invoice(sheet: Sheet, rng: random.Random) -> None:
    """A photographed invoice: a letterhead, a table of many lines, terms in small print."""
    width, height = size_of(sheet)
    unit = width / 2480
    sheet.write(180 * unit, 160 * unit, 96 * unit, width * 0.5, rng, BLUE)
    body, small = rng.choice((34, 40)) * unit, rng.choice((22, 26)) * unit
    sheet.paragraph((1500 * unit, 160 * unit, 2300 * unit, 420 * unit), small, rng, GREY)
    edges = (180, 330, 1500, 1750, 2050, 2300)
    y = 700 * unit
    while y < height - 800 * unit:
        for a, b in pairwise(edges):
            sheet.write((a + 10) * unit, y, body, (b - a - 40) * unit, rng)
        sheet.draw.line((180 * unit, y - 0.4 * body, 2300 * unit, y - 0.4 * body), fill=(150, 150, 150))
        y += 1.9 * body
    sheet.paragraph((180 * unit, height - 500 * unit, 2300 * unit, height - 200 * unit), small, rng, GREY)
    photographed(sheet, rng.uniform(-2, 2))


def viewer(sheet: Sheet, rng: random.Random) -> None:
    """A window that shows a page in small, thumbnails of others beside it, a tool bar."""
    fill(sheet, (82, 86, 89))
    width, height = size_of(sheet)
    sheet.box((0, 0, width, 56), (50, 54, 57))
    sheet.write(30, 16, 20, 400, rng, WHITE)
    for y in range(90, height - 200, 240):
        sheet.box((40, y, 200, y + 210), WHITE)
        sheet.paragraph((52, y + 10, 188, y + 200), 4, rng)
        sheet.write(106, y + 214, 14, 60, rng, WHITE)
    left, right = width * 0.3, width * 0.78
    sheet.box((left, 80, right, height), WHITE)
    em = rng.choice((11, 13, 16))
    sheet.write(left + 60, 120, 2.2 * em, right - left - 120, rng)
    sheet.paragraph((left + 60, 120 + 5 * em, right - 60, height - 20), em, rng)


VARIED: dict[str, tuple[tuple[tuple[int, int], ...], Maker]] = {
    "dashboard": (((1920, 1080), (2560, 1440), (1440, 900)), dashboard),
    "chat": (((1080, 2400), (1170, 2532)), chat),
    "web": (((1440, 1900), (1920, 1080), (1280, 2600)), web),
    "slide": (((1920, 1080), (2667, 1500), (1280, 720)), slide),
    "receipt": (((2250, 3000), (3000, 4000), (1500, 2000)), receipt),
    "form": (((2480, 3508), (1654, 2339), (1240, 1754)), form),
    "ide": (((1920, 1080), (2880, 1800), (2560, 1440)), ide),
    "poster": (((1800, 2400), (3000, 4200), (1080, 1440)), poster),
    "map": (((1600, 1600), (2200, 1400)), plan_of_town),
    "invoice": (((2480, 3508), (1860, 2630)), invoice),
    "viewer": (((1920, 1080), (1680, 1050)), viewer),
}


def varied(seed: int) -> Iterator[tuple[str, Callable[[], Sheet]]]:
    """Name each kind in English and in Chinese, with what draws it for a seed."""
    scripts: tuple[Script, ...] = ("en", "zh")
    for name in VARIED:
        for script in scripts:
            yield f"{name}-{script}-{seed}.png", partial(_drawn, name, script, seed)


def _drawn(name: str, script: Script, seed: int) -> Sheet:
    """Draw one; every third kind is compressed, as messengers do."""
    rng = random.Random(f"{name} {script} {seed}")
    sizes, make = VARIED[name]
    sheet = Sheet(Image.new("RGB", rng.choice(sizes), WHITE), script)
    make(sheet, rng)
    if (list(VARIED).index(name) + seed) % 3 == 0:
        sheet.image = jpeg(sheet.image, 75)
    return sheet
