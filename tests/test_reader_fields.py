"""Values beside labels, on pages laid out here: rows of pieces with known places, no picture."""

import json
from pathlib import Path

import pytest
from reader_pages import ask, draw_page, save

from demo.engines.protocol import Result
from demo.engines.reader.field_notes import images_of
from demo.engines.reader.fields import find_field
from demo.engines.reader.labels import likeness, looks_like_label, words_for
from demo.engines.reader.lines import Line, Word, is_cjk
from demo.engines.reader.page import Page
from demo.engines.reader.pairs import labelled_pairs
from prompts.formats import Field

HIGH = 10.0


def line(text: str, x: float, y: float) -> Line:
    """A line of one height: Chinese characters are as wide as high, others 6, a space 4."""
    words, place = [], x
    for word in text.split(" "):
        end = place + sum(HIGH if is_cjk(c) else 6.0 for c in word)
        words.append(Word(word, (place, y, end, y + HIGH)))
        place = end + 4
    return Line(text, (x, y, words[-1].box[2], y + HIGH), 0.99, tuple(words))


def page_of(*rows: list[tuple[float, str]]) -> Page:
    """Put rows of (x, text) under each other."""
    laid = tuple(tuple(line(text, x, 20 + 18 * n) for x, text in row) for n, row in enumerate(rows))
    return Page((900, 1200), (laid,))


def value(page: Page, written: str) -> object:
    found = find_field(page, Field.parse(written))
    return None if found is None else found.value


def test_a_row_of_labels_has_its_values_below() -> None:
    page = page_of(
        [(20, "Passenger name"), (300, "Gate"), (420, "Seat")],
        [(20, "Priya Nair"), (300, "B58"), (420, "76C")],
    )
    assert [value(page, name) for name in ("gate", "seat", "passenger name")] == ["B58", "76C", "Priya Nair"]


def test_a_row_of_chinese_labels_has_its_values_below() -> None:
    page = page_of(
        [(20, "户号"), (200, "户名"), (380, "应缴金额（元）")],
        [(20, "5895647321"), (200, "陈建国"), (380, "1,000.74")],
    )
    assert value(page, "户号") == "5895647321"
    assert value(page, "应缴金额:number") == 1000.74


def test_a_form_of_two_pairs_a_row_is_read_across() -> None:
    page = page_of(
        [(20, "姓名"), (120, "孙志强"), (300, "性别"), (400, "女")],
        [(20, "出生日期"), (120, "2001-09-28"), (300, "民族"), (400, "汉族")],
    )
    assert value(page, "姓名") == "孙志强"
    assert value(page, "性别") == "女"
    assert [(pair.label, pair.text) for pair in labelled_pairs(page)] == [
        ("姓名", "孙志强"), ("性别", "女"), ("出生日期", "2001-09-28"), ("民族", "汉族"),
    ]  # fmt: skip


ITEMS = page_of(
    [(20, "项目"), (300, "金额"), (500, "税额")],
    [(20, "纸张"), (300, "967.86"), (500, "100.00")],
    [(20, "墨盒"), (300, "178.24"), (500, "129.22")],
    [(20, "合计"), (300, "1,146.10"), (500, "229.22")],
)


def test_the_sum_of_a_column_counts_before_its_first_figure() -> None:
    assert value(ITEMS, "税额:number") == 229.22


def test_a_column_called_total_is_not_the_total_of_the_page() -> None:
    page = page_of(
        [(20, "Item"), (300, "Qty"), (500, "Total")],
        [(20, "Paper"), (300, "2"), (500, "20.00")],
        [(20, "Ink"), (300, "1"), (500, "30.00")],
        [(300, "Subtotal"), (500, "50.00")],
        [(300, "VAT 20%"), (500, "10.00")],
        [(300, "Amount due"), (500, "£60.00")],
    )
    assert value(page, "total:number") == 60.0
    assert value(page, "tax:number") == 10.0


@pytest.mark.parametrize("decoy", ["Subtotal", "Sub Total", "Total tax", "小计", "Change", "Discount"])
def test_another_amount_is_not_taken_for_the_total(decoy: str) -> None:
    assert likeness(decoy, words_for(Field("total"))) == 0.0
    assert value(page_of([(20, decoy), (300, "12.00")]), "total:number") is None


def test_a_label_of_the_same_kind_counts_and_one_with_a_word_before_it() -> None:
    assert likeness("Total Tax", words_for(Field("tax"))) > 0.8
    assert likeness("客人姓名", words_for(Field("姓名"))) > 0.7
    assert likeness("Room no.", words_for(Field("room number"))) == 1.0


def test_a_remark_in_brackets_is_no_part_of_a_label() -> None:
    page = page_of([(20, "合计（大写）：略"), (300, "合计（小写）：¥1,707.94")])
    assert value(page, "合计:number") == 1707.94
    page = page_of([(20, "价税合计（大写）⊗ 圆整"), (400, "（小写）¥1,375.32")])
    assert value(page, "价税合计:number") == 1375.32


