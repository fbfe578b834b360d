"""Bad servers: each fault gives its own error, in both languages, in bounded time and memory."""

import asyncio
import re
import resource
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from served_asking import QUICK, ask, pieces, question
from served_server import Behaviour, ModelServer, Seen, Wire, chunk, event, gives, lists, says

from demo.engines import errors
from demo.engines.protocol import Piece, Request, Result
from demo.engines.served import timing
from demo.engines.served.engine import OpenAIEngine

CHAT = "/v1/chat/completions"
SOON = 0.4


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "BACK_OFF", (0.02, 0.04))


def _server(*chats: Behaviour) -> ModelServer:
    return ModelServer({"/v1/models": lists("qwen3-vl"), CHAT: list(chats)})


def _fault(*chats: Behaviour, **options: Any) -> errors.EngineError:
    with _server(*chats) as server:
        engine = OpenAIEngine(server.url, timeout=QUICK, **options)
        with pytest.raises(errors.EngineError) as caught:
            ask(engine, question())
        assert str(server.port) in caught.value.text.en
        assert re.search("[一-鿿]", caught.value.text.zh)
        _ask_well(server, engine)
    return caught.value


def _ask_well(server: ModelServer, engine: OpenAIEngine) -> None:
    """After any fault the engine is as good as new."""
    server.routes[CHAT] = says("fine")
    assert ask(engine, question())[1].text == "fine"


def _sends(
    data: bytes, kind: str = "text/event-stream", status: int = 200, *head: tuple[str, str]
) -> Behaviour:
    async def behave(_: Seen, wire: Wire) -> None:
        await wire.head(status, kind, *head)
        await wire.send(data)

    return behave


def test_html_is_named_by_its_title() -> None:
    page = (
        b"<!DOCTYPE html><html><head><title>Sign in \xe7\x99\xbb\xe5\xbd\x95</title><body>" + b"x" * 500_000
    )
    error = _fault(_sends(page, "text/html; charset=utf-8"))
    assert isinstance(error, errors.ServerRefusedError)
    assert "web page (Sign in 登录)" in error.text.en


def test_html_under_a_stream_s_name_is_no_answer() -> None:
    assert "without any answer" in _fault(_sends(b"<html>\n\n<body>\n\n</html>\n\n")).text.en


def test_json_in_place_of_a_stream_is_shown() -> None:
    error = _fault(gives({"detail": "whole"}))
    assert "application/json instead of a stream" in error.text.en


