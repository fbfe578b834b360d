"""How much of a drawn page the embedded reader gets wrong: its character error, line by line."""

from collections.abc import Iterable
from functools import cache

import numpy as np
from PIL import Image

from benchmarks.drawn_pages import DrawnPage
from demo.engines.reader.model import TextModels


@cache
def _models() -> TextModels:
    return TextModels()


def character_error(image: Image.Image, page: DrawnPage, scale: float = 1.0) -> float:
    """Read the lines of `page` on `image`, which is the page resized by `scale`; give edits per character.

    Spaces do not count: they are the detector's business. 0 is all right, 1 about all wrong.
    """
    crops = [_crop(image, box, scale) for _, box in page.lines]
    read = [future.result().text for future in [_models().recognise(crop) for crop in crops]]
    return error_of(zip([text for text, _ in page.lines], read, strict=True))


def error_of(pairs: Iterable[tuple[str, str]]) -> float:
    """Give the edits that turn what was read into the truth, per character of the truth."""
    edits = total = 0
    for truth, read in pairs:
        truth, read = "".join(truth.split()), "".join(read.split())
        edits += edit_distance(_folded(truth), _folded(read))
        total += len(truth)
    return min(1.0, edits / max(1, total))


def _folded(text: str) -> str:
    """Full-width and half-width punctuation look alike and count as the same."""
    return text.translate(str.maketrans("，。；：（）％！？", ",.;:()%!?"))


def edit_distance(one: str, other: str) -> int:
    """Count insertions, deletions and replacements (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def _crop(image: Image.Image, box: tuple[int, int, int, int], scale: float) -> np.ndarray:
    left, upper, right, lower = (side * scale for side in box)
    part = image.convert("RGB").crop((int(left), int(upper), round(right + 0.5), round(lower + 0.5)))
    return np.ascontiguousarray(np.asarray(part)[:, :, ::-1])
