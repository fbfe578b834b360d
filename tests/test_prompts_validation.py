"""Answers against their formats: text, JSON, tables, boxes."""

import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import FORMATS, Field, Format, ImageRef, validate
from prompts.check_tables import WRITERS
from prompts.validation import MAX_ANSWER
from toolkit import to_family, to_pixels

A4 = ImageRef(1, 736, 1024)
TWO = [A4, ImageRef(2, 1024, 736)]
INVOICE = Format.of("json", "number", "date:date", "total:number", "paid?:boolean")


def faults(answer: str, format, images=()) -> str:
    return " | ".join(validate(answer, format, images).sentences("en"))


@pytest.mark.parametrize("name", FORMATS)
@given(answer=st.text(alphabet='{}[]<>|",:-\n`ab1 \\/td=r“图', max_size=80))
def test_validate_never_raises(name: str, answer: str) -> None:
    checked = validate(answer, name, TWO)
    assert checked.ok == (not checked.faults)
    assert all(f.en and f.zh for f in (*checked.faults, *checked.repairs))


@pytest.mark.parametrize("name", FORMATS)
def test_validate_empty_and_endless_answers_are_faults(name: str) -> None:
    assert faults(" \n", name) == "The answer is empty."
    assert "more than 400000 are not checked" in faults("x" * (MAX_ANSWER + 1), name)


# text


@pytest.mark.parametrize(
    ("answer", "name", "text"),
    [
        ("```\nHello\n```", "text", "Hello"),
        ("a\n```\ncode\n```", "text", "a\n```\ncode\n```"),
        ("“42.”", "short", "42"),
        ("**Berlin**", "short", "Berlin"),
        ("```markdown\n# A\n```", "markdown", "# A"),
        (
            '```html\n<html><p data-bbox="1 2 3 4">x</p></html>\n```',
            "html",
            '<html><p data-bbox="1 2 3 4">x</p></html>',
        ),
    ],
)
def test_text_wrapping_is_taken_off(answer: str, name: str, text: str) -> None:
    checked = validate(answer, name)
    assert (checked.text, checked.value, checked.ok) == (text, text, True)


