"""Long and wide screenshots with pictures in them, and long shots of paper, with known lines.

Each maker takes its sizes, colours and scripts from the random numbers given.
"""

import random

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.drawn_pages import blurred, jpeg, noisy
from benchmarks.drawn_scenes import fractal, leaves, picture, shapes, windows
from benchmarks.known_screens import Maker, Screen, blank, turned, words
from benchmarks.long_pages import paint
from benchmarks.long_screens import receipt

DESK = (96, 74, 58)


def photo(rng: random.Random, width: int, height: int) -> Image.Image:
    """Draw a photo without text: a sky, ground, leaves, shapes or windows."""
    seed = rng.randrange(10**6)
    made = rng.choice(
        (
            lambda: picture(fractal(2.2, seed)),
            lambda: picture(fractal(1.4, seed)),
            lambda: leaves(1500, 60, seed),
            lambda: shapes(150, seed),
            lambda: windows(60, seed),
            lambda: sky(rng),
        )
    )()
    return made.resize((width, height), Image.Resampling.BICUBIC)


def sky(rng: random.Random) -> Image.Image:
    """Draw nothing but a smooth gradient."""
    shade = np.linspace(60, 220, 900)[:, None, None] * np.array([0.6, 0.8, 1.0]) + rng.randint(0, 30)
    return Image.fromarray(np.broadcast_to(shade, (900, 1200, 3)).astype(np.uint8))


def chat(rng: random.Random) -> Screen:
    """Bubbles of text and of photos, portraits, times; a wallpaper of pale doodles in every other."""
    paper, ink, faint = paint(rng)
    ground = tuple(max(0, min(255, value + (18 if value < 99 else -18))) for value in paper)
    screen = blank(1080, 7000, (ground[0], ground[1], ground[2]))
    if rng.random() < 0.5:
        doodles(screen, rng)
    y = 50
    while y < 6000:
        mine = rng.random() < 0.5
        x = 240 if mine else 140
        screen.paste(photo(rng, 90, 90), 960 if mine else 30, y)
        if rng.random() < 0.3:
            high = rng.choice((300, 520, 800))
            screen.paste(photo(rng, rng.choice((420, 640)), high), x, y)
            y += high + 40
            continue
        rows, size = rng.randint(1, 9), rng.choice((36, 42))
        tall = rows * round(1.45 * size) + 40
        screen.draw.rounded_rectangle((x, y, x + 700, y + tall), 18, fill=paper)
        for row in range(rows):
            screen.write(x + 24, y + 14 + row * round(1.45 * size), words(rng, size, 650), size, ink)
        y += max(100, tall) + rng.randint(16, 40)
        if rng.random() < 0.2:
            screen.write(480, y, "12:34", 28, faint)
            y += 60
    return screen


