"""Answers as the page shows them: their form, and their places on the pages they come from."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.answers import MAX_ROWS, check, describe, figures, same_images
from demo.engines import Found, Result, Usage
from demo.markdown import render
from demo.mcp_tools import brief
from demo.programs import answered
from demo.views import view
from prompts.build import build_prompt
from prompts.formats import Format
from prompts.images import images_from_manifest
from toolkit.geometry import Placement
from toolkit.manifest import ImageRecord, Manifest, SourceRef
from toolkit.texts import Text

PAGE = SourceRef("contract.pdf", "a" * 64, 3, 595.0, 842.0, "pt")
PHOTO = SourceRef("photo.jpg", "b" * 64, 1, 4000.0, 3000.0, "px")


def manifest() -> Manifest:
    """Two images: a PDF page at a fifth of 300 dpi, and the lower right quarter of a photo at half size."""
    page = ImageRecord("1.png", "1" * 64, 595, 842, PAGE, Placement(), 100)
    quarter = ImageRecord(
        "2.png", "2" * 64, 1000, 750, PHOTO, Placement(a=2, d=2, e=2000, f=1500), 100, label=2
    )
    return Manifest("qwen3-vl", {}, (page, quarter))


def answer(
    text: str, form: str | Format = "text", task: str = "read-text", found: tuple[Found, ...] = ()
) -> Any:
    made = manifest()
    prompt = build_prompt(task, "whole", form, images_from_manifest(made), "en", family=made.family)
    return check(prompt, made, Result(text, Usage(1.0, 0.1, len(text)), "done", found))


def test_the_engines_places_lie_on_the_original_page() -> None:
    found = (Found(2, "total", (10, 20, 30, 40)), Found(1, "date", (1, 2, 3, 4), doubtful=True))
    pages = answer("total\ndate", found=found).pages
    assert [page.source for page in pages] == [PHOTO, PAGE]
    assert pages[0].marks[0].box == (2020, 1540, 2060, 1580)
    assert pages[1].marks[0].unsure


def test_boxes_written_by_a_model_are_taken_from_its_coordinates() -> None:
    # Qwen3-VL answers in 0..1000: (500, 500) of image 2 is its middle, (3000, 2250) of the photo.
    text = '[{"image": 2, "bbox_2d": [500, 500, 1000, 1000], "label": "seal"}]'
    (page,) = answer(text, "boxes", "read-boxes").pages
    assert page.source == PHOTO
    assert page.marks[0].box == pytest.approx((3000, 2250, 4000, 3000))
    assert page.marks[0].text == "seal"


def test_a_place_on_an_image_that_is_not_there_is_left_out() -> None:
    assert answer("x", found=(Found(9, "x", (0, 0, 1, 1)),)).pages == ()


def test_a_markdown_table_is_shown_as_rows() -> None:
    shown = describe(answer("| a | b |\n|---|---|\n| 1 | 2 |", "markdown-table", "table"), "en")
    assert list(shown["header"]) == ["a", "b"]
    assert [list(row) for row in shown["rows"]] == [["1", "2"]]
    assert next(name for name, _ in shown["panes"]) == "table"


def test_records_of_json_are_shown_as_rows_and_nested_ones_as_json() -> None:
    flat = describe(answer('[{"text": "a"}, {"text": null}]', Format.of("json", "text", many=True)), "en")
    assert flat["rows"] == [["a"], ["—"]]
    nested = describe(answer('{"columns": ["a"], "rows": [["1"]]}', "json", "table"), "en")
    assert nested["rows"] == ()
    assert nested["tree"] == {"columns": ["a"], "rows": [["1"]]}


def test_faults_are_named_in_the_language_of_the_page() -> None:
    wrong = answer('{"nothing": 1}', Format.of("json", "total"), "extract-fields")
    assert any("total" in fault for fault in describe(wrong, "zh")["faults"])
    assert not any(kind == "good" for kind, _ in describe(wrong, "zh")["notices"])


def test_long_tables_are_cut_and_say_so() -> None:
    rows = "".join(f"| {n} | x |\n" for n in range(MAX_ROWS + 5))
    shown = describe(answer("| a | b |\n|---|---|\n" + rows, "markdown-table", "table"), "en")
    assert len(shown["rows"]) == shown["rows_cut"] == MAX_ROWS


HOSTILE = st.text(
    alphabet=st.sampled_from("<>\"'&/= imgsrconerror|\n`-*[](){}:,0123"), min_size=1, max_size=60
)


@given(HOSTILE, st.sampled_from(["text", "json", "boxes", "markdown"]))
def test_a_hostile_answer_stays_text(text: str, form: str) -> None:
    shown = describe(answer(text, form), "en")
    reply = {"key": "0-0", "title": text, "fault": text, "anew": [text], "partial": text, "answer": shown}
    turn = {
        "number": 0,
        "kind": "ask",
        "words": text,
        "asked": text,
        "open": False,
        "newest": True,
        "chosen": 0,
    }
    turn |= {"pair": False, "rounds": [], "replies": [reply | {"places": None}]}
    drawn = view("talk", "en", turns=[turn], earlier=[], fault=text, changed=True, talkative=True, last=0)
    for tag in ("<img", "<script", "<svg onload", 'onerror="'):
        assert tag not in drawn.replace('<svg class="vp-icon"', "")


def test_one_record_stands_upright() -> None:
    shown = describe(answer('{"total": 3, "date": null}', Format.of("json", "total:number", "date")), "en")
    assert shown["upright"]
    assert shown["rows"] == [["total", "3"], ["date", "—"]]


@pytest.mark.parametrize(
    "text",
    [
        "![](https://example.com/?d=secret)",
        "[click](https://example.com/?d=secret)",
        "<img src=https://example.com/x>",
        "<https://example.com/?d=secret>",
        "[a]: https://example.com\n\n![b][a] [c][a]",
    ],
)
def test_markdown_loads_and_links_nothing(text: str) -> None:
    drawn = render(text)
    assert not re.search(r"<(img|a|iframe|script|link|style)\b", drawn)
    assert "example.com" in drawn or "[b]" in drawn


def test_markdown_keeps_tables_lists_and_emphasis() -> None:
    drawn = render("# T\n\n- **a**\n\n|x|\n|-|\n|1|\n")
    for tag in ("<h1>", "<li>", "<strong>", "<table>", "<td>1</td>"):
        assert tag in drawn


def test_figures_tell_what_the_caches_spared() -> None:
    usage = Usage(2.0, 0.4, 9, {}, 3, 3, 840, 812, output_tokens=7)
    shown = figures(usage, "en")
    assert "images: 3 reused, 0 read anew" in shown
    assert "812 of 840 tokens from the cache" in shown
    assert "first word after 0.4 s" in shown
    assert not any("cache" in words for words in figures(Usage(2.0, None, 9), "en"))


def test_a_loose_answer_may_be_plain_text() -> None:
    made = manifest()
    prompt = build_prompt("extract-fields", "whole", "json", images_from_manifest(made), "en")
    result = Result("It is the second one.", Usage(1.0, 0.1, 9), "done")
    assert check(prompt, made, result).checked.faults
    assert check(prompt, made, result, loose=True).checked.ok


def test_same_images_tells_order_and_roles_apart() -> None:
    made = manifest()
    assert same_images(made, manifest())
    assert not same_images(made, made.reordered([2, 1]))
    assert not same_images(made, made.reordered([1, 2], {1: "reference"}))
    assert not same_images(made, replace(made, images=made.images[:1]))
    assert not same_images(made, None)


@pytest.mark.parametrize(("unsure", "kind"), [(0, "good"), (1, "good"), (2, "note"), (4, "note")])
def test_an_answer_of_which_half_may_be_misread_is_not_praised(unsure: int, kind: str) -> None:
    made = manifest()
    prompt = build_prompt("read-text", "whole", "text", images_from_manifest(made), "en")
    found = tuple(Found(str(n), 1, (10, 10, 20, 20), doubtful=n < unsure) for n in range(4))
    result = Result("0 1 2 3", Usage(1.0, 0.1, 7), "done", found)
    assert describe(check(prompt, made, result), "en")["notices"][0] == (
        kind,
        "The answer has the form that was asked for.",
    )


def test_programs_are_told_what_was_done_otherwise_than_asked() -> None:
    made = answer("x")
    notes = (Text("The schema is only checked.", "Schema 仅作检查。"),)
    told = answered(replace(made, result=replace(made.result, notes=notes)))
    assert (told["notes"], told["notes_zh"]) == (["The schema is only checked."], ["Schema 仅作检查。"])
    assert brief(told, "zh")["notes"] == ["Schema 仅作检查。"]


def test_what_a_model_calls_its_values_is_no_translation() -> None:
    told = {"value": {"notes": "fragile", "notes_zh": "易碎"}, "faults": ["x"], "faults_zh": ["甲"]}
    assert brief(told, "en") == {"value": {"notes": "fragile", "notes_zh": "易碎"}, "faults": ["x"]}