@pytest.mark.parametrize(
    ("answer", "name", "says"),
    [
        ("The answer to your question is forty-two.", "short", "One word or one number"),
        ("yes\nbecause", "short", "One word or one number"),
        ("# A\n```python\nx = 1", "markdown", "cut off"),
        ("plain", "html", "no HTML"),
        ("<div><p>a</p>", "html", "<div> is not closed"),
        ("<p onclick='x()'>a</p>", "html", "active parts"),
        ("<html><script>x</script></html>", "html", "active parts .*script"),
        ('<p data-bbox="9 2 3 4">a</p>', "html", "1 data-bbox"),
        ("the same line again\n" * 30, "text", "repeats itself"),
        ("word " + "abcde " * 60, "text", "repeats itself"),
    ],
)
def test_text_fault_is_named(answer: str, name: str, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(faults(answer, name))


def test_text_table_rule_is_no_loop() -> None:
    assert faults("a\n" + "-" * 300, "text") == ""


# JSON


def test_json_good_answer_is_unchanged() -> None:
    checked = validate('{"number": "A-1", "date": "2024-05-06", "total": 12.5}', INVOICE)
    assert checked.ok and checked.repairs == ()
    assert checked.value == {"number": "A-1", "date": "2024-05-06", "total": 12.5}


@pytest.mark.parametrize(
    ("answer", "key", "value"),
    [
        ('{"number": 17, "date": null, "total": null}', "number", "17"),
        ('{"number": "1", "date": "2024年5月6日", "total": null}', "date", "2024-05-06"),
        ('{"number": "1", "date": "2024/5/6", "total": null}', "date", "2024-05-06"),
        ('{"number": "1", "date": null, "total": "1,250.00 €"}', "total", 1250.0),
        ('{"number": "1", "date": null, "total": "¥3，200"}', "total", 3200),
        ('{"number": "1", "date": null, "total": 1, "paid": "是"}', "paid", True),
        ('[{"number": "1", "date": null, "total": 7}]', "total", 7),
        ('{"invoice": {"number": "1", "date": null, "total": 8}}', "total", 8),
    ],
)
def test_json_value_is_turned_into_its_type(answer: str, key: str, value) -> None:
    checked = validate(answer, INVOICE)
    assert checked.ok and checked.value[key] == value and checked.repairs


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("I see no invoice.", "There is no JSON in the answer"),
        ('{"number": "1"}', r"\$ lacks date, total"),
        ('{"number": "1", "date": "soon", "total": 1}', r"\$\.date is \"soon\", which is no date"),
        (
            '{"number": "1", "date": null, "total": "a lot"}',
            r"\$\.total is \"a lot\", but should be number / null",
        ),
        ('{"number": "1", "date": null, "total": 1, "note": ""}', "keys that were not asked for: note"),
        ('{"number": "1", "date": null, "total": 1', "cut off"),
        ('{"number": ]', "cannot be read at character 12"),
        ("[1, 2]", "should be object"),
    ],
)
def test_json_fault_is_named(answer: str, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(faults(answer, INVOICE))


def test_json_many_takes_a_lone_object_and_a_wrapped_list() -> None:
    many = Format.of("json", "text", many=True)
    assert validate('{"text": "a"}', many).value == [{"text": "a"}]
    assert validate('{"lines": [{"text": "a"}]}', many).value == [{"text": "a"}]


def test_json_choices_and_records_are_checked() -> None:
    asked = Format(
        "json", (Field("kind", choices=("a", "b")), Field("items", "records", fields=(Field("n", "number"),)))
    )
    assert validate('{"kind": "a", "items": [{"n": "1,000"}]}', asked).value["items"] == [{"n": 1000}]
    assert "only a, b are allowed" in faults('{"kind": "c", "items": []}', asked)
    assert "$.items[0] lacks n" in faults('{"kind": "a", "items": [{}]}', asked)


def test_json_schema_given_is_followed() -> None:
    asked = Format.from_schema({"type": "array", "items": {"type": "integer", "minimum": 3}, "minItems": 2})
    assert validate("[3, 4,]", asked).value == [3, 4]
    assert "$[0] is 1" in faults("[1, 5]", asked)


def test_jsonl_lines_are_checked_one_by_one() -> None:
    asked = Format.of("jsonl", "a:integer")
    checked = validate('```\n{"a": 1},\n{"a": "2"}\n{"a": "x"}\nnothing\n```', asked)
    assert checked.value == [{"a": 1}, {"a": 2}, {"a": "x"}]
    assert checked.sentences("en")[0].startswith("Line 3: $.a is") and "Line 4" in checked.sentences("en")[1]
    assert checked.records() == checked.value


def test_jsonl_array_is_taken_apart() -> None:
    checked = validate('[{"a": 1}, {"a": 2}]', Format.of("jsonl", "a:integer"))
    assert checked.ok and checked.text == '{"a": 1}\n{"a": 2}'


# tables

CELLS = st.lists(
    st.lists(st.text(alphabet='ab|,"1 &<>中', max_size=6).map(str.strip), min_size=3, max_size=3),
    min_size=2,
    max_size=5,
).filter(lambda rows: all(rows[0]))


@pytest.mark.parametrize("name", ["markdown-table", "csv", "html-table"])
@given(rows=CELLS)
def test_table_written_is_read_back(name: str, rows: list[list[str]]) -> None:
    rows = [[" ".join(c.split()) for c in row] for row in rows]
    checked = validate(WRITERS[name](rows[0], rows[1:]), name)
    assert [list(checked.header), *map(list, checked.rows)] == rows
    assert not [f for f in checked.faults if "repeats" not in f.en]


def test_table_comes_out_ready_for_csv_and_pandas() -> None:
    checked = validate("| a | a | b |\n|---|---|---|\n| 1 | x, y | 3 |", "markdown-table")
    assert checked.records() == [{"a": "1", "a_2": "x, y", "b": "3"}]
    assert checked.to_csv() == 'a,a,b\n1,"x, y",3\n'


def test_table_csv_is_read_by_python_s_own_reader() -> None:
    import csv

    checked = validate('a,b\n"x\ny","he said ""no"""', "csv")
    assert list(csv.reader(io.StringIO(checked.to_csv()))) == [["a", "b"], ["x\ny", 'he said "no"']]


@pytest.mark.parametrize(
    ("answer", "name", "says"),
    [
        ("no table", "markdown-table", "no Markdown table"),
        (
            "| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |",
            "markdown-table",
            "Row 1 has 1 cells, but the header has 2.*Row 2 has 3",
        ),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4", "markdown-table", "cut off"),
        ("a,b\n1,2,3", "csv", "Row 1 has 3"),
        ('a,b\n1,"2', "csv", "cut off"),
        ("<p>x</p>", "html-table", "no HTML table"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td></tr></table>", "html-table", "Row 1 has 1"),
        ("<table><tr><td>a</td></tr>", "html-table", "cut off"),
        ("<table><tr><td>a</td></tr></table><table></table>", "html-table", "there are 2"),
    ],
)
def test_table_fault_is_named(answer: str, name: str, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(faults(answer, name))


def test_table_columns_asked_for_are_checked() -> None:
    asked = Format.of("markdown-table", "item", "unit price")
    assert faults("| Item | **Unit price** |\n|---|---|\n| a | 1 |", asked) == ""
    assert "but item | unit price were asked for" in faults("| a | b |\n|---|---|\n| a | 1 |", asked)


def test_table_slips_are_mended() -> None:
    assert "separator" in validate("| a | b |\n| 1 | 2 |", "markdown-table").repairs[0].en
    assert validate("a;b\n1;2", "csv").rows == (("1", "2"),)
    assert validate("Here:\n| a |\n|---|\n| 1 |", "markdown-table").rows == (("1",),)


def test_table_merged_html_cells_are_spread() -> None:
    html = (
        "<table><tr><th colspan=2>a</th><th>b</th></tr><tr><td rowspan=2>1</td><td>2</td><td>3</td></tr>"
        "<tr><td>4</td><td>5</td></tr></table>"
    )
    checked = validate(html, "html-table")
    assert checked.ok
    assert [checked.header, *checked.rows] == [("a", "a", "b"), ("1", "2", "3"), ("1", "4", "5")]


def test_table_huge_spans_take_no_memory() -> None:
    html = "<table>" + "<tr>" + "<td colspan=99999999 rowspan=99999>x</td>" * 50 + "</tr></table>"
    assert len(validate(html, "html-table").rows) <= 5_000


# boxes and points


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen2.5-vl", "qwen3-vl", "qwen3.5"])
def test_boxes_come_out_in_pixels_of_the_image(family: str) -> None:
    asked = Format("boxes", family=family)
    box = (100.0, 200.0, 300.0, 400.0)
    given = [round(n) for n in to_family(box, A4.size, family)]
    checked = validate(f'[{{"bbox_2d": {given}, "label": "x"}}]', asked, [A4])
    assert checked.ok
    found = checked.found[0]
    assert (found.label, found.image) == ("x", 1)
    assert found.box == pytest.approx(to_pixels(tuple(given), A4.size, family))
    assert found.box == pytest.approx(box, abs=1.0)


@pytest.mark.parametrize(
    ("answer", "boxes", "repair"),
    [
        ('[{"bbox_2d": [300, 400, 100, 200], "label": "x"}]', [(100, 200, 300, 400)], "corners"),
        ('[{"bbox": [1, 2, 3, 4], "text_content": "x"}]', [(1, 2, 3, 4)], "Other names"),
        ('{"bbox_2d": [1, 2, 3, 4], "label": "x"}', [(1, 2, 3, 4)], "single object"),
        ('{"objects": [{"bbox_2d": [1, 2, 3, 4], "label": "x"}]}', [(1, 2, 3, 4)], "wrapped"),
        ('[{"bbox_2d": [[1, 2], [3, 4]], "label": "x"}]', [(1, 2, 3, 4)], None),
        ('[{"bbox_2d": "1, 2, 3, 4", "label": "x"}]', [(1, 2, 3, 4)], None),
        ('[{"bbox_2d": [1, 2, 1003, 4], "label": "x"}]', [(1, 2, 1000, 4)], "by a hair"),
        ("[]", [], None),
    ],
)  # fmt: skip
def test_boxes_slip_is_mended(answer: str, boxes: list, repair: str | None) -> None:
    checked = validate(answer, "boxes", [A4])
    assert checked.ok, checked.faults
    assert [found.given for found in checked.found] == boxes
    assert repair is None or any(repair in r.en for r in checked.repairs)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('[{"bbox_2d": [1, 2, 3], "label": "x"}]', "Entry 1: bbox_2d should hold the numbers"),
        ('[{"bbox_2d": [1, 2, 3, "x"], "label": "x"}]', "should hold the numbers"),
        ('[{"bbox_2d": [1, 2, 3, true], "label": "x"}]', "should hold the numbers"),
        ('[{"bbox_2d": [1, 2, 1500, 4], "label": "x"}]', "end at 1000 x 1000"),
        ('[{"bbox_2d": [5, 2, 5, 4], "label": "x"}]', "no area"),
        ('[{"bbox_2d": [1, 2, 3, 4]}]', "label is missing"),
        ('[{"bbox_2d": [1, 2, 3, 4], "label": "x"}, 7]', "Entry 2: it should be an object"),
        ('[{"bbox_2d": [1, 2, 3, 4], "label": "x"}, {"bbox_2d": [5, 6', "cut off"),
        ("nothing there", "no JSON"),
    ],
)
def test_boxes_fault_is_named(answer: str, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(faults(answer, "boxes", [A4]))


def test_boxes_cut_off_entry_is_left_out() -> None:
    checked = validate('[{"bbox_2d": [1, 2, 3, 4], "label": "x"}, {"bbox_2d": [5, 6', "boxes", [A4])
    assert checked.cut_off and [found.given for found in checked.found] == [(1, 2, 3, 4)]


def test_boxes_absolute_bounds_are_those_of_the_processed_image() -> None:
    asked = Format("boxes", family="qwen2.5-vl")
    image = ImageRef(1, 700, 1000)  # processed to 700 x 1008
    assert faults('[{"bbox_2d": [0, 0, 700, 1008], "label": "x"}]', asked, [image]) == ""
    assert "end at 700 x 1008" in faults('[{"bbox_2d": [0, 0, 700, 1030], "label": "x"}]', asked, [image])


def test_boxes_of_several_images_must_say_which() -> None:
    assert "in which image" in faults('[{"bbox_2d": [1, 2, 3, 4], "label": "x"}]', "boxes", TWO)
    assert "there are 2 images" in faults(
        '[{"image": 3, "bbox_2d": [1, 2, 3, 4], "label": "x"}]', "boxes", TWO
    )
    assert (
        validate('[{"image": "图2", "bbox_2d": [1, 2, 3, 4], "label": "x"}]', "boxes", TWO).found[0].image
        == 2
    )


def test_points_come_out_in_pixels() -> None:
    checked = validate('[{"point_2d": [500, 500], "label": "x"}]', "points", [A4])
    assert checked.ok and checked.found[0].point == (368.0, 512.0) and checked.found[0].box is None
    assert "end at 1000" in faults('[{"point_2d": [500, 1900], "label": "x"}]', "points", [A4])


RECORD = "json:name,total:number"


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("I used {curly} words: {'name': 'A', 'total': 3}", {"name": "A", "total": 3}),
        ("｛“name”：“甲”，“total”：3｝", {"name": "甲", "total": 3}),
        ('{"name": "He said "hi", then left", "total": 3}', {"name": 'He said "hi", then left', "total": 3}),
        ('{"name": "A", "total": "−12.5"}', {"name": "A", "total": -12.5}),
        ('{"name": "A", "total": "12 kg"}', {"name": "A", "total": 12}),
        ('it is {"name": 0} first\n</think>\n{"name": "A", "total": 3}', {"name": "A", "total": 3}),
        ('{"Name": "A", "TOTAL": 3}', {"name": "A", "total": 3}),
        ('{"name": "\\ud800", "total": 3}', {"name": "\ufffd", "total": 3}),
        ("{'name': '\\ud800', 'total': 3}", {"name": "\ufffd", "total": 3}),
    ],
)
def test_validate_slip_is_mended(answer: str, value: object) -> None:
    checked = validate(answer, RECORD)
    assert (checked.value, checked.ok) == (value, True)
    checked.text.encode()


