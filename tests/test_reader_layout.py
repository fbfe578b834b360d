"""Reading order from boxes alone: blocks, columns, rows."""

from hypothesis import given
from hypothesis import strategies as st

from demo.engines.reader.layout import reading_order, rows_of
from toolkit.geometry import Box


def _line(x: float, y: float, width: float = 200, height: float = 10) -> Box:
    return (x, y, x + width, y + height)


def _order(boxes: list[Box]) -> list[int]:
    return [i for block in reading_order(boxes) for row in block.rows for i in row]


def test_two_columns_of_text_are_read_one_after_the_other() -> None:
    left = [_line(40, 100 + 16 * i) for i in range(6)]
    right = [_line(270, 100 + 16 * i) for i in range(6)]
    boxes = [box for pair in zip(right, left, strict=True) for box in pair]
    order = [boxes[i] for i in _order(boxes)]
    assert order == left + right


def test_heading_over_two_columns_comes_first_and_footer_last() -> None:
    heading, footer = _line(40, 60, 430, 14), _line(40, 215, 430)
    left = [_line(40, 100 + 16 * i) for i in range(6)]
    right = [_line(270, 100 + 16 * i) for i in range(6)]
    boxes = [footer, *right, *left, heading]
    assert [boxes[i] for i in _order(boxes)] == [heading, *left, *right, footer]


def test_labels_and_values_stay_row_by_row() -> None:
    rows = [(_line(40, 100 + 18 * i, 80), _line(200, 100 + 18 * i, 90)) for i in range(5)]
    boxes = [row[1] for row in rows] + [row[0] for row in rows]
    assert [boxes[i] for i in _order(boxes)] == [box for row in rows for box in row]


def test_blocks_that_do_not_stand_level_are_read_apart() -> None:
    address = [_line(40, 100 + 15 * i, 150) for i in range(4)]
    details = [_line(300, 108 + 22 * i, 120) for i in range(3)]
    boxes = [*details, *address]
    assert [boxes[i] for i in _order(boxes)] == address + details


def test_evenly_spread_rows_are_one_block() -> None:
    boxes = [_line(40 + 150 * j, 100 + 30 * i, 60) for i in range(5) for j in range(3)]
    blocks = reading_order(boxes)
    assert len(blocks) == 1
    assert [len(row) for row in blocks[0].rows] == [3] * 5


def test_wide_white_between_paragraphs_parts_blocks() -> None:
    boxes = [_line(40, y) for y in (0, 14, 28, 90, 104, 118)]
    assert [len(block.rows) for block in reading_order(boxes)] == [3, 3]


def test_slightly_shifted_pieces_are_one_row() -> None:
    boxes = [_line(300, 103, 50), _line(40, 100, 50), _line(150, 98, 50, 14)]
    assert rows_of(range(3), boxes) == [(1, 2, 0)]


def test_no_boxes_give_no_blocks() -> None:
    assert reading_order([]) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(1, 400), st.integers(1, 60)),
        max_size=25,
    )
)
def test_every_box_is_read_exactly_once(places: list[tuple[int, int, int, int]]) -> None:
    boxes = [(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h in places]
    assert sorted(_order(boxes)) == list(range(len(boxes)))
