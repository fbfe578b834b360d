"""What comes back: the name of a format, and the fields that are asked for."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from prompts.errors import InputError, UnknownNameError
from toolkit.families import DEFAULT_FAMILY

FormatName = Literal[
    "text", "markdown", "html", "short", "json", "jsonl", "markdown-table", "csv", "html-table", "boxes",
    "points",
]  # fmt: skip
FieldType = Literal[
    "string", "number", "integer", "boolean", "date", "list", "rows", "records", "box", "point"
]

FORMATS: tuple[str, ...] = get_args(FormatName)
FIELD_TYPES: tuple[str, ...] = get_args(FieldType)
TABLES = ("markdown-table", "csv", "html-table")
MAX_FIELDS = 100
MAX_NAME = 80


@dataclass(frozen=True)
class Field:
    """One thing asked for: a key of JSON or a column of a table.

    `date` is a string as YYYY-MM-DD; `list` an array of strings; `rows` an array of such arrays; `records`
    an array of objects with `fields`; `box` and `point` four and two numbers in the family's coordinates.
    A field that is not `required` may be left out; one that is required but absent comes back as null.
    `choices` are the only strings allowed.
    """

    name: str
    type: FieldType = "string"
    description: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    fields: tuple["Field", ...] = ()

    def __post_init__(self) -> None:
        name = self.name.strip()
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise InputError("field_name", given=self.name[:80], limit=MAX_NAME)
        if self.type not in FIELD_TYPES:
            raise UnknownNameError("unknown_type", given=self.type, allowed=", ".join(FIELD_TYPES))
        object.__setattr__(self, "name", name)

    @classmethod
    def parse(cls, text: "str | Field") -> "Field":
        """Read "name", "name:type", "name?" (may be left out), "name:type=what it is", "name:paid|open".

        A Field is given back as it is. Raises InputError or UnknownNameError.
        """
        if isinstance(text, Field):
            return text
        head, _, description = text.partition("=")
        name, _, kind = head.partition(":")
        optional = name.rstrip().endswith("?")
        name, kind = name.rstrip().removesuffix("?"), kind.strip() or "string"
        choices = tuple(part.strip() for part in kind.split("|")) if "|" in kind else ()
        if not choices and kind not in FIELD_TYPES:
            raise UnknownNameError("unknown_type", given=kind[:80], allowed=", ".join(FIELD_TYPES))
        shown: Any = "string" if choices else kind
        return cls(name, shown, description.strip(), not optional, choices)


@dataclass(frozen=True)
class Format:
    """What is to come back: `Format("json", fields)`, `Format.of("csv", "name", "price:number")`.

    `fields` are keys of JSON, or columns of a table, in order; empty: those that suit the task. `schema`
    is a JSON Schema that is used instead of `fields`. `many` asks for an array of objects (`json` only).
    `family` is the model family in whose coordinates boxes and points are written; `build_prompt` sets it.
    """

    name: FormatName
    fields: tuple[Field, ...] = ()
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    many: bool = False
    family: str = DEFAULT_FAMILY

    def __post_init__(self) -> None:
        if self.name not in FORMATS:
            raise UnknownNameError("unknown_format", given=str(self.name)[:80], allowed=", ".join(FORMATS))
        if len(self.fields) > MAX_FIELDS:
            raise InputError("too_many_fields", given=len(self.fields), limit=MAX_FIELDS)
        names = [f.name for f in self.fields]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InputError("field_twice", name=twice)

    @classmethod
    def of(cls, name: str, *fields: "str | Field", many: bool = False) -> "Format":
        """Make a format from its name and fields written as `Field.parse` reads them."""
        shown: Any = name
        return cls(shown, tuple(Field.parse(f) for f in fields), many=many)

    @classmethod
    def from_schema(cls, schema: Mapping[str, Any]) -> "Format":
        """Ask for JSON by a schema that is given. Raises InputError if it is no JSON Schema."""
        from prompts.schemas import check_schema

        check_schema(schema)
        return cls("json", schema=schema)

    @classmethod
    def parse(cls, text: "str | Format") -> "Format":
        """Read "text", "json:invoice_no,date:date,total:number", "json[]:…" for many, or a Format itself."""
        if isinstance(text, Format):
            return text
        name, _, rest = text.strip().partition(":")
        many, name = name.endswith("[]"), name.removesuffix("[]")
        return cls.of(name, *split_fields(rest), many=many)

    @property
    def is_table(self) -> bool:
        """Whether rows and columns come back."""
        return self.name in TABLES

    def with_fields(self, fields: Iterable[Field], *, many: bool | None = None) -> "Format":
        """Give the same format with other fields."""
        return replace(self, fields=tuple(fields), many=self.many if many is None else many)

    def __str__(self) -> str:
        """Write the format as `parse` reads it (descriptions are left out)."""
        fields = ",".join(f"{f.name}{'' if f.required else '?'}:{f.type}" for f in self.fields)
        return self.name + ("[]" if self.many else "") + (f":{fields}" if fields else "")

    def to_dict(self) -> dict[str, Any]:
        """Give the format as plain data."""
        from dataclasses import asdict

        fields = [asdict(f) for f in self.fields]
        schema = json.loads(json.dumps(dict(self.schema))) if self.schema else None
        return {
            "name": self.name,
            "fields": fields,
            "schema": schema,
            "many": self.many,
            "family": self.family,
        }


def split_fields(text: str) -> list[str]:
    """Split a list of fields at commas (、，; also) and line ends; a description may hold none of them."""
    return [part.strip() for part in re.split(r"[,，、;；\n]", text) if part.strip()]
