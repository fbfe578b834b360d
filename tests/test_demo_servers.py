"""Who is asked is who was chosen: a model of the page's server, or a visitor's own server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_client import Visitor, open_page
from documents import Page, Words, write_pdf
from served_server import ModelServer, lists, says

from demo.engine_pool import EnginePool
from demo.engines import UnknownEngineError
from demo.engines.served import address
from demo.settings import Settings

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def pages_server() -> Iterator[ModelServer]:
    names = ("org/small-vl", "通义/大-vl")
    routes = {"/v1/models": lists(*names, owner="vllm", max_model_len=32768), CHAT: says("of the page")}
    with ModelServer(routes) as server:
        yield server


@pytest.fixture(scope="module")
def visitor(pages_server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    settings = Settings(engine="openai", base_url=pages_server.url, allow_custom_server=True)
    with open_page(settings) as opened:
        made = Visitor(*opened, {"accept-language": "en"})
        words = Words("Total 97.65", x=72, y=700, size=24)
        file = write_pdf(tmp_path_factory.mktemp("bill") / "bill.pdf", Page(content=(words,)))
        made.call("prepare", made.upload(file), "auto", "qwen3-vl", 300, "never", "")
        yield made


@pytest.fixture(autouse=True)
def _nothing_asked(pages_server: ModelServer) -> None:
    pages_server.seen.clear()


def _ask(visitor: Visitor, words: str) -> str:
    visitor.fire("type_words", act="fill", arg="words", value=words)
    visitor.fire("begin_question")
    told = visitor.fire("follow_answer")
    return json.dumps({str(key): str(value) for key, value in told.items()}, ensure_ascii=False)


@pytest.mark.parametrize("name", ["通义/大-vl", "org/small-vl"])
def test_chosen_model_of_the_page_s_server_is_asked(
    visitor: Visitor, pages_server: ModelServer, name: str, tmp_path: Path
) -> None:
    visitor.fire("choose_engine", act="models", arg="", value="")
    visitor.fire("choose_engine", act="model", arg="", value=name)
    assert "of the page" in _ask(visitor, f"What is the total? {name}")
    assert [seen.json["model"] for seen in pages_server.chats()] == [name]


def test_visitor_s_own_server_is_asked_and_the_page_s_is_not(
    visitor: Visitor, pages_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "is_public", lambda _: True)  # both are on this machine
    with ModelServer({"/v1/models": lists("mine"), CHAT: says("of the visitor")}) as own:
        value = json.dumps({"address": own.url, "model": "", "key": "visitor-key"})
        visitor.fire("choose_engine", act="connect", arg="", value=value)
        assert "of the visitor" in _ask(visitor, "And what is the date?")
        assert [seen.headers["authorization"] for seen in own.chats()] == ["Bearer visitor-key"]
    assert pages_server.chats() == []


@pytest.mark.parametrize(
    "name", ["transformers:org/anything", "transformers:/etc", "reader:x", "own", "own:x"]
)
def test_visitor_has_no_model_loaded_that_the_page_was_not_started_with(name: str) -> None:
    pool = EnginePool(Settings(engine="transformers", model="org/chosen"))
    with pytest.raises(UnknownEngineError, match="does not offer"):
        pool.get(name)
