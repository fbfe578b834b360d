"""The reader's error against the height of text: the curve behind toolkit/readability.py.

Run from the root of the project: `python -m benchmarks.readability_curve [--write]`. It draws text at 50 px
per em (12 pt at 300 dpi), reduces it with LANCZOS as `resize` does, and reads every line. With --write the
table goes to docs/readability.md and the plot to docs/readability.png.
"""

import argparse
import statistics

from PIL import Image, ImageDraw, ImageFont

from benchmarks.drawn_pages import DrawnPage, Script, draw_lines
from benchmarks.marked import DOCS, write_between
from benchmarks.reader_error import character_error

DRAWN_EM = 50.0
HEIGHTS = (14.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5, 4.0)
FACES: dict[Script, tuple[str, ...]] = {
    "en": ("default", "LiberationSerif-Regular.ttf", "DejaVuSans.ttf"),
    "zh": ("cjk", "cjk-serif"),
}
Curve = dict[Script, list[tuple[float, float]]]


def pages(script: Script) -> list[DrawnPage]:
    """Draw a page of ten lines in each face of a script."""
    size = (2200, 900)
    return [
        draw_lines(script, DRAWN_EM, size=size, lines=10, face=face, seed=number)
        for number, face in enumerate(FACES[script])
    ]


def measure() -> Curve:
    """Read all pages at all heights: (px per em, character error) by script."""
    curve: Curve = {}
    for script in FACES:
        drawn = pages(script)
        curve[script] = [
            (height, statistics.mean(_error(page, height / DRAWN_EM) for page in drawn)) for height in HEIGHTS
        ]
    return curve


def _error(page: DrawnPage, scale: float) -> float:
    size = (round(page.image.width * scale), round(page.image.height * scale))
    return character_error(page.image.resize(size, Image.Resampling.LANCZOS), page, scale)


def table(curve: Curve) -> str:
    """Give the curve as a Markdown table."""
    rows = ["| px per em | English | Chinese |", "| ---: | ---: | ---: |"]
    for (height, english), (_, chinese) in zip(curve["en"], curve["zh"], strict=True):
        rows.append(f"| {height:g} | {english:.2%} | {chinese:.2%} |")
    return "\n".join(rows)


def plot(curve: Curve) -> Image.Image:
    """Draw the curve: px per em to the right, error upwards on a root scale that shows 0.1 % and 50 %."""
    width, height, margin = 900, 560, 70
    image = Image.new("RGB", (width, height), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(18)

    def at(px: float, error: float) -> tuple[float, float]:
        x = margin + (px - 4) / 10 * (width - 2 * margin)
        return x, height - margin - min(1.0, error) ** 0.4 * (height - 2 * margin)

    for error in (0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0):
        draw.line([at(4, error), at(14, error)], fill=(225, 225, 225))
        draw.text((margin - 8, at(4, error)[1]), f"{error:.1%}", font=font, fill="black", anchor="rm")
    for px in range(4, 15):
        draw.text((at(px, 0)[0], height - margin + 8), str(px), font=font, fill="black", anchor="ma")
    for px, colour in ((7, (204, 40, 40)), (10, (0, 158, 115))):
        draw.line([at(px, 0), at(px, 1)], fill=colour, width=2)
    series: list[tuple[Script, tuple[int, int, int], str]]
    series = [("en", (0, 90, 180), "English"), ("zh", (213, 94, 0), "Chinese")]
    for script, colour, name in series:
        points = [at(px, error) for px, error in curve[script]]
        draw.line(points, fill=colour, width=3)
        for x, y in points:
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=colour)
        draw.text((width - margin, 20 + 26 * (script == "zh")), name, font=font, fill=colour, anchor="ra")
    draw.text((width / 2, height - 22), "px per em", font=font, fill="black", anchor="mm")
    draw.text((margin, 20), "reader's character error", font=font, fill="black")
    return image


def main() -> None:
    """Measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/readability.md and its plot")
    options = parser.parse_args()
    curve = measure()
    print(table(curve))
    if options.write:
        write_between("readability.md", "curve", table(curve))
        plot(curve).save(DOCS / "readability.png", optimize=True)


if __name__ == "__main__":
    main()
