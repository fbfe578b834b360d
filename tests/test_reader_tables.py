"""Tables from boxes and rules, and the formats they are written in. No pixels."""

from collections.abc import Sequence

import pytest

from demo.engines.reader.fields import find_field
from demo.engines.reader.grid import Cell, table_of
from demo.engines.reader.items import find_items
from demo.engines.reader.lines import Line, Word
from demo.engines.reader.page import Page
from demo.engines.reader.pairs import labelled_pairs
from demo.engines.reader.ruled import find_lattices, ruled_table
from demo.engines.reader.rules import Rule
from demo.engines.reader.table_writer import html_of, markdown, match_columns, to_csv
from demo.engines.reader.tables import find_tables
from prompts import validate
from prompts.formats import Field, Format

CELL = 10.0


def _line(text: str, x: float, y: float, score: float = 0.99) -> Line:
    """A line whose characters are 6 wide and 10 high, a space 3."""
    words, place = [], x
    for word in text.split(" "):
        words.append(Word(word, (place, y, place + 6 * len(word), y + CELL)))
        place += 6 * len(word) + 3
    return Line(text, (x, y, place - 3, y + CELL), score, tuple(words))


def _page(
    rows: Sequence[Sequence[tuple[float, str]]], *, pitch: float = 24, rules: Sequence[Rule] = ()
) -> Page:
    lines = tuple(
        tuple(_line(text, x, 50 + pitch * i) for x, text in row if text) for i, row in enumerate(rows)
    )
    return Page((800, 1000), (tuple(row for row in lines if row),), tuple(rules))


def _grid(xs: Sequence[float], ys: Sequence[float]) -> list[Rule]:
    level = [Rule(False, y, xs[0], xs[-1]) for y in ys]
    return level + [Rule(True, x, ys[0], ys[-1]) for x in xs]


GOODS = [
    [(50, "Item"), (250, "Qty"), (330, "Price"), (420, "Amount")],
    [(50, "Paper"), (250, "2"), (330, "4.50"), (420, "9.00")],
    [(50, "Ink black"), (250, "1"), (330, "31.00"), (420, "31.00")],
    [(50, "Folder"), (250, "12"), (330, "0.80"), (420, "9.60")],
]
TEXTS = [[text for _, text in row] for row in GOODS]


def test_table_without_rules_is_rebuilt() -> None:
    (table,) = find_tables(_page(GOODS))
    assert table.rows() == TEXTS
    assert not table.ruled


def test_table_with_rules_is_rebuilt_with_its_empty_cells() -> None:
    rows = [list(row) for row in GOODS]
    rows[2][1] = (250, "")
    rules = _grid((45, 240, 320, 410, 500), [43 + 24 * i for i in range(5)])
    (table,) = find_tables(_page(rows, rules=rules))
    assert table.ruled
    assert table.rows()[2] == ["Ink black", "", "31.00", "31.00"]


def test_missing_border_makes_one_cell_of_two() -> None:
    rows = [[(50, "Name"), (250, "Both quarters")], [(50, "Paper"), (250, "1"), (330, "2")]]
    rules = [r for r in _grid((45, 240, 320, 410), (43, 67, 91)) if not (r.vertical and r.at == 320)]
    (table,) = find_tables(_page(rows, rules=[*rules, Rule(True, 320, 67, 91)]))
    wide = next(cell for cell in table.cells if cell.text == "Both quarters")
    assert (wide.columns, wide.rows) == (2, 1)
    assert 'colspan="2">Both quarters' in html_of(table)


def test_rows_parted_by_shading_alone_are_still_rows() -> None:
    rules = _grid((45, 240, 320, 410, 500), (43, 43 + 24 * 4))
    (table,) = find_tables(_page(GOODS, rules=rules))
    assert table.rows() == TEXTS


def test_border_is_added_where_full_rows_stand_apart_without_one() -> None:
    (lattice,) = find_lattices(_grid((45, 240, 320, 410, 500), (43, 67, 43 + 24 * 4)))
    table = ruled_table(lattice, _page(GOODS).lines)
    assert table.rows() == TEXTS


def test_wrapped_cell_stays_one_cell() -> None:
    rows = [
        [(50, "Item"), (250, "Qty"), (330, "Price")],
        [(50, "A very long"), (250, "2"), (330, "4.50")],
        [(50, "Paper"), (250, "7"), (330, "1.50")],
    ]
    page = _page(rows, pitch=40)
    wrapped = _line("description", 50, 50 + 40 + CELL + 3)
    block = page.blocks[0]
    page = Page(page.size, ((block[0], block[1], (wrapped,), block[2]),))
    (table,) = find_tables(page)
    assert table.rows()[1] == ["A very long description", "2", "4.50"]


def test_heading_over_several_columns_spans_them() -> None:
    rows = [
        [(50, "Park"), (270, "Visits in thousands of people")],
        *[[(50, n), (250, a), (400, b)] for n, a, b in _PARKS],
    ]
    (table,) = find_tables(_page(rows))
    wide = next(cell for cell in table.cells if cell.text == "Visits in thousands of people")
    assert wide.columns == 2
    assert table.head == 2
    assert table.rows()[0] == ["Park Name", f"{wide.text} Spring", f"{wide.text} Autumn"]


