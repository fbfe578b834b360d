"""A setting that a server turns down by name is left out, with a note, and not sent there again."""

import json
from typing import Any

import pytest
from served_asking import QUICK, ask, question
from served_server import Behaviour, ModelServer, Seen, Wire, lists, says

from demo.engines import errors
from demo.engines.served.concessions import turned_down, without
from demo.engines.served.engine import OpenAIEngine
from prompts import build_prompt, json_schema

CHAT = "/v1/chat/completions"
SAMPLING = {"temperature": 0.1, "seed": 7, "max_tokens": 99, "top_p": 0.9}

OPENAI = "Unsupported parameter: '{name}' is not supported with this model."
WORDS: dict[str, Any] = {
    "OpenAI": {"error": {"message": OPENAI, "type": "invalid_request_error", "param": "{name}"}},
    "FastAPI": {
        "detail": [
            {
                "type": "extra_forbidden",
                "loc": ["body", "{name}"],
                "msg": "Extra inputs are not permitted",
                "input": 7,
            }
        ]
    },
    "transformers serve": {"detail": "Unexpected fields in the request: {'{name}'}"},
    "LiteLLM": {
        "error": {
            "message": "litellm.UnsupportedParamsError: openai does not support parameters: ['{name}'], for "
            "model=tiny. To drop these, set `litellm.drop_params=True`",
            "code": "400",
        }
    },
}
"""How servers say it: LiteLLM 1.106.2 and transformers 5.23 by their sources, the others as they answer."""


def _particular(words: Any, *names: str, status: int = 400) -> Behaviour:
    """A server that refuses these settings, one after the other, and answers what is left."""

    async def behave(seen: Seen, wire: Wire) -> None:
        refused = next((name for name in names if name in seen.json), None)
        if refused is None:
            await says("fine")(seen, wire)
        else:
            await wire.json(json.loads(json.dumps(words).replace("{name}", refused)), status)

    return behave


def _server(chat: Behaviour, owner: str = "somebody") -> ModelServer:
    return ModelServer({"/v1/models": lists("m", owner=owner), CHAT: chat})


@pytest.mark.parametrize("name", ["seed", "top_p", "stream_options", "temperature"])
@pytest.mark.parametrize("kind", WORDS)
def test_setting_that_is_turned_down_is_left_out_and_told(kind: str, name: str) -> None:
    with _server(_particular(WORDS[kind], name, status=422 if "detail" in WORDS[kind] else 400)) as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        _, result = ask(engine, question(), sampling=SAMPLING)
        _, again = ask(engine, question(), sampling=SAMPLING)
        sent = [name in seen.json for seen in server.chats()]
        others = set(server.chats()[0].json) - set(server.chats()[1].json)
    assert result.text == again.text == "fine"
    assert sent == [True, False, False], "it is not sent there again"
    assert others == {name}
    told = [note.en for note in result.notes]
    assert told == [note.en for note in again.notes]
    assert (f"left out: {name}." in " ".join(told)) == (name != "stream_options")


def test_schema_that_is_turned_down_is_checked_afterwards() -> None:
    prompt = build_prompt("extract-fields", format="json:total:number")
    words = {"error": "json_schema is not supported by this backend"}
    with _server(_particular(words, "response_format")) as server:
        _, result = ask(OpenAIEngine(server.url, timeout=QUICK), prompt, schema=json_schema(prompt.format))
        assert ["response_format" in seen.json for seen in server.chats()] == [True, False]
    assert any("only checked afterwards" in note.en for note in result.notes)


def test_limit_of_the_answer_keeps_its_value_under_its_newer_name() -> None:
    words = OPENAI + " Use 'max_completion_tokens' instead."
    with _server(_particular({"error": {"message": words}}, "max_tokens")) as server:
        _, result = ask(OpenAIEngine(server.url, timeout=QUICK), question(), sampling=SAMPLING)
        assert server.chats()[-1].json["max_completion_tokens"] == 99
    assert not any("left out" in note.en for note in result.notes)


def test_unknown_server_that_refuses_without_a_word_is_asked_once_more_without_counts() -> None:
    with _server(_particular({}, "stream_options", status=422)) as server:
        assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text == "fine"
        assert len(server.chats()) == 2
    with _server(_particular({}, "messages")) as server:
        with pytest.raises(errors.ServerRefusedError, match="answered 400"):
            ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert len(server.chats()) == 2


