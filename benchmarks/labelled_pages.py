"""Receipts, bills and forms of our own: how often the reader finds the value beside a label.

    python -m benchmarks.labelled_pages [SEED...] [--kept] [--save DIR]

Draws the pages of labelled_pages.toml with names and amounts of each seed, in Chinese and English, some of
them blurred, askew, or as a phone takes them, asks the reader for their values, and prints how many were
right, wrong (another value of the page) and missing. `--kept` takes the ten pages that nobody looked at while
the reader was mended, in place of the twenty others.
"""

import argparse
import random
import tempfile
import tomllib
from calendar import month_name
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from benchmarks.measure import table

PAGES = Path(__file__).with_name("labelled_pages.toml")
HAN = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
LATIN = "/usr/share/fonts/truetype/liberation/Liberation{}-Regular.ttf"
MARGIN = 0.07
PEOPLE = ("Anna Keller", "Tom Baxter", "Maria Lopez", "Jonas Weber", "Priya Nair", "Grace Odell")
HAN_PEOPLE = ("王小明", "李文静", "陈建国", "赵雅芳", "孙志强", "周晓燕")
SHOPS = ("CORNER SHOP", "GREEN LEAF", "HARBOUR MARKET", "NORTHGATE")
HAN_SHOPS = ("惠民超市", "老街坊", "东湖", "金桂园")
FIRMS = ("Meyer Ltd", "Blue Rock Inc.", "Sterling Supplies", "Alder Group")
HAN_FIRMS = ("华诚商贸有限公司", "远航科技有限公司", "明德教育有限公司")


