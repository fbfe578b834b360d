"""Grids: nothing lost, nothing enlarged, labels beside the pictures, and a canvas that processors keep."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from toolkit import FAMILIES, Grid, Language, Merged, merge_images, plan_grid, visual_tokens
from toolkit.errors import PageTooLargeError, UsageError
from toolkit.families import is_kept
from toolkit.grid import BACKGROUND, draw_grid
from toolkit.merge import grid_warnings

SIZE = st.tuples(st.integers(1, 3000), st.integers(1, 3000)).filter(lambda s: max(s) <= 200 * min(s))
SIZES = st.lists(SIZE, min_size=1, max_size=9)


def apart(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@settings(max_examples=150, deadline=None)
@given(
    sizes=SIZES,
    columns=st.integers(0, 12),
    gap=st.integers(0, 60),
    labels=st.booleans(),
    family=st.sampled_from(sorted(FAMILIES)),
    match=st.sampled_from(["height", "scale"]),
)
def test_a_grid_is_kept_by_the_processor_and_cells_stay_apart(
    sizes: list[tuple[int, int]], columns: int, gap: int, labels: bool, family: str, match: str
) -> None:
    grid = plan_grid(sizes, columns=columns, gap=gap, labels=labels, family=family, match=match)  # type: ignore[arg-type]
    assert is_kept(grid.size, family)
    assert grid.tokens == visual_tokens(grid.size, family)
    assert grid.tokens_apart == sum(visual_tokens(size, family) for size in sizes)
    boxes = [cell.box for cell in grid.cells]
    strips = [cell.label_box for cell in grid.cells if cell.label_box is not None]
    assert len(boxes) == len(sizes)
    assert len(strips) == (len(sizes) if labels else 0)
    everything = [*boxes, *strips]
    assert all(apart(a, b) for i, a in enumerate(everything) for b in everything[:i])
    for left, upper, right, lower in everything:
        assert 0 <= left < right <= grid.size[0]
        assert 0 <= upper < lower <= grid.size[1]
    for cell, size in zip(grid.cells, sizes, strict=True):
        width, height = cell.box[2] - cell.box[0], cell.box[3] - cell.box[1]
        assert width <= size[0]
        assert height <= size[1]
        assert abs(width - size[0] * height / size[1]) <= max(1.0, size[0] / size[1]) + 1


@given(sizes=SIZES)
@settings(max_examples=50, deadline=None)
def test_each_cell_leads_back_to_the_whole_of_its_picture(sizes: list[tuple[int, int]]) -> None:
    grid = plan_grid(sizes)
    for cell, size in zip(grid.cells, sizes, strict=True):
        assert cell.placement.to_source(cell.box) == pytest.approx((0, 0, *size), abs=1e-6)


def test_four_tiles_cost_in_a_grid_what_they_cost_apart() -> None:
    grid = plan_grid([(1024, 1024)] * 4, gap=0, labels=False)
    assert (grid.size, grid.tokens, grid.tokens_apart, grid.smallest_scale) == ((2048, 2048), 4096, 4096, 1.0)


def test_the_layout_keeps_the_pictures_largest() -> None:
    """Wide pictures go below each other, tall ones beside each other."""
    assert plan_grid([(2000, 300)] * 4, max_long_side=1024).columns == 1
    assert plan_grid([(300, 2000)] * 4, max_long_side=1024).columns == 4
    assert plan_grid([(1000, 1000)] * 4, max_long_side=1024).columns == 2


def test_no_other_number_of_columns_would_keep_them_larger() -> None:
    sizes = [(1240, 1754), (800, 600), (400, 2000), (1024, 300), (900, 900)]
    best = plan_grid(sizes, max_long_side=1280)
    others = [plan_grid(sizes, columns=n, max_long_side=1280).smallest_scale for n in range(1, 6)]
    assert best.smallest_scale >= max(others) - 0.001


def test_the_long_side_is_obeyed_and_the_text_height_told() -> None:
    grid = plan_grid([(2480, 3508)] * 4, max_long_side=1024, text_heights=[50.0, None, 40.0, 30.0])
    assert max(grid.size) <= 1024
    shown = [cell.text_height for cell in grid.cells]
    assert shown[1] is None
    assert shown[0] == pytest.approx(50 * grid.cells[0].scale)
    assert 6.0 < float(shown[0] or 0) < 7.5


def test_equal_heights_and_equal_scale() -> None:
    sizes = [(2000, 1000), (1000, 2000)]
    level = plan_grid(sizes, columns=2, max_long_side=1500)
    heights = [cell.box[3] - cell.box[1] for cell in level.cells]
    assert abs(heights[0] - heights[1]) <= 1
    scaled = plan_grid(sizes, columns=2, max_long_side=1500, match="scale")
    assert scaled.cells[0].scale == pytest.approx(scaled.cells[1].scale, abs=0.003)


def test_a_large_grid_stays_within_what_the_processor_keeps() -> None:
    grid = plan_grid([(2480, 3508)] * 20)
    assert grid.size[0] * grid.size[1] <= FAMILIES["qwen3-vl"].max_pixels
    assert grid.smallest_scale < 0.4


def pictures() -> list[Image.Image]:
    rng = np.random.default_rng(3)
    return [
        Image.fromarray(rng.integers(0, 256, (h, w), np.uint8)) for w, h in [(300, 200), (150, 380), (90, 90)]
    ]


def test_pictures_that_need_no_reduction_come_out_pixel_for_pixel() -> None:
    merged = merge_images(pictures())
    for image, cell in zip(pictures(), merged.grid.cells, strict=True):
        assert merged.image.crop(cell.box).tobytes() == image.tobytes()


@pytest.mark.parametrize("lang", [None, "en", "zh"])
def test_labels_are_drawn_outside_of_the_pictures_and_nowhere_else(lang: Language | None) -> None:
    merged = merge_images(pictures(), label_lang=lang)
    rest = np.asarray(merged.image).copy()
    for cell in merged.grid.cells:
        left, upper, right, lower = cell.label_box or (0, 0, 0, 0)
        assert np.count_nonzero(rest[upper:lower, left:right] < 100) > 20, "the number is there"
        rest[upper:lower, left:right] = BACKGROUND
        left, upper, right, lower = cell.box
        rest[upper:lower, left:right] = BACKGROUND
    assert (rest == BACKGROUND).all()


def _inked(merged: Merged, number: int) -> int:
    """How far to the right the label of a cell goes, in pixels of its strip."""
    columns = np.flatnonzero(
        (np.asarray(merged.image.crop(merged.grid.cells[number].label_box)) < 100).any(0)
    )
    return int(columns.max()) + 1


def test_labels_may_be_words_where_there_is_room_for_them() -> None:
    wide, narrow = Image.new("L", (400, 300), 255), Image.new("L", (30, 300), 255)
    bare, en, zh = (merge_images([wide, narrow], columns=2, label_lang=lang) for lang in (None, "en", "zh"))
    assert _inked(bare, 0) < _inked(zh, 0) < _inked(en, 0)
    strips = [np.asarray(one.image.crop(one.grid.cells[1].label_box)).tobytes() for one in (bare, en)]
    assert strips[0] == strips[1], "Image 2 does not fit above 30 px, the number does"


def test_label_in_chinese_is_the_character_and_the_number() -> None:
    """Read by the embedded reader, which knows nothing of how it was drawn."""
    from rapidocr import RapidOCR

    grid = merge_images([Image.new("RGB", (900, 700), "white")] * 2, columns=1, label_lang="zh")
    reader = RapidOCR(params={"Global.log_level": "critical"})
    for cell in grid.grid.cells:
        strip = np.asarray(grid.image.crop(cell.label_box))[:, :120]
        found = reader(np.pad(strip, ((20, 20), (20, 20), (0, 0)), constant_values=214)).txts
        assert found == (f"图{cell.label}",)


def test_numbers_differ_from_each_other() -> None:
    merged = merge_images([Image.new("L", (80, 80), 255)] * 3)
    strips = [np.asarray(merged.image.crop(cell.label_box)).tobytes() for cell in merged.grid.cells]
    assert len(set(strips)) == 3


def test_grey_pictures_make_a_grey_grid_and_one_in_colour_a_coloured_one() -> None:
    assert merge_images(pictures()).image.mode == "L"
    assert merge_images([*pictures(), Image.new("RGB", (50, 50), "red")]).image.mode == "RGB"
    assert merge_images([Image.new("1", (50, 50))]).image.mode == "L"


def test_a_grid_of_one_small_picture_reaches_the_least_area() -> None:
    grid = plan_grid([(10, 10)])
    assert grid.size[0] * grid.size[1] >= FAMILIES["qwen3-vl"].min_pixels


def test_label_wider_than_its_picture_is_written_in_full() -> None:
    slim = [Image.new("L", (8, 400), 255)] * 12
    merged = merge_images(slim, columns=3, gap=60)
    box = merged.grid.cells[11].label_box or (0, 0, 0, 0)
    beyond = np.asarray(merged.image.crop((box[2], box[1], box[2] + 40, box[3])))
    assert np.count_nonzero(beyond < 100) > 20


def test_label_that_has_no_room_at_the_edge_costs_no_grid() -> None:
    slim = Image.new("L", (1, 200), 255)
    merged = merge_images([Image.new("RGB", (1023, 1024), "navy"), slim], columns=2, gap=0)
    assert merged.image.crop(merged.grid.cells[1].box).convert("L").tobytes() == slim.tobytes()


def test_pixels_and_pictures_are_drawn_alike_whatever_their_size_in_the_grid() -> None:
    rng = np.random.default_rng(5)
    arrays = [rng.integers(0, 256, shape, np.uint8) for shape in ((900, 700), (400, 500, 3), (990, 800))]
    images = [Image.fromarray(array) for array in arrays]
    grid = plan_grid([image.size for image in images], columns=3, max_long_side=1024)
    assert grid.smallest_scale < 1
    drawn = draw_grid(arrays, grid).pixels
    assert np.array_equal(drawn, draw_grid(images, grid).pixels)
    for image, cell in zip(images, grid.cells, strict=True):
        left, upper, right, lower = cell.box
        size = (right - left, lower - upper)
        expected = np.asarray(image.resize(size, Image.Resampling.LANCZOS).convert("RGB"))
        assert np.array_equal(drawn[upper:lower, left:right], expected)


def test_grid_that_saves_nothing_names_the_option_with_its_verb() -> None:
    """`prepare --merge` says it too, and has no such option."""
    (warning,) = grid_warnings(plan_grid([(400, 300)] * 2))
    assert "A smaller grid would (merge --max-long-side)" in warning.en
    assert "merge --max-long-side" in warning.zh


def test_more_pictures_than_cells_are_an_error() -> None:
    grid: Grid = plan_grid([(50, 50)])
    with pytest.raises(ValueError, match="shorter"):
        draw_grid([Image.new("L", (50, 50))] * 2, grid)


@pytest.mark.parametrize(
    ("sizes", "options", "message"),
    [
        ([], {}, "at least one picture"),
        ([(10, 10)] * 101, {}, "limit is 100"),
        ([(10, 10)], {"columns": -1}, "cannot have -1 columns"),
        ([(10, 10)], {"gap": -1}, "gap cannot be -1"),
        ([(10, 0)], {}, "at least 1 x 1"),
        ([(10, 10)] * 4, {"gap": 500, "max_long_side": 640}, "do not fit into a grid of 640 px"),
        ([(10, 10)], {"max_long_side": 31}, "below 32 px"),
        ([(10, 10)], {"family": "x"}, "no model family"),
    ],
)
def test_an_impossible_grid_is_refused(
    sizes: list[tuple[int, int]], options: dict[str, int], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        plan_grid(sizes, **options)  # type: ignore[arg-type]


def test_a_sliver_is_refused() -> None:
    with pytest.raises(PageTooLargeError, match="1 x 201"):
        plan_grid([(100, 100), (1, 201)])
