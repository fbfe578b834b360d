"""Servers that answer in odd ways which are answers all the same, and those whose words need reading."""

import errno
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from served_asking import QUICK, ask, picture, pieces, question
from served_server import Behaviour, ModelServer, Seen, Wire, chunk, event, gives, lists, says, usage

from demo.engines import errors
from demo.engines.protocol import Result
from demo.engines.served import asking
from demo.engines.served.address import parse_address
from demo.engines.served.engine import OpenAIEngine
from demo.engines.served.timing import Timeouts

CHAT = "/v1/chat/completions"
CERTIFICATE = Path(__file__).parent / "data" / "self_signed.pem"
"""For localhost and 127.0.0.1, signed by itself, with its key; good for nothing else."""
END = b"data: [DONE]\n\n"


def _server(*chats: Behaviour) -> ModelServer:
    return ModelServer({"/v1/models": lists("qwen3-vl", owner="somebody"), CHAT: list(chats)})


def _sends(
    *data: bytes, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
) -> Behaviour:
    async def behave(_: Seen, wire: Wire) -> None:
        await wire.send(head + b"\r\n")
        for piece in data:
            await wire.send(piece)

    return behave


def _answers(*chunks: Any, **options: Any) -> Result:
    with _server(_sends(*map(event, chunks), END)) as server:
        events, result = ask(OpenAIEngine(server.url, timeout=QUICK), question(), **options)
    assert pieces(events) == result.text
    return result


def _refuses(*chats: Behaviour, **options: Any) -> errors.EngineError:
    with _server(*chats) as server, pytest.raises(errors.EngineError) as caught:
        ask(OpenAIEngine(server.url, timeout=QUICK, **options), question())
    return caught.value


TEXT = event(chunk("Total: ")) + event(chunk("12", finish="stop"))
WHOLE = {
    "id": "1", "object": "chat.completion", "created": 1, "model": "m", "usage": {"prompt_tokens": 9},
    "choices": [{"message": {"role": "assistant", "content": "Total: 12"}, "finish_reason": "stop"}],
}  # fmt: skip
KEEP_ALIVE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"


def _as_chunks(data: bytes, size: int) -> bytes:
    cut = (data[at : at + size] for at in range(0, len(data), size))
    return b"".join(f"{len(one):x}\r\n".encode() + one + b"\r\n" for one in cut) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    "behaviour",
    [
        _sends(TEXT, END, head=b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n"),
        _sends(_as_chunks(TEXT + END, 1), head=KEEP_ALIVE),
        _sends(_as_chunks(TEXT + END, 4000), head=KEEP_ALIVE),
        _sends(TEXT, head=b"HTTP/1.1 200 OK\r\nContent-Type: TEXT/Event-Stream; charset=utf-8\r\n"),
        _sends(TEXT, END, head=b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"),
        _sends(b": hello\n\n", TEXT, END, head=b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"),
        _sends(b"\xef\xbb\xbf", TEXT, END, head=b"HTTP/1.1 200 OK\r\n"),
        _sends(TEXT.replace(b"\n\n", b"\n")),
        _sends(b"retry: 100\n\nevent: ping\n\n", TEXT, END),
        _sends(TEXT.replace(b"\n", b"\r\n").replace(b"data: ", b"data:"), b"data:[DONE]"),
        gives(WHOLE),
    ],
    ids=[
        "HTTP/1.0", "chunks of a byte", "one chunk", "no end mark", "as text", "as JSON", "as nothing",
        "no blank lines", "events without data", "no spaces", "in one piece",
    ],
)  # fmt: skip
def test_answer_arrives_however_it_is_sent(behaviour: Behaviour) -> None:
    with _server(behaviour) as server:
        events, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
    assert result.text == pieces(events) == "Total: 12"


def test_answer_in_one_piece_is_told_with_its_figures() -> None:
    with _server(gives(WHOLE)) as server:
        _, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
    assert "does not stream" in result.notes[-1].en
    assert result.usage.prompt_tokens == 9


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(None, role="assistant"), chunk(None, role="assistant", content=None), chunk("12")],
        [chunk([{"type": "text", "text": "1"}, {"type": "text", "text": "2"}])],  # type: ignore[arg-type]
        [{"choices": [{"delta": {"content": "12"}}]}],
        [chunk("12"), {"choices": []}, {"choices": [{"index": 0, "delta": {}, "finish_reason": "eos"}]}],
        [{"choices": [], "prompt_filter_results": []}, chunk("12")],
        [chunk("12"), {"choices": None, "usage": {"prompt_tokens": 3}}],
    ],
    ids=["role first", "parts", "bare", "empty choices", "Azure's first", "choices null"],
)
def test_text_is_found_in_odd_chunks(chunks: list[Any]) -> None:
    assert _answers(*chunks, chunk("", finish="stop")).text == "12"


