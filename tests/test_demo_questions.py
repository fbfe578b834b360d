"""Choices of step 3 to prompts, and the choices that are open."""

import pytest

from demo.questions import QuestionError, area_choices, compose, format_choices, settle, task_choices
from demo.work import Question
from prompts.errors import PromptError
from toolkit.geometry import Placement
from toolkit.manifest import ImageRecord, Manifest, SourceRef

SOURCE = SourceRef("a.pdf", "a" * 64, 1, 595.0, 842.0, "pt")
MANIFEST = Manifest("qwen3-vl", {}, (ImageRecord("1.png", "1" * 64, 736, 1024, SOURCE, Placement(), 736),))
ABLE = {"read-text": ("text",), "read-boxes": ("boxes",)}


def test_tasks_the_engine_can_do_come_first_and_the_others_say_what_they_need() -> None:
    shown = task_choices("zh", ABLE)
    assert [name for _, name in shown[:2]] == ["read-text", "read-boxes"]
    assert all("需要语言模型" in words for words, name in shown if name not in ABLE)
    assert not any("需要" in words for words, _ in task_choices("zh", None))


def test_settle_chooses_a_task_and_a_format_that_go_together() -> None:
    question = Question(task="no such task", format="csv")
    settle(question, "en", ABLE)
    assert (question.task, question.format) == ("read-text", "text")


def test_compose_follows_the_page_unless_a_language_was_chosen() -> None:
    question = Question(task="read-text", format="text")
    assert compose(question, MANIFEST, "zh").lang == "zh"
    question.lang = "en"
    assert compose(question, MANIFEST, "zh").lang == "en"


def test_compose_takes_a_box_on_its_image() -> None:
    question = Question(task="read-text", format="text", region="box", box=(10, 20, 300, 400))
    assert compose(question, MANIFEST, "en").region.corners == ((10, 20, 300, 400),)


def test_compose_takes_fields_as_they_are_typed() -> None:
    question = Question(task="extract-fields", format="json", fields="发票号码\n\n Total: due? \n")
    assert [field.name for field in compose(question, MANIFEST, "zh").format.fields] == [
        "发票号码",
        "Total: due?",
    ]


@pytest.mark.parametrize(("region", "words"), [("box", "框选"), ("area", "选择页面")])
def test_a_region_announced_but_not_given_is_asked_for(region: str, words: str) -> None:
    with pytest.raises(QuestionError) as caught:
        compose(Question(task="read-text", format="text", region=region), MANIFEST, "zh")
    assert words in caught.value.text.zh


def test_a_written_region_that_cannot_be_is_refused() -> None:
    with pytest.raises(PromptError):
        compose(Question(task="read-text", format="text", written="box:1,2"), MANIFEST, "en")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_choice_has_its_words(lang: str) -> None:
    for _, task in task_choices(lang, None):  # type: ignore[arg-type]
        assert all(words.strip() for words, _ in format_choices(task, lang))  # type: ignore[arg-type]
    assert all(words.strip() for words, _ in area_choices(lang))  # type: ignore[arg-type]
