"""Long and wide screenshots with known lines: articles, chats, tables, code, receipts, dark and light."""

import random

from benchmarks.known_screens import Maker, Screen, blank, words


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


def receipt(
    rng: random.Random,
    *,
    width: int = 900,
    height: int = 4600,
    desk: int = 80,
    em: int = 28,
    pitch: int = 42,
) -> Screen:
    """A slip of paper on a dark desk: goods at the left, prices at the right."""
    screen = blank(width + 2 * desk, height + 2 * desk, (96, 74, 58))
    screen.draw.rectangle((desk, desk, desk + width, desk + height), fill=(247, 245, 241))
    y, price = desk + 60, desk + width - 22 - 6 * em
    while y < desk + height - 140:
        for _ in range(rng.randint(4, 14)):
            if y > desk + height - 140:
                break
            goods = words(rng, em, rng.randint(200, max(201, width - 420)))
            screen.write(desk + 40, y, goods, em, (25,) * 3)
            screen.write(price, y, f"{rng.randint(1, 999)}.{rng.randint(10, 99)}", em, (25,) * 3)
            y += pitch
        y += rng.randint(0, 30)
    return screen


SCREENS: dict[str, Maker] = {
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
