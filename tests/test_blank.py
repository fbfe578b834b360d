"""Which pictures show nothing at all."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from toolkit.blank import is_blank

RNG = np.random.default_rng(7)


def grained(level: int, sigma: float) -> Image.Image:
    grain = RNG.normal(level, sigma, (400, 300))
    return Image.fromarray(grain.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
@pytest.mark.parametrize("size", [(400, 300), (1, 1), (7, 3)])
def test_one_tone_is_blank(mode: str, size: tuple[int, int]) -> None:
    assert is_blank(Image.new(mode, size, "white"))
    assert is_blank(Image.new(mode, size, "black"))


def test_scanned_paper_is_blank() -> None:
    assert is_blank(grained(236, 2.0))


@pytest.mark.parametrize("ink", ["black", "#ccc", "#e33", "#ff0"])
def test_one_word_or_one_line_is_something(ink: str) -> None:
    for mark in ("word", "line"):
        picture = Image.new("RGB", (400, 300), "white")
        draw = ImageDraw.Draw(picture)
        draw.text((300, 250), "a", fill=ink) if mark == "word" else draw.line((5, 0, 5, 300), fill=ink)
        assert not is_blank(picture)


def test_letters_as_bright_as_their_paper_are_something() -> None:
    picture = Image.new("RGB", (400, 300), (200, 120, 120))
    ImageDraw.Draw(picture).rectangle((10, 10, 40, 20), fill=(110, 158, 158))
    assert not is_blank(picture)


def test_shading_is_something() -> None:
    assert not is_blank(Image.linear_gradient("L"))
