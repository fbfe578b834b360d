"""JSON Schemas of the formats: for servers that decode under a constraint, and for the check of answers."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from prompts.errors import InputError
from prompts.formats import Field, Format
from toolkit.families import get_family

MAX_SCHEMA = 50_000
"""Characters of a schema that is given; it stands in the prompt in full."""


def json_schema(format: Format | str, *, wrap: bool = False) -> dict[str, Any] | None:
    """Give the JSON Schema (2020-12) of the whole answer; None for a format that is no JSON document.

    `wrap` puts a schema whose root is no object (boxes, points, many records) under the one key "items":
    OpenAI and some other servers take objects only. `validate` unwraps such an answer again. `jsonl` gives
    None too, as its answer is a line each: `record_schema` has the schema of a line.
    """
    schema = _schema(Format.parse(format))
    if not wrap or schema is None or schema.get("type") == "object":
        return schema
    definitions = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in definitions}
    properties = {"items": inner}
    wrapped = {
        "type": "object",
        "properties": properties,
        "required": ["items"],
        "additionalProperties": False,
    }
    return wrapped | definitions


def _schema(asked: Format) -> dict[str, Any] | None:
    if asked.name == "boxes":
        return _array(_positions("bbox_2d", 4, asked))
    if asked.name == "points":
        return _array(_positions("point_2d", 2, asked))
    if asked.name != "json":
        return None
    if asked.schema:
        return dict(asked.schema)
    record = record_schema(asked)
    return _array(record) if asked.many else record


def record_schema(format: Format) -> dict[str, Any]:
    """Give the schema of one object with the format's fields; any object where it has none."""
    return _record(format.fields, format) if format.fields else {"type": "object"}


def check_schema(schema: Mapping[str, Any]) -> None:
    """Check a schema that is given. Raises InputError with the reason.

    References to elsewhere are refused: a check of an answer must not load anything.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        written = json.dumps(dict(schema))
        Draft202012Validator.check_schema(dict(schema))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError("bad_schema", reason=str(error)[:200]) from error
    except SchemaError as error:
        raise InputError("bad_schema", reason=error.message[:200]) from error
    if len(written) > MAX_SCHEMA:
        raise InputError("bad_schema", reason=f"> {MAX_SCHEMA} characters")
    for key, value in _strings(schema):
        elsewhere = key in ("$ref", "$dynamicRef") and not value.startswith("#")
        slow = key in ("pattern", "patternProperties") and _SLOW_PATTERN.search(value) is not None
        if elsewhere or slow:
            raise InputError("bad_schema", reason=f"{key} {value[:80]}")


_SLOW_PATTERN = re.compile(r"[+*}][^(]*\)[+*{]|.{300}", re.DOTALL)
"""A repeated group that holds a repetition can take time without end on a hostile answer."""


def _strings(value: Any) -> Iterable[tuple[str, str]]:
    """Give each text of a schema with its key; the names of patternProperties count as texts."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, str):
                yield str(key), inner
            if key == "patternProperties" and isinstance(inner, Mapping):
                yield from ((key, str(name)) for name in inner)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _record(fields: Iterable[Field], format: Format) -> dict[str, Any]:
    fields = list(fields)
    return {
        "type": "object",
        "properties": {f.name: _type(f, format) for f in fields},
        "required": [f.name for f in fields if f.required],
        "additionalProperties": False,
    }


def _type(field: Field, format: Format) -> dict[str, Any]:
    schema = _bare(field, format)
    if field.description:
        schema["description"] = field.description
    return schema


def _bare(field: Field, format: Format) -> dict[str, Any]:
    if field.choices:
        return {"enum": [*field.choices, None]}
    match field.type:
        case "list":
            return _array({"type": "string"})
        case "rows":
            return _array(_array({"type": "string"}))
        case "records":
            return _array(_record(field.fields, format))
        case "date":
            return {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$", "format": "date"}
        case "box":
            return _numbers(4, format)
        case "point":
            return _numbers(2, format)
    return {"type": [field.type, "null"]}


def _numbers(count: int, format: Format) -> dict[str, Any]:
    number: dict[str, Any] = {"type": "integer", "minimum": 0}
    if get_family(format.family).coordinates == "relative":
        number["maximum"] = 1000
    return _array(number) | {"minItems": count, "maxItems": count}


def _positions(key: str, count: int, format: Format) -> dict[str, Any]:
    properties = {"image": {"type": "integer", "minimum": 1}, key: _numbers(count, format)}
    return {
        "type": "object",
        "properties": properties | {"label": {"type": "string"}},
        "required": [key, "label"],
        "additionalProperties": False,
    }
