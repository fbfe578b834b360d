"""Pages that are not easy to judge: dense cells, giant letters, bare paper, text turned or at a slant."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.drawn_pages import blurred, jpeg, moved, noisy
from benchmarks.page_layouts import (
    CJK_INDEX,
    FACES,
    LAYOUTS,
    NOTO,
    TEXTS,
    is_cjk,
    lay_out,
    letter,
    running_down,
)
from benchmarks.phone import scanned, taken

SCRIPTS = ("zh", "zh-hant", "ja", "ko", "mixed", "en", "de")
TURNS = {0: "upright", 90: "reads_up", 180: "upside_down", 270: "reads_down"}
"""Degrees counter-clockwise, and how a page stands then."""


@dataclass(frozen=True)
class Case:
    """A picture, what it is, and what is true of it."""

    name: str
    truth: str
    em: float
    image: Image.Image


def turned(seed: int) -> Iterator[Case]:
    """Draw every layout in every script, as a file, a scan and a photo, turned four ways."""
    for script in SCRIPTS:
        for number, (name, layout) in enumerate(LAYOUTS.items()):
            rng = random.Random(f"{seed} {script} {name}")
            em = rng.choice((17, 20, 24, 30, 36, 44))
            size = (round(em * rng.uniform(34, 52)), round(em * rng.uniform(30, 50)))
            page = lay_out(script, layout, em, size, seed)
            treatment = ("clean", "scan", "photo")[(number + seed) % 3]
            page = {"scan": scanned, "photo": taken}[treatment](page, rng) if treatment != "clean" else page
            for degrees, stand in TURNS.items():
                yield Case(f"{script} {name} {treatment}", stand, em, page.rotate(degrees, expand=True))


def down(seed: int) -> Iterator[Case]:
    """Draw pages whose text runs down in columns, upright: they are no pages on their side."""
    for script in ("zh", "zh-hant", "ja"):
        for number in range(4):
            rng = random.Random(f"{seed} {script} down {number}")
            em = rng.choice((18, 24, 32, 40))
            size = (round(em * rng.uniform(32, 50)), round(em * rng.uniform(24, 44)))
            page = lay_out(script, running_down, em, size, 10 * seed + number)
            yield Case(f"{script} down", "upright", em, scanned(page, rng) if number % 2 else page)


def sheets(seed: int) -> Iterator[Case]:
    """Draw screens of dense small cells: clean, and then blurred or noisy, which is to be told."""
    for number in range(18):
        rng = random.Random(f"{seed} sheet {number}")
        em = rng.choice((11, 12, 13, 14, 16))
        page = _sheet(("zh", "en", "mixed")[number % 3], em, rng)
        yield Case("cells", "good", em, page)
        yield Case("cells, JPEG", "good", em, jpeg(page, 88))
        yield Case("cells, blurred", "poor", em, blurred(page, rng.uniform(0.17, 0.25) * em))
        yield Case("cells, noisy", "poor", em, noisy(page, rng.uniform(90, 130), number))


def _sheet(script: str, em: int, rng: random.Random) -> Image.Image:
    """Draw a spreadsheet: rules, a filled head, stripes, figures to the right, gaps of empty cells."""
    size = rng.choice(((1366, 768), (1600, 900), (1920, 1080)))
    dark = rng.random() < 0.25
    paper, ink, rule = (
        ((30, 31, 34), (214, 216, 220), (62, 64, 70)) if dark else ((255,) * 3, (33,) * 3, (212,) * 3)
    )
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    face = ImageFont.truetype(_small_face(script, rng), em, index=CJK_INDEX.get(script, 0))
    row, wide = round(em * rng.uniform(1.45, 1.9)), round(em * rng.uniform(5, 11))
    filled, stripes = rng.choice((0.95, 0.7, 0.4)), rng.random() < 0.4
    for line, y in enumerate(range(0, size[1], row)):
        shade = (paper[0] - 22 if not dark else 50,) * 3
        if line == 0 or (stripes and line % 2):
            draw.rectangle((0, y, size[0], y + row), fill=shade)
        if not stripes:
            draw.line((0, y, size[0], y), fill=rule)
        for column, x in enumerate(range(0, size[0], wide)):
            draw.line((x, y, x, y + row), fill=rule)
            if rng.random() < filled:
                _cell(
                    draw,
                    face,
                    (x, y, wide, row),
                    _content(script, column, line, rng),
                    column > 1 and line > 0,
                    ink,
                )
    return image


def _small_face(script: str, rng: random.Random) -> str:
    names = ("LiberationSans-Regular.ttf", "DejaVuSans.ttf", "LiberationSansNarrow-Regular.ttf")
    return f"{NOTO}NotoSansCJK-Regular.ttc" if is_cjk(script) else rng.choice(names)


def _content(script: str, column: int, line: int, rng: random.Random) -> str:
    if column > 1 and line > 0:
        return rng.choice(
            (f"{rng.randrange(10**7) / 100:,.2f}", f"{rng.randrange(100)}%", str(rng.randrange(9999)))
        )
    text = rng.choice(TEXTS[script]["text"])
    start = rng.randrange(len(text) - 8)
    return text[start : start + rng.randint(3, 8)].strip("，。、；： ,.;:")


def _cell(
    draw: ImageDraw.ImageDraw,
    face: ImageFont.FreeTypeFont,
    cell: tuple[int, int, int, int],
    text: str,
    right: bool,
    ink: tuple[int, ...],
) -> None:
    x, y, wide, row = cell
    pad, top = face.size * 0.3, y + (row - face.size * 1.3) / 2
    while text and face.getlength(text) > wide - 2 * pad:
        text = text[:-1]
    left = x + wide - pad - face.getlength(text) if right else x + pad
    draw.text((left, top), text, font=face, fill=ink)


def posters(seed: int) -> Iterator[Case]:
    """Draw a few giant letters, sharp and out of focus."""
    for number in range(16):
        rng = random.Random(f"{seed} poster {number}")
        page, em = _poster(("zh", "en")[number % 2], rng)
        yield Case("giant letters", "good", em, jpeg(page, 90))
        wide = rng.choice((0.08, 0.12, 0.18, 0.25)) * em
        soft = moved(page, 4 * wide, rng.uniform(0, 180)) if number % 4 == 3 else blurred(page, wide)
        yield Case("giant letters, blurred", "poor", em, jpeg(noisy(soft, rng.uniform(0, 4), number), 90))


def _poster(script: str, rng: random.Random) -> tuple[Image.Image, float]:
    size = rng.choice(((1600, 1200), (1200, 1600), (2400, 1800), (1920, 1080)))
    words = {
        "zh": ("大甩卖", "停车场", "出口", "年终总结", "请勿拍照"),
        "en": ("SALE", "Exit", "Welcome", "OPEN", "Platform 4"),
    }
    text, face = rng.choice(words[script]), rng.choice(FACES[script == "zh"])
    colours = rng.choice(
        (
            ((255, 255, 255), (20, 20, 20)),
            ((170, 20, 30), (255, 245, 230)),
            ((250, 214, 20), (10, 10, 10)),
            ((24, 60, 120), (240, 240, 240)),
        )
    )
    index = CJK_INDEX.get(script, 0)
    em = 0.8 * size[0] / (ImageFont.truetype(face, 100, index=index).getlength(text) / 100)
    em = min(em, 0.7 * size[1])
    image, font = Image.new("RGB", size, colours[0]), ImageFont.truetype(face, em, index=index)
    ImageDraw.Draw(image).text((size[0] / 2, size[1] / 2), text, font=font, fill=colours[1], anchor="mm")
    return image, em


def papers(seed: int) -> Iterator[Case]:
    """Draw paper and walls with nothing on them: shadows, folds, gradients, stains."""
    for number in range(15):
        rng = random.Random(f"{seed} paper {number}")
        width, height = rng.choice(((1240, 1754), (1600, 1200), (2480, 3508)))
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        x, y = x / width, y / height
        kinds = (
            230 - 130 * np.exp(-((x / 0.06) ** 2)),
            240 - 150 * ((x - 0.5) ** 2 + (y - 0.5) ** 2),
            90 + 140 * (0.7 * x + 0.3 * y),
            225 - 40 / (1 + np.exp(-(x + 0.6 * y - 0.8) * 25)),
            235 - 60 * np.exp(-(((x - 0.4) / 0.12) ** 2 + ((y - 0.6) / 0.1) ** 2)),
        )
        level = np.clip(kinds[number % 5], 0, 255).astype(np.uint8)
        page = Image.fromarray(level).convert("RGB")
        yield Case(f"paper {number % 5}", "blank", 0, noisy(page, rng.uniform(0, 6), number))


def slanted(seed: int) -> Iterator[Case]:
    """Draw pages and photos of pages whose lines stand at a slant of 18 to 72 degrees."""
    for script in ("zh", "en", "mixed", "ja"):
        for number, degrees in enumerate((18, 27, 36, 43, 50, 62, 72)):
            rng = random.Random(f"{seed} slant {script} {degrees}")
            em = rng.choice((22, 28, 36, 48))
            layout = letter if number % 2 else LAYOUTS["points"]
            page = lay_out(script, layout, em, (round(40 * em), round(28 * em)), seed)
            sign = rng.choice((-1, 1))
            fill = rng.choice(((255,) * 3, (120, 96, 70)))
            leant = page.rotate(sign * degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=fill)
            yield Case(
                f"{script} slant {sign * degrees}",
                f"{sign * degrees}",
                em,
                leant if number % 3 else taken(leant, rng),
            )
