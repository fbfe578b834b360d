"""What programs may give to each endpoint: a row is an argument, checked for kind and size first of all."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, get_args

from demo.arranging import ROLES, SCENARIOS
from demo.words import say
from toolkit.errors import PreflightError
from toolkit.families import DEFAULT_FAMILY, FAMILIES
from toolkit.recipe import SecondLook
from toolkit.texts import Language, Text

MAX_TEXT = 4_000
"""Characters of a question, a list of fields, a region or a format: the page's own limit of a question."""
MAX_PASSWORD = 512
MAX_IMAGES = 10_000
"""Numbers of images in one request: more than 300 pages cut into pieces can give."""
MAX_SIDE = 20_000
"""Pixels of a longer side; more than any family's largest image has."""
MAX_SHOWN = 80
"""Characters of a value that a message repeats."""


class ArgumentError(PreflightError):
    """A request that cannot be: what was given and what is allowed, in both languages."""

    def __init__(self, key: str, /, **values: object) -> None:
        """Take the sentence `key` of api.toml and fill in `values`."""
        self.text: Text = say(f"api.{key}", **values)
        Exception.__init__(self, self.text.en)


@dataclass(frozen=True)
class Argument:
    """One row: `check` gives the value as the job takes it, or raises ArgumentError; `schema` is JSON Schema.

    `default` stands for a value that is left out or null. None, when there is no default.
    """

    name: str
    check: Callable[[str, Any], Any]
    schema: Mapping[str, Any]
    default: Any = None

    def take(self, given: Any) -> Any:
        """Give the checked value. Raises ArgumentError."""
        if given is not None:
            return self.check(self.name, given)
        if self.default is None:
            raise ArgumentError("missing", name=self.name)
        return self.default


def kind_of(value: Any) -> Text:
    """Say what kind of JSON a value is; it may be anything, so that it is not repeated itself."""
    kinds = {bool: "truth", str: "text", int: "number", float: "number", list: "list", dict: "object"}
    return say(f"api.kind.{kinds.get(type(value), 'nothing')}")


def shown(value: object) -> str:
    """Give the start of a hostile value on one line."""
    text = "".join(one if one.isprintable() else " " for one in str(value)[:MAX_SHOWN])
    return text + ("…" if len(str(value)) > MAX_SHOWN else "")


def text_of(most: int, name: str, given: Any) -> str:
    """Take a text of at most `most` characters."""
    if not isinstance(given, str):
        raise ArgumentError("not_text", name=name, given=kind_of(given))
    if len(given) > most:
        raise ArgumentError("too_long", name=name, limit=most, given=len(given))
    return given


def choice_of(choices: Callable[[], Sequence[str]], name: str, given: Any) -> str:
    """Take one of some words."""
    word = text_of(MAX_TEXT, name, given)
    if word not in choices():
        raise ArgumentError("no_choice", name=name, given=shown(word), allowed=", ".join(choices()))
    return word


def flag_of(name: str, given: Any) -> bool:
    """Take true or false."""
    if not isinstance(given, bool):
        raise ArgumentError("not_flag", name=name, given=kind_of(given))
    return given


def number_of(low: int, high: int, name: str, given: Any) -> int:
    """Take a whole number, also written as 300.0."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ArgumentError("not_number", name=name, given=kind_of(given))
    if not math.isfinite(given) or not low <= given <= high or given != int(given):
        raise ArgumentError("out_of_range", name=name, low=low, high=high, given=shown(given))
    return int(given)


def side_of(name: str, given: Any) -> int | str:
    """Take a longer side in pixels as a number or as people type it, or "auto"."""
    if isinstance(given, str):
        typed = text_of(MAX_TEXT, name, given).strip().lower().removesuffix("px").strip().replace(",", "")
        if typed in ("", "auto"):
            return "auto"
        if not (typed.isascii() and typed.isdigit() and len(typed) < 7):
            raise ArgumentError("no_side", name=name, given=shown(given))
        given = int(typed)
    return number_of(1, MAX_SIDE, name, given)


def labels_of(name: str, given: Any) -> list[int]:
    """Take the numbers of images in an order."""
    if not isinstance(given, list):
        raise ArgumentError("not_labels", name=name, given=kind_of(given))
    if len(given) > MAX_IMAGES:
        raise ArgumentError("too_many", name=name, limit=MAX_IMAGES, given=len(given))
    return [_label(name, one) for one in given]


def _label(name: str, given: Any) -> int:
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 7:
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int):
        raise ArgumentError("not_label", name=name, given=kind_of(given))
    return number_of(1, MAX_IMAGES, name, given)


def roles_of(name: str, given: Any) -> dict[int, str]:
    """Take a role for some images, by their numbers."""
    if given == []:  # no roles, as some languages write an empty table
        return {}
    if not isinstance(given, dict):
        raise ArgumentError("not_roles", name=name, given=kind_of(given))
    if len(given) > MAX_IMAGES:
        raise ArgumentError("too_many", name=name, limit=MAX_IMAGES, given=len(given))
    role = partial(choice_of, lambda: ROLES)
    return {_label(name, label): role(f"{name}[{shown(label)}]", word) for label, word in given.items()}


@cache
def task_names() -> tuple[str, ...]:
    """Name every task."""
    from prompts.tasks import TASKS

    return tuple(TASKS)


def _text(name: str, default: str, most: int = MAX_TEXT) -> Argument:
    return Argument(name, partial(text_of, most), {"type": "string", "maxLength": most}, default)


def _choice(name: str, default: str, choices: Callable[[], Sequence[str]]) -> Argument:
    schema = {"type": "string", "enum": list(choices())}
    return Argument(name, partial(choice_of, choices), schema, default)


def _number(name: str, default: int, low: int, high: int) -> Argument:
    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Argument(name, partial(number_of, low, high), schema, default)


@cache
def arguments_of(endpoint: str) -> tuple[Argument, ...]:
    """Give the rows of an endpoint but for its files, in the order of its signature. Raises KeyError."""
    family = _choice("family", DEFAULT_FAMILY, lambda: tuple(FAMILIES))
    password = _text("password", "", MAX_PASSWORD)
    question = (
        _choice("task", "read-text", task_names),
        _text("region", "whole"),
        _text("format", ""),
        _text("words", ""),
        _text("fields", ""),
        _choice("language", "en", lambda: get_args(Language)),
    )
    side = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    numbers = {"type": "array", "items": {"type": "integer"}, "maxItems": MAX_IMAGES}
    roles = {"type": "object", "additionalProperties": {"type": "string", "enum": list(ROLES)}}
    rows = {
        "prepare": (
            Argument("long_side", side_of, side, "auto"),
            family,
            _number("dpi", 300, 72, 600),
            _choice("second_look", "low-quality", lambda: get_args(SecondLook)),
            password,
        ),
        "inspect": (_number("long_side", 1024, 1, MAX_SIDE), family, password),
        "order": (
            _choice("scenario", "none", lambda: SCENARIOS),
            Argument("labels", labels_of, numbers, ()),
            Argument("roles", roles_of, roles, {}),
        ),
        "build_prompt": question,
        "ask": (*question, Argument("enforce", flag_of, {"type": "boolean"}, False)),
    }
    return rows[endpoint]


def checked(endpoint: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check every argument of an endpoint. Raises ArgumentError for the first that cannot be."""
    return {row.name: row.take(given.get(row.name)) for row in arguments_of(endpoint)}
