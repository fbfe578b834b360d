"""Prompts in the forms that other programs take: OpenAI and Qwen messages, curl, Python, Markdown."""

import base64
import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from prompts.errors import InputError, UnknownNameError
from prompts.images import ImageRef
from prompts.prompt import Prompt
from prompts.schemas import json_schema
from prompts.words import say
from toolkit.texts import Text

DEFAULT_MODEL = "Qwen/Qwen3-VL-8B-Instruct"
DEFAULT_BASE_URL = "http://127.0.0.1:8000/v1"
"""Where `vllm serve` listens unless told otherwise."""

KEY_VARIABLE = "OPENAI_API_KEY"  # the variable's name, no key
MAX_IMAGE_BYTES = 64 * 2**20

ImageUrl = Callable[[ImageRef], str]


@dataclass(frozen=True)
class Server:
    """Where an export sends its request: `constrain` adds the schema for constrained decoding.

    `openai_only` leaves out what goes beyond OpenAI's own API, which refuses unknown keys and schemas whose
    root is an array; None decides by the host of `base_url`.
    """

    model: str = DEFAULT_MODEL
    base_url: str = DEFAULT_BASE_URL
    constrain: bool = False
    openai_only: bool | None = None

    @property
    def is_openai(self) -> bool:
        """Whether only what OpenAI's own API takes may be sent."""
        if self.openai_only is not None:
            return self.openai_only
        host = (urlsplit(self.base_url).hostname or "").lower()
        return host.endswith((".openai.com", ".openai.azure.com")) or host == "openai.com"


OPENAI_SAMPLING = (
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "presence_penalty", "frequency_penalty",
    "seed", "stop",
)  # fmt: skip
"""Keys of sampling in OpenAI's chat completion API. Others (top_k, repetition_penalty, min_p) are taken by
vLLM, SGLang and DashScope; the official client passes them on as `extra_body`."""


def export(prompt: Prompt, target: str, *, server: Server | None = None) -> str:
    """Write a prompt for another program.

    `target` is "openai" (the JSON body of a request, images inside as data URLs), "qwen" (messages for a
    processor's chat template), "curl" (a shell command), "python" (a script of the standard library
    alone) or "markdown" (for people). curl and python read the images' files when they run.

    Raises UnknownNameError for another target, InputError for an image without a file.
    """
    if target not in TARGETS:
        raise UnknownNameError("unknown_target", given=str(target)[:80], allowed=", ".join(TARGETS))
    return TARGETS[target](prompt, server or Server())


def openai_messages(prompt: Prompt, url: ImageUrl) -> list[dict[str, Any]]:
    """Give the messages as OpenAI-compatible servers take them; `url` makes the address of an image."""
    return [{"role": m["role"], "content": _content(m, url)} for m in prompt.messages]


def _content(message: dict[str, Any], url: ImageUrl) -> Any:
    parts = message["content"]
    if message["role"] != "user":
        # Some servers refuse lists of parts outside user turns; a single text may be a plain string.
        return "".join(part["text"] for part in parts)
    return [
        {"type": "image_url", "image_url": {"url": url(part["image"])}}
        if part["type"] == "image"
        else dict(part)
        for part in parts
    ]


def request_body(prompt: Prompt, server: Server, url: ImageUrl) -> dict[str, Any]:
    """Give the body of a chat completion request, with `extra_body` unless the server is OpenAI's own."""
    return _openai_body(prompt, server, url) | extra_body(prompt, server)


def extra_body(prompt: Prompt, server: Server) -> dict[str, Any]:
    """Give what goes beyond OpenAI's own API, in its client's word; nothing for a server of OpenAI's."""
    return {} if server.is_openai else {k: v for k, v in prompt.sampling.items() if k not in OPENAI_SAMPLING}


def export_notes(prompt: Prompt, server: Server) -> list[Text]:
    """Say what a request to `server` leaves out of what was asked for."""
    left_out = [key for key in prompt.sampling if server.is_openai and key not in OPENAI_SAMPLING]
    notes = [say("export.left_out", names=", ".join(left_out))] if left_out else []
    if server.constrain and json_schema(prompt.format) is None:
        notes.append(say("export.no_schema", format=prompt.format.name))
    return notes


def _openai_body(prompt: Prompt, server: Server, url: ImageUrl) -> dict[str, Any]:
    body: dict[str, Any] = {"model": server.model, "messages": openai_messages(prompt, url)}
    body |= {key: value for key, value in prompt.sampling.items() if key in OPENAI_SAMPLING}
    schema = json_schema(prompt.format, wrap=server.is_openai) if server.constrain else None
    if schema is not None:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return body


