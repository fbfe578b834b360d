"""Fit the weights by which toolkit/strokes.py tells how the characters of a row stand.

Run from the root of the project: `python -m benchmarks.stroke_weights [--write]`. Rows of Chinese (running
text, and characters of GB 2312's first level at random), kana and hangul are drawn in Noto Sans and Serif,
and English in five faces, in several sizes and more or less soft; Chinese also with each character on its
side. Fisher's linear discriminant is fitted on them; each face is left out once to see how many rows of it
are told right. With --write the weights go to toolkit/stroke_weights.py.
"""

import argparse
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from benchmarks.drawn_pages import CHINESE, ENGLISH, blurred
from benchmarks.page_layouts import CJK_INDEX, NOTO
from toolkit.line_gates import may_be_text
from toolkit.line_shape import shape_of
from toolkit.line_strip import cut_strip
from toolkit.strokes import halves, histogram, row_of
from toolkit.text_lines import find_candidates, find_parts, load_canvas

Floats = npt.NDArray[np.float64]
Fitted = dict[str, tuple[Floats, float]]
ROOT = Path(__file__).parents[1]
FILES = (
    "NotoSansCJK-Regular.ttc",
    "NotoSerifCJK-Regular.ttc",
    "NotoSansCJK-Bold.ttc",
    "NotoSerifCJK-Bold.ttc",
)
LATIN_FILES = (
    "LiberationSerif-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "LiberationMono-Regular.ttf",
    "DejaVuSans.ttf",
    "DejaVuSerif.ttf",
)
SIZES = (14, 18, 24, 36)
LENGTH, LINES = 22, 12
RIDGE = {"chinese": 0.1, "latin": 0.1, "standing": 0.05, "hangul": 0.05}
"""Shares of the mean variance that are added to each, so that no weight rests on a quirk of two faces."""


def _every(codec: str, first: range, last: range) -> str:
    pairs = (bytes([a, b]) for a in first for b in last)
    return "".join(pair.decode(codec, "ignore") for pair in pairs)