def values(seed: int) -> dict[str, str]:
    """Draw names, numbers, dates and amounts that add up."""
    chance = random.Random(seed)

    def number(digits: int) -> str:
        return "".join(str(chance.randint(1, 9)) for _ in range(digits))

    a2 = chance.randint(300, 90_000)
    a, b, c = 2 * a2, chance.randint(500, 60_000), chance.randint(200, 9_000)
    tax = (a + b + c) * chance.choice((6, 8, 13, 20)) // 100
    disc = chance.randint(50, 190)
    money: dict[str, int] = {"a2": a2, "a": a, "b": b, "c": c, "net": a + b + c, "tax": tax, "disc": disc}
    money |= {"total": a + b + c + tax, "gross": a + b + c + tax + disc, "t1": tax // 2, "t2": tax - tax // 2}
    money["change"] = chance.randint(10, 990)
    money["cash"] = money["total"] + money["change"]
    people, han = chance.sample(PEOPLE, 2), chance.sample(HAN_PEOPLE, 2)
    year, month, day = chance.randint(2023, 2026), chance.randint(1, 11), chance.randint(13, 28)
    named = month_name[1:]
    words = {
        "shop": chance.choice(SHOPS), "zshop": chance.choice(HAN_SHOPS), "company": chance.choice(FIRMS),
        "zcompany": chance.choice(HAN_FIRMS), "person": people[0], "person2": people[1],
        "first": people[0].split()[0], "zperson": han[0], "zperson2": han[1],
        "street": f"{number(2)} High Street", "street2": f"{number(2)} Mill Lane",
        "zstreet": f"滨江区江南大道{number(3)}号", "inv": f"INV-{number(5)}", "acct": number(10),
        "card": f"6222{number(12)}", "card2": f"6217{number(12)}",
        "iban": f"DE{number(20)}", "tin": f"9133{number(14)}", "tin2": f"9111{number(14)}", "room": number(3),
        "phone": f"555-{number(4)}", "fax": f"555-{number(4)}", "mobile": f"138{number(8)}",
        "mail": f"{people[0].split()[0].lower()}@example.org",
        "gate": f"B{number(2)}", "seat": f"{number(2)}C",
        "flight": f"LH {number(3)}", "birth": f"{chance.randint(1950, 2004)}-{month:02}-{day:02}",
        "date": f"{year}-{month:02}-{day:02}", "date_us": f"{month:02}/{day:02}/{year}",
        "date_long": f"{day} {named[month - 1]} {year}", "date_dm": f"{day} {named[month - 1][:3].upper()}",
        "date_zh": f"{year}年{month:02}月{day:02}日", "due": f"{year}-{month + 1:02}-{day:02}",
        "due_long": f"{day} {named[month]} {year}",
    }  # fmt: skip
    return words | {name: f"{amount / 100:,.2f}" for name, amount in money.items()}


@dataclass
class Sheet:
    """A page that is being drawn, line by line."""

    page: dict[str, Any]
    y: float = 0.0
    tabs: str = "0"
    grid: list[float] | None = None
    drawn: list[tuple[Any, ...]] = field(default_factory=list)

    def draw(self, filled: str) -> Image.Image:
        """Lay the lines out, then draw them."""
        size = self.page["size"]
        self.y = 2.0 * size
        self.tabs = self.page.get("tabs", "0")
        for line in filled.strip("\n").split("\n"):
            self._line(line, size)
        image = Image.new("RGB", (self.page["width"], round(self.y + 2 * size)), (252, 251, 248))
        pen = ImageDraw.Draw(image)
        for kind, *what in self.drawn:
            if kind == "rule":
                pen.line(what[0], fill=(60, 60, 60), width=2)
            else:
                place, text, font, anchor = what
                pen.text(place, text, font=font, anchor=anchor, fill=(28, 28, 32))
        return image

    def _line(self, line: str, size: int) -> None:
        if line.startswith("@"):
            self.tabs = line[1:]
        elif line in ("[", "]"):
            self._frame(line, size)
        elif line == "---":
            self.drawn.append(
                ("rule", (self._x("0"), self.y + 0.4 * size, self._x("1"), self.y + 0.4 * size))
            )
            self.y += 0.9 * size
        elif line == "+":
            self.y += 0.8 * size
        else:
            self._cells(line, size)

    def _cells(self, line: str, size: int) -> None:
        large = line.startswith("*") and not line.endswith("*") and line.count("*") == 1
        font = font_of(self.page.get("font", "sans"), self.page["lang"], round(size * (1.5 if large else 1)))
        for tab, cell in zip(
            self.tabs.split(), line.removeprefix("*" if large else "").split("|"), strict=False
        ):
            anchor = "ra" if tab.endswith(">") else "ma" if tab.endswith("^") else "la"
            shift = 0.4 * size if self.grid is not None else 0
            self.drawn.append(("text", (self._x(tab) + shift, self.y), cell.strip(), font, anchor))
        self.y += size * (2.4 if large else 1.65)
        if self.grid is not None:
            self.grid.append(self.y - 0.25 * size)

    def _frame(self, mark: str, size: int) -> None:
        if mark == "[":
            self.y += 0.4 * size
            self.grid = [self.y - 0.25 * size]
            return
        rows = self.grid or []
        lefts = [self._x(tab) for tab in self.tabs.split()]
        self.drawn += [("rule", (lefts[0], y, self._x("1"), y)) for y in rows]
        self.drawn += [("rule", (x, rows[0], x, rows[-1])) for x in (*lefts, self._x("1"))]
        self.grid = None
        self.y += 0.4 * size

    def _x(self, tab: str) -> float:
        inner = (1 - 2 * MARGIN) * self.page["width"]
        return float(MARGIN * self.page["width"] + float(tab.rstrip(">^")) * inner)


@cache
def font_of(name: str, lang: str, size: int) -> ImageFont.FreeTypeFont:
    """Give a font that has the page's characters."""
    if lang == "zh":
        return ImageFont.truetype(HAN, size)
    return ImageFont.truetype(LATIN.format({"mono": "Mono", "serif": "Serif"}.get(name, "Sans")), size)


def worsen(image: Image.Image, look: str, seed: int) -> Image.Image:
    """Make a page look as it comes: blurred, askew, compressed, or taken by a phone under a lamp."""
    chance = np.random.default_rng(seed)
    if look == "blur":
        return image.filter(ImageFilter.GaussianBlur(1.6))
    if look == "skew":
        return image.rotate(
            float(chance.uniform(1.0, 3.0)), Image.Resampling.BICUBIC, True, fillcolor="white"
        )
    if look == "jpeg":
        return _compressed(image, 25)
    return _photographed(image, chance) if look == "photo" else image


def _photographed(image: Image.Image, chance: np.random.Generator) -> Image.Image:
    width, height = image.size
    corners = np.asarray([(0, 0), (0, height), (width, height), (width, 0)], float)
    moved = corners + chance.uniform(-0.025, 0.025, (4, 2)) * (width, height)
    held = image.transform(
        image.size, Image.Transform.QUAD, tuple(moved.ravel()), Image.Resampling.BICUBIC, fillcolor="white"
    )
    across, down = np.linspace(-1, 1, width), np.linspace(-1, 1, height)
    light = 0.8 + 0.18 * across[None, :] * chance.choice((-1, 1)) - 0.1 * down[:, None] ** 2
    pixels = np.asarray(held, float) * light[:, :, None] + chance.normal(0, 6, (height, width, 1))
    shot = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.0))
    return _compressed(shot, 60)


