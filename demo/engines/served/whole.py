"""An answer in one piece, from a server that does not stream, to the stream that was asked for. Pure."""

import json
from typing import Any

from demo.engines.served.probe import read_json


def stream_of(body: bytes) -> bytes | None:
    """Give the one event that `body` holds, and the end mark; None for what is neither answer nor error.

    A server that does not stream answers with a chat completion, or with an error under a status of success.
    """
    value = read_json(body)
    if not isinstance(value, dict):
        return None
    if value.get("error"):
        return _event(value)
    choices = value.get("choices")
    if not isinstance(choices, list) or not any(
        isinstance(one, dict) and one.get("message") for one in choices
    ):
        return None
    return _event(value | {"choices": [_as_chunk(one) for one in choices]}) + b"data: [DONE]\n\n"


def plain_words(body: bytes) -> str:
    """Give a body as a person reads it: JSON without the escapes that many servers write for Chinese."""
    value = read_json(body)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return body.decode("utf-8", errors="replace")


def _as_chunk(choice: Any) -> Any:
    if not isinstance(choice, dict):
        return choice
    return {name: value for name, value in choice.items() if name != "message"} | {
        "delta": choice.get("message") or {}
    }


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"
