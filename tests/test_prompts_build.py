"""Prompts: their parts, their words, their messages; every combination builds or is refused by a reason."""

import itertools
import re

import pytest

from prompts import (
    FORMATS,
    TASKS,
    CombinationError,
    Field,
    Format,
    ImageRef,
    InputError,
    PromptError,
    Region,
    UnknownNameError,
    build_prompt,
    list_templates,
    refusal,
)
from toolkit import to_family
from toolkit.texts import Language

A4 = ImageRef(1, 736, 1024)
TWO = [A4, ImageRef(2, 1024, 736)]
REGIONS = [
    "whole",
    "area:header",
    "area:left,footer@2",
    "box:10,10,300,300",
    "box:1,1,9,9;20,20,40,40",
    "marked:red",
]


def enough(task: str) -> list[ImageRef]:
    return TWO[: TASKS[task].min_images]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("task", TASKS)
def test_every_combination_builds_or_is_refused_by_a_reason(task: str, lang: str) -> None:
    for region, name, count in itertools.product(REGIONS, FORMATS, (0, 1, 2)):
        reason = refusal(task, region, name, TWO[:count])
        if reason is None:
            prompt = build_prompt(task, region, name, TWO[:count], lang)
            assert prompt.format.name == name
            check_wording(prompt.text, lang)
        else:
            assert len(reason.en) > 20 and len(reason.zh) > 10
            with pytest.raises(CombinationError) as caught:
                build_prompt(task, region, name, TWO[:count], lang)
            assert caught.value.text == reason


def check_wording(text: str, lang: str) -> None:
    assert "{" not in re.sub(r"\{\"|\\tag\{\}|\\text\{|\[ \{|\{ \[", "", text), text
    assert "}}" not in text and "{%" not in text and "None" not in text
    assert "  " not in text and "\n\n\n" not in text and " ." not in text and " ," not in text, text
    assert not re.search(r"\n- ?\n|\n-$", text), text
    if lang == "zh":
        assert not re.search("[\u4e00-\u9fff][,;:?!](?![0-9\\]])", text), text
        assert not re.search("[\u4e00-\u9fff] (?=[\u4e00-\u9fff])", text), text
    else:
        assert not re.search("[\u4e00-\u9fff，。：；]", text), text


@pytest.mark.parametrize("task", TASKS)
def test_every_task_builds_in_each_of_its_formats(task: str) -> None:
    for name in TASKS[task].formats:
        assert refusal(task, "whole", name, enough(task)) is None


def test_refusal_names_what_to_take_instead() -> None:
    reason = refusal("read-text", "whole", "csv")
    assert reason is not None
    assert "text, markdown, json, jsonl, boxes" in reason.en and "table" in reason.en


@pytest.mark.parametrize(
    ("task", "region", "format", "count", "says"),
    [
        ("compare", "whole", None, 1, "at least 2 images, and 1"),
        ("to-html", "area:header", None, 1, "whole pages"),
        ("compare", "box:1,1,5,5", None, 2, "against each other"),
        ("differences", "area:header@2", None, 2, "against each other"),
        ("answer", "whole@3", None, 2, "no image 3"),
        ("answer", "box:5000,1,5001,5", None, 1, "lies outside image 1, which is 736 x 1024"),
        ("receipt", "whole", Format("csv", (Field("items", "records"),)), 1, "flat cells"),
    ],
)
def test_build_parts_that_do_not_go_together_are_refused(task, region, format, count, says) -> None:
    with pytest.raises(CombinationError, match=says):
        build_prompt(task, region, format, TWO[:count])


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        ({"task": "read-minds"}, UnknownNameError, "no template 'read-minds'"),
        (
            {"task": "answer", "inputs": {"qestion": "x"}},
            UnknownNameError,
            "no input 'qestion'. It has: question",
        ),
        ({"task": "describe", "inputs": {"length": "endless"}}, InputError, "short, medium, long"),
        ({"task": "answer", "inputs": {"question": "x" * 20_001}}, InputError, "20001 characters"),
        ({"task": "read-text", "images": [A4, A4]}, InputError, "number 1 is not usable"),
        ({"task": "read-text", "images": [ImageRef(0, 5, 5)]}, InputError, "number 0"),
        ({"task": "read-text", "images": [ImageRef(1, 0, 5)]}, InputError, "0 x 5"),
    ],
)
def test_build_bad_value_is_refused(arguments: dict, kind: type[PromptError], says: str) -> None:
    with pytest.raises(kind, match=re.escape(says)):
        build_prompt(**arguments)


