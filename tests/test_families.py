"""Sizes and tokens against the transformers processors, and sizes that they keep as they are."""

import random
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from toolkit import FAMILIES, fit_long_side, fit_visual_tokens, get_family, processed_size, visual_tokens
from toolkit.errors import PageTooLargeError, UsageError
from toolkit.families import is_kept, to_family, to_pixels

SIDES = st.integers(1, 20_000)
NAMES = st.sampled_from(sorted(FAMILIES))


def sizes() -> st.SearchStrategy[tuple[int, int]]:
    """Sizes that a processor takes: up to a side ratio of 200."""
    return st.tuples(SIDES, SIDES).filter(lambda size: max(size) <= 200 * min(size))


@cache
def processor(name: str) -> Any:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    row = FAMILIES[name]
    return Qwen2VLImageProcessorPil(
        patch_size=row.patch_size,
        merge_size=row.merge_size,
        size={"shortest_edge": row.min_pixels, "longest_edge": row.max_pixels},
    )


def reference(size: tuple[int, int], name: str) -> tuple[int, int]:
    """What transformers makes of a size; raises ValueError where it refuses."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    row = FAMILIES[name]
    height, width = smart_resize(size[1], size[0], row.factor, row.min_pixels, row.max_pixels)
    return (width, height)


def extreme_sizes(name: str) -> list[tuple[int, int]]:
    """1 px sides, ratios at 200, sides around half a factor, areas at both bounds."""
    row = FAMILIES[name]
    factor = row.factor
    low, high = round(row.min_pixels**0.5), round(row.max_pixels**0.5)
    sides = [1, 2, factor // 2 - 1, factor // 2, factor // 2 + 1, factor - 1, factor, factor + 1]
    sides += [low - 1, low, low + 1, high - factor, high - 1, high, high + 1, high + factor, 20_000]
    pairs = [(a, b) for a in sides for b in sides]
    pairs += [(side, 200 * side) for side in (*sides[:8], 41, 100)]
    both = [*pairs, *((b, a) for a, b in pairs)]
    return [size for size in both if max(size) <= 200 * min(size)]


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_processed_size_equals_transformers_on_random_sizes(name: str) -> None:
    rng = random.Random(name)
    for _ in range(20_000):
        size = (round(10 ** rng.uniform(0, 4.3)), round(10 ** rng.uniform(0, 4.3)))
        if max(size) <= 200 * min(size):
            assert processed_size(size, name) == reference(size, name), size


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_processed_size_equals_transformers_at_every_extreme(name: str) -> None:
    sizes = extreme_sizes(name)
    assert len(sizes) > 300
    for size in sizes:
        assert processed_size(size, name) == reference(size, name), size


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_visual_tokens_equal_the_processors_patches(name: str) -> None:
    merged = FAMILIES[name].merge_size ** 2
    for width, height in extreme_sizes(name)[::7]:
        patches = processor(name).get_number_of_image_patches(height, width)
        assert visual_tokens((width, height), name) * merged == patches


@pytest.mark.parametrize("name", sorted(FAMILIES))
@pytest.mark.parametrize("size", [(1, 200), (200, 1), (41, 8200), (640, 480), (33, 17)])
def test_the_processor_itself_makes_that_size(name: str, size: tuple[int, int]) -> None:
    made = processor(name)(images=[Image.new("RGB", size)], return_tensors="np")
    _, down, across = made["image_grid_thw"][0]
    patch = FAMILIES[name].patch_size
    assert (across * patch, down * patch) == processed_size(size, name)


@pytest.mark.parametrize(
    ("size", "name", "expected", "tokens"),
    [
        ((2480, 3508), "qwen2.5-vl", (2492, 3500), 11_125),
        ((2480, 3508), "qwen3-vl", (2496, 3520), 8_580),
        ((1024, 1024), "qwen2.5-vl", (1036, 1036), 1_369),
        ((1080, 12_000), "qwen3-vl", (1088, 12_000), 12_750),
        ((1080, 12_000), "qwen2.5-vl", (1064, 11_928), 16_188),
    ],
)
def test_tokens_of_known_pages(
    size: tuple[int, int], name: str, expected: tuple[int, int], tokens: int
) -> None:
    assert (processed_size(size, name), visual_tokens(size, name)) == (expected, tokens)


@pytest.mark.parametrize("size", [(1, 201), (201, 1), (10, 2001), (8201, 41)])
def test_a_ratio_just_over_200_is_refused_as_the_processor_refuses_it(size: tuple[int, int]) -> None:
    with pytest.raises(PageTooLargeError, match="200 times as long"):
        processed_size(size)
    with pytest.raises(ValueError, match="aspect ratio"):
        reference(size, "qwen3-vl")


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-3, 5)])
def test_a_size_below_one_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="at least 1 x 1"):
        visual_tokens(size)


def test_an_unknown_family_is_refused_with_the_known_names() -> None:
    with pytest.raises(UsageError, match=r"qwen2-vl, qwen2\.5-vl, qwen3-vl, qwen3\.5"):
        get_family("qwen9")


@given(size=sizes(), name=NAMES, long_side=st.integers(32, 20_000), enlarge=st.booleans())
@example(size=(8200, 41), name="qwen2.5-vl", long_side=8200, enlarge=False)
@example(size=(1, 1), name="qwen3-vl", long_side=32, enlarge=False)
@example(size=(1023, 1023), name="qwen3-vl", long_side=1023, enlarge=False)
def test_fit_long_side_gives_a_size_that_the_processor_keeps(
    size: tuple[int, int], name: str, long_side: int, enlarge: bool
) -> None:
    fitted = fit_long_side(size, long_side=long_side, family=name, enlarge=enlarge)
    row = FAMILIES[name]
    assert is_kept(fitted, name)
    assert reference(fitted, name) == fitted
    if max(fitted) > long_side:
        assert fitted == fit_long_side(size, long_side=row.factor, family=name), (
            "only the least area allows it"
        )


@given(size=sizes(), name=NAMES, tokens=st.integers(1, 20_000), enlarge=st.booleans())
@example(size=(200, 1), name="qwen2-vl", tokens=1, enlarge=False)
@example(size=(1000, 1010), name="qwen3-vl", tokens=64, enlarge=True)
def test_fit_visual_tokens_stays_within_them(
    size: tuple[int, int], name: str, tokens: int, enlarge: bool
) -> None:
    fitted = fit_visual_tokens(size, tokens=tokens, family=name, enlarge=enlarge)
    assert is_kept(fitted, name)
    if visual_tokens(fitted, name) > tokens:
        assert fitted == fit_visual_tokens(size, tokens=1, family=name), "only the least area allows it"


@given(size=sizes(), name=NAMES, long_side=st.integers(32, 20_000))
def test_a_fitted_size_keeps_the_aspect_ratio_to_half_a_factor(
    size: tuple[int, int], name: str, long_side: int
) -> None:
    """Some scale brings both sides to within half a factor, or the short one is the least there is."""
    factor = FAMILIES[name].factor
    fitted = fit_long_side(size, long_side=long_side, family=name)
    long, short = (0, 1) if size[0] >= size[1] else (1, 0)
    low, high = ((fitted[long] + sign * factor / 2) / size[long] * size[short] for sign in (-1, 1))
    assert low - factor / 2 - 1 <= fitted[short] <= high + factor / 2 + 1 or fitted[short] == factor


@given(size=sizes(), name=NAMES)
def test_nothing_is_enlarged_but_by_rounding_or_for_the_least_area(size: tuple[int, int], name: str) -> None:
    row = FAMILIES[name]
    fitted = fit_long_side(size, long_side=20_000, family=name)
    enlarged = any(new >= old + row.factor for new, old in zip(fitted, size, strict=True))
    shrunk = [side - row.factor for side in fitted]
    assert not enlarged or shrunk[0] * shrunk[1] < row.min_pixels


@pytest.mark.parametrize("name", sorted(FAMILIES))
@pytest.mark.parametrize("size", [(2480, 3508), (1080, 12_000), (50, 3000), (301, 299)])
def test_the_processor_changes_no_pixel_of_a_fitted_size(name: str, size: tuple[int, int]) -> None:
    """The same pixels in, the same out: the patches are put together again and compared."""
    row = FAMILIES[name]
    width, height = fit_long_side(size, long_side=1024, family=name)
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)
    made = processor(name)(
        images=[Image.fromarray(pixels)], do_rescale=False, do_normalize=False, return_tensors="np"
    )
    _, down, across = (int(n) for n in made["image_grid_thw"][0])
    merge, patch = row.merge_size, row.patch_size
    patches = np.asarray(made["pixel_values"]).reshape(
        down // merge, across // merge, merge, merge, 3, 2, patch, patch
    )
    back = patches[:, :, :, :, :, 0].transpose(0, 2, 5, 1, 3, 6, 4).reshape(height, width, 3)
    assert np.array_equal(back, pixels)


def test_a_long_side_below_one_token_is_refused() -> None:
    with pytest.raises(UsageError, match="Give at least 32"):
        fit_long_side((100, 100), long_side=31, family="qwen3-vl")


def test_less_than_one_token_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1 visual token"):
        fit_visual_tokens((100, 100), tokens=0)


def test_enlarging_reaches_the_long_side() -> None:
    assert fit_long_side((300, 200), long_side=960, enlarge=True) == (960, 640)
    assert max(fit_long_side((300, 200), long_side=960)) < 400


@given(size=sizes(), name=NAMES, box=st.tuples(*[st.floats(0, 1000)] * 4))
def test_coordinates_of_a_family_and_back(
    size: tuple[int, int], name: str, box: tuple[float, float, float, float]
) -> None:
    back = to_family(to_pixels(box, size, name), size, name)
    assert back == pytest.approx(box, abs=1e-6)


def test_relative_coordinates_span_the_image_and_absolute_ones_the_processed_one() -> None:
    assert to_pixels((0, 0, 1000, 1000), (736, 1024), "qwen3-vl") == (0, 0, 736, 1024)
    assert to_pixels((0, 0, 1036, 1036), (1024, 1024), "qwen2.5-vl") == (0, 0, 1024, 1024)
