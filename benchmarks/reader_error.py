"""How much of a drawn page the embedded reader gets wrong: its character error, line by line."""

from collections.abc import Iterable
from functools import cache

import numpy as np
from PIL import Image

from benchmarks.drawn_pages import DrawnPage
from demo.engines.reader.model import TextModels
from toolkit.geometry import Box


@cache
def _models() -> TextModels:
    return TextModels()


def character_error(image: Image.Image, page: DrawnPage, scale: float = 1.0) -> float:
    """Read the lines of `page` on `image`, which is the page resized by `scale`; give edits per character.

    Spaces do not count: they are the detector's business. 0 is all right, 1 about all wrong.
    """
    boxes = [
        (left * scale, up * scale, right * scale, low * scale) for _, (left, up, right, low) in page.lines
    ]
    return error_of(zip([text for text, _ in page.lines], read_crops(image, boxes), strict=True))


def read_crops(image: Image.Image, boxes: Iterable[Box]) -> list[str]:
    """Read the line of text in each box, in pixels of `image`."""
    waiting = [_models().recognise(_crop(image, box)) for box in boxes]
    return [future.result().text for future in waiting]


def error_of(pairs: Iterable[tuple[str, str]]) -> float:
    """Give the edits that turn what was read into the truth, per character of the truth."""
    edits = total = 0
    for truth, read in pairs:
        truth, read = folded(truth), folded(read)
        edits += edit_distance(truth, read)
        total += len(truth)
    return min(1.0, edits / max(1, total))


def folded(text: str) -> str:
    """Leave out spaces; full-width and half-width punctuation look alike and count as the same."""
    return "".join(text.split()).translate(str.maketrans("，。；：（）％！？", ",.;:()%!?"))


def edit_distance(one: str, other: str) -> int:
    """Count insertions, deletions and replacements (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def _crop(image: Image.Image, box: Box) -> np.ndarray:
    left, upper, right, lower = box
    edges = (max(0, int(left)), max(0, int(upper)), min(image.width, round(right + 0.5)),
             min(image.height, round(lower + 0.5)))  # fmt: skip
    return np.ascontiguousarray(np.asarray(image.crop(edges).convert("RGB"))[:, :, ::-1])
