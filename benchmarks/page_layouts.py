"""Pages laid out as people's are: letters, lists, forms, tables, screens, columns that run down; in many
scripts.

Their texts stand in page_texts.toml and their faces are others than those that limits were set with.
"""

import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

TEXTS: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("page_texts.toml").read_text(encoding="utf-8")
)
NOTO = "/usr/share/fonts/opentype/noto/"
CJK_INDEX = {"zh": 2, "mixed": 2, "zh-hant": 3, "ja": 0, "ko": 1}
"""The face of each script in Noto's collections: Japanese, Korean, simplified, traditional."""
FACES: dict[bool, tuple[str, ...]] = {
    True: (
        f"{NOTO}NotoSansCJK-Bold.ttc",
        f"{NOTO}NotoSerifCJK-Regular.ttc",
        f"{NOTO}NotoSansCJK-Regular.ttc",
    ),
    False: (
        "LiberationSansNarrow-Regular.ttf",
        "DejaVuSerifCondensed.ttf",
        "LiberationSerif-Italic.ttf",
        "DejaVuSansCondensed.ttf",
        "LiberationSans-Bold.ttf",
    ),
}
NEVER_FIRST = set("，。、；：！？”’」』）》．,.;:!?)ー")
DOWN = str.maketrans("“”「」『』（）：；《》ー", "﹃﹄﹁﹂﹃﹄︵︶︰；︽︾︱")
"""Marks as they are written in text that runs down."""
CORNER = set("，。、")


def is_cjk(script: str) -> bool:
    """Tell whether a script is written in characters of one width."""
    return script in CJK_INDEX


