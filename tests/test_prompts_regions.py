"""Regions: written, read back, refused, and as boxes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import AREAS, InputError, PromptError, Region, UnknownNameError

WRITTEN = [
    "whole",
    "whole@3",
    "area:header",
    "area:upper-left,footer@2",
    "box:1,2,3,4",
    "marked",
    "marked:red@2",
]


@pytest.mark.parametrize("text", [*WRITTEN, "box:1,2,3,4;5,6,7,8.5@1"])
def test_parse_gives_back_what_was_written(text: str) -> None:
    assert str(Region.parse(text)) == text
    assert Region.parse(Region.parse(text)) == Region.parse(text)


def test_constructors_equal_their_strings() -> None:
    assert Region.whole() == Region.parse("whole")
    assert Region.area("header", "footer", image=2) == Region.parse("area:header,footer@2")
    assert Region.boxes([(1, 2, 3, 4)], image=1) == Region.parse("box:1,2,3,4@1")
    assert Region.marked("red") == Region.parse("marked:red")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nowhere", "cannot be read"),
        ("", "cannot be read"),
        ("area:", "cannot be read"),
        ("area:attic", "no area 'attic'"),
        ("box:1,2,3", "four numbers"),
        ("box:1,2,3,x", "four numbers .*not '1,2,3,x'"),
        ("box:5,5,5,9", "no area"),
        ("box:9,1,1,9", "no area"),
        ("box:1,2,nan,4", "no area"),
        ("box:1,2,1e999,4", "no area"),
        ("marked:pink", "no colour"),
        ("whole@0x", "cannot be read"),
        ("area:header@１", "cannot be read"),
    ],
)
def test_parse_bad_text_is_refused(text: str, says: str) -> None:
    with pytest.raises(PromptError, match=says):
        Region.parse(text)


def test_boxes_too_many_are_refused() -> None:
    with pytest.raises(InputError, match="1 to 32"):
        Region.boxes([(0, 0, 1, 1)] * 33)
    with pytest.raises(InputError, match="1 to 32"):
        Region.boxes([])


def test_area_without_a_name_is_refused() -> None:
    with pytest.raises(UnknownNameError):
        Region.area()


@given(st.text(max_size=40))
def test_parse_any_text_gives_a_region_or_a_prompt_error(text: str) -> None:
    with contextlib.suppress(PromptError):
        assert isinstance(Region.parse(text), Region)


@pytest.mark.parametrize("name", AREAS)
def test_pixel_boxes_of_areas_lie_inside(name: str) -> None:
    boxes = Region.area(name).pixel_boxes((200, 100))
    assert boxes is not None
    for left, upper, right, lower in boxes:
        assert 0 <= left < right <= 200 and 0 <= upper < lower <= 100


def test_pixel_boxes_of_the_other_kinds() -> None:
    assert Region.whole().pixel_boxes((200, 100)) == ((0, 0, 200, 100),)
    assert Region.boxes([(1, 2, 3, 4)]).pixel_boxes((200, 100)) == ((1, 2, 3, 4),)
    assert Region.area("lower-right").pixel_boxes((200, 100)) == ((100, 50, 200, 100),)
    assert Region.marked().pixel_boxes((200, 100)) is None
