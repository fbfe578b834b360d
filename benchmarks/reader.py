"""How well and how fast the embedded reader reads the bundled samples.

    python -m benchmarks.reader [LONG_SIDE ...]

prints a Markdown table: characters wrong (spaces count), overlap of boxes with the true ones, CPU seconds;
then how well the mark "doubtful" tells wrong lines from right ones. 0 stands for the page at 300 dpi.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image

from demo.engines.reader.lines import DOUBTFUL_SCORE, Line
from demo.engines.reader.model import TextModels
from demo.engines.reader.page import Clock, read_rows
from toolkit.geometry import Box, intersection_over_union

SAMPLES = Path(__file__).parents[1] / "demo" / "samples"
SIDES = (0, 1024, 768)


@dataclass(frozen=True)
class Outcome:
    """One true line: its text, what was read there, how far the boxes overlap, how sure the reader was."""

    text: str
    read: str
    overlap: float
    score: float


def main(sides: list[int]) -> None:
    models = TextModels()
    models.load()
    everything: list[Outcome] = []
    print("| sample | size | lines | wrong % | overlap min | mean | CPU s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, page, true in _pages():
        for side in sides:
            picture = _reduced(page, side)
            start = time.process_time()
            outcomes = _read(picture, true, models)
            spent = time.process_time() - start
            everything += outcomes
            wrong = sum(errors(o.text, o.read) for o in outcomes) / sum(len(o.text) for o in outcomes)
            overlaps = [o.overlap for o in outcomes]
            size = f"{picture.width} x {picture.height}"
            figures = f"{100 * wrong:.2f} | {min(overlaps):.2f} | {np.mean(overlaps):.2f} | {spent:.1f}"
            print(f"| {name} | {size} | {len(outcomes)} | {figures} |", flush=True)
    _print_doubt(everything)


def _print_doubt(outcomes: list[Outcome]) -> None:
    for title, wanted in (("wrong", True), ("right", False)):
        lines = [
            o for o in outcomes if o.score and (o.text.replace(" ", "") != o.read.replace(" ", "")) == wanted
        ]
        marked = sum(o.score < DOUBTFUL_SCORE for o in lines)
        print(f"\n{marked} of {len(lines)} {title} lines are marked doubtful (below {DOUBTFUL_SCORE})")


def _pages() -> Iterator[tuple[str, Image.Image, dict[str, Any]]]:
    truth = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
    for document in truth["documents"]:
        for page in document["pages"]:
            yield f"{document['name']} {page['page']}", _open(SAMPLES / document["file"], page["page"]), page


def _open(file: Path, page: int) -> Image.Image:
    if file.suffix != ".pdf":
        with Image.open(file) as picture:
            return picture.convert("RGB")
    with pypdfium2.PdfDocument(file) as document:
        rendered: Image.Image = document[page - 1].render(scale=300 / 72).to_pil().convert("RGB")
        return rendered


def _reduced(picture: Image.Image, side: int) -> Image.Image:
    scale = side / max(picture.size)
    if side == 0 or scale >= 1:
        return picture
    size = (round(picture.width * scale / 32) * 32, round(picture.height * scale / 32) * 32)
    return picture.resize(size, Image.Resampling.LANCZOS)


def _read(picture: Image.Image, true: dict[str, Any], models: TextModels) -> list[Outcome]:
    pixels = np.ascontiguousarray(np.asarray(picture, np.uint8)[:, :, ::-1])
    lines = [line for new in read_rows(pixels, models, Clock(), None) for line in new.row]
    across, down = picture.width / true["width"], picture.height / true["height"]
    return [_outcome(line, lines, across, down) for line in true["lines"]]


def _outcome(true: dict[str, Any], lines: list[Line], across: float, down: float) -> Outcome:
    left, upper, right, lower = true["box"]
    box: Box = (left * across, upper * down, right * across, lower * down)
    best = max(lines, key=lambda line: intersection_over_union(line.box, box), default=None)
    overlap = intersection_over_union(best.box, box) if best else 0.0
    found = best is not None and overlap > 0.2
    return Outcome(
        true["text"], best.text if best and found else "", overlap, best.score if best and found else 0.0
    )


def errors(truth: str, read: str) -> int:
    """Count the characters to insert, delete or replace between two texts (Levenshtein)."""
    row = list(range(len(read) + 1))
    for i, a in enumerate(truth, 1):
        last, row = row, [i]
        for j, b in enumerate(read, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b)))
    return row[-1]


if __name__ == "__main__":
    main([int(side) for side in sys.argv[1:]] or list(SIDES))
