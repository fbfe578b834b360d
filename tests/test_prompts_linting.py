"""Lint: each rule finds its fault, offers something better, and leaves good questions alone."""

import pytest

from prompts import ImageRef, build_prompt, lint

A4 = ImageRef(1, 736, 1024)
TWO = [A4, ImageRef(2, 736, 1024)]
CROWDED = [ImageRef(1, 2496, 3520)]


def rules(prompt, **options) -> dict[str, str]:
    return {finding.rule: finding.better for finding in lint(prompt, **options)}


@pytest.mark.parametrize(
    ("text", "images", "rule", "better"),
    [
        ("Look at this", [A4], "vague-verb", "Describe image 1"),
        ("帮我看看这张图", [A4], "vague-verb", "描述图1"),
        ("Please check", [A4], "vague-verb", "image 1"),
        ("处理一下", TWO, "vague-verb", "图1和图2"),
        ("Extract the table", [A4], "no-format", "Return one Markdown table"),
        ("提取表格", [A4], "no-format", "只输出一个 Markdown 表格"),
        ("What is the total amount?", CROWDED, "no-region", "in the upper-right quarter of image 1"),
        ("合同总价是多少？", CROWDED, "no-region", "图1右上部分"),
        (
            "Read the text of image 3 as plain text",
            TWO,
            "image-not-there",
            "Read the text of image 2 as plain text",
        ),
        ("读出图5的文字，纯文本", TWO, "image-not-there", "读出图2的文字，纯文本"),
        ("第3张图里有几个人？只答一个数", TWO, "image-not-there", "图2"),
        (
            "Summarise the report in two sentences, then translate it into German",
            [A4],
            "two-tasks",
            "1. Summarise",
        ),
        ("读出全部文字，然后翻译成英文", [A4], "two-tasks", "1. 读出全部文字\n2. 翻译成英文"),
        ("数一下椅子；再把发票识别成 JSON", [A4], "two-tasks", "2. "),
        ("Give me the receipt as JSON and as CSV", [A4], "contradictory-formats", "Return"),
        ("Return only JSON and explain your reasoning", [A4], "contradictory-formats", "Return"),
        ("只输出 JSON，并详细说明理由", [A4], "contradictory-formats", "只输出"),
        ("What does this picture show?", [], "images-forgotten", "Image 1: […]\n\nWhat does"),
        ("这张发票多少钱", [], "images-forgotten", "图1： […]\n\n这张发票"),
        ("Solve the equation in the image", [A4], "limit-symbolic-mathematics", "SymPy"),
        ("识别这页藏文", [A4], "limit-rare-script", "OCR"),
        ("Count the grains of rice, just the number", [A4], "limit-many-objects", "tiles"),
        ("Give me the pixel-exact outline of the logo", [A4], "limit-pixel-exact", "segmentation"),
        ("Read the QR code's content", [A4], "limit-code-marks", "ZBar"),
    ],
)
def test_fault_is_found_and_something_better_offered(text, images, rule, better) -> None:
    found = rules(text, images=images)
    assert better in found[rule]


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("Copy the table in the lower half of image 1 as CSV.", [A4]),
        ("Who signed the contract, and when?", [A4]),
        ("提取图2中的合同编号和签订日期，返回 JSON。", TWO),
        ("What does article 7 on page 12 say?", [A4]),
        ("合同第7条规定了什么？", [A4]),
        ("用一句话概括图1。", [A4]),
        ("Convert the page to HTML with bounding boxes.", [A4]),
        ("Give me the price list as a Markdown table.", [A4]),
        ("Compare image 1 and image 2 in a table.", TWO),
        ("Check whether both totals in image 1 and image 2 are equal; answer yes or no.", TWO),
    ],
)
def test_good_question_is_left_alone(text: str, images: list) -> None:
    assert rules(text, images=images) == {}


def test_images_unknown_is_not_images_forgotten() -> None:
    assert "images-forgotten" not in rules("What does this picture show?")
    assert "image-not-there" not in rules("Describe image 7")


def test_gravest_findings_come_first() -> None:
    found = lint("Look at image 9", images=CROWDED)
    order = ["error", "warning", "hint"]
    assert [order.index(f.severity) for f in found] == sorted(order.index(f.severity) for f in found)
    assert found[0].rule == "image-not-there" and found[0].quote == "image 9"


def test_built_prompt_is_judged_by_its_parts() -> None:
    assert rules(build_prompt("table", images=[A4])) == {}
    assert "images-forgotten" in rules(build_prompt("table"))
    assert "no-region" in rules(build_prompt("table", images=CROWDED))
    assert "no-region" not in rules(build_prompt("table", "area:lower", images=CROWDED))
    asked = {"question": "What stands in image 4? Answer in HTML."}
    found = rules(build_prompt("answer", format="json", images=[A4], inputs=asked))
    assert {"image-not-there", "contradictory-formats"} <= set(found)


def test_long_text_takes_little_time() -> None:
    import time

    began = time.process_time()
    for text in ("image " * 50_000, "a" * 300_000, "，然后" * 50_000, "(" * 100_000):
        lint(text, images=[A4])
    assert time.process_time() - began < 5


def test_lint_json_only_beside_an_explanation_contradicts() -> None:
    found = lint("Give me JSON only and explain your reasoning")
    assert "contradictory-formats" in [finding.rule for finding in found]


def test_lint_figure_of_a_document_is_no_image() -> None:
    found = lint("As shown in Figure 12, what is the accuracy?", images=[ImageRef(1, 100, 100)])
    assert "image-not-there" not in [finding.rule for finding in found]


def test_lint_vague_question_of_unclear_task_is_not_pressed_into_one() -> None:
    for text, better in (("分析一下", "描述"), ("analyze", "Describe")):
        found = lint(text, images=[ImageRef(1, 100, 100)])
        assert found[0].rule == "vague-verb" and found[0].better.startswith((better, "用一两段话"))
