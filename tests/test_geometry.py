"""Boxes and the affine way from an image to its source, against Pillow's own turning and plain arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from toolkit import Placement, intersection_over_union
from toolkit.geometry import area, clip, exif_placement

NUMBER = st.floats(-1e4, 1e4, allow_nan=False)
BOX = st.tuples(NUMBER, NUMBER, NUMBER, NUMBER)
STEP = st.one_of(
    st.builds(Placement.offset, NUMBER, NUMBER),
    st.builds(
        Placement.scaling,
        st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
        st.tuples(st.floats(1, 5000), st.floats(1, 5000)),
    ),
    st.builds(exif_placement, st.integers(1, 8), st.tuples(st.integers(1, 5000), st.integers(1, 5000))),
)


def ordered(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    return (min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3]))


@given(STEP, STEP, st.tuples(NUMBER, NUMBER))
def test_then_maps_as_the_two_steps_one_after_the_other(
    one: Placement, other: Placement, point: tuple[float, float]
) -> None:
    both = one.then(other).point_to_source(point)
    assert both == pytest.approx(other.point_to_source(one.point_to_source(point)), rel=1e-6, abs=1e-3)


@given(st.lists(STEP, max_size=5), BOX)
def test_a_box_comes_back_through_any_chain_of_steps(
    steps: list[Placement], box: tuple[float, float, float, float]
) -> None:
    whole = Placement()
    for step in steps:
        whole = whole.then(step)
    extent = max(1.0, *(abs(n) for n in whole.to_source(box)))
    tolerance = 1e-9 * extent * max(1.0, *(abs(n) for n in whole.inverse().to_list()))
    assert whole.from_source(whole.to_source(box)) == pytest.approx(ordered(box), abs=1e-3 + tolerance)


@given(STEP)
def test_the_six_numbers_come_back_from_a_manifest(step: Placement) -> None:
    assert Placement.from_list(step.to_list()) == step


@pytest.mark.parametrize("numbers", [[], [1.0] * 5, [1.0] * 7])
def test_a_placement_of_other_than_six_numbers_is_refused(numbers: list[float]) -> None:
    with pytest.raises(ValueError, match="6 numbers"):
        Placement.from_list(numbers)


@pytest.mark.parametrize("flat", [Placement(a=0), Placement(d=0), Placement(1, 2, 2, 4)])
def test_a_placement_that_collapses_has_no_inverse(flat: Placement) -> None:
    with pytest.raises(ValueError, match="no inverse"):
        flat.inverse()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_placement_finds_each_stored_pixel_of_a_turned_photo(orientation: int) -> None:
    """Each pixel of what Pillow shows lies, by the placement, on the stored pixel of the same value."""
    stored = np.arange(5 * 7, dtype=np.uint8).reshape(5, 7)
    image = Image.fromarray(stored)
    image.getexif()[0x0112] = orientation
    shown = np.asarray(ImageOps.exif_transpose(image))
    placement = exif_placement(orientation, (7, 5))
    for (y, x), value in np.ndenumerate(shown):
        left, upper, right, lower = placement.to_source((x, y, x + 1, y + 1))
        assert (right - left, lower - upper) == (1, 1)
        assert stored[round(upper), round(left)] == value


@pytest.mark.parametrize("orientation", [0, 9, -1, 6554])
def test_an_unknown_exif_orientation_counts_as_upright(orientation: int) -> None:
    assert exif_placement(orientation, (7, 5)) == Placement()


def test_scaling_maps_the_image_onto_the_whole_source() -> None:
    assert Placement.scaling((736, 1024), (595.3, 841.9)).to_source((0, 0, 736, 1024)) == (0, 0, 595.3, 841.9)


@given(BOX, st.tuples(st.floats(1, 5000), st.floats(1, 5000)))
def test_clip_stays_on_the_page_with_corners_in_order(
    box: tuple[float, float, float, float], size: tuple[float, float]
) -> None:
    left, upper, right, lower = clip(box, size)
    assert 0 <= left <= right <= size[0]
    assert 0 <= upper <= lower <= size[1]


def test_clip_leaves_a_box_on_the_page_alone() -> None:
    assert clip((1, 2, 3, 4), (10, 10)) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 10, 10), 1.0),
        ((5, 0, 15, 10), 1 / 3),
        ((10, 0, 20, 10), 0.0),
        ((20, 20, 30, 30), 0.0),
        ((2, 2, 4, 4), 0.04),
        ((5, 5, 5, 9), 0.0),
    ],
)
def test_intersection_over_union_of_known_boxes(
    other: tuple[float, float, float, float], expected: float
) -> None:
    one = (0.0, 0.0, 10.0, 10.0)
    assert intersection_over_union(one, other) == pytest.approx(expected)
    assert intersection_over_union(other, one) == pytest.approx(expected)


def test_area_of_a_box() -> None:
    assert area((1, 2, 4, 6)) == 12