def test_thought_in_parts_is_no_answer() -> None:
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]
    result = _answers(chunk(thinking), chunk("12", finish="stop"))  # type: ignore[arg-type]
    assert result.text == "12"
    assert "thought first (2 characters)" in result.notes[-1].en


@pytest.mark.parametrize(
    ("last", "counted"),
    [
        ([], (None, None, None)),
        ([usage(0, 0, cached=0)], (None, None, None)),
        ([chunk("") | {"usage": None}], (None, None, None)),
        ([{"choices": [], "usage": "many"}], (None, None, None)),
        ([{"choices": [], "usage": {"prompt_tokens": True, "completion_tokens": -3}}], (None, None, None)),
        ([usage(9, 1, cached=0)], (9, 1, 0)),
        ([{"choices": [], "usage": {"prompt_tokens": 9, "prompt_tokens_details": None}}], (9, None, None)),
    ],
    ids=["none", "zeros", "null", "text", "nonsense", "all", "some"],
)
def test_counts_are_those_the_server_made(last: list[Any], counted: tuple[int | None, ...]) -> None:
    used = _answers(chunk("12"), chunk("", finish="stop"), *last).usage
    assert (used.prompt_tokens, used.output_tokens, used.cached_tokens) == counted


def test_counts_with_every_piece_are_taken_from_the_last() -> None:
    each = [chunk(str(n)) | {"usage": usage(9, n, cached=8)["usage"]} for n in (1, 2)]
    used = _answers(*each, chunk("", finish="stop")).usage
    assert (used.prompt_tokens, used.output_tokens, used.cached_tokens) == (9, 2, 8)


def test_answer_without_a_word_is_told_as_one() -> None:
    """LM Studio's way to say that a question is longer than its window: its bug tracker, 2339."""
    result = _answers(chunk("", role="assistant"), chunk("", finish="stop"))
    assert result.text == ""
    assert "without a single word" in result.notes[-1].en
    assert "没有返回任何文字" in result.notes[-1].zh


def test_tool_call_in_place_of_an_answer_is_named() -> None:
    call = {"index": 0, "id": "1", "type": "function", "function": {"name": "zoom_in", "arguments": "{"}}
    more = {"index": 0, "function": {"arguments": "}"}}
    data = [chunk(None, tool_calls=[call]), chunk(None, tool_calls=[more]), chunk("", finish="tool_calls")]
    assert "called a tool (zoom_in)" in _refuses(_sends(*map(event, data), END)).text.en
    assert _answers(chunk("12"), *data).text == "12", "an answer beside the call stands"


def test_refusal_of_the_model_is_given_in_its_words() -> None:
    data = [chunk(None, refusal="I'm sorry, "), chunk(None, refusal="no."), chunk("", finish="stop")]
    error = _refuses(_sends(*map(event, data), END))
    assert isinstance(error, errors.ServerRefusedError)
    assert "refused to answer: I'm sorry, no." in error.text.en


