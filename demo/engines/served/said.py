"""What servers say when they refuse, and what they mean by it. Pure."""

import re
from typing import Any

import openai

CONTEXT = re.compile(
    r"context[ _](length|window|size)|maximum context|max_model_len|exceed_context|longer than the model"
    r"|longer than the maximum|input length|prompt is too long|too many (input )?tokens"
    r"|range of input length",
    re.IGNORECASE,
)
"""How vLLM, SGLang, llama.cpp, LM Studio, OpenAI and DashScope say that a question is too long."""
MODEL = re.compile(
    r"\bmodel\b.{0,200}(not (be )?found|does ?n.t exist|not exist|no such)|pinned to"
    r"|invalid model (name|id)|unknown model",
    re.IGNORECASE | re.DOTALL,
)
"""The last two are LiteLLM's and OpenRouter's words."""
FILTER = re.compile(
    r"inappropriate content|data_?inspection|content[ _](filter|management policy)", re.IGNORECASE
)
"""How DashScope (its page of error codes) and Azure say that their filter took offence, images included."""
SIZE = re.compile(
    r"max bytes|file size is too large|(body|payload|request|entity) (is )?too large", re.IGNORECASE
)
"""How DashScope says that an image or the whole question has too many bytes: with 400 instead of 413."""
LOADING = re.compile(r"loading model|model is (still )?(being )?load", re.IGNORECASE)
"""What llama.cpp answers at every route, with 503, until its model is loaded."""
SCHEMA = re.compile(r"response_format|json[_ ]schema|guided|grammar", re.IGNORECASE)
IMAGES = re.compile(r"image|vision|multimodal|multi-modal|mmproj", re.IGNORECASE)
NO_IMAGES = re.compile(r"(image|vision|multimodal).{0,40}not supported|mmproj", re.IGNORECASE | re.DOTALL)
MOST_IMAGES = re.compile(r"at most (\d+) image", re.IGNORECASE)
"""vLLM with --limit-mm-per-prompt."""

_WINDOW = re.compile(r"context length (?:is|of) (\d{1,9})\b")
_ASKED = re.compile(
    r"\b(\d{1,9}) (?:input tokens|tokens from the input|in the messages)|contains (?:at least )?(\d{1,9})\b"
)


def has_a_meaning(said: str) -> bool:
    """Tell whether what a server says is about the question itself rather than the settings beside it."""
    return any(words.search(said) for words in (CONTEXT, MODEL, FILTER, SIZE, SCHEMA, IMAGES))


def words_of(error: openai.APIError) -> str:
    """Find what the server itself says in an error's body, without a full stop at its end."""
    body: Any = error.body
    for name in ("error", "message", "detail", "msg"):
        if isinstance(body, dict) and name in body:
            body = body[name]
    if isinstance(body, dict):
        body = body.get("message", body)
    if body is None or body == "":
        return "–" if isinstance(error, openai.APIStatusError) else str(error.message)
    return (body if isinstance(body, str) else str(body)).rstrip().removesuffix(".").removesuffix("。")


def code_of(error: openai.APIError) -> int:
    """Give the status that an error inside a stream names, as vLLM's do; 0 where it names none."""
    code = str(error.body.get("code")) if isinstance(error.body, dict) else ""
    return int(code) if re.fullmatch("[45][0-9][0-9]", code) else 0


def loads_model(status: int, body: object) -> bool:
    """Tell by an answer whether a server still loads its model."""
    return status == 503 and LOADING.search(str(body)) is not None


def room_left(said: str) -> int | None:
    """Read how many tokens a server has left for an answer, where it refuses a longer one; None elsewhere."""
    window, asked = _WINDOW.search(said), _ASKED.search(said)
    if window is None or asked is None:
        return None
    left = int(window[1]) - int(asked[1] or asked[2])
    return left if left > 0 else None
