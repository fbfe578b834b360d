"""Step 3 through the page's own events: words, cards, forms, findings, templates, exports, links."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_client import Visitor, open_page
from documents import Page, Words, write_pdf

from demo.asking import Desk, Question


@pytest.fixture(scope="module")
def page() -> Iterator[tuple[Any, Any]]:
    with open_page() as opened:
        yield opened


@pytest.fixture(scope="module")
def prepared(page: tuple[Any, Any], tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    visitor = Visitor(*page, {"accept-language": "en"})
    folder = tmp_path_factory.mktemp("bill")
    file = write_pdf(folder / "a bill.pdf", Page(content=(Words("Total 97.65", x=72, y=700, size=24),)))
    visitor.call("prepare", visitor.upload(file), "auto", "qwen3-vl", 300, "never", "")
    return visitor


@pytest.fixture
def visitor(prepared: Visitor) -> Visitor:
    """The same visitor, with nothing chosen yet."""
    session = next(iter(prepared.blocks.context.store._by_token.values()))
    session.work.question, session.work.desk = Question(), Desk()
    return prepared


def step(visitor: Visitor) -> Any:
    return visitor.blocks.context.steps["prompt"]


def typed(visitor: Visitor, words: str) -> dict[Any, Any]:
    return visitor.fire("type_words", act="fill", arg="words", value=words)


def test_a_question_that_the_reader_can_not_answer_is_looked_for_and_the_page_says_so(
    visitor: Visitor,
) -> None:
    told = typed(visitor, "What is the total? Give it as JSON.")
    heard = told[step(visitor).heard]
    assert "Understood as: Find certain values · JSON" in heard
    assert "can&#39;t answer freely" in heard and "“total”" in heard
    told = visitor.fire("answer_back", act="as-asked", arg="", value="")
    assert "takes a language model" in told[step(visitor).heard]
    told = visitor.fire("answer_back", act="by-words", arg="", value="")
    assert "“total”" in told[step(visitor).heard]


def test_choosing_another_engine_takes_one_click(visitor: Visitor) -> None:
    typed(visitor, "一共花了多少钱？")
    told = visitor.fire("answer_back", act="engines", arg="", value="")
    ask = visitor.blocks.context.steps["ask"]
    assert told[visitor.blocks.context.tabs]["selected"] == "ask"
    assert 'data-keep="engines" open' in told[ask.side.engine]
    assert "“合计”" in told[ask.side.engine]


def test_a_question_that_takes_thought_stays_refused_with_ways_out(visitor: Visitor) -> None:
    told = typed(visitor, "Why is it so expensive?")
    heard = told[step(visitor).heard]
    assert "takes a language model" in heard
    assert 'data-act="engines"' in heard and 'data-act="as-asked"' not in heard


def test_typed_words_choose_the_task_and_say_so(visitor: Visitor) -> None:
    told = typed(visitor, "Copy the table as CSV")
    assert "Understood as: Copy a table · CSV" in told[step(visitor).heard]
    assert "Copy the table as CSV" in told[step(visitor).preview]


def test_a_task_chosen_by_hand_stays_and_takes_the_words_along(visitor: Visitor) -> None:
    visitor.fire("pick", act="task", arg="summarize", value="")
    told = typed(visitor, "Copy the table as CSV")
    assert "Your words are added to “Summarise pages”" in told[step(visitor).heard]
    told = visitor.fire("answer_back", act="by-words", arg="", value="")
    assert "Copy a table" in told[step(visitor).heard]


def test_a_field_of_the_form_goes_into_the_prompt(visitor: Visitor) -> None:
    visitor.fire("pick", act="task", arg="table", value="")
    told = visitor.fire("fill_in", act="fill", arg="which", value="<b>Prices</b> of 2026")
    assert "&lt;b&gt;Prices&lt;/b&gt; of 2026" in told[step(visitor).preview]


def test_a_mend_is_made_by_its_key_and_by_no_other(visitor: Visitor) -> None:
    typed(visitor, "What is the total in image 7?")
    told = visitor.fire("improve", act="mend", arg="nonsense", value="")
    assert "image 7" in told[step(visitor).words]
    told = visitor.fire("improve", act="mend", arg="image-not-there:image 7", value="")
    assert "image 7" not in told[step(visitor).words]
    assert "image 1" in told[step(visitor).words]


@pytest.mark.parametrize("target", ["curl", "python", "qwen", "markdown", "openai"])
def test_an_export_names_no_folder_of_this_machine(visitor: Visitor, target: str) -> None:
    shown = visitor.fire("show_export", act="export", arg=target, value="")[step(visitor).tools]
    assert str(visitor.blocks.context.store.root) not in shown
    assert ".png" in shown or target == "openai"
    told = visitor.fire("show_export", act="save", arg=target, value="")
    address = told[step(visitor).address]
    assert address.startswith("gradio_api/file=")
    saved = visitor.client.get("/" + address)
    assert saved.status_code == 200
    assert str(visitor.blocks.context.store.root) not in saved.text


def test_an_own_template_is_saved_chosen_and_listed(visitor: Visitor) -> None:
    one = step(visitor)
    told = visitor.fire("own_act", act="edit", arg="table", value="")
    source = told[one.own.source]["value"]
    assert "name: my-table" in source
    told = visitor.fire("own_save", source.replace("title: Copy a table", "title: My table"))
    assert "“My table” is saved" in told[one.own.shown]
    assert 'data-arg="my-table"' in told[one.cards]
    assert "My table" in told[one.cards]


def test_a_broken_own_template_is_refused_with_its_line(visitor: Visitor) -> None:
    told = visitor.fire("own_save", "---\nname: x\nmetadata: [\n---\nHello")
    assert ".prompty" in told[step(visitor).own.fault]["value"]
    assert "line" in told[step(visitor).own.fault]["value"]
    assert str(visitor.blocks.context.store.root) not in told[step(visitor).own.fault]["value"]


def test_uploaded_templates_that_break_are_listed_with_the_reason(visitor: Visitor, tmp_path: Path) -> None:
    hostile = tmp_path / "evil.md"
    hostile.write_text("---\nname: evil\nmetadata: {task: table, lang: en}\n---\n{% include 'other' %}")
    told = visitor.fire("own_load", visitor.upload(hostile))
    shown = told[step(visitor).own.shown]
    assert "evil.prompty" in shown
    assert "can&#39;t be used" in shown
    assert str(visitor.blocks.context.store.root) not in shown.replace("gradio_api/file=", "")


def test_two_templates_stand_side_by_side(visitor: Visitor) -> None:
    visitor.fire("pick", act="task", arg="read-text", value="")
    shown = visitor.fire("own_act", act="other", arg="", value="handwriting")[step(visitor).own.shown]
    assert "vp-differs" in shown
    assert "Read handwriting" in shown


@pytest.mark.parametrize("arg", ["../../etc/passwd", "no-such", "<script>", ""])
def test_an_unknown_card_changes_nothing(visitor: Visitor, arg: str) -> None:
    before = visitor.fire("pick", act="task", arg="table", value="")[step(visitor).preview]
    assert visitor.fire("pick", act="task", arg=arg, value="")[step(visitor).preview] == before