COMMON = _every("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF))
SYLLABLES = _every("euc_kr", range(0xB0, 0xC9), range(0xA1, 0xFF))
EVERYDAY = (
    "이가는을를의에서로고다하지사람일년한국시대기자정부교회전문제수있없들해나라도만면생활경제사용확인연결신청"
)
HAN = ("running", "common", "kana")
KANA = "".join(map(chr, (*range(0x3042, 0x3094), *range(0x30A2, 0x30F4))))


@dataclass(frozen=True)
class Row:
    """One row: what is written, in which face, whether its characters lie, and its two halves of figures."""

    script: str
    file: str
    lying: bool
    turning: Floats
    lasting: Floats


def english() -> str:
    """Give English as it is written: the project's own front page and the text of the drawn pages."""
    return (
        re.sub(r"[^A-Za-z0-9,.;:'() ]|\s+", " ", (ROOT / "README.md").read_text(encoding="utf-8"))
        + ENGLISH * 3
    )


def running() -> str:
    """Give Chinese as it is written: the project's own documents and the text of the drawn pages."""
    own = (ROOT / "README.zh.md").read_text(encoding="utf-8") + (ROOT / "docs" / "api.zh.md").read_text(
        encoding="utf-8"
    )
    return re.sub("[^\u4e00-\u9fff，。、；：“”（）！？]", "", own) + CHINESE * 3


def words(script: str, text: str, rng: random.Random) -> str:
    """Choose one line."""
    if script in ("running", "latin"):
        length = LENGTH if script == "running" else 2 * LENGTH
        start = rng.randrange(len(text) - length)
        return text[start : start + length]
    letters = {
        "common": lambda: rng.choice(COMMON),
        "kana": lambda: rng.choice(KANA if rng.random() < 0.65 else COMMON),
        "hangul": lambda: rng.choice(
            " " if rng.random() < 0.2 else SYLLABLES if rng.random() < 0.4 else EVERYDAY
        ),
    }
    return "".join(letters[script]() for _ in range(LENGTH))


def page(script: str, file: str, em: int, lying: bool, text: str) -> Image.Image:
    """Draw lines, each character turned to its left side if they are to lie."""
    rng = random.Random(f"{script} {file} {em} {lying}")
    index = {"kana": CJK_INDEX["ja"], "hangul": CJK_INDEX["ko"]}.get(script, CJK_INDEX["zh"])
    latin = script == "latin"
    face = ImageFont.truetype(file, em) if latin else ImageFont.truetype(NOTO + file, em, index=index)
    image = Image.new("L", (em * (LENGTH + 2), round(em * (1.6 * LINES + 2))), 255)
    for number in range(LINES):
        y = em + round(number * 1.6 * em)
        line = words(script, text, rng)
        if lying:
            _lay(image, y, re.sub("[，。、；：“”（）！？]", "", line), face, em)
        else:
            ImageDraw.Draw(image).text((em, y), line, font=face, fill=0)
    return blurred(image, rng.uniform(0.3, 0.055 * em))


def _lay(image: Image.Image, y: int, line: str, face: ImageFont.FreeTypeFont, em: int) -> None:
    for number, character in enumerate(line):
        cell = Image.new("L", (em, em), 255)
        ImageDraw.Draw(cell).text((0, -round(0.16 * em)), character, font=face, fill=0)
        image.paste(cell.rotate(90), (em + number * em, y))


def rows() -> Iterator[Row]:
    """Draw and count all rows."""
    text = running()
    for script in ("running", "common", "kana", "hangul"):
        for file in FILES:
            for em in SIZES:
                for lying in (False, True):
                    for counts in _counted(page(script, file, em, lying, text)):
                        yield Row(script, file, lying, *halves(counts))
    for file in LATIN_FILES:
        for em in SIZES:
            for counts in _counted(page("latin", file, em, False, english())):
                yield Row("latin", file, False, *halves(counts))


def _counted(image: Image.Image) -> Iterator[Floats]:
    canvas = load_canvas(image)
    for candidate in find_candidates(find_parts(canvas.work)):
        strip = cut_strip(canvas, candidate)
        shape = None if strip is None else shape_of(strip)
        if strip is not None and shape is not None and may_be_text(shape) and shape.length > 8 * shape.extent:
            part = row_of(strip, shape)
            if part is not None:
                yield histogram(part)


def discriminant(yes: Floats, no: Floats, ridge: float) -> tuple[Floats, float]:
    """Fit a linear score that is 1 for the mean of `yes` and -1 for that of `no` (Fisher 1936)."""
    spread = np.cov(yes.T) + np.cov(no.T)
    spread += ridge * np.trace(spread) / len(spread) * np.eye(len(spread))
    weights = np.linalg.solve(spread, yes.mean(axis=0) - no.mean(axis=0))
    bias = -weights @ (yes.mean(axis=0) + no.mean(axis=0)) / 2
    scale = weights @ yes.mean(axis=0) + bias
    return weights / scale, float(bias / scale)


def fit(found: list[Row]) -> Fitted:
    """Fit the four scores."""
    han = [row for row in found if row.script in HAN]
    latin = np.array([row.turning for row in found if row.script == "latin"])
    korean = np.array([row.lasting for row in found if row.script == "hangul" and not row.lying])
    turning = np.array([row.turning for row in han if not row.lying])
    standing = np.array([row.lasting for row in han if not row.lying])
    lying = np.array([row.lasting for row in han if row.lying])
    return {
        "chinese": (discriminant(turning, -turning, RIDGE["chinese"])[0], 0.0),
        "latin": (discriminant(latin, -latin, RIDGE["latin"])[0], 0.0),
        "standing": discriminant(standing, lying, RIDGE["standing"]),
        "hangul": discriminant(korean, np.vstack([standing, lying]), RIDGE["hangul"]),
    }


def held_out(found: list[Row]) -> str:
    """Leave each face out once and count the rows of it that are told right."""
    table = [
        "| face left out | rows | upside down | on its side | Korean |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for file in (*FILES, *LATIN_FILES):
        fitted = fit([row for row in found if row.file != file])
        these = [row for row in found if row.file == file]
        shares = _latin_shares(fitted, these) if file in LATIN_FILES else _shares(fitted, these)
        table.append(f"| {file} | {len(these)} | " + " | ".join(shares) + " |")
    return "\n".join(table)


def _latin_shares(fitted: Fitted, rows: list[Row]) -> list[str]:
    return [_share([float(row.turning @ fitted["latin"][0]) > 0 for row in rows]), "", ""]


def _shares(fitted: Fitted, rows: list[Row]) -> list[str]:
    han, korean = [row for row in rows if row.script in HAN], [row for row in rows if row.script == "hangul"]
    return [
        _share([float(row.turning @ fitted["chinese"][0]) > 0 for row in han if not row.lying]),
        _share([(_value(fitted["standing"], row) > 0) != row.lying for row in han]),
        _share(
            [_value(fitted["hangul"], row) < 0 for row in han]
            + [_value(fitted["hangul"], row) > 0 for row in korean if not row.lying]
        ),
    ]


def _share(right: list[bool]) -> str:
    return f"{sum(right) / len(right):.1%}"


def _value(fitted: tuple[Floats, float], row: Row) -> float:
    return float(row.lasting @ fitted[0] + fitted[1])


def write(fitted: Fitted) -> None:
    """Put the weights into the module that carries them."""
    path = ROOT / "toolkit" / "stroke_weights.py"
    before, rest = path.read_text(encoding="utf-8").split("# <!-- weights -->")
    _, after = rest.split("# <!-- /weights -->")
    lines = [
        f"{name.upper()} = Weights({_numbers(values)}, {bias:.3f})" for name, (values, bias) in fitted.items()
    ]
    path.write_text(
        f"{before}# <!-- weights -->\n" + "\n".join(lines) + f"\n# <!-- /weights -->{after}", encoding="utf-8"
    )


def _numbers(values: Floats) -> str:
    return (
        "(\n    "
        + ", ".join(f"{value:.2f}" for value in values[:8])
        + ",\n    "
        + ", ".join(f"{value:.2f}" for value in values[8:])
        + ",\n)"
    )


def main() -> None:
    """Draw, fit, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update toolkit/stroke_weights.py")
    options = parser.parse_args()
    found = list(rows())
    print(held_out(found))
    if options.write:
        write(fit(found))


if __name__ == "__main__":
    main()
