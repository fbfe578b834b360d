"""The tasks, one row each: the formats they can answer in, what is asked for by default, how many images."""

from dataclasses import dataclass, replace

from prompts.errors import UnknownNameError
from prompts.formats import TABLES, Field, Format, FormatName
from prompts.words import say
from toolkit.texts import Language

_READ: tuple[FormatName, ...] = ("text", "markdown", "json", "jsonl")
_ROWS: tuple[FormatName, ...] = ("json", "jsonl", "markdown-table", "csv", "html-table")


@dataclass(frozen=True)
class Task:
    """One row.

    The first of `formats` is the default. `fields` are asked for where a format needs keys or columns and
    none are given (written as `Field.parse` reads them); `many` says that there is one record per thing
    found. `columns` are those of a table where they differ from `fields`. `inputs` names what a person
    has to say for the task to make sense, such as the question.
    """

    name: str
    formats: tuple[FormatName, ...]
    fields: tuple[str, ...] = ()
    many: bool = False
    columns: tuple[str, ...] = ()
    min_images: int = 1
    prose: bool = False
    inputs: tuple[str, ...] = ()


TASKS: dict[str, Task] = {
    row.name: row
    for row in (
        Task("read-text", (*_READ, "boxes"), ("text",), many=True),
        Task("read-boxes", ("boxes", "json", "jsonl"), ("text", "bbox_2d:box"), many=True),
        Task(
            "extract-fields",
            (*_ROWS, "text"),
            ("title", "number", "date:date", "issuer", "recipient", "total:number"),
        ),
        Task(
            "table",
            ("markdown-table", "csv", "html-table", "json", "jsonl"),
            ("columns:list", "rows:rows"),
            columns=(),
        ),
        Task("form", (*_ROWS, "text"), ("label", "value", "kind:text|checkbox|choice|signature"), many=True),
        Task(
            "receipt",
            _ROWS,
            (
                "seller",
                "number",
                "date:date",
                "currency",
                "items:records",
                "tax:number",
                "total:number",
            ),
            columns=("name", "quantity:number", "unit_price:number", "amount:number"),
        ),
        Task(
            "chart-data",
            ("markdown-table", "csv", "html-table", "json", "jsonl"),
            ("series", "category", "value:number", "unit"),
            many=True,
        ),
        Task(
            "chart-question",
            ("text", "short", "markdown", "json"),
            ("answer", "read_from"),
            prose=True,
            inputs=("question",),
        ),
        Task(
            "flowchart",
            ("markdown", "text", "json", "jsonl"),
            ("id:integer", "text", "kind:start|step|decision|end", "next:list"),
            many=True,
            prose=True,
        ),
        Task("formula", ("text", "markdown", "json", "jsonl"), ("latex",), many=True),
        Task("handwriting", (*_READ, "boxes"), ("text", "certain:boolean"), many=True),
        Task("code", ("text", "markdown", "json"), ("language", "code")),
        Task(
            "error-diagnosis",
            ("markdown", "text", "json"),
            ("error", "cause", "evidence", "fix:list"),
            prose=True,
        ),
        Task(
            "ui",
            ("markdown", "text", "boxes", "points", *_ROWS),
            ("element", "kind", "text", "state"),
            many=True,
            prose=True,
        ),
        Task(
            "compare",
            ("markdown-table", "csv", "html-table", "json", "jsonl", "text", "markdown"),
            ("aspect", "values:list", "same:boolean"),
            many=True,
            min_images=2,
            prose=True,
        ),
        Task(
            "differences",
            ("markdown-table", "csv", "html-table", "json", "jsonl", "text", "markdown", "boxes"),
            ("where", "before", "after", "kind:added|removed|changed|moved"),
            many=True,
            min_images=2,
            prose=True,
        ),
        Task(
            "locate-objects",
            ("boxes", "points", "json", "jsonl"),
            ("label", "bbox_2d:box"),
            many=True,
            inputs=("objects",),
        ),
        Task(
            "point",
            ("points", "json", "jsonl"),
            ("label", "point_2d:point"),
            many=True,
            inputs=("objects",),
        ),
        Task(
            "count",
            ("short", "text", "points", "boxes", *_ROWS),
            ("object", "count:integer"),
            many=True,
            inputs=("objects",),
        ),
        Task(
            "describe",
            ("text", "markdown", "json"),
            ("summary", "subjects:list", "setting", "visible_text:list"),
            prose=True,
        ),
        Task("summarize", ("markdown", "text", "json"), ("summary", "key_points:list"), prose=True),
        Task(
            "answer",
            ("text", "short", "markdown", "boxes", *_ROWS),
            ("answer", "image:integer", "quote"),
            prose=True,
            inputs=("question",),
        ),
        Task(
            "translate",
            ("text", "markdown", "boxes", *_ROWS),
            ("source", "translation"),
            many=True,
            inputs=("target_language",),
        ),
        Task("to-markdown", ("markdown",)),
        Task("to-html", ("html",)),
    )
}


def get_task(name: str) -> Task:
    """Find a task. Raises UnknownNameError with the known names."""
    if name not in TASKS:
        raise UnknownNameError("unknown_task", given=str(name)[:80], allowed=", ".join(TASKS))
    return TASKS[name]


def default_format(task: Task, lang: Language = "en") -> Format:
    """Give the format a task answers in when none is asked for, with its fields."""
    return fill_fields(Format(task.formats[0]), task, lang)


def fill_fields(given: Format, task: Task, lang: Language, images: int = 1) -> Format:
    """Give `given` the fields that suit the task where it has none; titles in `lang`."""
    lines = given.name == "text" and task.name == "extract-fields"
    if given.fields or given.schema or not (given.name in (*TABLES, "json", "jsonl") or lines):
        return given
    if task.name == "compare" and given.is_table:
        return given.with_fields(_compare_columns(max(images, task.min_images), lang))
    if given.is_table or lines:
        return given.with_fields(_columns(task, lang))
    if given.name == "jsonl":
        rows = task.columns or (task.fields if task.name != "table" else ())
        return given.with_fields(_fields(task, rows, lang))
    return given.with_fields(_fields(task, task.fields, lang), many=task.many)


def _columns(task: Task, lang: Language) -> list[Field]:
    """Give the task's columns, named by a heading in the language of the prompt."""
    found = _fields(task, task.columns or task.fields, lang)
    flat = [f for f in found if f.type not in ("list", "rows", "records")]
    return [
        replace(f, name=say(f"headings.{f.name}").in_language(lang), description="")
        for f in flat
        if task.name != "table"
    ]


def _fields(task: Task, written: tuple[str, ...], lang: Language) -> list[Field]:
    found = []
    for item in map(Field.parse, written):
        text = say(f"fields.{task.name}.{item.name}").in_language(lang)
        inner = tuple(_fields(task, task.columns, lang)) if item.type == "records" else ()
        found.append(replace(item, description=text, fields=inner))
    return found


def _compare_columns(images: int, lang: Language) -> list[Field]:
    aspect = say("fields.compare.aspect").in_language(lang)
    labels = [say("labels.short", number=n).in_language(lang) for n in range(1, images + 1)]
    same = say("fields.compare.same").in_language(lang)
    return [Field(aspect), *(Field(label) for label in labels), Field(same)]
