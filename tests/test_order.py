"""Orders: every image once, the scenario's order, the user's word above every guess, a reason each."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import ImageRecord, OrderFacts, Place, Placement, SourceRef, plan_order
from toolkit.errors import UsageError
from toolkit.order import SCENARIOS
from toolkit.order_facts import renumbered
from toolkit.order_files import _compare as compare
from toolkit.order_files import pairs_to_compare, with_relations
from toolkit.text_look import Look, text_look

TRACE = """Traceback (most recent call last):
  File "app.py", line 6, in <module>
    items = load("config.json")
KeyError: 'items'"""
CODE = """def load(path):
    with open(path) as f:
        data = json.load(f)
    return data["items"]"""
PROSE = "The program reads a configuration file.\nIt prints how many items there are.\nIt must not crash."


def facts(label: int, **known: Any) -> OrderFacts:
    return OrderFacts(label, known.pop("size", (736, 1024)), **known)


def labels(places: list[Place]) -> list[int]:
    return [place.label for place in places]


def roles(places: list[Place]) -> dict[int, str]:
    return {place.label: place.role for place in places}


def warned(place: Place) -> str:
    return " ".join(warning.en for warning in place.warnings)


ANY_FACTS = st.builds(
    OrderFacts,
    label=st.just(0),
    size=st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
    document=st.sampled_from(["", "a", "b"]),
    page=st.integers(1, 4),
    role=st.none() | st.sampled_from(["main", "reference", "error", "scene", "my own words"]),
    weight=st.none() | st.floats(-5, 5),
    quality=st.none() | st.sampled_from(["good", "doubtful", "poor", "unheard of"]),
    legible=st.none() | st.sampled_from(["readable", "doubtful", "unreadable"]),
    sharpness=st.none() | st.floats(0, 50),
    text_amount=st.none() | st.floats(0, 500),
    copy_of=st.none() | st.integers(1, 9),
    same_page_as=st.none() | st.integers(1, 9),
    close_up_of=st.none() | st.integers(1, 9),
    text_sample=st.sampled_from(["", TRACE, CODE, PROSE]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ANY_FACTS, max_size=8), st.sampled_from(sorted(SCENARIOS)))
def test_every_image_stands_once_with_a_reason_in_both_languages(
    found: list[OrderFacts], scenario: str
) -> None:
    images = [replace(one, label=number) for number, one in enumerate(found, 1)]
    places = plan_order(images, scenario)
    assert sorted(labels(places)) == list(range(1, len(images) + 1))
    for place in places:
        assert place.role
        assert place.reason.en
        assert place.reason.zh
        given_role = images[place.label - 1].role
        assert given_role is None or (place.role == given_role and not place.guessed)


RELATED = ("copy_of", "same_page_as", "close_up_of")


@settings(max_examples=150, deadline=None)
@given(st.lists(ANY_FACTS, max_size=8), st.sampled_from(sorted(SCENARIOS)))
def test_order_by_its_own_numbers_is_the_same_order(found: list[OrderFacts], scenario: str) -> None:
    """So that reasons can name the images by the numbers that they have afterwards."""
    images = []
    for number, one in enumerate(found, 1):
        other = {name: getattr(one, name) for name in RELATED}
        there = {name: n if n is not None and n < number else None for name, n in other.items()}
        images.append(replace(one, label=number, **there))
    places = plan_order(images, scenario)
    again = plan_order(renumbered(images, labels(places)), scenario)
    assert labels(again) == list(range(1, len(images) + 1))
    assert [place.role for place in again] == [place.role for place in places]


def test_ocr_puts_the_sharpest_carrier_of_text_first() -> None:
    places = plan_order(
        [
            facts(1, quality="poor", legible="readable", text_amount=30),
            facts(2, text_amount=0, quality="good"),
            facts(3, quality="good", legible="readable", sharpness=12.0, text_amount=30),
            facts(4, quality="good", legible="readable", sharpness=30.0, text_amount=10),
        ],
        "ocr",
    )
    assert labels(places) == [4, 3, 1, 2]
    assert "its text is readable, the picture is good" in places[0].reason.en
    assert "no text was found" in places[-1].reason.en


def test_ocr_says_when_no_image_has_text() -> None:
    places = plan_order(
        [facts(1, text_amount=0, quality="poor"), facts(2, text_amount=0, quality="good")], "ocr"
    )
    assert labels(places) == [2, 1]
    assert "No text was found in any" in places[0].reason.en


def test_ocr_names_what_decided_a_place() -> None:
    good = {"quality": "good", "legible": "readable", "sharpness": 20.0, "text_amount": 30}
    images = [
        facts(1, **good),
        facts(2, **(good | {"text_amount": 10})),
        facts(3, **(good | {"sharpness": 9.0})),
        facts(4, **(good | {"quality": "doubtful"})),
        facts(5, **(good | {"legible": "unreadable"})),
        facts(6, **(good | {"text_amount": 0})),
        facts(7, **(good | {"legible": None})),
        facts(8, **good),
    ]
    places = plan_order(images, "ocr")
    assert [(place.label, place.reason.en) for place in places] == [
        (1, "First, as the best carrier of text: its text is readable, the picture is good."),
        (8, "As good a carrier of text as image 1, so the given order stays."),
        (2, "After image 8: it has less text."),
        (3, "After image 2: its text is less sharp."),
        (4, "After image 3: the picture is mediocre."),
        (7, "After image 4: its text was not measured."),
        (5, "After image 7: its text is too small to read."),
        (6, "After image 5: no text was found in it."),
    ]


def test_ocr_keeps_the_given_order_where_only_the_measures_waver() -> None:
    images = [
        facts(n, quality="good", legible="readable", sharpness=sharp, text_amount=amount)
        for n, (sharp, amount) in enumerate([(24.8, 40), (36.8, 51), (33.4, 33)], 1)
    ]
    assert labels(plan_order(images, "ocr")) == [1, 2, 3]


def test_ocr_says_of_one_document_that_its_own_order_stays() -> None:
    pages = [facts(n, document="d", page=n + 4, title="d.pdf", quality="good") for n in (1, 2)]
    places = plan_order([*pages, facts(3, document="d", page=6, title="d.pdf")], "ocr")
    assert [place.reason.en for place in places] == [
        "All images belong to one document, so its own order stays.",
        "Page 6 of d.pdf, in the document's own order.",
        "The next piece of page 6 of d.pdf, in reading order.",
    ]


def test_ocr_puts_poorer_shots_of_a_page_right_after_the_best() -> None:
    places = plan_order(
        [
            facts(1, quality="poor", legible="readable"),
            facts(2, quality="doubtful", legible="readable"),
            facts(3, quality="good", legible="readable", same_page_as=1),
        ],
        "ocr",
    )
    assert labels(places) == [3, 1, 2]
    assert roles(places) == {3: "main", 1: "second-look", 2: "main"}
    assert "poorer shot of the page that image 3 shows" in places[1].reason.en
    assert "same page" in warned(places[0])


def test_ocr_keeps_the_pages_of_a_document_in_order_however_good_they_are() -> None:
    pages = [
        facts(1, document="d", page=2, quality="good", title="d.pdf"),
        facts(2, document="d", page=1, quality="poor", title="d.pdf"),
        facts(3, document="d", page=3, quality="good", title="d.pdf"),
    ]
    places = plan_order(pages, "ocr")
    assert labels(places) == [2, 1, 3]
    assert places[1].reason.en == "Page 2 of d.pdf, in the document's own order."


def test_ocr_puts_a_copy_right_behind_its_original() -> None:
    places = plan_order([facts(1), facts(2), facts(3, copy_of=1)], "ocr")
    assert labels(places) == [1, 3, 2]
    assert roles(places)[3] == "second-look"


def test_compare_puts_ones_own_first_and_then_goes_by_weight() -> None:
    images = [facts(1), facts(2), facts(3), facts(4)]
    places = plan_order(images, "compare", roles={3: "main"}, weights={1: 0.2, 2: 0.9})
    assert labels(places) == [3, 2, 1, 4]
    assert [place.guessed for place in places] == [False, True, True, True]
    assert "(0.9)" in places[1].reason.en
    assert "no weight" in places[3].reason.en


def test_compare_puts_what_has_no_weight_behind_even_the_least_weight() -> None:
    places = plan_order([facts(1), facts(2), facts(3)], "compare", weights={2: -1.0, 3: 0.0})
    assert labels(places) == [3, 2, 1]
    assert "no weight" in places[2].reason.en


def test_compare_without_a_word_keeps_the_order_and_says_that_it_guesses() -> None:
    places = plan_order([facts(1), facts(2)], "compare")
    assert labels(places) == [1, 2]
    assert roles(places) == {1: "main", 2: "reference"}
    assert all(place.guessed for place in places)


def test_diagnose_goes_from_requirement_to_source_to_error() -> None:
    places = plan_order(
        [facts(1, text_sample=TRACE), facts(2, text_sample=CODE), facts(3, text_sample=PROSE), facts(4)],
        "diagnose",
    )
    assert labels(places) == [3, 4, 2, 1]
    assert roles(places) == {3: "requirement", 4: "reference", 2: "source", 1: "error"}
    assert all(place.guessed for place in places)


def test_a_given_role_beats_what_the_text_looks_like() -> None:
    places = plan_order(
        [facts(1, text_sample=TRACE), facts(2)], "diagnose", roles={1: "requirement", 2: "error"}
    )
    assert labels(places) == [1, 2]
    assert not any(place.guessed for place in places)


def test_locate_goes_from_the_scene_to_close_ups_to_people() -> None:
    places = plan_order(
        [facts(1, role="people"), facts(2, close_up_of=4), facts(3, close_up_of=4), facts(4)], "locate"
    )
    assert labels(places) == [4, 2, 3, 1]
    assert roles(places) == {4: "scene", 2: "close-up", 3: "close-up", 1: "people"}
    assert "part of image 4" in places[1].reason.en


def test_mixed_sizes_are_warned_of_once_at_the_first_place() -> None:
    places = plan_order(
        [facts(1, size=(2000, 2000)), facts(2, size=(900, 900)), facts(3, size=(1500, 1500))], "compare"
    )
    assert "image 1 takes at least four times the tokens of image 2" in warned(places[0])
    assert all("four times" not in warned(place) for place in places[1:])
    even = plan_order([facts(1, size=(1000, 1000)), facts(2, size=(600, 600))], "compare")
    assert even[0].warnings == ()


def test_a_weak_first_image_is_warned_of() -> None:
    places = plan_order([facts(1, quality="poor", legible="unreadable"), facts(2, quality="good")], "compare")
    assert "image 1, which is harder to read than image 2" in warned(places[0])
    assert "too small to read" in warned(places[0])
    assert places[1].warnings == ()


def test_an_unknown_scenario_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="ocr, compare, diagnose, locate"):
        plan_order([facts(1)], "beauty")


@pytest.mark.parametrize("word", [{"roles": {3: "main"}}, {"weights": {0: 1.0}}])
def test_a_role_or_weight_for_no_image_is_refused(word: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"There is no image [03] to order; the last one is 2"):
        plan_order([facts(1), facts(2)], "compare", **word)


def test_no_images_have_no_order() -> None:
    assert plan_order([], "ocr") == []


def record(label: int, **known: Any) -> ImageRecord:
    source = SourceRef(f"f{label}.png", f"{label:064d}", 1, 100, 100, "px")
    return ImageRecord(f"f{label}-1.png", "0" * 64, 736, 1024, source, Placement(), 736, label=label, **known)


def test_records_of_a_manifest_are_ordered_by_what_they_carry() -> None:
    records = [
        record(1, quality={"verdict": "poor"}, text_height={"smallest": 5.0, "lines": 20}),
        record(
            2, quality={"verdict": "good", "sharpness": 20.0}, text_height={"smallest": 14.0, "lines": 20}
        ),
        record(3, role="second-look", copy_of=2),
    ]
    places = plan_order(records, "ocr")
    assert labels(places) == [2, 3, 1]
    assert "too small to read" in warned(places[2])


def test_records_without_figures_or_with_odd_ones_are_ordered_too() -> None:
    odd = record(
        1, quality={"verdict": 5, "sharpness": "sharp"}, text_height={"smallest": None, "lines": True}
    )
    assert labels(plan_order([odd, record(2)], "ocr")) == [1, 2]


def test_relations_name_the_earlier_shot_and_the_scene() -> None:
    known = with_relations(
        [facts(1), facts(2), facts(3, copy_of=1)],
        [(0, 1, "same_page"), (0, 2, "same_page"), (1, 0, "close_up")],
    )
    assert [(one.same_page_as, one.close_up_of) for one in known] == [(None, 2), (1, None), (None, None)]


def test_pages_of_one_document_are_no_shots_of_one_page() -> None:
    pages = [facts(n, document="d", page=n) for n in (1, 2)]
    other = [facts(3, document="e", page=1), facts(4, document="d", page=2)]
    known = with_relations([*pages, *other], [(0, 1, "same_page"), (0, 2, "same_page"), (1, 3, "same_page")])
    assert [one.same_page_as for one in known] == [None, None, 1, 2]


def test_pages_of_one_document_are_not_compared_unless_asked() -> None:
    pages = [facts(n, document="d", page=n) for n in (1, 2, 3)]
    assert pairs_to_compare(pages, within=False) == []
    assert pairs_to_compare(pages, within=True) == [(0, 1), (0, 2), (1, 2)]
    mixed = [*pages, facts(4), facts(5)]
    assert pairs_to_compare(mixed, within=False) == [(0, 3), (0, 4), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]


def test_long_document_beside_one_picture_is_not_loaded_to_be_compared() -> None:
    """Its 600 pages make only 600 pairs, but took minutes and 1.2 GB of features."""
    pages = [facts(n, document="d", page=n) for n in range(1, 601)]
    compared = compare([*pages, facts(601)], [], cast(Any, None), within=False)
    said = "601 images in 600 pairs are too many to compare (at most 120 in 780)"
    assert said in compared[1][0].en


@pytest.mark.parametrize(
    ("text", "look"),
    [
        (TRACE, Look.ERROR),
        (CODE, Look.CODE),
        (PROSE, Look.PROSE),
        ("", Look.NOTHING),
        (" \n \n", Look.NOTHING),
        (
            'Exception in thread "main" java.lang.NullPointerException\n\tat com.foo.Bar.run(Bar.java:12)',
            Look.ERROR,
        ),
        ("main.c:12:5: error: expected ';' before 'return'\nmake: *** [all] Error 2", Look.ERROR),
        ("panic: runtime error: index out of range [5]\ngoroutine 1 [running]:", Look.ERROR),
        ("npm ERR! code ELIFECYCLE\nnpm ERR! exit status 1", Look.ERROR),
        ("编译失败\n请检查第 12 行", Look.ERROR),
        ("public class A {\n  private int x;\n  public int get() {\n    return x;\n  }\n}", Look.CODE),
        ("SELECT name, total\nFROM orders\nWHERE total > 5;", Look.CODE),
        ('#include <stdio.h>\nint main(void) {\n  printf("hi");\n  return 0;\n}', Look.CODE),
        ("会议纪要\n1. 讨论了错误处理的需求。\n2. 下周给出方案。", Look.PROSE),
        ("We import coffee from Peru.\nReturn it within 30 days if you are not happy.", Look.PROSE),
        ("Invoice 4711\nTotal: 1,234.56 EUR\nDue in 14 days", Look.PROSE),
    ],
)
def test_the_look_of_known_texts(text: str, look: Look) -> None:
    assert text_look(text) is look


def test_a_hostile_text_is_judged_quickly() -> None:
    began = time.process_time()
    text_look(("at " + "a" * 3000 + "(") * 20 + "\n" + 'File "' * 5000)
    text_look("\n".join(["(" * 400 + "a" * 90] * 200))
    assert time.process_time() - began < 2


def test_order_docs_name_every_scenario() -> None:
    text = (Path(__file__).parents[1] / "docs" / "order.md").read_text(encoding="utf-8")
    assert all(f"`{scenario}`" in text for scenario in SCENARIOS)
