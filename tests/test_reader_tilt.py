"""The tilt of a page from the boxes of its lines."""

import math

import numpy as np
import pytest

from demo.engines.reader.lines import Line, levelled
from demo.engines.reader.page import Page
from demo.engines.reader.tilt import tilt_of


def _quad(
    x: float, y: float, width: float, height: float, slope: float = 0.0
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    fall = slope * width
    return np.asarray(
        [(x, y), (x + width, y + fall), (x + width, y + fall + height), (x, y + height)], np.float32
    )


@pytest.mark.parametrize("slope", [0.0, 0.02, -0.05, 0.1])
def test_long_lines_show_the_tilt_themselves(slope: float) -> None:
    quads = [_quad(40, 50 + 30 * i, 400, 20, slope) for i in range(6)]
    assert tilt_of(quads) == pytest.approx(slope, abs=0.003)


@pytest.mark.parametrize("slope", [0.03, -0.06])
def test_short_pieces_tell_by_the_rows_they_form(slope: float) -> None:
    places = [(x, y) for y in range(50, 350, 50) for x in (40, 250, 480)]
    quads = [_quad(x, y + slope * x, 60, 20) for x, y in places]
    assert tilt_of(quads) == pytest.approx(slope, abs=0.01)


def test_level_or_too_few_pieces_have_no_tilt() -> None:
    level = [_quad(x, y, 60, 20) for y in range(50, 350, 50) for x in (40, 250, 480)]
    assert tilt_of(level) == 0.0
    assert tilt_of(level[:4]) == 0.0
    assert tilt_of([]) == 0.0


def test_slanted_print_on_a_page_is_no_tilt() -> None:
    assert tilt_of([_quad(40, 50 + 60 * i, 400, 20, 0.4) for i in range(5)]) == 0.0


def test_levelling_puts_a_row_on_one_height_and_remembers_the_place() -> None:
    slope = math.tan(math.radians(3))
    left, right = (
        Line("a", (40, 100, 80, 120), 0.9),
        Line("b", (440, 100 + 400 * slope, 480, 120 + 400 * slope), 0.9),
    )
    page = Page((600, 400), (((left, right),),), tilt=slope).level()
    assert page.lines[0].box[1] == pytest.approx(page.lines[1].box[1])
    assert [line.on_page for line in page.lines] == [left.box, right.box]
    assert levelled((0, 0, 10, 10), 0.0) == (0, 0, 10, 10)
