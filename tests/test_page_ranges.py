import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import UsageError
from toolkit.page_ranges import parse_page_ranges, select_pages


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("1", [0]),
        ("1-3,7", [0, 1, 2, 6]),
        ("7,1-3", [6, 0, 1, 2]),
        ("2-2", [1]),
        ("8-", [7, 8, 9]),
        ("1-3,2-4", [0, 1, 2, 3]),
        (" 1 - 3 , 5 ", [0, 1, 2, 4]),
        ("１－３，５", [0, 1, 2, 4]),
        ("1、3", [0, 2]),
        ("2~4", [1, 2, 3]),
    ],
)
def test_range_names_pages(text: str, pages: list[int]) -> None:
    assert select_pages(parse_page_ranges(text), 10, "a.pdf") == pages


@pytest.mark.parametrize(
    "text", ["", ",", "0", "3-1", "a", "-3", "1-2-3", "1,,2", "1.5", "-", "9999999999", "1-\n\x00"]
)
def test_range_that_cannot_be_read_says_how_to_write_it(text: str) -> None:
    with pytest.raises(UsageError, match="Write it like 1-3,7"):
        parse_page_ranges(text)


def test_page_beyond_the_end_is_named_with_the_count() -> None:
    with pytest.raises(UsageError, match=r"a\.pdf ends at page 4, so there is no page 5"):
        select_pages(parse_page_ranges("2-5"), 4, "a.pdf")
    with pytest.raises(UsageError, match="there is no page 6"):
        select_pages(parse_page_ranges("6-"), 4, "a.pdf")


def test_no_range_means_every_page() -> None:
    assert select_pages(None, 3, "a.pdf") == [0, 1, 2]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_selected_pages_are_the_named_ones_each_once(numbers: list[int]) -> None:
    chosen = select_pages(parse_page_ranges(",".join(map(str, numbers))), 50, "a.pdf")
    assert [n + 1 for n in chosen] == list(dict.fromkeys(numbers))
