"""One template file: YAML front matter with Prompty's keys, then a Jinja2 body. Reading and checking."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from prompts.errors import TemplateError
from prompts.formats import FORMATS
from prompts.inputs import TemplateInput, read_inputs
from prompts.sandbox import MAX_SOURCE, SandboxError, compile_body
from prompts.tasks import TASKS
from prompts.words import say
from toolkit.texts import Language, Text

SUFFIX = ".prompty"


@dataclass(frozen=True)
class Template:
    """A template that was read and checked.

    `format` is the name of the format it asks for unless told otherwise, `validator` that of the check of
    its answers; `recipe` holds fields of a toolkit `Recipe`, `sampling` what to send along to the model.
    `example` holds `answer` and, where they differ from the defaults, `inputs`, `format`, `images`, `region`.
    """

    name: str
    lang: Language
    task: str
    format: str
    title: str
    description: str
    validator: str
    body: str
    path: Path
    inputs: tuple[TemplateInput, ...] = ()
    sampling: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    example: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    built_in: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Give the template as plain data, without its body."""
        left_out = ("body", "inputs", "path")
        plain = {n: getattr(self, n) for n in self.__dataclass_fields__ if n not in left_out}
        plain |= {"tags": list(self.tags), "path": str(self.path)}
        return plain | {"inputs": [i.to_dict() for i in self.inputs]}


def read_template(path: Path, *, built_in: bool = False) -> Template:
    """Read and check a template file. Raises TemplateError, naming the file, the line and the reason."""
    source = _source(path)
    head, body, offset = _split(source, path)
    data = _yaml(head, path)
    try:
        _, names = compile_body(body)
    except SandboxError as error:
        raise sandbox_error(error, path, offset) from error
    template = _template(data, body, path, built_in)
    unknown = sorted(names - {i.name for i in template.inputs} - set(CONTEXT_NAMES))
    if unknown:
        raise _error(path, _line_of(source, unknown[0]), say("errors.template_name", name=unknown[0]))
    return template


CONTEXT_NAMES = ("where", "inside", "images", "format", "format_note", "region_note", "lang", "fields")
"""What a body may use besides its inputs."""


def sandbox_error(error: SandboxError, path: Path, offset: int = 0) -> TemplateError:
    """Say what the sandbox refused, with the file and the line in it."""
    line = None if error.line is None else error.line + offset
    return _error(path, line, say(f"sandbox.{error.key}", **error.values))


def _source(path: Path) -> str:
    try:
        raw = path.read_bytes()[: MAX_SOURCE + 1]
    except OSError as error:
        raise _error(path, None, Text(str(error.strerror), str(error.strerror))) from error
    if len(raw) > MAX_SOURCE:
        raise _error(path, None, say("sandbox.source_too_long", limit=MAX_SOURCE))
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise _error(path, raw[: error.start].count(b"\n") + 1, say("errors.template_utf8")) from error


def _split(source: str, path: Path) -> tuple[str, str, int]:
    lines = source.split("\n")
    if lines[0].rstrip() != "---":
        raise _error(path, 1, say("errors.template_no_head"))
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":  # indented it may stand inside an example
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]).strip("\n"), number + 1
    raise _error(path, len(lines), say("errors.template_open_head"))


def _yaml(head: str, path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_tokens(yaml.scan(head, Loader=loader), path)
        data = yaml.load(head, Loader=loader)  # noqa: S506 - CSafeLoader is the safe loader in C
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = str(getattr(error, "problem", None) or error)[:200]
        raise _error(path, mark.line + 2 if mark else None, Text(reason, reason)) from error
    except (RecursionError, ValueError) as error:
        raise _error(path, None, say("sandbox.too_deep")) from error
    if not isinstance(data, dict):
        raise _error(path, 2, say("errors.template_no_keys"))
    return data


MAX_DEPTH = 20
"""Nesting of the YAML head. The C loader recurses on the C stack: 30,000 brackets end the process."""


def _check_tokens(tokens: Iterable[yaml.Token], path: Path) -> None:
    """Refuse aliases, which make a small file expand without end, and deep nesting, before it is loaded."""
    depth = 0
    for token in tokens:
        line = token.start_mark.line + 2
        if isinstance(token, (yaml.AliasToken, yaml.AnchorToken)):
            raise _error(path, line, say("errors.template_alias"))
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > MAX_DEPTH:
            raise _error(path, line, say("sandbox.too_deep"))


_OPENING = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)


def _template(data: Mapping[str, Any], body: str, path: Path, built_in: bool) -> Template:
    meta = _table(data, "metadata", path)
    name = str(data.get("name") or path.stem)
    lang = _choice(meta, "lang", ("en", "zh"), path)
    task = _choice(meta, "task", tuple(TASKS), path)
    format_name = _choice({"format": meta.get("format", TASKS[task].formats[0])}, "format", FORMATS, path)
    if format_name not in TASKS[task].formats:
        allowed = ", ".join(TASKS[task].formats)
        raise _error(
            path, None, say("errors.template_value", key="format", given=format_name, allowed=allowed)
        )
    return Template(
        name=name,
        lang=cast(Language, lang),
        task=task,
        format=format_name,
        title=str(meta.get("title") or name),
        description=str(data.get("description") or ""),
        validator=str(meta.get("validator") or format_name),
        body=body,
        path=path,
        inputs=read_inputs(_table(data, "inputs", path), path),
        sampling=_table(_table(data, "model", path), "options", path),
        recipe=_table(meta, "recipe", path),
        example=_table(meta, "example", path),
        tags=tuple(str(tag) for tag in data.get("tags") or ()),
        built_in=built_in,
    )


def _table(data: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    value = data.get(key) or {}
    if not isinstance(value, dict):
        raise _error(path, None, say("errors.template_table", key=key))
    return value


def _choice(data: Mapping[str, Any], key: str, allowed: tuple[str, ...], path: Path) -> str:
    value = data.get(key)
    if value not in allowed:
        shown = ", ".join(allowed)
        raise _error(path, None, say("errors.template_value", key=key, given=value, allowed=shown))
    return str(value)


def _line_of(source: str, word: str) -> int | None:
    for number, line in enumerate(source.split("\n"), 1):
        if "{" in line and word in line:
            return number
    return None


def _error(path: Path, line: int | None, reason: Text) -> TemplateError:
    if line is None:
        return TemplateError("template_broken", file=path, reason=reason)
    return TemplateError("template_broken_line", file=path, line=line, reason=reason)
