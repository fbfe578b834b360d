"""Text that runs down in columns, from right to left: measured, and split between its columns."""

import random

import numpy as np
import pytest
from PIL import Image

from benchmarks.known_screens import HAN, Screen, blank, font_of, has_han
from benchmarks.long_screens import sheet
from toolkit import page_lines, plan_split
from toolkit.inspect_plot import _frame
from toolkit.judged import judge_page
from toolkit.text_gaps import find_gaps
from toolkit.text_height import measure_text_height
from toolkit.text_lines import Canvas, load_canvas
from toolkit.vertical import runs_down

pytestmark = pytest.mark.skipif(not has_han(), reason="needs a Chinese font")
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def scroll(size: tuple[int, int], em: int, gap: float, *, dark: bool = False) -> Screen:
    """Columns of characters of `em` px from right to left, some of them short; a line is a column."""
    rng, screen = random.Random(em), blank(*size, BLACK if dark else WHITE)
    draw, font = screen.draw, font_of(em)
    for x in range(size[0] - 60 - em, 60, -round(em * (1 + gap))):
        full = (size[1] - 120) // em
        count = full if rng.random() < 0.8 else rng.randint(3, full)
        for place in range(count):
            draw.text((x, 60 + place * em), rng.choice(HAN), font=font, fill=WHITE if dark else BLACK)
        screen.lines.append((x, 60, x + em, 60 + count * em))
    return screen


def found_down(screen: Screen) -> bool:
    grey = np.asarray(screen.image.convert("L"))
    return runs_down(grey, find_gaps(np.ascontiguousarray(grey.T)))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("em", "gap"), [(24, 0.3), (32, 0.5), (40, 0.8)])
def test_strip_is_cut_between_columns_and_read_from_right_to_left(em: int, gap: float, dark: bool) -> None:
    screen = scroll((6000, 900), em, gap, dark=dark)
    pieces = plan_split(screen.image)
    assert len(pieces) >= 3
    assert all(piece.clean and not piece.overlap for piece in pieces)
    assert [piece.box[0] for piece in pieces] == sorted((piece.box[0] for piece in pieces), reverse=True)
    assert pieces[0].box[2] == 6000
    assert pieces[-1].box[0] == 0
    for left, _, right, _ in screen.lines:
        assert any(piece.box[0] <= left and right <= piece.box[2] for piece in pieces)


@pytest.mark.parametrize("em", [20, 28, 48])
def test_height_of_columns_is_right_within_a_fifth(em: int) -> None:
    height = measure_text_height(scroll((1240, 1000), em, 0.6).image)
    assert height.smallest == pytest.approx(em, rel=0.2)
    assert height.typical == pytest.approx(em, rel=0.2)


@pytest.mark.parametrize("em", [20, 28, 40])
def test_columns_whose_characters_are_nowhere_level_are_measured_and_framed(em: int) -> None:
    rng, screen = random.Random(em), blank(1500, 1200, WHITE)
    for x in range(1400, 100, -round(1.5 * em)):
        for y in range(60 + rng.randrange(em), 1100, em):
            screen.draw.text((x, y), rng.choice(HAN), font=font_of(em), fill=BLACK)
    assert measure_text_height(screen.image).smallest == pytest.approx(em, rel=0.2)
    for line in judge_page(screen.image).lines:
        left, upper, right, lower = line.box
        assert 100 < left < right < 1500
        assert right - left < 1.6 * em < lower - upper
        assert 59 <= upper < lower <= 1120 + em
        across, along = zip(*_frame(line, 1.0), strict=True)
        assert (min(along), max(along)) == (upper, lower)
        assert max(across) - min(across) < 2 * em


def characters(screen: Screen, wide: float, high: float, em: int, letters: str) -> Screen:
    """Fill a screen with single characters on a grid of `wide` x `high` em."""
    draw, font, rng = screen.draw, font_of(em), random.Random(2)
    for y in range(60, screen.image.height - 60 - em, round(high * em)):
        for x in range(60, screen.image.width - 60 - em, round(wide * em)):
            draw.text((x, y), rng.choice(letters), font=font, fill=BLACK)
    return screen


@pytest.mark.parametrize(
    ("wide", "high", "letters"),
    [(1.0, 1.5, HAN), (1.0, 1.25, HAN), (1.2, 1.8, HAN), (1.0, 1.0, HAN), (4.0, 1.6, "0123456789"),
     (2.0, 2.0, "0123456789"), (3.0, 1.6, "是否"), (0.6, 1.2, "abcdefghijklmnop")],
)  # fmt: skip
def test_lines_and_tables_of_single_characters_do_not_run_down(
    wide: float, high: float, letters: str
) -> None:
    assert not found_down(characters(blank(3000, 700, WHITE), wide, high, 32, letters))


def test_columns_of_a_wide_table_and_bars_do_not_run_down() -> None:
    assert not found_down(sheet(random.Random(1)))
    bars = blank(3000, 700, WHITE)
    for x in range(60, 2900, 60):
        bars.draw.rectangle((x, 600 - x % 470, x + 30, 640), fill=(40, 90, 160))
    assert not found_down(bars)
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (300, 2000), np.uint8))
    assert not found_down(Screen(noise))


@pytest.mark.parametrize("scene", [Image.new("L", (1240, 1754), 255), blank(800, 600, BLACK).image])
def test_picture_without_columns_is_not_turned(scene: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[tuple[int, int]] = []

    def load(image: Image.Image) -> Canvas:
        looked.append(image.size)
        return load_canvas(image)

    monkeypatch.setattr(page_lines, "load_canvas", load)
    assert not page_lines.read_lines(scene).lines
    assert looked == [scene.size]