def test_server_that_turns_everything_down_is_shown_in_its_words() -> None:
    names = ("temperature", "seed", "max_tokens", "top_p", "stream_options", "max_completion_tokens")
    with _server(_particular(WORDS["OpenAI"], *names, "messages"), owner="vllm") as server:
        with pytest.raises(errors.ServerRefusedError, match="is not supported with this model"):
            ask(OpenAIEngine(server.url, timeout=QUICK), question(), sampling=SAMPLING)
        assert len(server.chats()) == 5


@pytest.mark.parametrize(
    "said",
    [
        "temperature must be non-negative, got -1.0. (parameter=temperature, value=-1.0)",
        "Failed to load image: unknown format",
        "model not supported",
        "the seed of the matter is unknown to seeders",
    ],
)
def test_value_that_is_wrong_is_no_setting_that_is_unknown(said: str) -> None:
    body = {"model": "m", "messages": [], "stream": True, "temperature": -1.0}
    assert turned_down(said, 400, body, guess=False) is None


def test_setting_beyond_openai_s_is_found_and_taken_out() -> None:
    body = {"model": "m", "temperature": 0, "extra_body": {"top_k": 5, "min_p": 0.1}}
    name = turned_down("openai does not support parameters: ['top_k']", 400, body, guess=False)
    assert name == "top_k"
    assert without(body, {"top_k"}) == {"model": "m", "temperature": 0, "extra_body": {"min_p": 0.1}}
    assert "extra_body" not in without(body, {"top_k", "min_p"})


ROOM = [
    "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total "
    "of 4611 tokens: 4000 tokens from the input messages and 611 tokens for the completion.",
    "This model's maximum context length is 4096 tokens. However, you requested 4611 tokens (4000 in the "
    "messages, 611 in the completion). Please reduce the length of the messages or completion.",
]
"""SGLang 0.5.23, srt/managers/tokenizer_manager.py; vLLM before 0.11."""


@pytest.mark.parametrize("said", ROOM)
def test_answer_is_limited_to_what_the_server_says_is_left(said: str) -> None:
    async def behave(seen: Seen, wire: Wire) -> None:
        if seen.json.get("max_tokens", 0) > 96:
            await wire.json({"object": "error", "message": said, "code": 400}, 400)
        else:
            await says("fine", finish="length")(seen, wire)

    with _server(behave, owner="sglang") as server:
        _, result = ask(OpenAIEngine(server.url, timeout=QUICK), question(), sampling={"max_tokens": 611})
        assert [seen.json["max_tokens"] for seen in server.chats()] == [611, 95]
    assert "limited to 95 tokens" in " ".join(note.en for note in result.notes)


def test_question_that_leaves_no_room_is_too_long() -> None:
    said = "The input (9000 tokens) is longer than the model's context length (4096 tokens)."

    async def behave(_: Seen, wire: Wire) -> None:
        await wire.json({"object": "error", "message": said, "code": 400}, 400)

    with _server(behave, owner="sglang") as server:
        with pytest.raises(errors.ContextTooLongError, match="9000 tokens"):
            ask(OpenAIEngine(server.url, timeout=QUICK), question(), sampling={"max_tokens": 611})
        assert len(server.chats()) == 1


def test_server_that_says_less_is_left_each_time_is_not_asked_for_ever() -> None:
    async def behave(seen: Seen, wire: Wire) -> None:
        left = seen.json["max_tokens"] - 1
        said = f"maximum context length is 4096 tokens, you requested ({4096 - left} in the messages)"
        await wire.json({"object": "error", "message": said, "code": 400}, 400)

    with _server(behave, owner="sglang") as server:
        with pytest.raises(errors.ContextTooLongError):
            ask(OpenAIEngine(server.url, timeout=QUICK), question(), sampling={"max_tokens": 400})
        assert len(server.chats()) == 4


def test_schema_that_one_question_lost_is_sent_with_the_next() -> None:
    """It may have been this schema that the server did not take; another visitor's may do."""
    prompt = build_prompt("extract-fields", format="json:total:number")
    words = {"error": {"message": "Invalid schema for response_format 'answer': 'pattern' is not permitted"}}

    async def behave(seen: Seen, wire: Wire) -> None:
        schema = seen.json.get("response_format", {}).get("json_schema", {}).get("schema", {})
        await (wire.json(words, 400) if "pattern" in schema else says('{"total": 1}')(seen, wire))

    with _server(behave, owner="vllm") as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        plain = json_schema(prompt.format)
        assert plain is not None
        _, first = ask(engine, prompt, schema={**plain, "pattern": "x"})
        _, second = ask(engine, prompt, schema=plain)
        assert ["response_format" in seen.json for seen in server.chats()] == [True, False, True]
    assert "only checked afterwards" in " ".join(note.en for note in first.notes)
    assert "only checked afterwards" not in " ".join(note.en for note in second.notes)