def image_file(image: ImageRef) -> Path:
    """Give the file of an image, absolute. Raises InputError if it has none or it is gone or too large."""
    if image.path is None or not image.path.is_file():
        raise InputError("no_image_file", number=image.label, file=image.path or "–")
    if image.path.stat().st_size > MAX_IMAGE_BYTES:
        raise InputError("image_file_too_large", file=image.path, limit=MAX_IMAGE_BYTES // 2**20)
    return image.path.resolve()


def data_url(image: ImageRef) -> str:
    """Give an image's file as a data URL; equal bytes from turn to turn, as servers' caches need."""
    path = image_file(image)
    return bytes_url(path.read_bytes(), path)


def bytes_url(data: bytes, path: Path) -> str:
    """Give the bytes of an image's file as a data URL; `path` tells the kind by its ending."""
    return f"data:{_media_type(path)};base64,{base64.b64encode(data).decode()}"


def _media_type(path: Path) -> str:
    kinds = {".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp", ".gif": "gif", ".bmp": "bmp"}
    return f"image/{kinds.get(path.suffix.lower(), 'png')}"


def _openai(prompt: Prompt, server: Server) -> str:
    return _json(request_body(prompt, server, data_url))


def _qwen(prompt: Prompt, server: Server) -> str:
    def part(given: dict[str, Any]) -> dict[str, Any]:
        if given["type"] == "image":
            return {"type": "image", "image": image_file(given["image"]).as_uri()}
        return dict(given)

    turns = [{"role": m["role"], "content": [part(p) for p in m["content"]]} for m in prompt.messages]
    return _json(turns)


def _curl(prompt: Prompt, server: Server) -> str:
    """Write the body in pieces, so that the images' files are encoded when the command runs.

    An argument would be too long for the system, so the body goes through a pipe.
    """
    files: list[Path] = []
    mark = _unused_mark(prompt)

    def url(image: ImageRef) -> str:
        files.append(image_file(image))
        return f"data:{_media_type(files[-1])};base64,{mark}"

    pieces = json.dumps(request_body(prompt, server, url), ensure_ascii=False).split(mark)
    lines = ["{", f"  printf %s {shlex.quote(pieces[0])}"]
    for piece, file in zip(pieces[1:], files, strict=True):
        lines.append(f"  base64 < {shlex.quote(str(file))} | tr -d '\\r\\n'")
        lines.append(f"  printf %s {shlex.quote(piece)}")
    address = shlex.quote(server.base_url.rstrip("/") + "/chat/completions")
    headers = f'-H "Content-Type: application/json" -H "Authorization: Bearer ${{{KEY_VARIABLE}:-none}}"'
    lines.append(f"}} | curl -sS --fail-with-body {address} {headers} --data-binary @-")
    return "\n".join(lines) + "\n"


def _unused_mark(prompt: Prompt) -> str:
    """Find a mark that no text of the prompt holds."""
    mark, texts = "IMAGE-BYTES", json.dumps(prompt.to_dict(), ensure_ascii=False, default=str)
    while mark in texts:
        mark += "-X"
    return mark


class _Code(str):
    """A piece of Python code in the place of a value."""

    __slots__ = ()


def _python(prompt: Prompt, server: Server) -> str:
    def url(image: ImageRef) -> str:
        file = image_file(image)
        return _Code(f"data_url({str(file)!r}, {_media_type(file)!r})")

    literal = _literal(_openai_body(prompt, server, url), 0)
    address = server.base_url.rstrip("/") + "/chat/completions"
    script = (Path(__file__).parent / "snippets" / "request.py.txt").read_text(encoding="utf-8")
    script = script.replace("ADDRESS", repr(address)).replace("KEY_VARIABLE", repr(KEY_VARIABLE))
    return script.replace("EXTRA", _literal(extra_body(prompt, server), 0)).replace("BODY", literal)


def _literal(value: Any, depth: int) -> str:
    """Write plain data as a Python literal, one entry a line."""
    inner, outer = "    " * (depth + 1), "    " * depth
    if isinstance(value, _Code):
        return str(value)
    if isinstance(value, dict) and value:
        lines = [f"{inner}{key!r}: {_literal(v, depth + 1)},\n" for key, v in value.items()]
        return "{\n" + "".join(lines) + outer + "}"
    if isinstance(value, list) and value:
        return "[\n" + "".join(f"{inner}{_literal(v, depth + 1)},\n" for v in value) + outer + "]"
    return repr(value)


def _markdown(prompt: Prompt, server: Server) -> str:
    lines = [f"# {say(f'tasks.{prompt.task}.title').in_language(prompt.lang)}", ""]
    for message in prompt.messages:
        speaker = say(f"export.{message['role']}").in_language(prompt.lang)
        lines += [f"## {speaker}", ""]
        for part in message["content"]:
            lines += [_markdown_part(part, prompt), ""]
    sampling = ", ".join(f"{name} {value}" for name, value in prompt.sampling.items())
    return "\n".join([*lines, f"*{sampling}*", ""])


def _markdown_part(part: dict[str, Any], prompt: Prompt) -> str:
    if part["type"] == "image":
        image: ImageRef = part["image"]
        name = say("labels.short", number=image.label).in_language(prompt.lang)
        return f"![{name}]({'' if image.path is None else image.path.resolve().as_uri()})"
    text = str(part["text"])
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


TARGETS: dict[str, Callable[[Prompt, Server], str]] = {
    "openai": _openai,
    "qwen": _qwen,
    "curl": _curl,
    "python": _python,
    "markdown": _markdown,
}