@pytest.mark.parametrize("total", ["5万", "3k", "(12.50)", "<5", "1.2M", "2 亿"])
def test_validate_amount_that_is_another_number_is_reported(total: str) -> None:
    checked = validate(f'{{"name": "A", "total": "{total}"}}', RECORD)
    assert checked.value["total"] == total
    assert "$.total" in checked.sentences("en")[0]


@pytest.mark.parametrize("total", ["9" * 5_000, '"' + "9" * 5_000 + '"'])
def test_validate_endless_number_is_not_cut_to_another(total: str) -> None:
    assert not validate(f'{{"name": "A", "total": {total}}}', RECORD).ok


def test_validate_key_twice_is_named() -> None:
    checked = validate('{"name": "A", "name": "B", "total": 3}', RECORD)
    assert checked.value["name"] == "B"
    assert "twice" in checked.repairs[0].en


def test_validate_thinking_without_an_answer_is_no_answer() -> None:
    assert not validate('<think>perhaps {"name": "A", "total": 3}', RECORD).ok
    assert validate("so it is 5.\n</think>\n\nfive", "text").value == "five"


def test_validate_objects_without_array_all_count() -> None:
    boxes = '{"bbox_2d": [1, 2, 3, 4], "label": "x"}\n{"bbox_2d": [5, 6, 7, 8], "label": "y"}'
    assert [one.label for one in validate(boxes, "boxes").found] == ["x", "y"]
    assert len(validate('{"a": 1}\n{"a": 2}', "json[]:a:integer").value) == 2
    pretty = '{\n "name": "A"\n}\n{\n "name": "B"\n}'
    assert validate(pretty, "jsonl:name").value == [{"name": "A"}, {"name": "B"}]
    assert validate('Here:\n{"name": "A"}', "jsonl:name").ok