@pytest.mark.parametrize(
    ("finish", "reason"), [("model_length", "length"), ("max_tokens", "length"), ("eos_token", "done")]
)
def test_ending_is_known_by_other_words(finish: str, reason: str) -> None:
    assert _answers(chunk("12", finish=finish)).stop_reason == reason


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ({"error": {"message": "The context window is full."}}, errors.ContextTooLongError, "too long"),
        ({"error": "model 'x' not found"}, errors.ModelNotFoundError, "has no model"),
        ({"error": {"message": "CUDA out of memory"}}, errors.ServerRefusedError, "CUDA out of memory"),
        ({"code": 1234, "msg": "系统繁忙"}, errors.ServerRefusedError, "系统繁忙"),
    ],
)
def test_error_under_a_status_of_success_is_read(
    body: Any, kind: type[errors.EngineError], words: str
) -> None:
    error = _refuses(gives(body))
    assert isinstance(error, kind)
    assert words in error.text.en


DASHSCOPE = [
    (
        "Input image data may contain inappropriate content.",
        errors.ServerRefusedError,
        "content filter",
    ),
    (
        "<400> InternalError.Algo.DataInspectionFailed: Output data may contain inappropriate content.",
        errors.ServerRefusedError,
        "content filter",
    ),
    (
        "Exceeded limit on max bytes per data-uri item : 10485760",
        errors.ServerRefusedError,
        "too large",
    ),
    ("Multimodal file size is too large", errors.ServerRefusedError, "too large"),
    (
        "Exceeded limit on max bytes to request body : 6291456",
        errors.ServerRefusedError,
        "too large",
    ),
    ("Range of input length should be [1, 30720]", errors.ContextTooLongError, "too long for the window"),
    ("Model not exist.", errors.ModelNotFoundError, "has no model"),
    (
        "The image length and width do not meet the model restrictions. [height:1 or width:1 must be larger "
        "than 10]",
        errors.ServerRefusedError,
        "larger than 10",
    ),
    (
        "Access denied, please make sure your account is in good standing.",
        errors.ServerRefusedError,
        "good standing",
    ),
]
"""From Alibaba Cloud Model Studio's page of error codes, and qwen-code's issues 98, 1880 and 2505."""
LM_STUDIO = [
    "The number of tokens to keep from the initial prompt is greater than the context length. Try to load "
    "the model with a larger context length, or provide a shorter input",
    "Trying to keep the first 111490 tokens when context the overflows. However, the model is loaded with "
    "context length of only 32768 tokens, which is not enough.",
    "Context size has been exceeded",
    "Reached context length of 32000 tokens with model (arch: gpt-oss) that does not currently support "
    "mid-generation context overflow.",
]
"""From its bug tracker, 546, 1024 and 2322; it says so with status 200."""


@pytest.mark.parametrize(("said", "kind", "words"), DASHSCOPE)
def test_words_of_dashscope_are_understood(said: str, kind: type[errors.EngineError], words: str) -> None:
    error = _refuses(gives({"error": {"message": said, "type": "invalid_request_error"}}, 400))
    assert isinstance(error, kind)
    assert words in error.text.en


