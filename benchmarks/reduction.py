"""From a PDF page to a long side of 1024: drawn there, drawn twice as large and reduced, or from 300 dpi?

    python -m benchmarks.reduction [--long-side 1024] [--pages 4] [--write]

Every line of pages of known text (English in two faces, Chinese in the system's Song; 5 to 12 pt) is cut out
where it was set and read by the embedded recogniser; so are the lines of the bundled documents, and of those
in ../shared/data where they are there. The figures are edits per character of the true text, and CPU time.
Chinese needs a system font (Debian: fonts-noto-cjk). With --write the table goes to docs/readability.md.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from benchmarks.corpus import SHARED, real_documents
from benchmarks.marked import write_between
from benchmarks.measure import best
from benchmarks.pdf_writer import PdfWriter, text
from benchmarks.reader_error import edit_distance, folded, read_crops
from toolkit.geometry import Box, Size
from toolkit.pdf import PdfDocument, open_document, pixel_size

SIZES = (5, 6, 7, 8, 9, 10, 12)
SAMPLES = Path(__file__).parents[1] / "demo" / "samples"
_ENGLISH = "The buyer pays 4,175.80 within 30 days of receipt; section 12 names what is owed after that day."
_CHINESE = "买方应在收到发票后三十日内支付货款，逾期按每日万分之五计收违约金，合同编号见首页。"
_LINES = 24
_STEP = 30.7
"""Points from line to line: no whole number of pixels, so that lines lie on the grid in every way."""
_REAL_PAGES, _REAL_LINES, _LEAST = 4, 50, 8
"""Of each real document: pages, lines of each, and letters that a line must have to count."""


@dataclass(frozen=True)
class Line:
    """A line of text and its box in points from the upper left of the page."""

    text: str
    box: Box


@dataclass(frozen=True)
class Sheet:
    """One page to measure on."""

    title: str
    path: Path
    page: int
    lines: list[Line]


def english(path: Path, size: int, seed: int) -> Sheet:
    """Write a page of English, in Times or Helvetica by turns."""
    rng, writer = random.Random(100 * size + seed), PdfWriter()
    words = _ENGLISH.split()
    lines = [" ".join(rng.sample(words, 9)) for _ in range(_LINES)]
    content = "".join(text(line, 50, 790 - _STEP * n, size) for n, line in enumerate(lines))
    face = ("Times-Roman", "Helvetica")[seed % 2]
    writer.page(content, resources=f"/Font << /F1 {writer.font(face)} 0 R >>")
    return Sheet(f"English {size} pt", writer.save(path), 0, _placed(lines, size, 0.52))


def chinese(path: Path, size: int, seed: int) -> Sheet:
    """Write a page of Chinese in a font of the system."""
    rng, writer = random.Random(100 * size + seed), PdfWriter()
    lines = ["".join(rng.sample(_CHINESE, 24)) for _ in range(_LINES)]
    inner = writer.add(
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>"
    )
    font = writer.add(
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
        f"/DescendantFonts [{inner} 0 R] >>"
    )
    content = "".join(
        f"BT /F1 {size} Tf 50 {790 - _STEP * n:.2f} Td <{line.encode('utf-16-be').hex()}> Tj ET\n"
        for n, line in enumerate(lines)
    )
    writer.page(content, resources=f"/Font << /F1 {font} 0 R >>")
    return Sheet(f"Chinese {size} pt", writer.save(path), 0, _placed(lines, size, 1.0))


def _placed(lines: list[str], size: int, advance: float) -> list[Line]:
    """Box lines by their baselines; a little too wide is white paper."""
    placed = []
    for number, line in enumerate(lines):
        base, right = 52 + _STEP * number, 55 + advance * size * len(line)
        placed.append(Line(line, (47.0, base - 1.05 * size, right, base + 0.4 * size)))
    return placed


def real(path: Path, title: str) -> Iterator[Sheet]:
    """Give the pages of a document that name enough of their own text."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        for number in range(min(_REAL_PAGES, len(document))):
            page = document[number]
            found = page.get_textpage()
            top = page.get_height()
            rects = [found.get_rect(n) for n in range(found.count_rects())] if not page.get_rotation() else []
            lines = [Line(found.get_text_bounded(*rect).strip(), (rect[0] - 2, top - rect[3] - 2, rect[2] + 2,
                     top - rect[1] + 2)) for rect in rects]  # fmt: skip
            lines = [line for line in lines if _counts(line.text)]
            if len(lines) >= _LEAST:
                yield Sheet(title, path, number, lines[:: max(1, len(lines) // _REAL_LINES)])


def _counts(line: str) -> bool:
    """Leave out leaders, rules of dots and what the PDF itself cannot spell."""
    letters = sum(letter.isalnum() for letter in line)
    return line.isprintable() and letters >= max(_LEAST, 0.6 * len(line))


def _drawn(document: PdfDocument, page: int, size: Size, times: float) -> Image.Image:
    return document.render(page, (round(size[0] * times), round(size[1] * times))).to_picture()


def direct(document: PdfDocument, page: int, size: Size) -> Image.Image:
    """Draw a page at the target size."""
    return _drawn(document, page, size, 1)


def twice_area(document: PdfDocument, page: int, size: Size) -> Image.Image:
    """Draw it twice as large and take the mean of each four pixels."""
    return _drawn(document, page, size, 2).reduce(2)


def thrice_area(document: PdfDocument, page: int, size: Size) -> Image.Image:
    """Draw it three times as large and take the mean of each nine pixels."""
    return _drawn(document, page, size, 3).reduce(3)


def half_lanczos(document: PdfDocument, page: int, size: Size) -> Image.Image:
    """Draw it half as large again and reduce it by LANCZOS."""
    return _drawn(document, page, size, 1.5).resize(size, Image.Resampling.LANCZOS)


def twice_lanczos(document: PdfDocument, page: int, size: Size) -> Image.Image:
    """Draw it twice as large and reduce it by LANCZOS."""
    return _drawn(document, page, size, 2).resize(size, Image.Resampling.LANCZOS)


def full_lanczos(document: PdfDocument, page: int, size: Size) -> Image.Image:
    """Draw it at 300 dpi and reduce it by LANCZOS."""
    full = document.render(page, pixel_size(document.page_size(page), 300)).to_picture()
    return full.resize(size, Image.Resampling.LANCZOS)


Way = Callable[[PdfDocument, int, Size], Image.Image]
WAYS: dict[str, Way] = {
    "direct": direct,
    "2x, area": twice_area,
    "3x, area": thrice_area,
    "1.5x, LANCZOS": half_lanczos,
    "2x, LANCZOS": twice_lanczos,
    "300 dpi, LANCZOS": full_lanczos,
}


@dataclass
class Tally:
    """What the ways cost in edits and CPU seconds over some pages of one kind."""

    characters: int
    pages: int
    edits: dict[str, int]
    seconds: dict[str, float]

    @classmethod
    def of(cls, sheet: Sheet, long_side: int) -> "Tally":
        """Draw and read one page in every way."""
        truth = [folded(line.text) for line in sheet.lines]
        tally = cls(sum(map(len, truth)), 1, {}, {})
        with open_document(sheet.path) as document:
            wide, high = document.page_size(sheet.page)
            scale = long_side / max(wide, high)
            size = (max(1, round(wide * scale)), max(1, round(high * scale)))
            document.render(sheet.page, size)  # reads the page, which no way is to pay for
            for name, way in WAYS.items():
                image = way(document, sheet.page, size)
                read = read_crops(image, [_scaled(line.box, scale) for line in sheet.lines])
                pairs = zip(truth, map(folded, read), strict=True)
                tally.edits[name] = sum(min(len(a), edit_distance(a, b)) for a, b in pairs)
                tally.seconds[name] = best(lambda way=way: way(document, sheet.page, size), 2)  # type: ignore[misc]
        return tally

    def add(self, other: "Tally") -> None:
        """Add another page."""
        self.characters += other.characters
        self.pages += other.pages
        for name in WAYS:
            self.edits[name] = self.edits.get(name, 0) + other.edits[name]
            self.seconds[name] = self.seconds.get(name, 0.0) + other.seconds[name]

    def row(self, title: str) -> str:
        """Give the percentages of wrong characters as a row of Markdown."""
        cells = [f"{100 * self.edits[name] / self.characters:.2f}" for name in WAYS]
        return f"| {title} | {self.characters:,} | {' | '.join(cells)} |"


def _scaled(box: Box, scale: float) -> Box:
    left, upper, right, lower = (side * scale for side in box)
    return (left, upper, right, lower)


def sheets(folder: Path, pages: int) -> Iterator[Sheet]:
    """Give all pages, kind by kind."""
    for write in (english, chinese):
        for size in SIZES:
            for seed in range(pages):
                yield write(folder / f"{write.__name__}{size}-{seed}.pdf", size, seed)
    for path in sorted(SAMPLES.glob("*.pdf")):
        yield from real(path, "bundled documents")
    for document in real_documents() if SHARED.is_dir() else ():
        yield from real(document.path, "shared documents")


def measure(long_side: int, pages: int) -> str:
    """Measure everything; give the table."""
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory() as name:
        for sheet in sheets(Path(name), pages):
            found = Tally.of(sheet, long_side)
            for title in (sheet.title, "**all**"):
                tallies.setdefault(title, Tally(0, 0, {}, {})).add(found)
            print(found.row(f"{sheet.path.name} {sheet.page + 1}"), file=sys.stderr, flush=True)
    every = tallies.pop("**all**")
    rows = [tally.row(title) for title, tally in [*tallies.items(), ("**all**", every)]]
    times = [f"{1000 * every.seconds[way] / every.pages:.1f}" for way in WAYS]
    head = f"| page | characters | {' | '.join(WAYS)} |\n| --- | ---: |{' ---: |' * len(WAYS)}"
    return "\n".join([head, *rows, f"| CPU ms a page | | {' | '.join(times)} |"])


def main() -> None:
    """Measure all ways and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--long-side", type=int, default=1024)
    parser.add_argument("--pages", type=int, default=4, help="pages of each size and language")
    parser.add_argument("--write", action="store_true", help="put the table into docs/readability.md")
    options = parser.parse_args()
    found = measure(options.long_side, options.pages)
    print(found)
    if options.write:
        write_between("readability.md", "reduction", found)


if __name__ == "__main__":
    main()
