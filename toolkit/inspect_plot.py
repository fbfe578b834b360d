"""A picture of a page that shows which of its text a model will be able to read."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from toolkit.png import write_png
from toolkit.readability import READABLE_PX, UNREADABLE_PX, Readability, verdict
from toolkit.text_line import TextLine
from toolkit.texts import Language, Text, say

if TYPE_CHECKING:
    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

LONG_SIDE = 1600
"""Pixels of the picture's long side: a page that people can still read on a screen."""
COLOURS: dict[Readability, tuple[int, int, int]] = {
    "readable": (0, 158, 115),
    "doubtful": (230, 159, 0),
    "unreadable": (204, 40, 40),
}
"""Green, amber and red that colour-blind people can tell apart (Okabe and Ito 2008, the red darkened)."""
WIDTHS: dict[Readability, int] = {"readable": 2, "doubtful": 3, "unreadable": 4}
"""Px of the frames: the worse, the thicker, for prints in grey."""
CJK_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "msyh.ttc",
    "simhei.ttf",
)
"""File names under which systems keep a Chinese font; Pillow searches the system's own folders for them."""
_FONT_PX = 20


def write_plot(
    picture: Image.Image, lines: Sequence[TextLine], scale: float, path: Path, lang: Language
) -> Path:
    """Write the page with a frame around each line of text, coloured by whether it can be read.

    `scale` is that of the picture as the model will see it. The legend is in `lang` where a font for it is
    installed, else in English. Raises OutputError.
    """
    write_png(draw_plot(picture, lines, scale, lang), path)
    return path


def draw_plot(picture: Image.Image, lines: Sequence[TextLine], scale: float, lang: Language) -> Image.Image:
    """Draw the page as `write_plot` writes it."""
    zoom = min(1.0, LONG_SIDE / max(picture.size))
    page = picture.convert("RGB").resize(
        (max(1, round(picture.width * zoom)), max(1, round(picture.height * zoom))), reducing_gap=2.0
    )
    page = Image.blend(page, Image.new("RGB", page.size, "white"), 0.25)
    draw = ImageDraw.Draw(page)
    verdicts = [verdict(line.em * scale) for line in lines]
    for line, judged in zip(lines, verdicts, strict=True):
        draw.polygon(_frame(line, zoom), outline=COLOURS[judged], width=WIDTHS[judged])
    return _with_legend(page, Counter(verdicts), lang)


def _frame(line: TextLine, zoom: float) -> list[tuple[float, float]]:
    """Give the corners of a line's frame, slanted as the line is."""
    left, upper, right, lower = line.box
    first, last, middle = (
        (upper, lower, (left + right) / 2) if line.down else (left, right, (upper + lower) / 2)
    )
    half, lean = 0.62 * line.em, (-line.slope if line.down else line.slope) * (last - first) / 2
    corners = [(first, middle - lean - half), (last, middle + lean - half)]
    corners += [(last, middle + lean + half), (first, middle - lean + half)]
    return [(y * zoom, x * zoom) if line.down else (x * zoom, y * zoom) for x, y in corners]


def _with_legend(page: Image.Image, counts: Counter[Readability], lang: Language) -> Image.Image:
    font, lang = _legend_font(lang)
    entries = [(COLOURS[name], _entry(name, counts[name]).in_language(lang)) for name in COLOURS]
    if not counts:
        entries = [((128, 128, 128), say("cli_inspect.legend_no_text").in_language(lang))]
    row = round(_FONT_PX * 1.7)
    width = max(page.width, round(max(font.getlength(text) for _, text in entries)) + 3 * row)
    canvas = Image.new("RGB", (width, page.height + row * len(entries) + row // 2), "white")
    canvas.paste(page, (0, 0))
    draw = ImageDraw.Draw(canvas)
    for number, (colour, text) in enumerate(entries):
        top = page.height + row // 4 + number * row
        draw.rectangle((row // 3, top + row // 4, row, top + row - row // 4), fill=colour)
        draw.text((row + row // 3, top + row / 2), text, font=font, fill="black", anchor="lm")
    return canvas


def _entry(name: Readability, count: int) -> Text:
    return say(f"cli_inspect.legend_{name}", count=count, readable=READABLE_PX, unreadable=UNREADABLE_PX)


def _legend_font(lang: Language) -> tuple["Font", Language]:
    """Find a font for the legend, and the language that it can write."""
    for name in CJK_FONTS if lang == "zh" else ():
        try:
            return ImageFont.truetype(name, _FONT_PX), "zh"
        except OSError:
            continue
    return ImageFont.load_default(_FONT_PX), "en"
