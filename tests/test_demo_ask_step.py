"""Step 4 through the page's own events, answered by an engine that repeats what it is told."""

import json
import threading
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from demo_client import Visitor, open_page
from documents import Page, Words, write_pdf

from demo.asking import Question, Talk
from demo.engines import registry
from demo.settings import Settings


@pytest.fixture(scope="module")
def page() -> Iterator[tuple[Any, Any]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.ENGINES, "echo", registry.Row("echo", "echo_engine:EchoEngine", ()))
        with open_page(Settings(engine="echo")) as opened:
            yield opened


@pytest.fixture(scope="module")
def prepared(page: tuple[Any, Any], tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    visitor = Visitor(*page, {"accept-language": "en"})
    folder = tmp_path_factory.mktemp("bill")
    words = Words("Total 97.65", x=72, y=700, size=24)
    file = write_pdf(folder / "a bill.pdf", Page(content=(words,)), Page())
    visitor.call("prepare", visitor.upload(file), "auto", "qwen3-vl", 300, "never", "")
    return visitor


@pytest.fixture
def visitor(prepared: Visitor) -> Visitor:
    """The same visitor, with nothing asked yet."""
    session = session_of(prepared)
    session.work.question, session.work.talk = Question(), Talk()
    engine_of(prepared).forget(session.token)
    return prepared


def session_of(visitor: Visitor) -> Any:
    return next(iter(visitor.blocks.context.store._by_token.values()))


def engine_of(visitor: Visitor) -> Any:
    return visitor.blocks.context.engines.get("echo")


def step(visitor: Visitor) -> Any:
    return visitor.blocks.context.steps["ask"]


def ask(visitor: Visitor, words: str) -> str:
    visitor.fire("type_words", act="fill", arg="words", value=words)
    visitor.fire("begin_question")
    return str(visitor.fire("follow_answer")[step(visitor).talk])


def test_a_question_is_noted_at_once_and_answered_then(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, look = threading.Event(), engine_of(visitor)._look
    # However slow the machine is, no word comes before the page was drawn.
    monkeypatch.setattr(engine_of(visitor), "_look", lambda request: drawn.wait(60) and look(request))
    visitor.fire("type_words", act="fill", arg="words", value="slowly: who signed on page 2?")
    noted = visitor.fire("begin_question")
    assert "slowly: who signed on page 2?" in noted[step(visitor).talk]
    assert noted[step(visitor).running]
    assert "Working" in noted[step(visitor).live]
    drawn.set()
    answered = visitor.fire("follow_answer")
    assert "You said: Question: slowly: who signed on page 2?" in answered[step(visitor).talk]
    assert answered[step(visitor).live] == ""


def test_a_follow_up_carries_everything_said_and_shows_what_the_caches_spared(visitor: Visitor) -> None:
    ask(visitor, "Who signed on page 2?")
    visitor.fire("follow", "And when?")
    shown = visitor.fire("follow_answer")[step(visitor).talk]
    request = engine_of(visitor).asked[-1]
    assert [m["role"] for m in request.prompt.messages] == ["system", "user", "assistant", "user"]
    assert request.session == session_of(visitor).token
    assert "images: 2 reused, 0 read anew" in shown
    first = "".join(str(message) for message in request.prompt.messages[:2])
    assert first == "".join(str(message) for message in engine_of(visitor).asked[-2].prompt.messages)


def test_a_faulty_form_is_mended_on_request(visitor: Visitor) -> None:
    visitor.fire("pick", act="task", arg="extract-fields", value="")
    shown = ask(visitor, "The invoice number, please")
    assert "does not have the form" in shown
    assert 'data-act="mend"' in shown
    visitor.fire("talk_act", act="mend", arg="0-0", value="")
    mended = visitor.fire("follow_answer")[step(visitor).talk]
    assert "has the form that was asked for, but every value in it is missing" in mended
    assert len(session_of(visitor).work.talk.turns) == 2


def test_an_edited_question_replaces_what_came_after_it(visitor: Visitor) -> None:
    ask(visitor, "Who signed on page 2?")
    for words in ("And when?", "And where?"):
        visitor.fire("follow", words)
        visitor.fire("follow_answer")
    told = visitor.fire("talk_act", act="edit", arg="1", value="")
    assert told[step(visitor).words]["value"] == "And when?"
    visitor.fire("follow", "And why?")
    visitor.fire("follow_answer")
    assert [turn.words for turn in session_of(visitor).work.talk.turns] == [
        "Who signed on page 2?",
        "And why?",
    ]


def test_again_asks_the_same_anew(visitor: Visitor) -> None:
    ask(visitor, "Who signed on page 2?")
    visitor.fire("talk_act", act="again", arg="0", value="")
    visitor.fire("follow_answer")
    one, other = engine_of(visitor).asked[-2:]
    assert one.prompt == other.prompt
    assert len(session_of(visitor).work.talk.turns) == 1


def test_step_by_step_shows_its_rounds_and_carries_conclusions(visitor: Visitor) -> None:
    visitor.fire("type_words", act="fill", arg="words", value="Who signed on page 2?")
    visitor.fire("ways", act="steps", arg="", value="")
    shown = visitor.fire("follow_answer")[step(visitor).talk]
    assert "Round 1 of 2 · image 1" in shown
    assert "Round 2 of 2 · image 2" in shown
    first, second, last = engine_of(visitor).asked[-3:]
    assert [len(r.prompt.images) for r in (first, second, last)] == [1, 1, 0]
    conclusion = session_of(visitor).work.talk.last.rounds[0].text
    assert conclusion in second.prompt.text.replace("> ", "")
    assert conclusion in last.prompt.text.replace("> ", "")


def test_step_by_step_of_step_2_asks_in_rounds_and_only_a_language_model(visitor: Visitor) -> None:
    session_of(visitor).work.step_by_step = True
    try:
        assert "Round 2 of 2 · image 2" in ask(visitor, "Who signed on page 2?")
        assert [len(r.prompt.images) for r in engine_of(visitor).asked[-3:]] == [1, 1, 0]
        session_of(visitor).work.talk = Talk(engine="reader")
        visitor.fire("pick", act="task", arg="read-text", value="")
        visitor.fire("begin_question")
        shown = str(visitor.fire("follow_answer")[step(visitor).talk])
    finally:
        session_of(visitor).work.step_by_step = False
    assert "97.65" in shown
    assert "Round" not in shown


def test_a_task_the_reader_cannot_do_leads_to_one_that_it_can(visitor: Visitor) -> None:
    session_of(visitor).work.talk = Talk(engine="reader")
    visitor.fire("pick", act="task", arg="answer", value="")
    refused = visitor.fire("begin_question")
    picker = str(refused[step(visitor).side.engine])
    assert "no language model" in picker
    assert "read-text, " not in picker
    assert 'data-act="task" data-arg="read-text"' in picker
    assert refused[step(visitor).ask]["interactive"] is False
    chosen = visitor.fire("choose_engine", act="task", arg="read-text", value="")
    assert chosen[step(visitor).ask]["interactive"] is True
    visitor.fire("begin_question")
    assert "97.65" in str(visitor.fire("follow_answer")[step(visitor).talk])


def test_two_orders_stand_side_by_side(visitor: Visitor) -> None:
    visitor.fire("type_words", act="fill", arg="words", value="Who signed on page 2?")
    visitor.fire("ways", act="order", arg="", value="reverse")
    shown = visitor.fire("follow_answer")[step(visitor).talk]
    assert "In the order of step 2" in shown
    assert "Order: the other way round" in shown
    one, other = engine_of(visitor).asked[-2:]
    assert [i.sha256 for i in one.prompt.images] == [i.sha256 for i in other.prompt.images][::-1]


def test_two_engines_stand_side_by_side_and_either_goes_on(visitor: Visitor) -> None:
    visitor.fire("pick", act="task", arg="read-text", value="")
    visitor.fire("ways", act="engine", arg="", value="reader")
    shown = visitor.fire("follow_answer")[step(visitor).talk]
    assert "Built-in reader" in shown
    assert "97.65" in shown
    visitor.fire("talk_act", act="continue", arg="0-1", value="")
    visitor.fire("follow", "And then?")
    visitor.fire("follow_answer")
    assert "97.65" in str(engine_of(visitor).asked[-1].prompt.messages)


def test_an_engine_that_fails_says_why_and_the_question_stays(visitor: Visitor) -> None:
    shown = ask(visitor, "fail please, whoever signed on page 2?")
    assert "vp-bad" in shown
    assert "fail please" in shown
    assert not session_of(visitor).work.talk.running


def test_a_loop_that_was_stopped_leaves_nothing_of_its_text(visitor: Visitor) -> None:
    shown = ask(visitor, "Please go in circles: what is on page 2?")
    assert "round and round" not in shown
    assert "Began again: it went in circles" in shown


@pytest.mark.parametrize("form", ["markdown", "json", "zip"])
def test_the_exchange_is_saved_whole(visitor: Visitor, form: str) -> None:
    ask(visitor, "Who signed on page 2?")
    told = visitor.fire("save_talk", act="exchange", arg=form, value="")
    saved = visitor.client.get("/" + told[step(visitor).address])
    assert saved.status_code == 200
    if form == "markdown":
        assert "You said: Question: Who signed on page 2?" in saved.text
    elif form == "json":
        (turn,) = json.loads(saved.text)["turns"]
        assert turn["replies"][0]["messages"][1]["content"][1]["image"].startswith("images/")
    else:
        names = zipfile.ZipFile(BytesIO(saved.content)).namelist()
        assert {"exchange.md", "exchange.json"} <= set(names)
        assert sum(name.startswith("images/") for name in names) == 2
    assert form == "zip" or str(visitor.blocks.context.store.root) not in saved.text


@pytest.mark.parametrize(
    ("act", "arg"),
    [
        ("again", "99"),
        ("mend", "-1-0"),
        ("page", "0-0-99"),
        ("save", "0-9-0"),
        ("<b>", "0"),
        ("continue", "0-7"),
    ],
)
def test_a_hostile_event_changes_nothing(visitor: Visitor, act: str, arg: str) -> None:
    ask(visitor, "Who signed on page 2?")
    visitor.fire("talk_act", act=act, arg=arg, value="x")
    (turn,) = session_of(visitor).work.talk.turns
    assert turn.reply.state == "done"
    assert turn.chosen == 0


def test_an_engine_that_was_not_set_up_cannot_be_chosen(visitor: Visitor) -> None:
    told = visitor.fire("choose_engine", act="engine", arg="no-such-engine", value="")
    assert "does not offer the engine" in told[step(visitor).side.engine]
    assert session_of(visitor).work.talk.engine == ""


def test_a_reloaded_page_follows_the_answer_that_the_first_one_began(visitor: Visitor) -> None:
    visitor.fire("type_words", act="fill", arg="words", value="slowly, who signed?")
    visitor.fire("begin_question")
    session = session_of(visitor)
    store = visitor.blocks.context.store
    store.leave(visitor.tab)
    reloaded = Visitor(visitor.client, visitor.blocks, visitor.headers)
    loaded = reloaded.fire("load", session.token, "en", "")
    assert loaded[step(visitor).running] == session.work.talk.run.key
    assert "vp-reply-running" in loaded[step(visitor).live]
    answered = reloaded.fire("follow_answer")
    assert "You said: Question: slowly, who signed?" in answered[step(visitor).talk]
    assert answered[step(visitor).running] == ""
    store.adopt(visitor.tab, session.token, "en")


def test_each_engine_says_what_is_missing_to_use_it(visitor: Visitor) -> None:
    shown = visitor.blocks.context.engines.offers("en")
    assert [offer.name for offer in shown if offer.usable][:1] == ["echo"]
    for offer in shown:
        assert offer.usable or (offer.missing is not None and (offer.command or offer.missing.zh))


def test_templates_of_the_page_reach_the_answer(visitor: Visitor, tmp_path: Path) -> None:
    source = "---\nname: stamps\nmetadata: {task: read-text, lang: en, title: Stamps}\n---\nRead the stamps."
    visitor.fire("own_save", source)
    visitor.fire("begin_question")
    visitor.fire("follow_answer")
    assert "Read the stamps." in engine_of(visitor).asked[-1].prompt.text


def test_a_server_of_a_visitor_is_refused_unless_the_page_allows_it(visitor: Visitor) -> None:
    value = json.dumps({"address": "https://203.0.113.7/v1", "model": "m", "key": "secret"})
    visitor.fire("choose_engine", act="connect", arg="", value=value)
    assert session_of(visitor).work.talk.own is None
