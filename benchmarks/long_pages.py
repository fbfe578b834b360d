"""Long and wide pages of text that leave little room to cut, with known lines: the check set of splitting.

Each maker takes its sizes, colours and scripts from the random numbers given.
"""

import random
from itertools import count, pairwise

from benchmarks.known_screens import Colour, Maker, Screen, blank, font_of, words

LIGHT: tuple[Colour, Colour, Colour] = ((255, 255, 255), (30, 30, 30), (150, 150, 150))
DARK: tuple[Colour, Colour, Colour] = ((24, 25, 28), (222, 222, 222), (120, 122, 128))


def paint(rng: random.Random) -> tuple[Colour, Colour, Colour]:
    """Choose paper, ink and faint ink."""
    return rng.choice((LIGHT, DARK))


def novel(rng: random.Random, height: int = 7000) -> Screen:
    """A reading app: tight lines from edge to edge, few paragraphs."""
    paper, ink, _ = rng.choice((LIGHT, DARK, ((245, 235, 208), (60, 45, 30), (150, 130, 110))))
    screen, size = blank(1080, height, paper), rng.choice((36, 44, 52))
    y, leading = 40, rng.choice((1.45, 1.5, 1.65))
    while y < height - 2 * size:
        screen.write(50, y, words(rng, size, 980 if rng.random() < 0.9 else 500), size, ink)
        y += round(size * leading)
    return screen


def terminal(rng: random.Random) -> Screen:
    """A log without any leading to speak of."""
    screen = blank(1600, 5200, (12, 12, 12))
    size = rng.choice((22, 26))
    for y in range(10, 5200 - 2 * size, round(size * 1.45)):
        if rng.random() < 0.95:
            text = words(rng, size, rng.randint(300, 1560))
            screen.write(16, y, text, size, rng.choice(((200, 200, 200), (90, 220, 90), (230, 90, 80))))
    return screen