@pytest.mark.parametrize("said", LM_STUDIO)
def test_words_of_lm_studio_are_understood(said: str) -> None:
    data = b"event: error\ndata: " + json.dumps({"error": {"message": said}}).encode() + b"\n\n"
    assert isinstance(_refuses(_sends(data)), errors.ContextTooLongError)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (405, {"detail": "Method Not Allowed"}, "no chat route"),
        (415, {"detail": "Unsupported media type"}, "answered 415: Unsupported media type"),
        (403, "<!doctype html><title>Forbidden</title>", "wants an API key"),
        (404, "<html>nginx</html>", "no chat route (it answered 404: HTML)"),
        (502, "<html>Bad Gateway</html>", "fault of its own (it answered 502: HTML)"),
        (422, {"detail": [{"loc": ["body", "seed"], "msg": "not an integer"}]}, "not an integer"),
    ],
)
def test_refusal_is_shown_with_what_mends_it(
    status: int, body: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.engines.served.timing.BACK_OFF", (0.01, 0.01))

    async def behave(_: Seen, wire: Wire) -> None:
        html = isinstance(body, str)
        await wire.head(status, "text/html" if html else "application/json")
        await wire.send(body.encode() if html else json.dumps(body).encode())

    assert words in _refuses(behave).text.en


def test_overload_said_inside_a_stream_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.engines.served.timing.BACK_OFF", (0.01, 0.01))
    busy = _sends(event({"error": {"message": "engine overloaded", "code": 503}}), END)
    late = _sends(event(chunk("Tot")), event({"error": {"message": "engine overloaded", "code": 503}}), END)
    with _server(busy, says("12")) as server:
        assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text == "12"
    with _server(late, says("12")) as server:
        with pytest.raises(errors.ServerRefusedError, match="after 3 characters: engine overloaded"):
            ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert len(server.chats()) == 1, "not once an answer has begun"


LOADING = gives({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, 503)
"""As llama-server answers until its model is loaded."""


def test_server_that_loads_its_model_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "LOADING_LOOK", 0.01)
    with _server(*[LOADING] * 8, says("12")) as server:
        events, result = ask(OpenAIEngine(server.url, timeout=Timeouts(loading=5)), question())
        assert len(server.chats()) == 9
    assert result.text == "12"
    assert "is loading its model" in " ".join(str(getattr(one, "text", "")) for one in events)


def test_server_that_never_has_its_model_is_told() -> None:
    assert "still loading its model (it answered 503: Loading model)" in _refuses(LOADING).text.en


NAMES = ("org/Qwen3-VL-8B", "通义千问3-VL", "qwen3-vl:8b", "/srv/models/" + "long-" * 60 + "name", "a b")


@pytest.mark.parametrize("name", NAMES)
def test_model_is_asked_by_its_whole_name(name: str) -> None:
    with ModelServer({"/v1/models": lists(name), CHAT: says("12")}) as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        assert engine.models() == (name,)
        ask(engine, question())
        assert server.chats()[0].json["model"] == name


def test_list_of_five_thousand_is_read_and_the_last_one_asked() -> None:
    names = [f"maker-{n // 100}/model-{n}" for n in range(5000)]
    with ModelServer({"/v1/models": lists(*names), CHAT: says("12")}) as server:
        assert len(OpenAIEngine(server.url, timeout=QUICK).models()) == 5000
        engine = OpenAIEngine(server.url, model=names[-1], timeout=QUICK)
        assert ask(engine, question())[1].text == "12"
        with pytest.raises(errors.ModelNotFoundError, match=r"\(\+4980\)"):
            ask(OpenAIEngine(server.url, timeout=QUICK), question())


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ([{"id": "a"}, {"id": "b"}], ("a", "b")),
        ({"object": "list", "data": None}, ()),
        ({"data": [{"id": "a"}, {"id": 5}, None, {"id": ""}, {}]}, ("a",)),
    ],
    ids=["bare, as Together's", "null, as Ollama's without models", "with holes"],
)
def test_list_of_models_is_read_in_its_shapes(body: Any, names: tuple[str, ...]) -> None:
    with ModelServer({"/v1/models": gives(body)}) as server:
        assert OpenAIEngine(server.url, timeout=QUICK).models() == names


def test_list_that_is_too_long_is_told_and_does_not_matter_to_who_names_a_model() -> None:
    entry = {"id": "m", "description": "x" * 1000}
    with ModelServer({"/v1/models": gives({"data": [entry] * 5000}), CHAT: says("12")}) as server:
        with pytest.raises(errors.ServerRefusedError, match="too long to be read"):
            OpenAIEngine(server.url, timeout=QUICK).models()
        with pytest.raises(errors.ServerRefusedError, match="too long to be read"):
            ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert ask(OpenAIEngine(server.url, model="m", timeout=QUICK), question())[1].text == "12"


