"""The router on questions it has never seen; its confidence, its limits, its manners."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from prompts import FORMATS, TASKS, route
from prompts.router import DATA, question_language

HELD_OUT = Path(__file__).parent / "data" / "questions_held_out.toml"


def load(path: Path) -> list[tuple[str, str, str]]:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return [(q, task, lang) for task, by in data.items() for lang, qs in by.items() for q in qs]


EXAMPLES = load(DATA / "questions.toml")
TESTS = load(HELD_OUT)


@pytest.fixture(scope="module")
def routed() -> list[tuple[str, str, object]]:
    return [(task, lang, route(question)) for question, task, lang in TESTS]


def test_questions_are_enough_and_a_third_is_kept_apart() -> None:
    assert len(TESTS) + len(EXAMPLES) >= 400
    assert len(TESTS) * 3 >= len(TESTS) + len(EXAMPLES)
    assert not {q for q, *_ in TESTS} & {q for q, *_ in EXAMPLES}
    for group in (TESTS, EXAMPLES):
        langs = Counter(lang for *_, lang in group)
        assert abs(langs["en"] - langs["zh"]) <= 0.05 * len(group)
        assert {task for _, task, _ in group} == set(TASKS)
        assert len({q for q, *_ in group}) == len(group)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_at_least_nine_in_ten_of_the_kept_questions_are_right(lang: str, routed) -> None:
    right = [found.task == task for task, asked, found in routed if asked == lang]
    assert sum(right) / len(right) >= 0.9


def test_each_task_is_found_more_often_than_not(routed) -> None:
    right = Counter(task for task, _, found in routed if found.task == task)
    asked = Counter(task for task, *_ in routed)
    assert {task for task in asked if right[task] * 2 <= asked[task]} == set()


def test_confidence_says_when_it_is_unsure(routed) -> None:
    sure = [found.task == task for task, _, found in routed if found.confidence >= 0.8]
    unsure = [found.task == task for task, _, found in routed if found.confidence < 0.4]
    assert sum(sure) / len(sure) >= 0.95
    assert sum(unsure) / len(unsure) < sum(sure) / len(sure) - 0.1


def test_runner_up_is_the_next_best(routed) -> None:
    for _, _, found in routed:
        assert found.runner_up != found.task
        assert 0 <= found.runner_up_confidence <= found.confidence <= 1


@pytest.mark.parametrize(
    ("question", "limit"),
    [
        ("Transcribe this Tibetan manuscript", "rare-script"),
        ("识别这方印章上的篆书", "rare-script"),
        ("བོད་ཡིག translate", "rare-script"),
        ("Solve the equation on the blackboard", "symbolic-mathematics"),
        ("求解图中的方程组", "symbolic-mathematics"),
        ("Give me a segmentation mask of the dog", "pixel-exact"),
        ("测量两孔之间的距离，精确到毫米", "pixel-exact"),
        ("How many grains of rice are on the plate?", "many-objects"),
        ("数一下人群里有多少人", "many-objects"),
        ("Summarise these 400 pages", "too-many-pages"),
        ("概括这份 1,200 页的报告", "too-many-pages"),
        ("Scan the barcode and tell me its number", "code-marks"),
        ("二维码里的链接是什么", "code-marks"),
        ("Is this signature forged?", "genuineness"),
        ("照片里的人是谁", "identity"),
        ("What time does the analog clock show?", "small-gauge"),
    ],
)
def test_limit_is_named_with_what_to_use_instead(question: str, limit: str) -> None:
    found = {item.name: item.text for item in route(question).limits}
    assert limit in found
    assert len(found[limit].en) > 60 and len(found[limit].zh) > 30


@pytest.mark.parametrize(
    "question",
    [
        "Read all the text on the page",
        "Convert the formula to LaTeX",
        "Where is the QR code? Give a box.",
        "总结这 12 页",
        "How many people are in the photo?",
        "把公式转成 LaTeX",
        "Locate the barcode",
        "Who signed the letter?",
        "识别英文和中文",
        "Find the error in the screenshot",
        "图中有几辆车？",
        "Which boxes are ticked?",
        "Translate into Spanish",
    ],
)
def test_question_within_reach_gets_no_limit(question: str) -> None:
    assert route(question).limits == ()


def test_pages_are_measured_against_the_window() -> None:
    assert not route("Summarise", images=20, tokens=20_000).limits
    assert [x.name for x in route("Summarise", images=20, tokens=20_000, window=16_000).limits] == [
        "too-many-pages"
    ]
    assert [x.name for x in route("Summarise", images=40, window=32_768).limits] == ["too-many-pages"]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Extract the table as CSV", "csv"),
        ("把表格转成 HTML", "html-table"),
        ("Extract name and date as JSON", "json"),
        ("Read all the text as Markdown", "markdown"),
        ("How many chairs? Answer with one word.", "short"),
        ("Describe the picture", None),
    ],
)
def test_format_that_the_question_names_is_told(question: str, name: str | None) -> None:
    found = route(question)
    assert found.format == name
    assert name is None or (name in FORMATS and name in TASKS[found.task].formats)


@pytest.mark.parametrize(
    "question", ["", " ", "?", "🙂", "asdf qwer", "x" * 100_000, "\x00\ud800", "()[]{}*+?\\"]
)
def test_any_text_gets_a_task(question: str) -> None:
    found = route(question)
    assert found.task in TASKS


def test_text_that_says_nothing_is_a_question_about_the_pages_with_little_confidence() -> None:
    found = route("zzz")
    assert found.task == "answer" and found.confidence < 0.2


def test_cues_show_what_decided() -> None:
    assert "receipt" in " ".join(route("Read this receipt").cues)


def test_long_question_takes_little_time() -> None:
    import time

    route("warm up")
    began = time.process_time()
    for text in ("the " * 30_000, "a" * 100_000, "extract the name, " * 5_000, "图" * 50_000):
        route(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("question", "lang"),
    [
        ("Read it", "en"),
        ("读一下", "zh"),
        ("OCR一下这张图", "zh"),
        ("what is 发票 in English on this page", "en"),
        ("", "en"),
    ],
)
def test_language_of_a_question(question: str, lang: str) -> None:
    assert question_language(question) == lang