def test_a_bilingual_label_does_not_become_the_value() -> None:
    page = page_of([(20, "订单号 Order No. INV-88128")], [(20, "客户 Customer"), (300, "远航科技")])
    assert value(page, "订单号") == "INV-88128"
    assert value(page, "客户") == "远航科技"


def test_a_chinese_label_and_its_value_need_no_space() -> None:
    assert value(page_of([(20, "客人姓名陈建国")]), "客人姓名") == "陈建国"


@pytest.mark.parametrize("text", ["TOTAL76.67", "Total:£76.67", "合计76.67元", "Total$76.67"])
def test_a_label_and_its_figures_need_no_space(text: str) -> None:
    assert value(page_of([(20, text)]), "total:number") == 76.67


def test_leaders_are_no_value() -> None:
    assert value(page_of([(20, "Card number ...."), (400, "62225774")]), "card number") == "62225774"


def test_a_figure_in_the_label_gives_way_to_the_amount_at_the_end_of_the_line() -> None:
    page = page_of([(20, "Total 3 items"), (400, "45.00")])
    assert value(page, "total:number") == 45.0
    assert value(page_of([(20, "Date 04/20/2024"), (400, "14:03")]), "date:date") == "2024-04-20"


def test_a_value_to_the_left_is_the_last_resort() -> None:
    assert value(page_of([(20, "88.10"), (200, "TOTAL")]), "total:number") == 88.1


@pytest.mark.parametrize("text", ["Boarding time", "Account number", "缴费截止日期", "支付方式", "E-mail"])
def test_what_ends_as_labels_do_looks_like_one(text: str) -> None:
    assert looks_like_label(text)


@pytest.mark.parametrize("text", ["Meyer Company", "远航科技有限公司", "Priya Nair", "12 May 2026", "女", ""])
def test_a_value_does_not_look_like_a_label(text: str) -> None:
    assert not looks_like_label(text)


def notes(result: Result) -> str:
    return "\n".join(note.en for note in result.notes)


def two_slips(tmp_path: Path) -> list:
    first = [(40, 30, "Total: 12.50"), (40, 80, "Date: soon")]
    second = [(40, 30, "Total: 99.00"), (40, 80, "Name: Ann Lee")]
    return [
        save(draw_page((420, 140), texts, em=22)[0], tmp_path / f"{n}.png", n)
        for n, texts in enumerate((first, second), 1)
    ]


def test_what_is_missing_says_on_which_images_it_was_looked_for(tmp_path: Path) -> None:
    result, _ = ask("extract-fields", "json:total:number,name,fax,date:date", two_slips(tmp_path))
    assert json.loads(result.text) == {"total": 12.5, "name": "Ann Lee", "fax": None, "date": None}
    said = notes(result)
    assert "Not found on images 1–2: “fax”" in said
    assert "“date” is empty: “Date” stands on image 1, but “soon” is no full date" in said
    assert "“total” is taken from image 1; another value stands on image 2" in said
    assert "name" not in said.replace("of that name", "")
    assert any("在图1至图2上没有找到“fax”" in note.zh for note in result.notes)


def test_with_a_record_an_image_each_image_is_accounted_for(tmp_path: Path) -> None:
    result, _ = ask("extract-fields", "jsonl:total:number,name", two_slips(tmp_path))
    assert [json.loads(row)["name"] for row in result.text.splitlines()] == [None, "Ann Lee"]
    assert "Not found on image 1: “name”" in notes(result)
    assert "total" not in notes(result)


def test_a_label_that_is_only_like_the_name_is_told(tmp_path: Path) -> None:
    page = save(draw_page((420, 80), [(40, 30, "Guest name: Ann Lee")], em=22)[0], tmp_path / "a.png")
    result, _ = ask("extract-fields", "json:name", [page])
    assert json.loads(result.text) == {"name": "Ann Lee"}
    assert "“name” was taken from the label “Guest name” on image 1" in notes(result)


def test_the_only_date_of_a_receipt_needs_no_label_and_is_told(tmp_path: Path) -> None:
    texts = [(40, 30, "CORNER SHOP"), (40, 70, "2026-11-20 14:03"), (40, 110, "Total: 12.50")]
    page = save(draw_page((420, 160), texts, em=22)[0], tmp_path / "a.png")
    result, _ = ask("extract-fields", "json:date:date,due_date:date", [page])
    assert json.loads(result.text) == {"date": "2026-11-20", "due_date": None}
    assert "“date” has no label on image 1; the only date there was taken" in notes(result)
    more = save(draw_page((420, 200), [*texts, (40, 150, "2026-12-24")], em=22)[0], tmp_path / "b.png")
    assert json.loads(ask("extract-fields", "json:date:date", [more])[0].text) == {"date": None}


def test_images_are_named_in_runs() -> None:
    assert images_of([3]).en == "image 3"
    assert images_of([1, 2, 3, 5]).en == "images 1–3 and 5"
    assert images_of([1, 2, 3, 5]).zh == "图1至图3、图5"