@pytest.mark.parametrize("image", ["[1]", "{}", "true", '"x"', "1.5"])
def test_validate_image_that_is_no_number_is_a_fault(image: str) -> None:
    images = [ImageRef(n, 100, 100) for n in (1, 2)]
    checked = validate(f'[{{"image": {image}, "bbox_2d": [1, 2, 3, 4], "label": "x"}}]', "boxes", images)
    assert not checked.ok


def test_validate_missing_keys_are_named_once() -> None:
    assert validate("{}", RECORD).sentences("en") == ["$ lacks name, total."]


def test_validate_day_that_does_not_exist_is_a_fault() -> None:
    assert "2024-02-31" in validate('{"d": "2024-02-31"}', "json:d:date").sentences("en")[0]


def test_validate_markdown_rows_of_dashes_notes_and_second_tables() -> None:
    dashes = validate("| a | b |\n|---|---|\n| - | - |\n\nNote: x | y", "markdown-table")
    assert dashes.rows == (("-", "-"),)
    two = validate("| a |\n|---|\n| 1 |\n\n| b |\n|---|\n| 2 |", "markdown-table")
    assert "there are 2" in two.sentences("en")[0]
    assert validate("｜a｜b｜\n｜---｜---｜\n｜1｜2｜", "markdown-table").rows == (("1", "2"),)


def test_validate_csv_with_a_preface_or_an_inch_is_whole() -> None:
    assert validate("Here it is:\n\na,b\n1,2", "csv:a,b").rows == (("1", "2"),)
    assert validate('a,b\n24" monitor,2', "csv:a,b").rows == (('24" monitor', "2"),)
    assert validate('a,b\n"24,2', "csv:a,b").cut_off


def test_validate_words_behind_a_fence_stay() -> None:
    answer = "Use this:\n```python\nx = 1\n```\nand run it."
    assert validate(answer, "text").value == answer


@pytest.mark.parametrize(
    ("answer", "format"),
    [
        ("<p " * 100_000, "html"),
        ("<!--x>" * 60_000, "html"),
        ("<a>" * 50_000 + "</b>" * 50_000, "html"),
        ("<table><tr>" + "<td>" * 90_000, "html-table"),
        ("<table><tr><td rowspan=200 colspan=200>x" * 9_000, "html-table"),
    ],
)
def test_validate_hostile_html_takes_no_longer_than_its_length(answer: str, format: str) -> None:
    began = time.process_time()
    assert not validate(answer, format).ok
    assert time.process_time() - began < 5
