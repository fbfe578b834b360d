"""What `prepare --long-side auto` costs in text: the reader on its output, against the reader on full pages.

    python -m benchmarks.auto_loss [--pages 2] [--drawn] [--write] [FILE...]

Each page of the bundled documents, and of those in ../shared/data where they are there, is read by the
embedded reader at 300 dpi (a picture: at its own size) and as prepared. For each line that was read in full
the closest place in the other reading is found, wherever it stands, or the closest two for the halves of a
line that joined two columns; the edits between them are counted (Sellers 1980). The last column says in which
sizes each was sent, and how high its smallest text is there and at full size. With --drawn the pictures of
benchmarks/drawn_mixed.py are read instead. With --write the table goes to docs/readability.md.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.drawn_mixed import mixed
from benchmarks.marked import write_between
from benchmarks.reader_error import folded
from demo.engines.reader.model import TextModels
from demo.engines.reader.page import Clock, read_rows
from toolkit import ImageRecord, Limits, Manifest, Recipe, prepare, visual_tokens

SAMPLES = Path(__file__).parents[1] / "demo" / "samples"
SHARED = Path(__file__).parents[2] / "shared" / "data"
_SUFFIXES = (".pdf", ".png", ".jpg")


@dataclass
class Loss:
    """Characters read in full, edits from there to what was read as prepared, tokens of either.

    `sent` says how the first of the pages was sent, for a sum nothing.
    """

    pages: int = 0
    characters: int = 0
    edits: int = 0
    full_tokens: int = 0
    tokens: int = 0
    sent: str = ""

    def add(self, other: "Loss") -> None:
        """Add another page."""
        for name in ("pages", "characters", "edits", "full_tokens", "tokens"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def row(self, title: str) -> str:
        """Give a row of Markdown."""
        lost = f"{100 * self.edits / self.characters:.2f} %" if self.characters else ""
        share = f"{100 * self.tokens / self.full_tokens:.0f} %"
        figures = f"{self.pages} | {self.characters:,} | {lost} | {self.tokens:,} | {share}"
        return f"| {title} | {figures} | {self.sent} |"


def documents() -> list[Path]:
    """List the documents there are."""
    found = [path for folder in (SAMPLES, SHARED) if folder.is_dir() for path in folder.rglob("*")]
    return sorted(path for path in found if path.suffix in _SUFFIXES)


def drawn(folder: Path) -> list[Path]:
    """Write the drawn pictures into a folder."""
    paths = []
    for name, image in mixed():
        paths.append(folder / name)
        image.save(paths[-1])
    return paths


def read(path: Path, models: TextModels) -> list[str]:
    """Read a picture; give its lines, folded."""
    with Image.open(path) as image:
        pixels = np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])
    rows = read_rows(pixels, models, Clock(), None)
    return [folded(line.text) for row in rows for line in row.row]


def edits_to_closest(line: str, text: str) -> int:
    """Count the edits from `line` to the part of `text` that is closest to it, or to two parts.

    A reader joins the columns of a page on one day and tells them apart on another; neither loses text.
    """
    before, after = _prefixes(line, text), _prefixes(line[::-1], text[::-1])
    return min(one + other for one, other in zip(before, reversed(after), strict=True))


def _prefixes(line: str, text: str) -> list[int]:
    """Give the edits from each beginning of `line`, the empty one first, to the closest part of `text`."""
    letters = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(letters) + 1)
    row = np.zeros(len(letters) + 1, np.int64)
    found = [0]
    for number, letter in enumerate(line, 1):
        new = row + 1
        np.minimum(new[1:], row[:-1] + (letters != ord(letter)), out=new[1:])
        new[0] = number
        row = np.minimum.accumulate(new - steps) + steps
        found.append(int(row.min()))
    return found


def losses(path: Path, pages: int, models: TextModels, folder: Path) -> Iterator[Loss]:
    """Prepare and read the first pages of one document, both ways."""
    recipe = Recipe(second_look="never", keep_pages=True)
    span = f"1-{pages}" if path.suffix == ".pdf" and pages > 1 else "1"
    manifest = prepare([path], recipe, output_dir=folder, pages=_span(path, span), limits=Limits(jobs=1))
    for page in sorted({image.source.page for image in manifest.images}):
        images = [image for image in manifest.images if image.source.page == page]
        yield _loss(manifest, images, models)


def _span(path: Path, span: str) -> str:
    import pypdfium2

    if path.suffix != ".pdf":
        return span
    try:
        with pypdfium2.PdfDocument(path) as document:
            return span if len(document) > 1 else "1"
    except pypdfium2.PdfiumError:
        return "1"


def _loss(manifest: Manifest, images: list[ImageRecord], models: TextModels) -> Loss:
    kept = manifest.page_path(images[0])
    assert kept is not None
    with Image.open(kept) as image:
        full_tokens = visual_tokens(image.size)
    lines = read(kept, models)
    text = "".join(line for image in images for line in read(manifest.path(image), models))
    edits = sum(edits_to_closest(line, text) for line in lines)
    characters, tokens = sum(map(len, lines)), sum(image.tokens for image in images)
    return Loss(1, characters, edits, full_tokens, tokens, _sent(images))


def _sent(images: list[ImageRecord]) -> str:
    """Say in which sizes a page was sent, and what height its smallest text has there and at full size."""
    sizes = Counter((image.width, image.height) for image in images)
    shown = ", ".join(f"{n} times " * (n > 1) + f"{w} x {h}" for (w, h), n in sizes.items())
    height = images[0].text_height or {}
    if height.get("smallest") is None:
        return f"{shown}; no text found"
    return f"{shown}; {height['smallest']:.1f} of {height['full_size']['smallest']:.1f} px"


def measure(files: list[Path], pages: int) -> str:
    """Measure all files; give the table."""
    models, rows, total = TextModels(), [], {"PDF pages": Loss(), "pictures": Loss()}
    for path in files:
        loss = Loss()
        with tempfile.TemporaryDirectory() as name:
            for page in losses(path, pages, models, Path(name)):
                loss.add(page)
                loss.sent = loss.sent or page.sent
        if loss.pages:
            rows.append(loss.row(path.name))
            total["PDF pages" if path.suffix == ".pdf" else "pictures"].add(loss)
            print(rows[-1], file=sys.stderr, flush=True)
    for loss in list(total.values()):
        total.setdefault("all", Loss()).add(loss)
    rows += [loss.row(f"**{name}**") for name, loss in total.items() if loss.pages]
    head = "| document | pages | characters read | lost | tokens | of the full page's | sent as |"
    return "\n".join([head, "| --- | ---: | ---: | ---: | ---: | ---: | --- |", *rows])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--pages", type=int, default=2, help="pages of each PDF, from its first")
    parser.add_argument("--drawn", action="store_true", help="drawn pictures of mixed text sizes instead")
    parser.add_argument("--write", action="store_true", help="put the table into docs/readability.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        files = drawn(Path(name)) if options.drawn else options.files or documents()
        found = measure(files, options.pages)
    print(found)
    if options.write:
        write_between("readability.md", "drawn" if options.drawn else "auto", found)


if __name__ == "__main__":
    main()