@pytest.mark.parametrize(
    ("fields", "sees"),
    [
        ({"architecture": {"input_modalities": ["text", "image"]}}, True),
        ({"architecture": {"input_modalities": ["text"]}}, False),
        ({"capabilities": {"vision": False}}, False),
        ({"capabilities": {"vision": "yes"}}, None),
        ({"architecture": "qwen"}, None),
        ({}, None),
    ],
)
def test_list_tells_whether_a_model_takes_images(fields: dict[str, Any], sees: bool | None) -> None:
    with ModelServer({"/v1/models": lists("m", owner="x", **fields)}) as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        engine.load()
        facts = engine._memory.last_facts
    assert facts is not None
    assert facts.model("m").vision is sees


LM_STUDIO_MODELS = {
    "models": [
        {
            "type": "llm", "key": "qwen/qwen3-vl-8b", "max_context_length": 262144,
            "loaded_instances": [
                {"id": "qwen/qwen3-vl-8b", "config": {"context_length": 8192}},
                {"id": "small", "config": {"context_length": 4096}},
            ],
            "capabilities": {"vision": True, "trained_for_tool_use": True},
        },
        {
            "type": "llm", "key": "gemma-3-270m-it-qat", "loaded_instances": [], "max_context_length": 32768,
            "capabilities": {"vision": False, "trained_for_tool_use": False},
        },
        {"type": "embedding", "key": "nomic", "loaded_instances": [], "max_context_length": 2048},
    ]
}  # fmt: skip
"""As LM Studio's documentation of GET /api/v1/models has it (0.4 and later)."""


def test_newer_api_of_lm_studio_tells_windows_and_eyes() -> None:
    names = ("qwen/qwen3-vl-8b", "small", "gemma-3-270m-it-qat", "nomic")
    routes = {
        "/v1/models": lists(*names, owner="organization_owner"),
        "/api/v1/models": gives(LM_STUDIO_MODELS),
    }
    with ModelServer(routes) as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        assert engine.models() == names
        assert "/api/v0/models" not in [seen.path for seen in server.seen], "it is deprecated"
    facts = engine._memory.last_facts
    assert facts is not None
    known = [(facts.model(name).window, facts.model(name).vision) for name in names]
    assert known == [(8192, True), (4096, True), (None, False), (None, None)]


@pytest.mark.parametrize(("owner", "told"), [("somebody", True), ("vllm", False)])
def test_nobody_promises_what_an_unknown_server_does_to_images(
    owner: str, told: bool, tmp_path: Path
) -> None:
    with ModelServer({"/v1/models": lists("m", owner=owner)}) as server:
        effects = OpenAIEngine(server.url, timeout=QUICK).effects(question(picture(tmp_path, "page")))
        assert OpenAIEngine(server.url, timeout=QUICK).effects(question()) == ()
    assert [f"What {server.url} does to images is not known" in text.en for text in effects] == [True] * told


def test_list_without_a_key_and_a_chat_with_one() -> None:
    error = _refuses(gives({"error": {"message": "Missing API key"}}, 401))
    assert "wants an API key (it answered 401: Missing API key)" in error.text.en


def _has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6) as door:
        return door.connect_ex(("::1", 9)) in (0, errno.ECONNREFUSED)


def test_server_on_ipv6_is_asked() -> None:
    if not _has_ipv6():  # a container may have none: then the address is at least the right one
        with pytest.raises(errors.ServerUnreachableError, match=r"http://\[::1\]:9/v1"):
            OpenAIEngine("http://[::1]:9", timeout=QUICK).models()
        return
    with ModelServer({"/v1/models": lists("m"), CHAT: says("12")}, host="::1") as server:
        assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text == "12"
        assert server.seen[0].headers["host"] == f"[::1]:{server.port}"


def test_address_that_a_server_prints_for_everywhere_is_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """vLLM and SGLang say that they listen at http://0.0.0.0:8000, and people copy it."""
    with ModelServer({}) as proxy, _server(says("12")) as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        engine = OpenAIEngine(f"http://0.0.0.0:{server.port}", timeout=QUICK)
        assert ask(engine, question())[1].text == "12"
        assert proxy.seen == []
    assert dict(engine.describe("en").facts)["Address"] == server.url
    assert parse_address("http://[::]:8000").host == "::1"