_PARKS = [("Name", "Spring", "Autumn"), ("Lake", "1,204", "980"), ("Hill", "310", "402"), ("Bay", "77", "81")]


def test_paragraph_is_no_table() -> None:
    text = "running text that fills the line from its left to its right margin as paragraphs do"
    page = _page([[(50, text)] for _ in range(8)], pitch=14)
    assert find_tables(page) == []


def test_letterhead_is_no_table() -> None:
    rows = [[(122, "Studio"), (480, "INVOICE")], [(60, "12 Long Street"), (430, "mail@x.example")]]
    assert find_tables(_page(rows)) == []


def test_largest_table_comes_first() -> None:
    small = [[(50, f"Label{i}"), (300, f"{i}.00")] for i in range(3)]
    tables = find_tables(_page([*small, [], [], *GOODS]))
    assert tables[0].rows()[-1] == TEXTS[-1]


def test_written_tables_pass_the_formats_own_check() -> None:
    (table,) = find_tables(_page(GOODS))
    for name, text in (
        ("markdown-table", markdown(TEXTS)),
        ("csv", to_csv(TEXTS)),
        ("html-table", html_of(table)),
    ):
        checked = validate(text, Format.of(name))
        assert checked.ok, checked.sentences("en")
        assert [list(checked.header), *map(list, checked.rows)] == TEXTS


def test_marks_of_the_format_inside_cells_are_escaped() -> None:
    rows = [["a|b", 'c"d'], ["<script>", "e,f\ng"]]
    table = table_of(
        [Cell(i, j, (_line(t, 0, 0),)) for i, r in enumerate(rows) for j, t in enumerate(r)], ruled=True
    )
    assert validate(markdown(rows[:1]), "markdown-table").header == ("a|b", 'c"d')
    assert "<script>" not in html_of(table)
    assert list(map(list, validate(to_csv(rows), "csv").rows)) == [rows[1]]


def test_columns_are_found_by_their_headings_once_each() -> None:
    fields = [Field("amount"), Field("单价"), Field("nonsense"), Field("quantity")]
    assert match_columns(["品名", "数量 Qty", "单价 Unit price", "金额 Amount"], fields) == [3, 2, None, 1]


FORM = [
    [(50, "Invoice no."), (300, "CL-2026-0317")],
    [(50, "Issued"), (300, "2026-03-17")],
    [(50, "Name: Jane Doe")],
    [(50, "Subtotal"), (300, "20.00")],
    [(50, "VAT 6%"), (300, "1.20")],
    [(50, "Total due 21.20")],
    [(50, "Remarks:")],
]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field("invoice_number"), "CL-2026-0317"),
        (Field("date", "date"), "2026-03-17"),
        (Field("name"), "Jane Doe"),
        (Field("tax", "number"), 1.2),
        (Field("total", "number"), 21.2),
        (Field("subtotal", "number"), 20.0),
    ],
)
def test_value_beside_its_label_is_found(field: Field, value: object) -> None:
    found = find_field(_page(FORM), field)
    assert found is not None
    assert found.value == value
    assert found.box[0] >= 50


def test_value_that_is_not_there_is_not_invented() -> None:
    page = _page(FORM)
    assert find_field(page, Field("iban")) is None
    assert find_field(page, Field("due_date", "date")) is None
    assert find_field(page, Field("invoice_number", "date")) is None


def test_value_below_its_label_is_found() -> None:
    rows = [[(50, "Bill to"), (300, "Ship to")], [(50, "Acme Ltd"), (300, "Dock 4")]]
    page = _page(rows, pitch=16)
    buyer, recipient = find_field(page, Field("buyer")), find_field(page, Field("x", description="ship to"))
    assert buyer is not None and buyer.value == "Acme Ltd"
    assert recipient is not None and recipient.value == "Dock 4"


def test_pairs_of_a_chinese_form_on_one_line_are_parted() -> None:
    page = _page([[(50, "姓名：王小明 性别：男 电话:13800138000")], [(50, "时间：19:30")], [(50, "备注：")]])
    pairs = [(pair.label, pair.text) for pair in labelled_pairs(page)]
    assert pairs == [
        ("姓名", "王小明"),
        ("性别", "男"),
        ("电话", "13800138000"),
        ("时间", "19:30"),
        ("备注", ""),
    ]


def test_doubt_about_a_value_is_passed_on() -> None:
    line = _line("Total: 21.20", 50, 50, score=0.5)
    found = find_field(Page((800, 1000), (((line,),),)), Field("total", "number"))
    assert found is not None
    assert found.doubtful


ITEM = [Field("name"), Field("quantity", "number"), Field("unit_price", "number"), Field("amount", "number")]


def test_goods_come_from_a_table() -> None:
    records, lines = find_items(_page(GOODS), ITEM)
    assert records[0] == {"name": "Paper", "quantity": 2, "unit_price": 4.5, "amount": 9.0}
    assert len(records) == 3
    assert lines


def test_goods_come_from_lines_of_a_till_receipt() -> None:
    rows = [[(50, "Croissant")], [(80, "2 x 14.00"), (300, "28.00")], [(50, "Total"), (300, "28.00")]]
    records, _ = find_items(_page(rows), ITEM)
    assert records == [{"name": "Croissant", "quantity": 2, "unit_price": 14.0, "amount": 28.0}]
