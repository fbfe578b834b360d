"""Server-sent events as servers write them, strict and careless, to the one form that the client reads."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.engines.served.events import MAX_EVENT, Events, TooLargeEventError
from demo.engines.served.whole import stream_of

ONE, TWO = b'{"n":1}', b'{"n":"\xe5\x9b\xbe\xf0\x9f\x98\x80"}'
PLAIN = b"data: " + ONE + b"\n\ndata: " + TWO + b"\n\ndata: [DONE]\n\n"

SPELLINGS = {
    "as the specification shows it": PLAIN,
    "no space": b"data:" + ONE + b"\n\ndata:" + TWO + b"\n\ndata:[DONE]\n\n",
    "CRLF": PLAIN.replace(b"\n", b"\r\n"),
    "CR": PLAIN.replace(b"\n", b"\r"),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN,
    "comments": b": open\n\n" + PLAIN.replace(b"\n\n", b"\n: ping\n\n: ping\n\n"),
    "names and numbers": b"retry: 9\n\nid: 7\n" + PLAIN.replace(b"data: {", b"event: chunk\nid: 8\ndata: {"),
    "an id, then keep-alive": b"id: 1\n" + PLAIN.replace(b"\n\n", b"\n\n: keep-alive\n\n\n"),
    "a ping without data": b"event: ping\n\n" + PLAIN,
    "an empty data line": b"data:\n\n" + PLAIN,
    "no blank lines": PLAIN.replace(b"\n\n", b"\n"),
    "no end of the last line": PLAIN.removesuffix(b"\n\n"),
    "one line feed at the end": PLAIN.removesuffix(b"\n"),
    "an event in two lines": PLAIN.replace(ONE, b'{\ndata: "n":1}'),
}  # fmt: skip


def _read(stream: bytes, cut: int = 10**9) -> tuple[list[object], bool]:
    events = Events()
    out = b"".join(events.feed(stream[at : at + cut]) for at in range(0, len(stream), cut)) + events.end()
    parts = [part for part in out.split(b"\n\n") if part]
    texts = ["\n".join(line.removeprefix("data: ") for line in part.decode().split("\n")) for part in parts]
    return [json.loads(text) if text != "[DONE]" else text for text in texts], events.ended


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 10**9])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_events_are_read_whoever_wrote_them_and_wherever_they_are_cut(spelling: str, cut: int) -> None:
    assert _read(SPELLINGS[spelling], cut) == ([{"n": 1}, {"n": "图😀"}, "[DONE]"], True)


@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=20), max_size=3), max_size=5), st.data()
)
def test_events_survive_any_cut(values: list[object], data: st.DataObject) -> None:
    stream = b"".join(b"data: " + json.dumps(v, ensure_ascii=False).encode() + b"\r\n\r\n" for v in values)
    assert _read(stream, data.draw(st.integers(1, 40))) == (values, False)


def test_event_that_broke_off_is_left_out() -> None:
    assert _read(b'data: {"n": 1}\n\ndata: {"n": ') == ([{"n": 1}], False)


def test_byte_that_is_no_utf8_costs_one_character() -> None:
    assert _read(b'data: {"n": "a\xe5\x9b"}\n\n') == ([{"n": "a\ufffd"}], False)


@pytest.mark.parametrize(
    "event",
    [
        b'event: error\ndata: {"error": {"message": "too hot"}}',
        b'event: error\ndata: {"message": "too hot"}',
        b"event: error\ndata: too hot",
        b'data: {"object": "error", "message": "too hot", "code": 400}',
        b'data: {"text": "too hot", "error_code": 50001}',
        b'data: {"error_type": "context", "error_message": "too hot"}',
    ],
)
def test_error_is_known_however_it_is_said(event: bytes) -> None:
    [value], _ = _read(event + b"\n\n")
    assert isinstance(value, dict)
    assert value["error"]["message"] == "too hot"


def test_text_that_speaks_of_errors_stays_text() -> None:
    chunk = {"choices": [{"delta": {"content": 'an "error" in "object"'}}], "error_rate": 1}
    assert _read(b"data: " + json.dumps(chunk).encode() + b"\n\n")[0] == [chunk]


@pytest.mark.parametrize(
    "piece", [b"x" * 2**16, b"data: {\n" * 1000, b": x" * 2**14, b"data: }\n" * 5000], ids=range(4)
)
def test_event_without_an_end_is_refused(piece: bytes) -> None:
    events, fed = Events(), 0
    with pytest.raises(TooLargeEventError):
        while fed < 4 * MAX_EVENT:
            events.feed(piece)
            fed += len(piece)


def test_whole_answer_becomes_the_stream_it_should_have_been() -> None:
    answer = {
        "id": "1", "object": "chat.completion", "usage": {"prompt_tokens": 9},
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "完"}, "finish_reason": "stop"}],
    }  # fmt: skip
    made = stream_of(json.dumps(answer).encode())
    assert made is not None
    [chunk, done], ended = _read(made)
    assert (done, ended) == ("[DONE]", True)
    assert isinstance(chunk, dict)
    assert chunk["choices"][0]["delta"]["content"] == "完"
    assert (chunk["choices"][0]["finish_reason"], chunk["usage"]) == ("stop", {"prompt_tokens": 9})


@pytest.mark.parametrize(
    "body", [b"", b"7", b"[]", b"{}", b'{"choices": []}', b'{"choices": [5]}', b"<html>"]
)
def test_what_is_no_answer_is_none(body: bytes) -> None:
    assert stream_of(body) is None