def test_half_a_stream_is_an_error_after_its_pieces() -> None:
    async def half(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.events(chunk("Total: "), chunk("12"), done=False)

    got = []
    with _server(half) as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        with pytest.raises(errors.ServerRefusedError, match="ended in the middle, after 9 characters"):
            got += list(engine.ask(Request(question())))
        assert len(server.chats()) == 1


def test_half_a_stream_keeps_the_pieces_that_came() -> None:
    async def half(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.events(chunk("Total: "), done=False)

    got: list[object] = []
    with _server(half) as server, pytest.raises(errors.ServerRefusedError):
        for item in OpenAIEngine(server.url, timeout=QUICK).ask(Request(question())):
            got.append(item)
    assert pieces(got) == "Total: "  # type: ignore[arg-type]


def test_chunked_stream_that_breaks_off_says_so() -> None:
    async def breaks(_: Seen, wire: Wire) -> None:
        await wire.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        data = event(chunk("Total"))
        await wire.send(f"{len(data):x}\r\n".encode() + data + b"\r\nff\r\ndata:")

    error = _fault(breaks)
    assert isinstance(error, errors.ServerUnreachableError)
    assert "broke off after 5 characters" in error.text.en


def test_silence_before_the_first_word_times_out() -> None:
    async def silent(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.until_gone()

    start = time.monotonic()
    error = _fault(silent)
    assert isinstance(error, errors.TimedOutError)
    assert "no text within 1 s" in error.text.en
    assert time.monotonic() - start < 3


def test_empty_pieces_and_comments_do_not_count_as_life() -> None:
    async def drips(_: Seen, wire: Wire) -> None:
        await wire.head()
        for _ in range(100):
            await wire.send(b": keep-alive\n\n" + event(chunk("", role="assistant")))
            await asyncio.sleep(0.1)

    assert isinstance(_fault(drips), errors.TimedOutError)


def test_silence_in_the_middle_times_out() -> None:
    async def stops(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.send(event(chunk("one two")))
        await wire.until_gone()

    error = _fault(stops)
    assert isinstance(error, errors.TimedOutError)
    assert "fell silent for 1 s after 7 characters" in error.text.en


def test_ten_megabytes_of_one_line_are_refused_in_little_memory() -> None:
    async def floods(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.send(b"data: ")
        for _ in range(160):
            await wire.send(b"x" * 2**16)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = _fault(floods)
    assert "a line of more than 1 MB" in error.text.en
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000  # kB


def test_many_lines_without_an_end_of_event_are_refused() -> None:
    async def floods(_: Seen, wire: Wire) -> None:
        await wire.head()
        for _ in range(400):
            await wire.send(b"data: {\n" * 1000)

    assert "a line of more than 1 MB" in _fault(floods).text.en


def test_endless_body_of_a_refusal_is_cut() -> None:
    async def floods(_: Seen, wire: Wire) -> None:
        await wire.head(400, "text/plain")
        for _ in range(1000):
            await wire.send(b"no " * 20_000)

    assert "answered 400" in _fault(floods).text.en


def test_compressed_stream_is_refused() -> None:
    packed = _sends(b"\x1f\x8b" + b"\0" * 100, "text/event-stream", 200, ("Content-Encoding", "gzip"))
    assert "compressed stream" in _fault(packed).text.en


@pytest.mark.parametrize(
    "data",
    [
        b"data: {broken\n\n",
        b"data: \xff\xfe\xfa\n\n",
        b"data: " + b"[" * 200_000 + b"\n\n",
        b"data: {\"choices\": 5}\n\n",
        b"data: [1, 2]\n\n",
        b"data: 7\n\n",
        b"data: \"text\"\n\n",
        b"data: {\"choices\": [null]}\n\ndata: [DONE]\n\n",
        b"data: {\"choices\": [{\"delta\": {\"content\": {\"a\": 1}}, \"finish_reason\": 3}]}\n\n",
        b"data: {}\n\ndata: [DONE]\n\n",
        b"",
        b"data: [DONE]\n\n",
        b"data: {\"choices\": []}\n\n",
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    assert isinstance(_fault(_sends(data)), errors.ServerRefusedError)


def test_redirect_is_never_followed() -> None:
    with ModelServer({"/v1/models": lists("m"), CHAT: says("stolen")}) as other:
        away = _sends(b"", "text/plain", 307, ("Location", f"{other.url}/chat/completions?token=1"))
        error = _fault(away)
        assert other.seen == []
    assert "answered 307 and points to" in error.text.en
    assert "token" not in error.text.en


def test_fault_inside_the_stream_gives_the_server_s_words() -> None:
    error = _fault(_sends(event({"error": {"message": "CUDA error: device-side assert", "code": 500}})))
    assert "CUDA error: device-side assert" in error.text.zh


def test_unfinished_json_in_a_fault_is_still_a_named_error() -> None:
    assert isinstance(_fault(_sends(b'data: {"error": "bad "quote""}\n\n')), errors.ServerRefusedError)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, {"error": {"message": "bad token"}}, errors.ServerRefusedError, "VL_PREFLIGHT_API_KEY"),
        (403, {"detail": "no"}, errors.ServerRefusedError, "wants an API key"),
        (
            404,
            {"error": {"message": "The model `x` does not exist."}},
            errors.ModelNotFoundError,
            "has no model",
        ),
        (
            404,
            {"error": "model 'x' not found, try pulling it first"},
            errors.ModelNotFoundError,
            "has no model",
        ),
        (404, {"detail": "Not Found"}, errors.ServerRefusedError, "has no chat route"),
        (
            400,
            {"detail": "Server is pinned to 'a'; requested 'b'."},
            errors.ModelNotFoundError,
            "pinned to 'a'",
        ),
        (
            400,
            {"error": {"message": "This model's maximum context length is 8192 tokens. However, 9000"}},
            errors.ContextTooLongError,
            "8192",
        ),
        (
            400,
            {"error": {"message": "the request exceeds the available context size", "n_ctx": 256}},
            errors.ContextTooLongError,
            "too long for the window",
        ),
        (
            400,
            {"message": "response_format is not supported"},
            errors.ServerRefusedError,
            "does not take this schema",
        ),
        (
            400,
            {"message": "At most 8 image(s) may be provided"},
            errors.ServerRefusedError,
            "takes at most 8 images",
        ),
        (
            400,
            {"message": "Failed to load image or audio file"},
            errors.ServerRefusedError,
            "could not take the images",
        ),
        (413, {}, errors.ServerRefusedError, "too large"),
        (422, {"detail": "Unexpected fields"}, errors.ServerRefusedError, "Unexpected fields"),
        (418, {}, errors.ServerRefusedError, "answered 418"),
    ],
)
def test_refusal_is_told_once_with_its_mend(
    status: int, body: Any, kind: type[errors.EngineError], words: str
) -> None:
    with _server(gives(body, status)) as server:
        with pytest.raises(kind, match=re.escape(words)):
            ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert len(server.chats()) == 1, "4xx is not tried again"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_fault_that_passes_is_tried_again(status: int) -> None:
    with _server(
        gives({"error": "busy"}, status), gives({"error": "busy"}, status), says("at last")
    ) as server:
        events, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert result.text == "at last"
        assert len(server.chats()) == 3
    assert sum("trying again" in str(getattr(e, "text", "")) for e in events) == 2


def test_fault_that_stays_is_told_after_three_attempts() -> None:
    with _server(gives({"error": "overloaded"}, 503)) as server:
        with pytest.raises(errors.ServerRefusedError, match="answered 503: overloaded"):
            ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert len(server.chats()) == 3


def test_retry_after_is_honoured_up_to_a_bound() -> None:
    def later(wait: str) -> Behaviour:
        async def behave(_: Seen, wire: Wire) -> None:
            await wire.json({"error": "slow down"}, 429, ("Retry-After", wait))

        return behave

    with _server(later("1"), says("ok")) as server:
        start = time.monotonic()
        ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert 1 <= time.monotonic() - start < 6
    with _server(later("3600")) as server:
        with pytest.raises(errors.ServerRefusedError, match="wait: 3600"):
            ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert len(server.chats()) == 1


def test_connection_closed_before_an_answer_is_tried_again() -> None:
    async def hangs_up(_: Seen, wire: Wire) -> None:
        wire.writer.transport.abort()

    with _server(hangs_up, says("again")) as server:
        assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text == "again"


def test_nobody_there_is_said_after_a_few_attempts() -> None:
    with _server(says("x")) as server:
        url = server.url
    start = time.monotonic()
    with pytest.raises(errors.ServerUnreachableError, match="connection was refused"):
        ask(OpenAIEngine(url, timeout=QUICK), question())
    assert time.monotonic() - start < 3


def test_unknown_host_is_named() -> None:
    with pytest.raises(errors.ServerUnreachableError, match=r"no-such-host\.invalid"):
        ask(OpenAIEngine("http://no-such-host.invalid/v1", timeout=QUICK), question())


@pytest.fixture
def stop_soon() -> Iterator[Callable[[], threading.Event]]:
    """Gives an event that is set SOON seconds later."""
    timers = []

    def make() -> threading.Event:
        stop = threading.Event()
        timers.append(threading.Timer(SOON, stop.set))
        timers[-1].start()
        return stop

    yield make
    for timer in timers:
        timer.cancel()


@pytest.mark.parametrize("head_first", [False, True])
def test_stop_frees_the_server_within_a_second_before_the_first_byte(
    head_first: bool, stop_soon: Callable[[], threading.Event]
) -> None:
    gone: list[float] = []

    async def silent(_: Seen, wire: Wire) -> None:
        if head_first:
            await wire.head()
        await wire.until_gone()
        gone.append(time.monotonic())

    with _server(silent) as server:
        start = time.monotonic()
        _, result = ask(OpenAIEngine(server.url), question(), cancel=stop_soon())
        ended = time.monotonic()
        time.sleep(0.1)
    assert result.stop_reason == "cancelled"
    assert result.text == ""
    assert ended - start < SOON + 1
    assert gone
    assert gone[0] - start < SOON + 1


def test_stop_in_the_middle_keeps_the_text(stop_soon: Callable[[], threading.Event]) -> None:
    gone: list[float] = []

    async def endless(_: Seen, wire: Wire) -> None:
        await wire.head()
        try:
            for number in range(10_000):
                await wire.send(event(chunk(f"{number * number} ")))
                await asyncio.sleep(0.02)
        finally:
            gone.append(time.monotonic())

    with _server(endless) as server:
        start = time.monotonic()
        _, result = ask(OpenAIEngine(server.url), question(), cancel=stop_soon())
        time.sleep(0.3)
    assert result.stop_reason == "cancelled"
    assert result.text.startswith("0 1 4 9 ")
    assert gone
    assert gone[0] - start < SOON + 1


def test_closing_the_iterator_frees_the_server() -> None:
    gone = threading.Event()

    async def speaks(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.send(event(chunk("one")))
        await wire.until_gone()
        gone.set()

    with _server(speaks) as server:
        answer = OpenAIEngine(server.url).ask(Request(question()))
        assert next(item for item in answer if isinstance(item, Piece)).text == "one"
        answer.close()  # type: ignore[attr-defined]
        assert gone.wait(1)


def test_stop_while_waiting_for_another_attempt(
    monkeypatch: pytest.MonkeyPatch, stop_soon: Callable[[], threading.Event]
) -> None:
    monkeypatch.setattr(timing, "BACK_OFF", (10.0, 10.0))
    with _server(gives({"error": "busy"}, 503)) as server:
        start = time.monotonic()
        _, result = ask(OpenAIEngine(server.url, timeout=QUICK), question(), cancel=stop_soon())
    assert result.stop_reason == "cancelled"
    assert time.monotonic() - start < 5


def test_content_filter_is_told() -> None:
    assert (
        "content filter cut the answer off after 4 characters"
        in _fault(says("Well", finish="content_filter")).text.en
    )


def test_answer_cut_by_its_limit_says_so() -> None:
    with _server(says("a long", finish="length")) as server:
        _, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
    assert isinstance(result, Result)
    assert result.stop_reason == "length"
