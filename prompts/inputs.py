"""Typed inputs of a template: their declaration in the front matter, and the check of what a user gave."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from prompts.errors import InputError, TemplateError, UnknownNameError
from prompts.neutral import MAX_TEXT, one_line, quote_block
from prompts.words import say

InputType = Literal["string", "text", "integer", "number", "boolean", "list"]
TYPES = ("string", "text", "integer", "number", "boolean", "list")


@dataclass(frozen=True)
class TemplateInput:
    """One input: a `string` stands on one line, a `text` may have several, a `list` is of strings."""

    name: str
    type: InputType = "string"
    description: str = ""
    default: Any = ""
    choices: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the input as plain data."""
        return asdict(self) | {"choices": list(self.choices)}


def read_inputs(data: Mapping[str, Any], path: Path) -> tuple[TemplateInput, ...]:
    """Read the `inputs` of a front matter. Raises TemplateError naming the file and the input."""
    return tuple(_read(str(name), spec, path) for name, spec in data.items())


def _read(name: str, spec: Any, path: Path) -> TemplateInput:
    spec = spec if isinstance(spec, dict) else {"default": spec}
    kind = spec.get("type", "string")
    if kind not in TYPES or not name.isidentifier() or name.startswith("_"):
        reason = say("errors.template_input", name=name, given=kind, allowed=", ".join(TYPES))
        raise TemplateError("template_broken", file=path, reason=reason)
    choices = tuple(str(choice) for choice in spec.get("choices") or ())
    found = TemplateInput(name, kind, str(spec.get("description") or ""), spec.get("default"), choices)
    try:
        check_input(found, found.default)
    except InputError as error:
        raise TemplateError("template_broken", file=path, reason=error.text) from error
    return found


def fill_inputs(declared: tuple[TemplateInput, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Check and neutralise what was given, and put defaults where nothing was.

    Raises UnknownNameError for an input the template has not, InputError for a value that cannot be.
    """
    known = {i.name: i for i in declared}
    for name in given:
        if name not in known:
            raise UnknownNameError("unknown_input", given=name, allowed=", ".join(known) or "–")
    filled = {}
    for name, spec in known.items():
        value = given.get(name)
        filled[name] = check_input(spec, spec.default if value in (None, "", []) else value)
    return filled


def check_input(spec: TemplateInput, value: Any) -> Any:
    """Turn a value into the input's type, harmless for the prompt. Raises InputError."""
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise InputError("input_too_long", name=spec.name, given=len(value), limit=MAX_TEXT)
    try:
        checked = _CONVERTERS[spec.type](value)
    except (TypeError, ValueError, OverflowError) as error:
        kind = say(f"types.{spec.type}")
        raise InputError("input_type", name=spec.name, given=str(value)[:80], kind=kind) from error
    if spec.choices and checked not in spec.choices:
        allowed = ", ".join(spec.choices)
        raise InputError("input_choice", name=spec.name, given=str(value)[:80], allowed=allowed)
    return checked


def _boolean(value: Any) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if isinstance(value, bool):
        return value
    return words[value.strip().lower()] if str(value).strip().lower() in words else _refuse()


def _refuse() -> bool:
    raise ValueError("neither true nor false")


def _integer(value: Any) -> int:
    number = int(value)
    if isinstance(value, bool) or number != float(value) or abs(number) > 10**9:
        raise ValueError("not a whole number")
    return number


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not abs(number) < 1e12:
        raise ValueError("not a number")
    return number


def _list(value: Any) -> list[str]:
    parts = (
        value.replace("，", ",").replace("、", ",").split(",")
        if isinstance(value, str)
        else list(value or ())
    )
    if len(parts) > 200:
        raise ValueError("more than 200")
    return [one_line(str(part)) for part in parts if str(part).strip()]


_CONVERTERS: dict[str, Any] = {
    "string": lambda value: one_line("" if value is None else str(value), 2_000),
    "text": lambda value: quote_block("" if value is None else str(value)),
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "list": _list,
}
