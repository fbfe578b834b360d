"""Verdicts on text heights, and the smallest long side that keeps a page readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.families import FAMILIES, fit_long_side, processed_size
from toolkit.geometry import Size
from toolkit.readability import (
    READABLE_PX,
    UNREADABLE_PX,
    seen_height,
    smallest_readable_long_side,
    verdict,
)
from toolkit.text_height import TextHeight


@pytest.mark.parametrize(
    ("height", "expected"),
    [
        (READABLE_PX, "readable"),
        (READABLE_PX - 0.01, "doubtful"),
        (UNREADABLE_PX, "doubtful"),
        (UNREADABLE_PX - 0.01, "unreadable"),
        (0.0, "unreadable"),
    ],
)
def test_verdict_at_its_limits(height: float, expected: str) -> None:
    assert verdict(height) == expected


def test_long_side_of_ten_point_text_on_a4() -> None:
    """10 pt on A4 has 10 px per em at a long side of 842: 864 and 1024 hold it, 736 does not."""
    side = smallest_readable_long_side((2480, 3508), 10 * 300 / 72)
    assert 842 <= side <= 928
    assert seen_height((2480, 3508), fit_long_side((2480, 3508), long_side=side), 41.67) >= READABLE_PX


def test_long_side_of_page_without_text_is_the_factor() -> None:
    assert smallest_readable_long_side((2480, 3508), None) == 32
    assert smallest_readable_long_side((2480, 3508), TextHeight(None, None, "pixels", 0), "qwen2.5-vl") == 28


def test_long_side_takes_the_smallest_text() -> None:
    height = TextHeight(25.0, 60.0, "pdf", 2)
    assert smallest_readable_long_side((2480, 3508), height) == smallest_readable_long_side(
        (2480, 3508), 25.0
    )


def test_long_side_of_text_too_small_at_source_is_the_whole_page() -> None:
    side = smallest_readable_long_side((1240, 1754), 6.0)
    assert fit_long_side((1240, 1754), long_side=side) == processed_size((1240, 1754))


@given(
    st.integers(64, 6000),
    st.integers(64, 6000),
    st.floats(READABLE_PX, 300),
    st.sampled_from(list(FAMILIES)),
)
def test_long_side_keeps_the_text_readable_and_the_next_smaller_does_not(
    width: int, height: int, em: float, family: str
) -> None:
    size: Size = (width, height)
    factor = FAMILIES[family].factor
    side = smallest_readable_long_side(size, em, family)
    largest = fit_long_side(size, long_side=max(size), family=family)
    if side < max(largest):
        seen = fit_long_side(size, long_side=side, family=family)
        assert seen_height(size, seen, em) >= READABLE_PX
    if side > factor and (side - factor) / max(size) * em >= READABLE_PX:
        smaller = fit_long_side(size, long_side=side - factor, family=family)
        assert seen_height(size, smaller, em) < READABLE_PX
