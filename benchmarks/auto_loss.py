"""What `prepare --long-side auto` costs in text: the reader on its output, against the reader on full pages.

    python -m benchmarks.auto_loss [--pages 2] [--drawn | --varied SEED] [--part 1/3] [--write] [FILE...]

Each page of the bundled documents, and of those in ../shared/data where they are there, is read by the
embedded reader at 300 dpi (a picture: at its own size) and as prepared. For each line that was read in full
the closest place in the other reading is found, wherever it stands, or the closest two for the halves of a
line that joined two columns; the edits between them are counted (Sellers 1980). The last column says in which
sizes each was sent, and how high its smallest text is there and at full size. With --drawn the pictures of
benchmarks/drawn_mixed.py are read instead, with --varied those of benchmarks/drawn_varied.py for a seed; the
last column then also says how small they were really drawn. What `prepare` says of each goes to stderr. The
work can be done in parts: rows are kept in FILE of --keep, and the table is that of all parts done so far.
With --write it goes to docs/readability.md.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.drawn_mixed import mixed
from benchmarks.drawn_varied import varied
from benchmarks.marked import write_between
from benchmarks.reader_error import folded
from demo.engines.reader.model import TextModels
from demo.engines.reader.page import Clock, read_rows
from toolkit import ImageRecord, Limits, Manifest, Recipe, prepare, visual_tokens
from toolkit.text_height import SMALLEST_SHARE, weighted_quantile

SAMPLES = Path(__file__).parents[1] / "demo" / "samples"
SHARED = Path(__file__).parents[2] / "shared" / "data"
_SUFFIXES = (".pdf", ".png", ".jpg")


@dataclass
class Loss:
    """Characters read in full, edits from there to what was read as prepared, tokens of either.

    `sent` says how the first of the pages was sent, and `why` what `prepare` says of it; for a sum nothing.
    """

    pages: int = 0
    characters: int = 0
    edits: int = 0
    full_tokens: int = 0
    tokens: int = 0
    sent: str = ""
    why: str = ""

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


@dataclass(frozen=True)
class Document:
    """A document, and what is known of its text sizes if it was drawn."""

    path: Path
    known: str = ""


@dataclass(frozen=True)
class Part:
    """Every `count`-th document from the `number`-th on, counted from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Part":
        """Read "2/3". Raises ValueError for anything else."""
        number, count = map(int, text.split("/"))
        if not 1 <= number <= count:
            raise ValueError(f"no part {number} of {count}")
        return cls(number, count)


def documents() -> list[Path]:
    """List the documents there are."""
    found = [path for folder in (SAMPLES, SHARED) if folder.is_dir() for path in folder.rglob("*")]
    return sorted(path for path in found if path.suffix in _SUFFIXES)


def pictures(folder: Path, seed: int | None, part: Part) -> Iterator[Document]:
    """Draw the mixed pictures, or the varied ones of a seed, into a folder, one after the other."""
    found = list(mixed() if seed is None else varied(seed))
    for name, draw in found[part.number - 1 :: part.count]:
        sheet = draw()
        sheet.image.save(folder / name)
        yield Document(folder / name, known(sheet.written))


def known(written: list[tuple[float, float]]) -> str:
    """Say how small text was drawn: what at most 2 % of its length lies below, and the least of all."""
    small = weighted_quantile(written, SMALLEST_SHARE)
    return f"drawn {small:.1f}, least {min(em for em, _ in written):.1f}"


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
    why = " ".join(note.en for note in images[0].notes)
    characters, tokens = sum(map(len, lines)), sum(image.tokens for image in images)
    return Loss(1, characters, edits, full_tokens, tokens, _sent(images), why)


def _sent(images: list[ImageRecord]) -> str:
    """Say in which sizes a page was sent, and what height its smallest text has there and at full size."""
    sizes = Counter((image.width, image.height) for image in images)
    shown = ", ".join(f"{n} times " * (n > 1) + f"{w} x {h}" for (w, h), n in sizes.items())
    height = images[0].text_height or {}
    if height.get("smallest") is None:
        return f"{shown}; no text found"
    return f"{shown}; {height['smallest']:.1f} of {height['full_size']['smallest']:.1f} px"


def measure(documents: Iterable[Document], pages: int) -> Iterator[tuple[str, Loss]]:
    """Measure documents; give the name of each and its loss as soon as it is known."""
    models = TextModels()
    for document in documents:
        loss = Loss()
        with tempfile.TemporaryDirectory() as name:
            for page in losses(document.path, pages, models, Path(name)):
                loss.add(page)
                loss.sent = loss.sent or page.sent
                loss.why = loss.why or page.why
        if loss.pages:
            loss.sent += f"; {document.known}" if document.known else ""
            yield document.path.name, loss


def table(rows: dict[str, Loss]) -> str:
    """Give the table, with its sums."""
    total = {"PDF pages": Loss(), "pictures": Loss(), "all": Loss()}
    for name, loss in rows.items():
        total["PDF pages" if name.endswith(".pdf") else "pictures"].add(loss)
        total["all"].add(loss)
    body = [loss.row(name) for name, loss in rows.items()]
    body += [loss.row(f"**{name}**") for name, loss in total.items() if loss.pages]
    head = "| document | pages | characters read | lost | tokens | of the full page's | sent as |"
    return "\n".join([head, "| --- | ---: | ---: | ---: | ---: | ---: | --- |", *body])


def kept(path: Path | None) -> dict[str, Loss]:
    """Read the rows that earlier parts have kept."""
    if path is None or not path.is_file():
        return {}
    return {name: Loss(**row) for name, row in json.loads(path.read_text(encoding="utf-8")).items()}


def main() -> None:
    """Measure and print."""
    options = _options()
    rows = kept(options.keep)
    which = "auto" if not options.drawn and options.varied is None else "drawn" if options.drawn else "varied"
    with tempfile.TemporaryDirectory() as name:
        found = options.files or documents()
        chosen = (Document(path) for path in found[options.part.number - 1 :: options.part.count])
        drawn = pictures(Path(name), options.varied, options.part)
        for title, loss in measure(chosen if which == "auto" else drawn, options.pages):
            rows[title] = loss
            print(loss.row(title), loss.why, sep="\n    ", file=sys.stderr, flush=True)
            if options.keep:
                options.keep.write_text(json.dumps({name: asdict(row) for name, row in rows.items()}))
    print(table(rows))
    if options.write:
        write_between("readability.md", which, table(rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--pages", type=int, default=2, help="pages of each PDF, from its first")
    drawn = parser.add_mutually_exclusive_group()
    drawn.add_argument("--drawn", action="store_true", help="drawn pictures of mixed text sizes instead")
    drawn.add_argument("--varied", type=int, metavar="SEED", help="pictures drawn anew from a seed instead")
    parser.add_argument("--part", type=Part.parse, default=Part(1, 1), help="2/3: only the second third")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the rows, and add to those kept")
    parser.add_argument("--write", action="store_true", help="put the table into docs/readability.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
