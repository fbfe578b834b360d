"""Second looks: the same again, or the text larger; always with what it costs."""

import numpy as np
import pytest
from PIL import Image

from benchmarks.known_screens import blank
from toolkit import resize_image, visual_tokens
from toolkit.errors import UsageError
from toolkit.families import is_kept
from toolkit.second_look import second_look, text_region


def corner_page() -> Image.Image:
    """A large sheet with a few lines of text in one corner."""
    screen = blank(2400, 3200, (250, 250, 250))
    for row in range(9):
        screen.write(1300, 2300 + row * 60, "Invoice 4711 total 1,234.56 EUR paid", 44, (30, 30, 30))
    return screen.image


def test_a_copy_is_the_first_look_again_and_costs_the_same() -> None:
    image = corner_page()
    first = resize_image(image)
    look = second_look(image, first.size)
    assert look.image.tobytes() == first.tobytes()
    assert (look.kind, look.scale, look.tokens) == ("copy", 1.0, visual_tokens(first.size))
    assert f"{look.tokens} more visual tokens" in look.note.en
    assert look.placement.to_source((0, 0, *first.size)) == pytest.approx((0, 0, *image.size))


def test_the_enlarged_look_shows_the_text_region_larger_at_no_more_tokens() -> None:
    image = corner_page()
    first = (768, 1024)
    look = second_look(image, first, kind="enlarged")
    assert look.kind == "enlarged"
    assert look.scale > 1.8
    assert look.tokens <= visual_tokens(first)
    assert is_kept(look.image.size)
    left, upper, right, lower = look.box
    assert left < 1310
    assert upper < 2310
    assert right > 2000
    assert lower > 2830
    assert f"{look.scale:.1f}" in look.note.zh


def test_the_text_region_holds_all_ink() -> None:
    image = corner_page()
    box = text_region(image)
    assert box is not None
    ink = np.argwhere(np.asarray(image.convert("L")) < 128)
    (upper, left), (lower, right) = ink.min(axis=0), ink.max(axis=0)
    assert box[0] <= left
    assert box[1] <= upper
    assert box[2] >= right
    assert box[3] >= lower


def test_without_text_a_copy_is_made_and_the_note_says_why() -> None:
    look = second_look(Image.new("L", (900, 900), 200), (896, 896), kind="enlarged")
    assert look.kind == "copy"
    assert "No text region" in look.note.en


def test_a_region_that_is_the_whole_picture_is_not_worth_it() -> None:
    image = corner_page()
    look = second_look(image, (768, 1024), kind="enlarged", region=(0, 0, 2400, 3200))
    assert look.kind == "copy"
    assert "fills the image" in look.note.en


def test_a_small_region_is_enlarged_threefold_at_most() -> None:
    look = second_look(corner_page(), (768, 1024), kind="enlarged", region=(1300, 2300, 1500, 2400))
    assert max(look.image.size) <= 3 * 200 + 32
    assert look.tokens < visual_tokens((768, 1024))


@pytest.mark.parametrize(
    "region", [(2400, 0, 2500, 10), (5, 5, 5, 50), (-9, -9, -1, -1), (float("nan"), 0, 10, 10)]
)
def test_a_region_outside_the_picture_is_refused(region: tuple[float, float, float, float]) -> None:
    with pytest.raises(UsageError, match="outside the picture of 2400 x 3200"):
        second_look(corner_page(), (768, 1024), kind="enlarged", region=region)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="copy, enlarged"):
        second_look(corner_page(), (768, 1024), kind="louder")  # type: ignore[arg-type]