def doodles(screen: Screen, rng: random.Random) -> None:
    """Cover the ground with pale line art, as messengers do."""
    colour = screen.image.getpixel((0, 0))
    assert isinstance(colour, tuple)
    pale = tuple(value + (14 if value < 99 else -14) for value in colour)
    for _ in range(screen.image.height // 5):
        x, y, r = rng.randrange(1080), rng.randrange(screen.image.height), rng.randint(15, 45)
        screen.draw.ellipse((x - r, y - r, x + r, y + r), outline=pale, width=3)
        screen.draw.line((x - r, y, x + r, y + rng.randint(-r, r)), fill=pale, width=3)


def listing(rng: random.Random) -> Screen:
    """A shop: a thumbnail at the left, a name, a price and tags beside it."""
    paper, ink, faint = paint(rng)
    screen = blank(1080, 6500, paper)
    for y in range(30, 6100, rng.choice((330, 360))):
        screen.paste(photo(rng, 300, 300), 30, y)
        for row in range(rng.randint(1, 3)):
            screen.write(360, y + row * 52, words(rng, 36, 680), 36, ink)
        screen.write(360, y + 180, words(rng, 24, 500), 24, faint)
        screen.write(360, y + 240, f"{rng.randint(1, 999)}.00", 48, (210, 60, 40))
    return screen


def captions(rng: random.Random) -> Screen:
    """Photos from edge to edge without any space between them; a caption stands on each."""
    screen, y = blank(1080, 8000, (0, 0, 0)), 0
    while y < 7100:
        high = rng.randint(500, 900)
        screen.paste(photo(rng, 1080, high), 0, y)
        for row in range(rng.randint(1, 3)):
            text = words(rng, 48, 960)
            screen.write(60, y + high - 90 - 66 * row, text, 48, (255, 255, 255), rim=(0, 0, 0))
        y += high
    screen.paste(photo(rng, 1080, 8000 - y), 0, y)
    return screen


def below(rng: random.Random) -> Screen:
    """Photos from edge to edge, each with its caption on paper below."""
    paper, ink, faint = paint(rng)
    screen, y = blank(1080, 8000, paper), 0
    while y < 6800:
        high = rng.randint(500, 1000)
        screen.paste(photo(rng, 1080, high), 0, y)
        y += high + 8
        for _ in range(rng.randint(1, 4)):
            screen.write(30, y, words(rng, 32, 1000), 32, rng.choice((ink, faint)))
            y += 46
    return screen


def subtitles(rng: random.Random) -> Screen:
    """A frame of a film, and under it only the strips with the subtitles of the following ones."""
    screen, y = blank(1280, 6000, (0, 0, 0)), 0
    while y < 5300:
        screen.paste(photo(rng, 1280, 720), 0, y)
        y += 720
        for _ in range(rng.randint(4, 16)):
            if y > 5850:
                break
            screen.paste(photo(rng, 1280, 720).crop((0, 600, 1280, 720)), 0, y)
            screen.write(200, y + 28, words(rng, 46, 880), 46, (255, 255, 255), rim=(20, 20, 20))
            y += 120
    return screen


def panels(rng: random.Random) -> Screen:
    """A comic without words: panels with gutters between them."""
    screen, y = blank(1000, 8000, rng.choice(((255, 255, 255), (0, 0, 0)))), 30
    while y < 6900:
        high = rng.randint(350, 1000)
        split = rng.choice((0, 480))
        screen.paste(photo(rng, (split or 940), high), 30, y)
        if split:
            screen.paste(photo(rng, 440, high), 530, y)
        y += high + rng.randint(14, 60)
    return screen


def webtoon(rng: random.Random) -> Screen:
    """A comic that runs on without gutters, words in balloons here and there."""
    screen = blank(800, 9000, (0, 0, 0))
    for y in range(0, 9000, 600):
        screen.paste(photo(rng, 800, 600), 0, y)
    for y in range(200, 8700, 700):
        x = rng.randint(20, 300)
        screen.draw.ellipse((x, y, x + 440, y + 240), fill=(255, 255, 255), outline=(0, 0, 0), width=4)
        for row in range(3):
            screen.write(x + 100, y + 50 + row * 46, words(rng, 30, 240), 30, (0, 0, 0))
    return screen


def shaded(rng: random.Random) -> Screen:
    """An infographic: colours that run into each other, shapes aslant behind the text."""
    screen = blank(1200, 7000, (255, 255, 255))
    top, low = (np.array([rng.randint(140, 255) for _ in range(3)]) for _ in range(2))
    share = np.linspace(0, 1, 7000)[:, None, None]
    screen.image = Image.fromarray(
        np.broadcast_to(top + (low - top) * share, (7000, 1200, 3)).astype(np.uint8)
    )
    for y in range(0, 7000, 900):
        tint = tuple(rng.randint(150, 230) for _ in range(3))
        screen.draw.polygon([(0, y), (1200, y + 400), (1200, y + 700), (0, y + 250)], fill=tint)
    for y in range(60, 6800, 500):
        screen.write(80, y, words(rng, 72, 1000), 72, (20, 40, 90))
        for row in range(6):
            screen.write(80, y + 130 + row * 52, words(rng, 34, 1040), 34, (40, 40, 40))
    return screen


def slip(rng: random.Random) -> Screen:
    """A receipt that lies a little askew, 0.1 to 2.5 degrees, mostly shot: soft, grainy, compressed."""
    em, width = rng.choice((22, 26, 30, 34)), rng.choice((600, 800, 1000))
    pitch, desk = round(em * rng.choice((1.3, 1.4, 1.5, 1.7))), rng.choice((0, 30, 120))
    flat = receipt(rng, width=width, height=5 * width, desk=desk, em=em, pitch=pitch)
    screen = turned(flat, rng.choice((-1, 1)) * rng.uniform(0.1, 2.5), DESK)
    if rng.random() < 0.7:
        screen.image = jpeg(noisy(blurred(screen.image, 0.8), 4, rng.randrange(10**6)), 75)
    return screen


def fax(rng: random.Random) -> Screen:
    """A long roll from a scanner, hardly askew, with dust and dark edges."""
    screen = blank(1240, 7000, (250, 250, 248))
    y = 60
    while y < 6800:
        for _ in range(rng.randint(3, 12)):
            screen.write(90, min(y, 6900), words(rng, 30, 1060), 30, (30, 30, 30))
            y += 46
        y += rng.randint(0, 60)
    screen = turned(screen, rng.choice((-0.4, -0.2, 0.2, 0.4)), (60, 60, 60))
    draw = ImageDraw.Draw(screen.image)
    for _ in range(600):
        x, y = rng.randrange(screen.image.width), rng.randrange(screen.image.height)
        draw.ellipse((x, y, x + rng.randint(1, 2), y + rng.randint(1, 2)), fill=(120, 120, 120))
    screen.image = jpeg(noisy(screen.image, 5, rng.randrange(10**6)), 70)
    return screen


def panorama(rng: random.Random) -> Screen:
    """A wide view from edge to edge with labels on it."""
    screen = blank(12_000, 900, (0, 0, 0))
    for x in range(0, 12_000, 1200):
        screen.paste(photo(rng, 1200, 900), x, 0)
    x = 100
    while x < 11_500:
        size = rng.choice((28, 40))
        line = screen.write(
            x, rng.randint(50, 800), words(rng, size, 360), size, (255, 255, 0), rim=(0, 0, 0)
        )
        x = line[2] + rng.randint(-100, 300)
    return screen


PICTURES: dict[str, Maker] = {
    "chat with photos": chat,
    "shop": listing,
    "captions on photos": captions,
    "captions below photos": below,
    "stacked subtitles": subtitles,
    "comic with gutters": panels,
    "comic without gutters": webtoon,
    "infographic": shaded,
    "receipt askew": slip,
    "scanned roll": fax,
    "wide panorama": panorama,
}
