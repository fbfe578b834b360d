"""JSON as models write it: slips mended and named, cut ends told, nothing raised but Unreadable."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.answer_json import Unreadable, read_json, strip_wrapping

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
).filter(lambda v: isinstance(v, (dict, list)))


@given(VALUES)
def test_read_sound_json_is_given_back_unmended(value) -> None:
    read = read_json(json.dumps(value, ensure_ascii=False))
    assert (read.value, read.repairs, read.cut_off) == (value, (), False)


@pytest.mark.parametrize(
    ("text", "value", "repair"),
    [
        ('{"a": 1,}', {"a": 1}, "comma"),
        ("[1, 2, 3,]", [1, 2, 3], "comma"),
        ('{"a": 1 "b": 2}', {"a": 1, "b": 2}, "comma"),
        ('[{"a": 1} {"a": 2}]', [{"a": 1}, {"a": 2}], "comma"),
        ("{'a': 'b'}", {"a": "b"}, "straight double"),
        ("{'a': 'it\\'s'}", {"a": "it's"}, "straight double"),
        ("{“a”：“b”}", {"a": "b"}, "straight double"),
        ('{"a"："b"，"c"：1}', {"a": "b", "c": 1}, "Chinese punctuation"),
        ("{a: 1}", {"a": 1}, "straight double"),
        ('{"a": True, "b": None, "c": False}', {"a": True, "b": None, "c": False}, "True and None"),
        ('{"a": NaN}', {"a": None}, "True and None"),
        ('{"a": "24" monitor", "b": 1}', {"a": '24" monitor', "b": 1}, "inside a text"),
        ('{"a": "one\ntwo"}', {"a": "one\ntwo"}, "Line breaks"),
        ('{"a": "C:\\dir"}', {"a": "C:\\dir"}, "Backslashes"),
        ('{"a": 1,250.50}', {"a": 1250.5}, "Thousands"),
        ('{"a": 12%}', {"a": "12%"}, "unit"),
        ('{"a": 1 // note\n}', {"a": 1}, "Comments"),
        ('{"a": /* x */ 1}', {"a": 1}, "Comments"),
        ('Here it is: {"a": 1}', {"a": 1}, "before the JSON"),
        ('As [1] shows: {"a": [1, 2]} (see [2])', {"a": [1, 2]}, "before the JSON"),
        ('{"a": 1} I hope this helps.', {"a": 1}, "after the JSON"),
        ('{"a": 1, "a": 2}', {"a": 2}, None),
        ('{"a": [1, 2}', {"a": [1, 2]}, "bracket"),
    ],
)
def test_read_usual_slip_is_mended_and_named(text: str, value, repair: str | None) -> None:
    read = read_json(text)
    assert (read.value, read.cut_off) == (value, False)
    assert repair is None or any(repair in r.en for r in read.repairs), read.repairs


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "b": [1, 2', {"a": 1, "b": [1, 2]}),
        ('{"a": "some te', {"a": "some te"}),
        ('[{"a": 1}, {"a"', [{"a": 1}, {}]),
        ('[{"a": 1}, {"a":', [{"a": 1}, {}]),
        ('{"a": 1,', {"a": 1}),
        ("[", []),
        ('{"a": tru', {"a": "tru"}),
    ],
)
def test_read_cut_off_end_is_told(text: str, value) -> None:
    read = read_json(text)
    assert (read.value, read.cut_off) == (value, True)


@given(VALUES, st.data())
def test_read_any_beginning_of_an_answer_is_read_or_refused(value, data) -> None:
    text = json.dumps(value, ensure_ascii=False)
    cut = data.draw(st.integers(1, len(text)))
    read = read_json(text[:cut])
    assert isinstance(read.value, type(value))
    assert read.cut_off == (cut < len(text))


@given(st.text(alphabet="{}[]\",:'\\ab1.-/*\n “”，：tn", max_size=60))
def test_read_any_text_gives_a_value_or_unreadable(text: str) -> None:
    try:
        json.dumps(read_json(text).value)
    except Unreadable as error:
        assert 0 <= error.position <= len(text)


def test_read_broken_object_is_refused_where_it_breaks_and_no_piece_of_it_taken() -> None:
    with pytest.raises(Unreadable) as caught:
        read_json("{: [1, 2]}")
    assert caught.value.position == 1


def test_read_commas_in_an_array_stay_separate_numbers() -> None:
    assert read_json("[1,250,]").value == [1, 250]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "[" * 500 + "]" * 500])
def test_read_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_json(text)


@pytest.mark.parametrize(
    "text",
    [
        '["' + 'a" ' * 60_000,
        "[" + "1," * 100_000,
        "{" + "a:1 " * 50_000,
        "[/*" * 60_000,
        "[" + " " * 200_000 + "x",
    ],
)
def test_read_long_hostile_answer_takes_little_time(text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(Unreadable):
        read_json(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("```json\n[1]\n```", "[1]"),
        ("```\n[1]\n```\nDone.", "[1]"),
        ("Here you are:\n```json\n[1]\n```", "[1]"),
        ("```json\n[1, 2", "[1, 2"),
        ("<think>\nhm [0]\n</think>\n\n[1]", "[1]"),
        ("```[1]```", "[1]"),
        ("[1]", "[1]"),
    ],
)
def test_strip_wrapping_gives_what_stands_inside(answer: str, text: str) -> None:
    assert strip_wrapping(answer) == (text, answer != text)


def test_strip_wrapping_leaves_a_fence_inside_a_document() -> None:
    document = "# Title\n\nText.\n\n```python\nx = 1\n```\n\nMore."
    assert strip_wrapping(document) == (document, False)
