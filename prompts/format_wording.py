"""The paragraph of a prompt that says what is to come back."""

import json
from collections.abc import Sequence

from prompts.formats import Field, Format
from prompts.images import ImageRef
from prompts.neutral import neutralise, one_line
from prompts.tasks import Task
from prompts.wording import coordinates, join_words
from prompts.words import say
from toolkit.texts import Language


def describe_format(format: Format, task: Task, images: Sequence[ImageRef], lang: Language) -> str:
    """Say what is to come back, in the words that suit the task."""
    # What is counted one by one is an object each; what is counted as a number, a kind each.
    one_each = task.name == "count" and format.name in ("boxes", "points")
    record = say(f"tasks.{'locate-objects' if one_each else task.name}.record").in_language(lang)
    positions = coordinates(images, lang, format.family)
    values = {"record": record, "coordinates": positions}
    name = format.name
    if name == "text" and (format.fields or task.name == "form"):
        return _describe_lines(format, lang, values)
    if name in ("text", "markdown"):
        return _said(f"{name}.{'prose' if task.prose else 'transcript'}", lang)
    if name in ("html", "short"):
        return _said(f"{name}.transcript", lang, **values)
    if name in ("boxes", "points"):
        label = say(f"tasks.{task.name}.label").in_language(lang)
        return _said(f"{name}.{'many' if len(images) > 1 else 'one'}", lang, label=label, **values)
    if format.is_table:
        columns = join_words([f"“{one_line(f.name, 80)}”" for f in format.fields], lang)
        return _said(f"{name}.{'columns' if format.fields else 'free'}", lang, columns=columns, **values)
    return _describe_json(format, task, lang, values)


def _describe_lines(format: Format, lang: Language, values: dict[str, str]) -> str:
    if not format.fields:
        return _said("text.records", lang, **values)
    fields = "\n".join(_field(f, lang, values["coordinates"]) for f in format.fields)
    return _said("text.fields", lang, fields=fields)


def _describe_json(format: Format, task: Task, lang: Language, values: dict[str, str]) -> str:
    if format.schema:
        schema = neutralise(json.dumps(dict(format.schema), ensure_ascii=False))
        return _said("json.schema", lang, schema=schema)
    fields = "\n".join(_field(f, lang, values["coordinates"]) for f in format.fields)
    values = values | {"fields": fields, "details": _details(format.fields, task, lang)}
    if format.name == "jsonl":
        return _said(f"jsonl.{'fields' if fields else 'free'}", lang, **values)
    kind = "free" if not fields else "many" if format.many else "one"
    if kind == "many" and task.name == "count":
        kind = "counts"  # what is not there is 0, not null
    return _said(f"json.{kind}", lang, **values)


_OWN_WORDS = ("count", "translate")
"""Tasks that are no prose, but whose answers are not copied from the page either."""


def _details(fields: Sequence[Field], task: Task, lang: Language) -> str:
    """Say how values are to be written, as far as the types of the fields call for it."""
    types = {inner.type for field in fields for inner in (field, *field.fields)}
    said = [] if task.prose or task.name in _OWN_WORDS else ["copy"]
    said += ["number"] if "number" in types else []
    said += ["date"] if "date" in types else []
    return "".join(_said(f"details.{name}", lang) for name in said)


def _field(field: Field, lang: Language, positions: str) -> str:
    kind = _kind(field, lang, positions)
    if not field.required:
        kind += ("，" if lang == "zh" else "; ") + _said("types.optional", lang)
    name, description = _quoted(field.name), one_line(field.description)
    key = "described" if description else "field"
    return _said(key, lang, name=name, type=kind, description=description)


def _kind(field: Field, lang: Language, positions: str) -> str:
    if field.choices:
        choices = [f'"{_quoted(choice)}"' for choice in field.choices]
        return _said("types.choices", lang, choices=join_words(choices, lang))
    keys = join_words([f'"{_quoted(f.name)}"' for f in field.fields], lang) if field.fields else ""
    return _said(f"types.{field.type}", lang, keys=keys, coordinates=positions)


def _quoted(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')


def _said(key: str, lang: Language, **values: object) -> str:
    return say(f"formats.{key}", **values).in_language(lang)