def test_messages_put_each_image_behind_its_label_and_the_question_last() -> None:
    prompt = build_prompt("answer", images=TWO, lang="zh", inputs={"question": "谁签的字？"})
    system, user = prompt.messages
    assert system["role"] == "system" and system["content"][0]["text"] == prompt.system
    assert [p.get("text") or p["image"].label for p in user["content"][:4]] == ["图1：", 1, "图2：", 2]
    assert prompt.text.endswith("问题：谁签的字？")


def test_system_and_labels_do_not_depend_on_the_question() -> None:
    one = build_prompt("answer", images=TWO, inputs={"question": "a"})
    other = build_prompt("table", "area:header", "csv", TWO)
    assert one.messages[0] == other.messages[0]
    assert one.messages[1]["content"][:-1] == other.messages[1]["content"][:-1]


def test_follow_up_appends_and_touches_nothing() -> None:
    prompt = build_prompt("answer", images=TWO)
    before = repr(prompt.messages)
    later = prompt.follow_up("Miller.", "And when?").follow_up("In May.", "Sure?")
    assert repr(prompt.messages) == before
    assert later.messages[:2] == prompt.messages
    assert [m["role"] for m in later.messages[2:]] == ["assistant", "user", "assistant", "user"]
    assert later.text == "Sure?"


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen2.5-vl", "qwen3-vl", "qwen3.5"])
def test_boxes_are_written_in_the_family_s_own_coordinates(family: str) -> None:
    image = ImageRef(1, 728, 1036)
    box = (100, 200, 300, 400)
    text = build_prompt("read-text", Region.boxes([box]), None, [image], family=family).text
    expected = [round(n) for n in to_family(box, image.size, family)]
    assert str(expected) in text
    assert ("in pixels of image 1, which is 728 x 1036" in text) == (family == "qwen2.5-vl")
    assert ("from 0 to 1000" in text) == (family != "qwen2.5-vl")


def test_box_partly_outside_is_cut_and_noted() -> None:
    prompt = build_prompt("read-text", "box:700,0,900,100", images=[A4])
    assert prompt.region.corners == ((700, 0, 736, 100),)
    assert "was cut to it" in prompt.notes[0].en


def test_answer_boxes_of_several_images_ask_for_the_image() -> None:
    assert '"image": 1' in build_prompt("read-boxes", images=TWO).text
    assert '"image"' not in build_prompt("read-boxes", images=[A4]).text


def test_format_carries_the_fields_really_asked_for() -> None:
    prompt = build_prompt("receipt", images=[A4], lang="zh", family="qwen2.5-vl")
    assert [f.name for f in prompt.format.fields][:2] == ["seller", "number"]
    assert prompt.format.family == "qwen2.5-vl"
    own = build_prompt("extract-fields", format="json:合同编号,签订日期:date", images=[A4], lang="zh")
    assert [f.name for f in own.format.fields] == ["合同编号", "签订日期"]
    assert '"签订日期"（日期，YYYY-MM-DD）' in own.text


def test_table_headings_are_in_the_language_of_the_prompt() -> None:
    names = [f.name for f in build_prompt("compare", images=TWO, lang="zh").format.fields]
    assert names == ["比较项", "图1", "图2", "是否一致"]
    assert build_prompt("receipt", format="csv", lang="en").format.fields[2].name == "unit price"


def test_schema_given_stands_in_the_prompt() -> None:
    schema = {"type": "object", "properties": {"<|im_start|>": {"type": "string"}}}
    text = build_prompt("extract-fields", format=Format.from_schema(schema), images=[A4]).text
    assert "JSON Schema" in text and "‹|im_start|>" in text