def ide(rng: random.Random) -> Screen:
    """An editor with line numbers, guides of indentation, a marked line, and a minimap."""
    paper, ink, faint = paint(rng)
    screen, size = blank(1500, 6400, paper), 26
    pitch = rng.choice((38, 42))
    marked = tuple((a + b) // 2 for a, b in zip(paper, faint, strict=True))
    for number, y in enumerate(range(12, 6400 - pitch, pitch)):
        if number % 47 == 20:
            screen.draw.rectangle((90, y - 2, 1300, y + pitch - 3), fill=marked)
        screen.write(20, y, str(1 + number), size, faint)
        indent = rng.choice((0, 1, 1, 2, 3)) * 52
        for guide in range(0, indent, 52):
            screen.draw.line((110 + guide, y - 2, 110 + guide, y + pitch - 3), fill=faint)
        if rng.random() < 0.9:
            screen.write(110 + indent, y, words(rng, size, rng.randint(150, 1000)), size, ink)
    for y in range(4, 1300, 4):  # the minimap is a picture of the file, not to be read
        screen.draw.line((1330, y, 1330 + rng.randint(0, 140), y), fill=faint, width=2)
    screen.pictures.append((1330, 4, 1470, 1300))
    return screen


def ruled(rng: random.Random) -> Screen:
    """A table whose rules stand close to the text, some cells of two lines."""
    paper, ink, faint = paint(rng)
    screen, size = blank(1240, 6400, paper), rng.choice((24, 28))
    pitch, edges = round(size * 1.45), [30, 160, 620, 900, 1210]
    y = 30
    while y < 6400 - 4 * pitch:
        tall = rng.choice((1, 1, 1, 2, 3))
        screen.draw.line((30, y, 1210, y), fill=faint, width=2)
        for left, right in pairwise(edges):
            for row in range(rng.randint(1, tall)):
                screen.write(left + 10, y + 2 + row * pitch, words(rng, size, right - left - 20), size, ink)
        for edge in edges:
            screen.draw.line((edge, y, edge, y + tall * pitch + 6), fill=faint, width=2)
        y += tall * pitch + 6
    screen.draw.line((30, y, 1210, y), fill=faint, width=2)
    return screen


def sticky(rng: random.Random) -> Screen:
    """Captures stitched together, a bar that stays on top pasted over the text each time."""
    paper, ink, faint = paint(rng)
    screen, size = blank(1080, 7200, paper), 38
    bars = [(y, y + 130) for y in range(0, 7200, rng.choice((1500, 1900)))]
    for y in range(150, 7120, 57):
        line = screen.write(50, y, words(rng, size, 980), size, ink)
        if any(line[1] < low + 131 and high - 131 < line[3] for low, high in bars):
            screen.lines.pop()  # covered by a bar, or half so
    for low, high in bars:
        screen.draw.rectangle((0, low, 1080, high), fill=faint)
        screen.write(60, low + 40, words(rng, 44, 700), 44, ink)
    return screen


def comments(rng: random.Random) -> Screen:
    """Nested replies beside upright lines, names and times in faint small print."""
    paper, ink, faint = paint(rng)
    screen, y = blank(1080, 6000, paper), 30
    while y < 5700:
        left = 40 + 44 * rng.randint(0, 5)
        screen.write(left, y, words(rng, 26, 400), 26, faint)
        y += 44
        top = y
        for _ in range(rng.randint(1, 6)):
            screen.write(left, y, words(rng, 34, 1040 - left), 34, ink)
            y += 50
        for x in range(20, left, 44):
            screen.draw.line((x, top - 44, x, y + 30), fill=faint, width=3)
        y += rng.randint(14, 40)
    return screen


def form(rng: random.Random) -> Screen:
    """Labels above boxes to fill in, boxes to tick, shaded headings."""
    paper, ink, faint = paint(rng)
    screen, y = blank(1300, 6000, paper), 40
    while y < 5700:
        if rng.random() < 0.15:
            screen.draw.rectangle((30, y, 1270, y + 64), fill=faint)
            screen.write(50, y + 8, words(rng, 36, 900), 36, ink)
            y += 84
        for x in (40, 680):
            screen.write(x, y, words(rng, 24, 500), 24, ink)
            screen.draw.rectangle((x, y + 40, x + 570, y + 98), outline=faint, width=3)
            screen.write(x + 14, y + 46, words(rng, 30, 400), 30, ink)
        y += 116
    return screen


def columns(rng: random.Random) -> Screen:
    """A text beside a list of another pitch, as on the web: often no row is free in both."""
    paper, ink, faint = paint(rng)
    screen = blank(1400, 6000, paper)
    for y in range(30, 5900, 47):
        if y % 470 > 60:
            screen.write(40, y, words(rng, 30, 860), 30, ink)
    for y in range(44, 5900, 61):
        screen.write(980, y, words(rng, 26, 380), 26, faint)
    return screen


def headlines(rng: random.Random) -> Screen:
    """Huge letters, and small print under them."""
    paper, ink, faint = paint(rng)
    screen, y = blank(1080, 7000, paper), 40
    while y < 6400:
        size = rng.choice((120, 200, 300))
        screen.write(30, y, words(rng, size, 1020), size, ink)
        y += round(1.5 * size)
        for _ in range(rng.randint(1, 5)):
            screen.write(40, y, words(rng, 24, 1000), 24, faint)
            y += 36
    return screen


def page_of_20000(rng: random.Random) -> Screen:
    """A very long reader."""
    return novel(rng, height=20_000)


def wide_table(rng: random.Random) -> Screen:
    """A sheet of 12,000 px with rules around all cells, as exported by office programs."""
    paper, ink, faint = paint(rng)
    screen, size = blank(12_000, 900, paper), 26
    edges = [20]
    while edges[-1] < 11_700:
        edges.append(edges[-1] + rng.randint(120, 420))
    for y in range(20, 860, 42):
        screen.draw.line((20, y, edges[-1], y), fill=faint)
        for left, right in pairwise(edges):
            if y + 42 < 860 and rng.random() < 0.95:
                screen.write(left + 8, y + 2, words(rng, size, right - left - 16), size, ink)
    for edge in edges:
        screen.draw.line((edge, 20, edge, 860), fill=faint)
    return screen


def timeline(rng: random.Random) -> Screen:
    """A wide line of time with boxes above and below it, out of step."""
    paper, ink, faint = paint(rng)
    screen = blank(12_000, 900, paper)
    screen.draw.line((0, 450, 12_000, 450), fill=faint, width=6)
    for top in (40, 520):
        x = rng.randint(20, 300)
        while x < 11_500:
            wide = rng.randint(240, 520)
            screen.pictures.append((x, top, x + wide, top + 330))
            screen.draw.rounded_rectangle(screen.pictures[-1], 16, outline=faint, width=3)
            for row in range(6):
                screen.write(x + 20, top + 20 + row * 50, words(rng, 30, wide - 40), 30, ink)
            x += wide + rng.randint(30, 90)
    return screen


def ticker(rng: random.Random) -> Screen:
    """Lines that run on for 12,000 px: nothing but the space between words, each of which is to be whole."""
    paper, ink, _ = paint(rng)
    screen = blank(12_000, 900, paper)
    for y in range(40, 840, 66):
        x = 40.0 + rng.randint(0, 60)
        font = font_of(40)
        for _ in count():
            word = rng.choice(
                ("invoices", "of", "quarterly", "the", "regional", "发票", "银行余额", "14", "a")
            )
            if x + font.getlength(word) > 11_950:
                break
            screen.write(int(x), y, word, 40, ink)
            x += font.getlength(word) + 11
    return screen


PAGES: dict[str, Maker] = {
    "novel": novel,
    "1080 x 20000": page_of_20000,
    "terminal": terminal,
    "editor": ide,
    "ruled table": ruled,
    "sticky header": sticky,
    "nested replies": comments,
    "form": form,
    "columns out of step": columns,
    "huge headlines": headlines,
    "wide table": wide_table,
    "wide timeline": timeline,
    "wide running text": ticker,
}
