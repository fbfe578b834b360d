"""Drawing straight at the target size, or at 300 dpi and reduced: which way keeps the text?

    python -m benchmarks.reduction [--long-side 1024] [--json FILE]

Pages of known text at several sizes, three of each, are read by the built-in reader both ways; the table
gives the share of the text that was not read, in pairs of characters. Chinese needs a system font (Debian:
fonts-noto-cjk). Real documents from ../shared/data are held against their own text where there are any.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.corpus import SHARED, real_documents
from benchmarks.measure import best, save_json, table
from benchmarks.pdf_writer import PdfWriter, text
from toolkit.pdf import PdfDocument, open_document, pixel_size

SIZES = (6, 7, 8, 9, 10, 12)
_ENGLISH = "The buyer pays 4,175.80 within 30 days of receipt; section 12 names what is owed after that day."
_CHINESE = "买方应在收到发票后三十日内支付货款，逾期按每日万分之五计收违约金，合同编号见首页。"
_LINES = 24
_PAGES = 3


def english(path: Path, size: int, seed: int) -> tuple[Path, str]:
    """Write a page of English and give its text."""
    rng, writer = random.Random(100 * size + seed), PdfWriter()
    words = _ENGLISH.split()
    lines = [" ".join(rng.sample(words, 9)) for _ in range(_LINES)]
    content = "".join(text(line, 50, 790 - 30 * n, size) for n, line in enumerate(lines))
    writer.page(content, resources=f"/Font << /F1 {writer.font('Times-Roman')} 0 R >>")
    return writer.save(path), "".join(lines)


def chinese(path: Path, size: int, seed: int) -> tuple[Path, str]:
    """Write a page of Chinese in a font of the system and give its text."""
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
        f"BT /F1 {size} Tf 50 {790 - 30 * n} Td <{line.encode('utf-16-be').hex()}> Tj ET\n"
        for n, line in enumerate(lines)
    )
    writer.page(content, resources=f"/Font << /F1 {font} 0 R >>")
    return writer.save(path), "".join(lines)


def direct(document: PdfDocument, page: int, long_side: int) -> Image.Image:
    """Draw a page at the target size."""
    return document.render(page, _target(document, page, long_side)).to_picture().convert("RGB")


def reduced(document: PdfDocument, page: int, long_side: int) -> Image.Image:
    """Draw a page at 300 dpi and reduce it by LANCZOS."""
    full = document.render(page, pixel_size(document.page_size(page), 300)).to_picture().convert("RGB")
    return full.resize(_target(document, page, long_side), Image.Resampling.LANCZOS)


def _target(document: PdfDocument, page: int, long_side: int) -> tuple[int, int]:
    width, height = document.page_size(page)
    scale = long_side / max(width, height)
    return (max(1, round(width * scale)), max(1, round(height * scale)))


WAYS: dict[str, Callable[[PdfDocument, int, int], Image.Image]] = {"direct": direct, "reduced": reduced}


class Reader:
    """The built-in reader's engine, alone."""

    def __init__(self) -> None:
        """Load the models."""
        from rapidocr import RapidOCR

        self._engine: Any = RapidOCR(params={"Global.log_level": "critical"})

    def read(self, image: Image.Image) -> str:
        """Give all text, in the order in which it was found."""
        found = self._engine(np.asarray(image)[..., ::-1])
        if found.txts is None:
            return ""
        return "".join(found.txts)


def error_rate(found: str, truth: str) -> float:
    """Give the share of the true text's pairs of characters that the reader did not give.

    Spaces do not count, nor does the order of lines: what is compared is the drawing, not the layout.
    """
    one, other = _pairs(found), _pairs(truth)
    return 1 - (one & other).total() / max(1, other.total())


def _pairs(words: str) -> Counter[str]:
    plain = "".join(words.split())
    return Counter(plain[at : at + 2] for at in range(len(plain) - 1))


def main() -> None:
    """Measure both ways and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--long-side", type=int, default=1024)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    reader, rows = Reader(), []
    with tempfile.TemporaryDirectory() as name:
        for title, pages in _pages(Path(name)):
            measured = np.array([_row(reader, path, truth, options.long_side) for path, truth in pages])
            rows.append([title, *measured.mean(axis=0).tolist()])
            print(*rows[-1], file=sys.stderr)
    head = [
        "page",
        "px per em",
        "direct, % wrong",
        "300 dpi reduced, % wrong",
        "direct, CPU ms",
        "reduced, CPU ms",
    ]
    print(table(head, rows))
    save_json(options.json, rows)


def _row(reader: Reader, path: Path, truth: str, long_side: int) -> list[float]:
    page = 0
    with open_document(path) as document:
        heights = document.text_heights(page)
        typical = max(heights, key=lambda pair: pair[1])[0]
        wrong, cost = [], []
        for way in WAYS.values():
            wrong.append(100 * error_rate(reader.read(way(document, page, long_side)), truth))
            cost.append(1000 * best(lambda way=way: way(document, page, long_side), 3))  # type: ignore[misc]
        return [typical * long_side / max(document.page_size(page)), *wrong, *cost]


def _pages(folder: Path) -> Iterator[tuple[str, list[tuple[Path, str]]]]:
    for name, write in (("English", english), ("Chinese", chinese)):
        for size in SIZES:
            yield (
                f"{name} {size} pt",
                [write(folder / f"{name}{size}{n}.pdf", size, n) for n in range(_PAGES)],
            )
    for document in real_documents() if SHARED.is_dir() else ():
        truth = _own_text(document.path)
        if len(truth) > 400:
            yield f"{document.path.name}, p. 1", [(document.path, truth)]


def _own_text(path: Path) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        text: str = document[0].get_textpage().get_text_bounded()
    return text


if __name__ == "__main__":
    main()
