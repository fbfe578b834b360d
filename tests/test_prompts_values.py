"""Values that questions name, on questions written before any rule; the router for what an engine can do."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.engines.reader.labels import plain, words_for
from demo.engines.reader.tasks import TASKS as READER
from prompts import route
from prompts.formats import FIELD_TYPES
from prompts.values import MAX_VALUES, Value, find_values, takes_thought

DATA = Path(__file__).parent / "data"
SEEN, HELD_OUT = (
    tomllib.loads((DATA / f"value_questions_{name}.toml").read_text(encoding="utf-8"))
    for name in ("seen", "held_out")
)
ROOT = Path(__file__).parents[1]
KINDS = tomllib.loads((ROOT / "prompts/data/values.toml").read_text(encoding="utf-8"))
LABELS = tomllib.loads((ROOT / "demo/engines/reader/labels.toml").read_text(encoding="utf-8"))


def is_called(value: Value, wanted: str) -> bool:
    """Tell whether a value is the one wanted: by kind, by name, or "delivery date" where a date is wanted."""
    name, wanted = value.name.lower(), wanted.lower()
    return wanted in (value.kind, name) or (not value.kind and name.endswith(wanted))


def is_right(words: str, wanted: str, form: str) -> bool:
    found = route(words, able=READER)
    names = [name.strip() for name in wanted.split(",")]
    right = len(names) == len(found.values) and all(map(is_called, found.values, names))
    return found.task == "extract-fields" and right and (found.format or "") == form


def test_questions_are_many_and_none_stands_in_both_lists() -> None:
    asked = [[row[0] for lang in ("en", "zh") for row in data["values"][lang]] for data in (SEEN, HELD_OUT)]
    assert len(asked[1]) >= 60
    assert not set(asked[0]) & set(asked[1])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_values_named_in_questions_never_looked_at_are_found_nine_times_in_ten(lang: str) -> None:
    right = [is_right(*row) for row in HELD_OUT["values"][lang]]
    assert sum(right) >= 0.9 * len(right)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_values_named_in_questions_seen_are_found(lang: str) -> None:
    wrong = [row[0] for row in SEEN["values"][lang] if not is_right(*row)]
    assert wrong in ([], ["金额用的什么币种"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_questions_that_take_thought_stay_refused(lang: str) -> None:
    asked = SEEN["thought"][lang] + HELD_OUT["thought"][lang]
    assert [words for words in asked if route(words, able=READER).task in READER] == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_wishes_for_a_page_or_for_rows_stay_as_they_are(lang: str) -> None:
    asked = SEEN["other"][lang] + HELD_OUT["other"][lang]
    assert [words for words, task in asked if route(words, able=READER).task != task] == []


def test_route_says_what_it_stands_in_for() -> None:
    found = route("What is the total? Give it as JSON.", able=READER)
    assert (found.task, found.instead_of, found.format) == ("extract-fields", "answer", "json")
    assert found.values == (Value("total", "number", "total"),)
    free = route("What is the total? Give it as JSON.")
    assert (free.task, free.instead_of) == ("answer", "")


def test_an_engine_that_has_no_such_task_is_not_sent_there() -> None:
    assert route("What is the total?", able=("read-text",)).task == "answer"


def test_names_stay_as_they_are_written() -> None:
    assert [value.name for value in find_values("What is the IBAN and the Serial number?")] == [
        "IBAN",
        "Serial number",
    ]
    assert find_values("“开票人”旁边是什么") == (Value("开票人"),)


def test_one_part_of_a_question_names_a_value_once() -> None:
    assert [value.kind for value in find_values("How much is the discount?")] == ["discount"]
    assert [value.kind for value in find_values("应付多少钱，什么时候到期？")] == ["total", "due_date"]


@pytest.mark.parametrize(
    "question", ["Could you tell me the total?", "能帮我找一下合计吗？", "可以告诉我日期吗"]
)
def test_a_polite_question_takes_no_thought(question: str) -> None:
    assert not takes_thought(question)
    assert len(find_values(question)) == 1


def test_every_kind_has_a_type_and_its_names_are_known_to_the_reader() -> None:
    for kind, row in KINDS["kinds"].items():
        assert row["type"] in FIELD_TYPES
        for name in (*row["en"], *row["zh"]):
            assert set(map(plain, LABELS[kind])) <= set(words_for(Value(name).field)), (kind, name)


def test_no_name_belongs_to_two_kinds() -> None:
    names = [name for row in KINDS["kinds"].values() for name in (*row["en"], *row["zh"])]
    assert sorted(names) == sorted(set(names))


@settings(deadline=None)  # the first call reads the rules
@given(st.text(max_size=400))
def test_any_text_gives_few_values_that_fields_take(text: str) -> None:
    found = find_values(text) + find_values("{" + text + "}") + find_values('next to "' + text[:40] + '"')
    assert len(found) <= 3 * MAX_VALUES
    for value in found:
        assert value.field.name == value.name.strip()


def test_long_questions_take_little_time() -> None:
    import time

    find_values("total")
    began = time.process_time()
    for text in (
        "the date of " * 9000,
        "合计的" * 20_000,
        "a" * 100_000,
        "{" * 50_000,
        "“" * 50_000,
        "look for " * 9000,
    ):
        find_values(text)
    assert time.process_time() - began < 1
