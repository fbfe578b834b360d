"""What sets two templates, or two prompts, apart."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from prompts.template_file import Template

_LEFT_OUT = ("path", "built_in")


def diff_templates(one: Template, other: Template) -> list[str]:
    """Compare two templates: changed keys as "- key: value" and "+ key: value", then the bodies line by line.

    Empty if nothing differs but their places.
    """
    return [*_diff_data(one.to_dict(), other.to_dict()), *diff_texts(one.body, other.body)]


def diff_texts(one: str, other: str) -> list[str]:
    """Compare two texts line by line, with two lines around each change."""
    lines = difflib.unified_diff(one.split("\n"), other.split("\n"), "body", "body", lineterm="", n=2)
    return list(lines)[2:]


def _diff_data(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    left, right = dict(_flat(one)), dict(_flat(other))
    for key in dict.fromkeys([*left, *right]):
        if left.get(key) != right.get(key):
            yield from [f"- {key}: {left[key]}"] if key in left else []
            yield from [f"+ {key}: {right[key]}"] if key in right else []


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _LEFT_OUT or key:
                yield from _flat(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for inner in value:
            yield from _flat(inner, f"{key}.{inner.get('name', '')}")
    else:
        yield key, str(value)