@dataclass
class Pen:
    """A page under way: its script, its text's size in px per em, and where the next line goes."""

    image: Image.Image
    script: str
    face: str
    em: float
    rng: random.Random
    leading: float = 1.5
    ink: tuple[int, int, int] = (20, 20, 24)

    def font(self, scale: float = 1.0) -> ImageFont.FreeTypeFont:
        """Load the page's face at `scale` times its size."""
        return ImageFont.truetype(self.face, self.em * scale, index=CJK_INDEX.get(self.script, 0))

    def write(self, x: float, y: float, text: str, scale: float = 1.0) -> None:
        """Write one line with its upper left corner at (x, y)."""
        ImageDraw.Draw(self.image).text((x, y), text, font=self.font(scale), fill=self.ink)

    def text(self) -> str:
        """Choose a paragraph."""
        return self.rng.choice(TEXTS[self.script]["text"])

    def phrase(self, width: float) -> str:
        """Take some words of at most `width` px from a paragraph."""
        return self.wrapped(self._from_anywhere(), width)[0].strip("，。、；： ,.;:")

    def _from_anywhere(self) -> str:
        text = self.text()
        start = self.rng.randrange(len(text) // 2)
        if not is_cjk(self.script) or self.script == "ko":
            start = text.find(" ", start) + 1
        return text[start:].lstrip("”’」』）》，。、；：！？")

    def wrapped(self, text: str, width: float) -> list[str]:
        """Break text into lines of at most `width` px, at spaces or between characters."""
        font, lines, line = self.font(), [], ""
        spaced = not is_cjk(self.script) or self.script == "ko"
        for piece in text.split(" ") if spaced else text:
            longer = f"{line} {piece}" if spaced and line else line + piece
            if font.getlength(longer) > width and line and piece not in NEVER_FIRST:
                lines.append(line)
                longer = piece
            line = longer
        return [*lines, line]

    def paragraph(self, x: float, y: float, width: float, text: str, indent: int = 0) -> float:
        """Set a paragraph and give where it ends."""
        for line in self.wrapped("\u3000" * indent + text, width):
            self.write(x, y, line)
            y += self.leading * self.em
        return y


def letter(pen: Pen) -> None:
    """A heading and paragraphs, set off or indented."""
    width, height = pen.image.size
    left, y = 0.1 * width, 0.07 * height
    pen.write(left + pen.rng.choice((0, 0.2)) * width, y, pen.phrase(0.35 * width), 1.6)
    y += 3 * pen.em
    indent = 2 if is_cjk(pen.script) and pen.script != "ko" else 0
    while y < 0.85 * height:
        y = pen.paragraph(left, y, 0.8 * width, pen.text(), indent) + (0 if indent else 0.7 * pen.em)


def columns(pen: Pen) -> None:
    """Two columns, as in a journal."""
    width, height = pen.image.size
    for x in (0.07 * width, 0.53 * width):
        y = 0.08 * height
        while y < 0.82 * height:
            y = pen.paragraph(x, y, 0.4 * width, pen.text(), 2 if is_cjk(pen.script) else 0)


def points(pen: Pen) -> None:
    """Numbered points of one to three lines."""
    width, height = pen.image.size
    y, number = 0.06 * height, 1
    while y < 0.86 * height:
        pen.write(0.09 * width, y, f"{number}.")
        text = pen.phrase(pen.rng.uniform(0.3, 2.2) * width)
        y = pen.paragraph(0.09 * width + 2 * pen.em, y, 0.75 * width, text) + 0.4 * pen.em
        number += 1


def form(pen: Pen) -> None:
    """Labels and what was filled in, in two columns of fields with rules below them."""
    width, height = pen.image.size
    draw = ImageDraw.Draw(pen.image)
    for y in range(round(0.08 * height), round(0.9 * height), round(2.6 * pen.em)):
        for x in (0.08 * width, 0.53 * width):
            pen.write(x, y, pen.phrase(0.12 * width))
            pen.write(x + 0.16 * width, y, pen.phrase(pen.rng.uniform(0.1, 0.22) * width))
            draw.line((x + 0.15 * width, y + 1.6 * pen.em, x + 0.4 * width, y + 1.6 * pen.em), (130,) * 3)


def table(pen: Pen) -> None:
    """A ruled table of words and figures."""
    width, height = pen.image.size
    draw, row, cell = ImageDraw.Draw(pen.image), 1.8 * pen.em, 0.17 * width
    for y in range(round(0.05 * height), round(0.92 * height), round(row)):
        draw.rectangle((0.07 * width, y, 0.92 * width, y + row), outline=(150,) * 3)
        for number in range(5):
            x = 0.07 * width + number * cell
            draw.line((x, y, x, y + row), fill=(150,) * 3)
            figure = f"{pen.rng.randrange(10**6) / 100:,.2f}"
            text = figure if number > 2 else pen.phrase(pen.rng.uniform(0.4, 0.9) * cell)
            pen.write(x + 0.4 * pen.em, y + 0.25 * pen.em, text)


def screen(pen: Pen) -> None:
    """Cards of an app, dark on light or light on dark."""
    dark = pen.rng.random() < 0.4
    pen.image.paste((22, 24, 28) if dark else (240, 241, 244), (0, 0, *pen.image.size))
    pen.ink = (222, 224, 228) if dark else (30, 30, 34)
    draw, (width, height) = ImageDraw.Draw(pen.image), pen.image.size
    for y in range(30, height - round(5 * pen.em), round(6 * pen.em)):
        box = (30, y, width - 30, y + 5.3 * pen.em)
        draw.rounded_rectangle(box, 14, fill=(44, 47, 54) if dark else (255, 255, 255))
        pen.write(60, y + 0.4 * pen.em, pen.phrase(0.4 * width), 1.2)
        pen.paragraph(60, y + 2.2 * pen.em, width - 130, pen.phrase(1.6 * width))


def running_down(pen: Pen) -> None:
    """Columns of upright characters from right to left."""
    width, height = pen.image.size
    text, x = "", width * 0.92 - pen.em
    rows = int(0.84 * height / pen.em)
    while x > 0.08 * width:
        text = text or "\u3000" + pen.text()
        for row, letter_ in enumerate(text[:rows]):
            _upright(pen, x, 0.08 * height + row * pen.em, letter_)
        text = text[rows:]
        x -= pen.leading * pen.em


def _upright(pen: Pen, x: float, y: float, mark: str) -> None:
    shift = 0.58 * pen.em if mark in CORNER else 0.0
    pen.write(x + shift, y - shift, mark.translate(DOWN))


LAYOUTS: dict[str, Callable[[Pen], None]] = {
    "letter": letter,
    "columns": columns,
    "points": points,
    "form": form,
    "table": table,
    "screen": screen,
}


def lay_out(
    script: str,
    layout: Callable[[Pen], None],
    em: float,
    size: tuple[int, int],
    seed: int,
    face: str | None = None,
) -> Image.Image:
    """Draw a page of `size` px with text of `em` px per em; another seed takes other words and leading."""
    rng = random.Random(f"{script} {layout.__name__} {seed}")
    chosen = face or rng.choice(FACES[is_cjk(script)])
    pen = Pen(Image.new("RGB", size, "white"), script, chosen, em, rng, rng.uniform(1.3, 1.8))
    layout(pen)
    return pen.image
