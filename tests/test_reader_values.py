"""Amounts, dates, spaces, labels: what stands on the page, in the type asked for."""

import pytest

from demo.engines.reader.labels import is_common, likeness, plain, words_for
from demo.engines.reader.lines import join
from demo.engines.reader.spaces import restore
from demo.engines.reader.values import convert, to_date, to_number
from prompts.formats import Field


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("¥ 30,632.94", 30632.94),
        ("1.234,50 €", 1234.5),
        ("1 234,50", 1234.5),
        ("12,5", 12.5),
        ("1,234", 1234),
        ("1,234,567", 1234567),
        ("-1,521.00", -1521.0),
        ("(45.00)", -45.0),
        ("9.5", 9.5),
        ("28%", 28),
        ("共 12 页", 12),
        ("none", None),
        ("", None),
    ],
)
def test_number_is_read_as_it_stands(text: str, number: float | None) -> None:
    assert to_number(text) == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-17", "2026-03-17"),
        ("2026年3月7日", "2026-03-07"),
        ("2026/03/17 09:26", "2026-03-17"),
        ("17.03.2026", "2026-03-17"),
        ("March 5th, 2026", "2026-03-05"),
        ("5 Mar 2026", "2026-03-05"),
        ("25/12/2026", "2026-12-25"),
        ("12/25/2026", "2026-12-25"),
        ("04/03/2026", None),
        ("2026-02-30", None),
        ("5 Foo 2026", None),
        ("soon", None),
    ],
)
def test_date_is_read_or_left_open(text: str, day: str | None) -> None:
    assert to_date(text) == day


def test_choice_is_one_of_those_given_or_nothing() -> None:
    assert convert("Paid", "string", ("paid", "open")) == "paid"
    assert convert("late", "string", ("paid", "open")) is None


def test_whole_number_with_a_fraction_is_none() -> None:
    assert convert("9.5", "integer") is None
    assert convert("9.0", "integer") == 9


@pytest.mark.parametrize(
    "label", ["发票号码 Invoice no.", "发票号码：", "INVOICE NO", "Ｉｎｖｏｉｃｅ　ｎｏ．", "Invoice  No."]
)
def test_label_is_known_in_any_dress(label: str) -> None:
    assert likeness(label, words_for(Field("invoice_number"))) > 0.9


def test_label_misread_in_one_character_still_counts_and_another_does_not() -> None:
    words = words_for(Field("due_date"))
    assert likeness("Due dale", words) > 0.7
    assert likeness("Delivery date", words) < 0.7


def test_description_of_a_field_gives_its_wording() -> None:
    words = words_for(Field("x", description="交货地点, place of delivery"))
    assert likeness("交货地点", words) > 0.9
    assert likeness("Place of delivery", words) > 0.9


def test_name_of_a_field_comes_before_its_synonyms() -> None:
    words = words_for(Field("contractNo"))
    assert words[0] == plain("contract no")
    assert likeness("合同编号", words) > 0.9


def test_common_label_is_told_from_a_value() -> None:
    assert is_common("日期 Date")
    assert not is_common("松溪咖啡有限公司")


def test_join_puts_a_space_between_words_but_not_between_chinese() -> None:
    assert join("one", "two") == "one two"
    assert join("合同", "编号") == "合同编号"
    assert join("", "x") == "x"


def test_white_between_chinese_and_figures_becomes_a_space() -> None:
    assert restore("第3页", [0.3, 0.1], [1.1, 0.9]) == "第 3页"


def test_usual_white_between_chinese_is_no_space_but_a_longer_step_is() -> None:
    white, steps = [0.1, 0.1, 0.4, 0.1, 0.1], [1.0, 1.0, 1.3, 1.0, 1.0]
    assert restore("甲乙丙丁戊己", white, steps) == "甲乙丙 丁戊己"
    assert restore("甲乙丙丁戊己", [0.4] * 5, [1.3] * 5) == "甲乙丙丁戊己"


def test_narrow_letters_get_no_spaces() -> None:
    assert restore("till", [0.3, 0.4, 0.45], [0.6, 0.7, 0.8]) == "till"


def test_brackets_that_fill_a_square_become_full_width_in_pairs() -> None:
    assert restore("共(页)", [0.5, 0.1, 0.1], [1.0, 1.0, 1.0]) == "共（页）"
    assert restore("共(页）", [0.5, 0.1, 0.1], [1.0, 1.0, 1.0]) == "共（页）"
    assert restore("共(a)", [0.1, 0.1, 0.1], [0.6, 0.6, 0.6]) == "共(a)"


def test_text_that_does_not_fit_its_white_is_left_alone() -> None:
    assert restore("ab c", [0.1], [0.5]) == "ab c"