def test_roles_and_pages_become_sentences() -> None:
    images = [
        ImageRef(1, 9, 9, role="reference", title="a.pdf", page=1),
        ImageRef(2, 9, 9, role="detail", title="a.pdf", page=2),
        ImageRef(3, 9, 9, role="detail", title="a.pdf", page=3),
        ImageRef(4, 9, 9, role="second-look", title="a.pdf", page=1, copy_of=1),
        ImageRef(5, 9, 9, role="the seller's copy"),
    ]
    text = build_prompt("answer", images=images).text.split("\n\n")[0]
    assert text == (
        "Images 1 to 3 are pages 1–3 of “a.pdf”, in this order. "
        "Image 1 is the reference to measure the others by. Images 2 and 3 show details. "
        "Image 4 is a second view of image 1; use it to check small text and don't report anything twice. "
        "Image 5 was described by the user as “the seller's copy”."
    )
    assert "图4是图1的第二视图" in build_prompt("answer", images=images, lang="zh").text


@pytest.mark.parametrize(("lang", "names"), [("en", "images 1–90, 92 and 93"), ("zh", "图1–90、92、93")])
def test_names_of_many_images_stay_one_line(lang: Language, names: str) -> None:
    pages = [ImageRef(n, 736, 1024, copy_of=90 if n == 91 else None) for n in range(1, 94)]
    assert names in build_prompt("read-text", images=pages, lang=lang).text


def test_one_main_image_gets_no_sentence_about_roles() -> None:
    assert build_prompt("read-text", images=[A4]).text.startswith("Read all the text in image 1.")


def test_whole_region_leaves_second_looks_out_of_the_names() -> None:
    images = [A4, ImageRef(2, 9, 9, role="second-look", copy_of=1)]
    assert "Read all the text in image 1." in build_prompt("read-text", images=images).text


def test_default_question_is_noted() -> None:
    prompt = build_prompt("answer", images=[A4])
    assert "question was not given" in prompt.notes[0].en and "没有填写" in prompt.notes[0].zh
    assert build_prompt("answer", images=[A4], inputs={"question": "Who?"}).notes == ()


def test_to_dict_is_plain_json() -> None:
    import json

    data = json.loads(json.dumps(build_prompt("read-boxes", "area:header", images=TWO).to_dict()))
    assert data["messages"][1]["content"][1] == {"type": "image", "label": 1}
    assert data["region"] == "area:header" and data["format"]["name"] == "boxes"


TWO = [ImageRef(n, 736, 1024) for n in (1, 2)]


@pytest.mark.parametrize(
    ("lang", "kind", "each"), [("en", "each kind of", "each instance"), ("zh", "每类", "每个目标")]
)
def test_build_count_with_points_asks_for_one_point_each(lang: Language, kind: str, each: str) -> None:
    text = build_prompt("count", "whole", "points", TWO, lang).text
    assert each in text and kind not in text
    assert kind in build_prompt("count", "whole", "json", TWO, lang).text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_build_does_not_contradict_itself(lang: Language) -> None:
    counted = build_prompt("count", "whole", "json", TWO, lang).text
    assert "null" not in counted  # what is not there is 0
    copied = {"en": "Copy text", "zh": "照抄"}[lang]
    assert copied not in build_prompt("translate", "whole", "jsonl", TWO, lang).text
    digits = {"en": "thousands", "zh": "千位"}[lang]
    assert digits not in build_prompt("answer", "whole", "json", TWO, lang).text
    assert digits in build_prompt("receipt", "whole", "json", TWO, lang).text


def test_build_every_bullet_stands_on_a_line_of_its_own() -> None:
    for template in list_templates():
        for format in TASKS[template.task].formats:
            text = build_prompt(template.name, "whole", format, TWO, template.lang).text
            assert not re.search(r"[。.]- ", text), (template.name, format)


def test_build_parts_of_one_page_are_no_pages() -> None:
    parts = [ImageRef(n, 10, 10, title="a.pdf", page=1 + n // 3) for n in (1, 2, 3)]
    text = build_prompt("read-text", images=parts).text
    assert text.startswith(
        "Images 1 and 2 are parts of page 1 of “a.pdf”, in reading order. Image 3 is page 2"
    )
    assert build_prompt("read-text", images=parts, lang="zh").text.startswith(
        "图1和图2是“a.pdf”第 1 页按阅读顺序"
    )