@pytest.mark.parametrize("route", ["", "/", "/v1", "/v1/", "/v1/models", "/v1/completions", "/v1/responses"])
def test_address_is_understood_as_it_is_pasted(route: str) -> None:
    with _server(says("12")) as server:
        assert ask(OpenAIEngine(server.url[:-3] + route, timeout=QUICK), question())[1].text == "12"


def _self_signed() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def test_certificate_that_nobody_vouches_for_is_named_at_once() -> None:
    with ModelServer({"/v1/models": lists("m"), CHAT: says("12")}, tls=_self_signed()) as server:
        with pytest.raises(errors.ServerUnreachableError, match=r"can't be trusted: self.signed certificate"):
            ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert server.seen == []


def test_own_authority_is_trusted_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from demo.engines.served import guard

    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    guard._certificates.cache_clear()
    try:
        with ModelServer({"/v1/models": lists("m"), CHAT: says("12")}, tls=_self_signed()) as server:
            assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text == "12"
    finally:
        guard._certificates.cache_clear()


def test_http_spoken_to_an_https_server_is_no_puzzle() -> None:
    with ModelServer({"/v1/models": lists("m"), CHAT: says("12")}, tls=_self_signed()) as server:
        url = server.url.replace("https", "http")
        with pytest.raises(errors.EngineError, match=str(server.port)):
            ask(OpenAIEngine(url, timeout=QUICK), question())


def test_proxy_of_the_environment_is_used_for_a_server_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    async def relays(request: Seen, wire: Wire) -> None:
        seen.append(request.path)
        await lists("m")(request, wire)

    name = "http://model.invalid:8000/v1/models"
    with ModelServer({name: relays}) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert OpenAIEngine("http://model.invalid:8000/v1", timeout=QUICK).models() == ("m",)
        monkeypatch.setenv("no_proxy", "model.invalid")
        with pytest.raises(errors.ServerUnreachableError, match=r"no host model\.invalid"):
            OpenAIEngine("http://model.invalid:8000/v1", timeout=QUICK).models()
    assert seen[0] == name


def test_blanks_without_end_are_repetition_also_before_the_first_word() -> None:
    """How models that are held to a schema run away: all that comes is white."""

    async def behave(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.events(*[chunk(" \n" * 50)] * 400, chunk("12", finish="stop"))

    assert _refuses(behave).__class__ is errors.RepetitionError


def test_blanks_without_end_after_a_thought_are_repetition() -> None:
    async def behave(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.events(chunk("<think>so</think>"), *[chunk(" \n" * 50)] * 400, chunk("12", finish="stop"))

    assert _refuses(behave).__class__ is errors.RepetitionError


def test_refusal_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.engines.served.account.MAX_ANSWER", 10_000)

    async def behave(_: Seen, wire: Wire) -> None:
        await wire.head()
        for _piece in range(200):
            await wire.send(event(chunk(refusal="I won't. " * 20)))
        await wire.until_gone()

    assert "sends an answer without end" in str(_refuses(behave))


def test_error_that_is_null_is_none() -> None:
    silent = {"id": "1", "object": "chat.completion.chunk", "usage": {"prompt_tokens": 9}, "error": None}
    result = _answers(chunk("Total: 12"), silent, chunk("", finish="stop"))
    assert (result.text, result.usage.prompt_tokens) == ("Total: 12", 9)


def test_key_in_a_long_refusal_is_blotted_out_where_it_is_cut() -> None:
    key = "sk-" + "k" * 60
    said = "x" * 270 + " " + key
    refuses = _sends(event(chunk(None, refusal=said)), event(chunk("", finish="stop")), END)
    told = str(_refuses(refuses, api_key=key))
    assert "kkk" not in told
    assert "***" in told
