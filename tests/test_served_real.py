"""What real servers sent, played again: tests/data/servers/README.md says which they were."""

from pathlib import Path
from typing import Any

import pytest
from served_asking import QUICK, ask, picture, pieces, question
from served_server import Behaviour, ModelServer, Seen, Wire, says

from demo.engines import errors
from demo.engines.protocol import Result
from demo.engines.served.engine import OpenAIEngine

RECORDED = Path(__file__).parent / "data" / "servers"
CHAT = "/v1/chat/completions"
PLACES = {"models": "/v1/models", "props": "/props", "version": "/version"}
SERVERS = ("llama.cpp", "vllm", "litellm")
MODEL = {"llama.cpp": None, "vllm": "tiny", "litellm": "tiny-vllm"}


def _plays(server: str, what: str) -> Behaviour:
    head, _, body = (RECORDED / f"{server}-{what}.http").read_bytes().partition(b"\n\n")

    async def behave(_: Seen, wire: Wire) -> None:
        await wire.send(head.replace(b"\n", b"\r\n") + b"\r\nConnection: close\r\n\r\n" + body)

    return behave


def _server(server: str, *chats: Behaviour) -> ModelServer:
    known = {path: _plays(server, what) for what, path in PLACES.items() if _is_there(server, what)}
    return ModelServer({**known, CHAT: list(chats)})


def _is_there(server: str, what: str) -> bool:
    return (RECORDED / f"{server}-{what}.http").is_file()


def _engine(played: ModelServer, server: str) -> OpenAIEngine:
    return OpenAIEngine(played.url, model=MODEL[server], timeout=QUICK)


def _answer(server: str, what: str, tmp_path: Path, **options: Any) -> tuple[OpenAIEngine, Result]:
    with _server(server, _plays(server, what)) as played:
        engine = _engine(played, server)
        events, result = ask(engine, question(picture(tmp_path, "five", (64, 64))), **options)
    assert pieces(events) == result.text
    return engine, result


def _refusal(server: str, what: str, tmp_path: Path) -> tuple[errors.EngineError, int]:
    with _server(server, _plays(server, what)) as played:
        with pytest.raises(errors.EngineError) as caught:
            ask(_engine(played, server), question(picture(tmp_path, "five", (64, 64))))
        return caught.value, len(played.chats())


def test_recordings_are_of_every_server_and_name_no_machine() -> None:
    files = sorted(RECORDED.glob("*.http"))
    assert {path.name.rsplit("-", 1)[0].split("-")[0] for path in files} == set(SERVERS)
    assert len(files) >= 20


@pytest.mark.parametrize(
    ("server", "title", "window", "counts"),
    [
        ("llama.cpp", "llama.cpp b0-unknown", 4096, (25, 24, 2, 9)),
        ("vllm", "vLLM 0.32.0", 4096, (25, 0, 2, 4)),
        ("litellm", "of an unknown kind", 4096, (25, 0, 2, 4)),
    ],
)
def test_answer_is_read_with_its_figures(
    server: str, title: str, window: int, counts: tuple[int | None, ...], tmp_path: Path
) -> None:
    """The model takes 64 x 64 pixels as 4 tokens: vLLM counts them, llama.cpp's usual least of 8 gives 9."""
    engine, result = _answer(server, "chat", tmp_path)
    used = result.usage
    assert (result.text, result.stop_reason) == ("5", "done")
    assert (used.prompt_tokens, used.cached_tokens, used.output_tokens, used.visual_tokens) == counts
    told = engine.describe("en")
    assert dict(told.facts)["Server"].startswith(title)
    assert told.window == window


def test_models_are_listed_with_what_they_see() -> None:
    with _server("litellm") as played:
        names = _engine(played, "litellm").models()
    assert names == ("tiny-llama", "tiny-vllm", "图文/通义-vl", "gone")
    with _server("llama.cpp") as played:
        engine = _engine(played, "llama.cpp")
        engine.load()
        facts = engine._memory.last_facts
    assert facts is not None
    assert facts.models[0].vision is True


UNDERSTOOD: dict[str, tuple[type[errors.EngineError], str]] = {
    "long": (errors.ContextTooLongError, "4096"),
    "no-image": (errors.ServerRefusedError, "could not take the images"),
    "bad-schema": (errors.ServerRefusedError, "does not take this schema"),
    "many": (errors.ServerRefusedError, "takes at most 8 images"),
    "no-such-model": (errors.ModelNotFoundError, "has no model"),
}
REFUSALS = [
    *((server, what) for server in SERVERS for what in ("long", "no-image", "bad-schema")),
    ("vllm", "many"),
    ("vllm", "no-such-model"),
    ("litellm", "no-such-model"),
]
"""llama.cpp answers whatever the name, and the others of `many` were not asked."""


@pytest.mark.parametrize(("server", "what"), REFUSALS)
def test_refusal_is_understood(server: str, what: str, tmp_path: Path) -> None:
    kind, words = UNDERSTOOD[what]
    error, asked = _refusal(server, what, tmp_path)
    assert type(error) is kind
    assert words in error.text.en
    assert asked == 1, "it would come out the same"


def test_name_that_llama_cpp_does_not_look_at_is_told(tmp_path: Path) -> None:
    with _server("llama.cpp", _plays("llama.cpp", "no-such-model")) as played:
        engine = OpenAIEngine(played.url, model="no-such-model", timeout=QUICK)
        _, result = ask(engine, question(picture(tmp_path, "five", (64, 64))))
        told = [note.en for note in result.notes]
        alias = OpenAIEngine(played.url, model="models/tiny.gguf", timeout=QUICK)
        assert ask(alias, question())[1].notes == ()
    assert result.text == "5"
    assert "answers with the one it has loaded, models/tiny.gguf" in told[1]


def test_image_that_vllm_no_longer_has_is_sent_again(tmp_path: Path) -> None:
    prompt = question(picture(tmp_path, "five", (64, 64)))
    with _server("vllm", says("one"), _plays("vllm", "miss"), _plays("vllm", "chat")) as played:
        engine = _engine(played, "vllm")
        ask(engine, prompt, session="a")
        _, result = ask(engine, prompt.follow_up("one", "And now?"), session="a")
        sent = [bool(seen.json["messages"][1]["content"][1]["image_url"]) for seen in played.chats()]
    assert result.text == "5"
    assert sent == [True, False, True]


@pytest.mark.parametrize(("said", "status"), [("image input is not supported - hint: mmproj", 500)])
def test_model_without_eyes_is_not_asked_again(said: str, status: int, tmp_path: Path) -> None:
    """As llama.cpp answers without its vision part."""
    from served_server import gives

    body = {"error": {"code": status, "message": said, "type": "server_error"}}
    with _server("vllm", gives(body, status)) as played:
        with pytest.raises(errors.ServerRefusedError, match="could not take the images"):
            ask(_engine(played, "vllm"), question(picture(tmp_path, "five", (64, 64))))
        assert len(played.chats()) == 1
