"""Resizing once, antialiased, to sizes that processors keep."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from toolkit import plan_size, resize_image
from toolkit.errors import PageTooLargeError, UsageError
from toolkit.families import is_kept
from toolkit.resize import resize_to, resized_placement


def stripes(size: tuple[int, int], mode: str = "L") -> Image.Image:
    """Black and white lines one pixel wide: a filter without antialiasing turns them into bands."""
    pixels = np.zeros((size[1], size[0]), np.uint8)
    pixels[:, ::2] = 255
    return Image.fromarray(pixels).convert(mode)


def test_an_a4_page_gets_the_size_of_the_table() -> None:
    page = Image.new("RGB", (2480, 3508), "white")
    assert resize_image(page).size == (736, 1024)
    assert resize_image(page, family="qwen2.5-vl").size == (700, 1008)


def test_a_limit_of_tokens_replaces_the_long_side() -> None:
    size = resize_image(Image.new("L", (2480, 3508)), long_side=64, tokens=1024).size
    assert is_kept(size)
    assert 950 <= size[0] * size[1] // 1024 <= 1024


def test_fine_lines_become_an_even_grey_and_no_bands() -> None:
    small = np.asarray(resize_image(stripes((2048, 2048)), long_side=640))
    assert np.ptp(small[:, 8:-8].astype(int)) <= 4
    assert abs(float(small.mean()) - 127.5) < 2


@pytest.mark.parametrize(("mode", "expected"), [("1", "L"), ("P", "RGB"), ("L", "L"), ("RGB", "RGB")])
def test_two_level_and_palette_pictures_are_resampled_as_colours(mode: str, expected: str) -> None:
    small = resize_image(stripes((1024, 512), mode), long_side=512)
    assert small.mode == expected
    assert 100 < float(np.asarray(small.convert("L")).mean()) < 155


def test_transparency_lies_on_white() -> None:
    clear = Image.new("RGBA", (800, 800), (255, 0, 0, 0))
    assert resize_image(clear, long_side=512).getpixel((5, 5)) == (255, 255, 255)


def test_a_picture_that_fits_is_given_back_itself() -> None:
    image = Image.new("RGB", (640, 480))
    assert resize_image(image) is image


def test_the_picture_passed_in_is_not_altered() -> None:
    image = stripes((1000, 800))
    before = image.tobytes()
    resize_image(image, long_side=320)
    assert (image.size, image.tobytes()) == ((1000, 800), before)


def test_enlarging_is_only_done_when_told() -> None:
    image = Image.new("L", (400, 300))
    assert max(resize_image(image).size) < 420
    assert resize_image(image, enlarge=True).size == (1024, 768)
    assert resize_image(image, tokens=1200, enlarge=True).size == (1280, 960)


def test_resize_to_gives_exactly_the_size() -> None:
    assert resize_to(stripes((100, 50)), (33, 77)).size == (33, 77)


def test_the_placement_leads_back_to_the_larger_picture() -> None:
    image = Image.new("L", (1000, 500), 255)
    ImageDraw.Draw(image).rectangle((200, 100, 399, 199), fill=0)
    small = resize_image(image, long_side=512)
    placement = resized_placement(image.size, small.size)
    dark = np.argwhere(np.asarray(small) < 128)
    (upper, left), (lower, right) = dark.min(axis=0), dark.max(axis=0) + 1
    assert placement.to_source((left, upper, right, lower)) == pytest.approx((200, 100, 400, 200), abs=2)


@pytest.mark.parametrize(
    ("limits", "message"), [({"long_side": 5}, "below 32 px"), ({"tokens": 0}, "at least 1 visual token")]
)
def test_impossible_limits_are_refused(limits: dict[str, int], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan_size((100, 100), **limits)  # type: ignore[arg-type]


def test_a_sliver_is_refused_with_the_mend() -> None:
    with pytest.raises(PageTooLargeError, match="toolkit split"):
        resize_image(Image.new("L", (1, 5000)))
