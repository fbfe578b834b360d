"""What each server takes beyond OpenAI's own API, as one table. Adding a server is adding a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.engines.errors import say
from toolkit.texts import Text

PLAIN: Mapping[str, str] = {"top_k": "top_k", "repetition_penalty": "repetition_penalty", "min_p": "min_p"}
UNTHINKING: Mapping[str, Any] = {"chat_template_kwargs": {"enable_thinking": False}}
"""How vLLM, SGLang and llama.cpp tell a chat template that no thoughts are wanted (Qwen's model cards)."""
LLAMA: Mapping[str, str] = {"top_k": "top_k", "repetition_penalty": "repeat_penalty", "min_p": "min_p"}


@dataclass(frozen=True)
class Kind:
    """One kind of server.

    `extra` maps our name of a sampling number to the server's, for what lies beyond OpenAI's API; `refuses`
    are OpenAI's own that it does not take. `schema` tells whether `response_format` constrains the answer,
    `object_root` that the schema's root must be an object. `usage` tells whether it must be asked for token
    counts (`stream_options`); a server that always gives them or refuses the question is not asked. `uuids`:
    an image may carry its hash and need not be sent again. `loads`: the model is loaded with the first
    question, which takes longer. `max_tokens` is its name for the limit of an answer, `window_option` what a
    person sets there for a larger context window. `answer_tokens` is asked for where nobody says how long the
    answer may be, on a server whose own limit is too short for a page; 0 leaves it to the server.
    `unthinking` is sent to a model that otherwise thinks aloud before every answer. `any_name`: with one
    model loaded it answers to any model's name. `images_known`: what it does to images can be computed here.
    """

    name: str
    title: str
    extra: Mapping[str, str] = field(default_factory=dict)
    refuses: frozenset[str] = frozenset()
    schema: bool = False
    object_root: bool = False
    usage: bool = True
    uuids: bool = False
    loads: bool = False
    max_tokens: str = "max_tokens"
    window_option: str = ""
    answer_tokens: int = 0
    unthinking: Mapping[str, Any] = field(default_factory=dict)
    any_name: bool = False
    images_known: bool = True


KINDS: dict[str, Kind] = {
    row.name: row
    for row in (
        # vLLM 0.33, entrypoints/openai/chat_completion/protocol.py; uuids: docs/features/multimodal_inputs.md
        Kind(
            "vllm",
            "vLLM",
            PLAIN,
            schema=True,
            uuids=True,
            window_option="--max-model-len",
            unthinking=UNTHINKING,
        ),
        # SGLang 0.5.23, srt/entrypoints/openai/protocol.py
        Kind("sglang", "SGLang", PLAIN, schema=True, window_option="--context-length", unthinking=UNTHINKING),
        # llama.cpp, tools/server/README.md: response_format with json_schema, repeat_penalty
        Kind(
            "llama.cpp",
            "llama.cpp",
            LLAMA,
            schema=True,
            window_option="--ctx-size",
            unthinking=UNTHINKING,
            any_name=True,
        ),
        # Ollama, docs/openai.md: neither top_k nor a repetition penalty on this route; other keys are ignored
        # (it lets models think that can, unless reasoning_effort says "none": its issue 14820)
        Kind(
            "ollama",
            "Ollama",
            schema=True,
            loads=True,
            window_option="OLLAMA_CONTEXT_LENGTH",
            unthinking={"reasoning_effort": "none"},
        ),
        # LM Studio, docs/app/api/endpoints/openai: supported payload parameters, structured output
        Kind("lm-studio", "LM Studio", LLAMA, schema=True, loads=True, window_option="Context Length"),
        # Alibaba Cloud Model Studio, Qwen API reference: of the vision models none takes a JSON Schema
        Kind(
            "dashscope",
            "DashScope",
            {k: PLAIN[k] for k in ("top_k", "repetition_penalty")},
            unthinking={"enable_thinking": False},
        ),
        Kind(
            "openai",
            "OpenAI",
            schema=True,
            object_root=True,
            max_tokens="max_completion_tokens",
            images_known=False,
        ),
        # transformers 5.23, cli/serving/chat_completion.py: unknown keys are refused with 422,
        # UNUSED_CHAT_COMPLETION_FIELDS are ignored, token counts always come with the last chunk
        Kind(
            "transformers",
            "transformers serve",
            refuses=frozenset({"presence_penalty"}),
            usage=False,
            loads=True,
            answer_tokens=8_192,  # its own default ends every answer at 1,024 (cli/serving/utils.py)
        ),
        # Both are OpenAI's; who turns them down is asked again without (concessions.py)
        Kind("unknown", "", schema=True, images_known=False),
    )
}
UNKNOWN = KINDS["unknown"]

FIRST_VLLM_WITH_UUIDS = (0, 11)
"""vLLM 0.11 takes an empty image with a uuid on the chat route."""


def version_of(text: str) -> tuple[int, ...]:
    """Read the leading numbers of a version: "0.11.2rc1" is (0, 11, 2); empty where there are none."""
    numbers: list[int] = []
    for part in text.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits[:6]))
        if digits != part:
            break
    return tuple(numbers)


def window_words() -> Text:
    """Name the setting for the context window on a server whose own name for it is not known."""
    return say("engines_answers.its_window")


def takes_uuids(kind: Kind, version: str) -> bool:
    """Tell whether a server takes images by their hash."""
    return kind.uuids and version_of(version) >= FIRST_VLLM_WITH_UUIDS