def _compressed(image: Image.Image, quality: int) -> Image.Image:
    from io import BytesIO

    stream = BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def pages(
    seed: int, *, kept: bool = False
) -> Iterator[tuple[dict[str, Any], Image.Image, list[tuple[str, str]]]]:
    """Draw each page, or each that is `kept` apart; with its picture, and fields asked with their values."""
    drawn = tomllib.loads(PAGES.read_text(encoding="utf-8"))["page"]
    for number, page in enumerate(one for one in drawn if one.get("kept", False) == kept):
        known = values(1000 * seed + number)
        image = Sheet(page).draw(page["lines"].format(**known))
        asked = [(name, right.format(**known)) for name, right in page["ask"]]
        yield page, worsen(image, page["look"], seed + number), asked


def same(found: Any, right: str, kind: str) -> bool:
    """Tell whether a value is the right one; spaces and letter case do not count."""
    if found is None:
        return False
    if kind == "number":
        return abs(float(found) - float(right.replace(",", ""))) < 0.005
    return "".join(str(found).split()).casefold() == "".join(right.split()).casefold()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int, default=[1])
    parser.add_argument("--kept", action="store_true", help="the pages that nobody looked at")
    parser.add_argument("--save", type=Path, help="write the pictures there")
    options = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.save or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for seed in options.seeds:
            counts += measure(seed, folder, kept=options.kept)
    rows = [(lang, *(counts[lang, kind] for kind in KINDS)) for lang in ("en", "zh")]
    print(table(["pages", *KINDS], rows))


KINDS = ("right", "wrong", "missing")


def measure(seed: int, folder: Path, *, kept: bool) -> Counter[tuple[str, str]]:
    """Read every page of one seed, print what was not right, and count by language."""
    counts: Counter[tuple[str, str]] = Counter()
    for page, image, asked in pages(seed, kept=kept):
        path = folder / f"{seed}-{page['name'][:24]}.png"
        for name, right, found in read(image, path, asked, page["lang"]):
            good = same(found, right, name.partition(":")[2])
            kind = "missing" if found is None else "right" if good else "wrong"
            counts[page["lang"], kind] += 1
            if kind != "right" and not kept:
                print(f"{seed} {page['name']}: {name}: {found!r}, not {right!r}")
    return counts


def read(
    image: Image.Image, path: Path, asked: list[tuple[str, str]], lang: str
) -> Iterator[tuple[str, str, Any]]:
    """Ask the reader for the values of one page."""
    import json

    from demo.engines import Request, Result, engine
    from prompts import Format, ImageRef, build_prompt

    image.save(path)
    form = Format.of("json", *(name for name, _ in asked))
    prompt = build_prompt("extract-fields", format=form, images=[ImageRef(1, *image.size, path)], lang=lang)
    *_, result = engine("reader").ask(Request(prompt))
    assert isinstance(result, Result)
    found = json.loads(result.text)
    for name, right in asked:
        yield name, right, found[name.partition(":")[0]]


if __name__ == "__main__":
    main()
