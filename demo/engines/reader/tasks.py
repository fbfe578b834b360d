"""Which tasks the reader answers, and in which formats; everything else is refused by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from demo.engines.errors import say
from demo.engines.reader.field_writer import FieldWriter, FormWriter, ReceiptRowsWriter, is_form
from demo.engines.reader.markdown_writer import MarkdownWriter
from demo.engines.reader.table_writer import TableWriter
from demo.engines.reader.writer import BoxesWriter, LinesWriter, TextWriter, Writer
from demo.engines.registry import has_engine
from toolkit.texts import Text

if TYPE_CHECKING:
    from prompts import ImageRef, Prompt

Make = Callable[["Prompt", "list[ImageRef]"], Writer]

_ROWS = ("json", "jsonl", "markdown-table", "csv", "html-table")

_WRITERS: dict[tuple[str, str], Make] = {
    ("read-text", "text"): TextWriter,
    ("read-text", "markdown"): MarkdownWriter,
    ("to-markdown", "markdown"): MarkdownWriter,
    ("read-text", "json"): LinesWriter,
    ("read-text", "jsonl"): LinesWriter,
    ("read-text", "boxes"): BoxesWriter,
    ("read-boxes", "boxes"): BoxesWriter,
    ("read-boxes", "json"): LinesWriter,
    ("read-boxes", "jsonl"): LinesWriter,
    **{("table", form): TableWriter for form in ("markdown-table", "csv", "html-table", "json", "jsonl")},
    **{("extract-fields", form): FieldWriter for form in (*_ROWS, "text")},
    **{("form", form): FormWriter for form in (*_ROWS, "text")},
    ("receipt", "json"): FieldWriter,
    **{("receipt", form): ReceiptRowsWriter for form in _ROWS if form != "json"},
}

TASKS: dict[str, tuple[str, ...]] = {
    task: tuple(form for name, form in _WRITERS if name == task)
    for task in dict.fromkeys(t for t, _ in _WRITERS)
}
"""Each task the reader answers, with the formats it can answer in."""


def make_writer(prompt: "Prompt", images: "list[ImageRef]") -> Writer:
    """Give the writer for a prompt that is not refused."""
    if prompt.task == "form" and not is_form(prompt):
        return FieldWriter(prompt, images)
    return _WRITERS[prompt.task, prompt.format.name](prompt, images)


def refusal(prompt: "Prompt") -> Text | None:
    """Say why the reader can't answer a prompt, what it can do, and the ways to a language model."""
    task, form = prompt.task, prompt.format.name
    if not prompt.images:
        return say("engines.no_images")
    if task not in TASKS:
        return say("engines_reader.cannot_task", task=task, can=_list(TASKS), ways=ways_to_a_model())
    if form not in TASKS[task]:
        return say("engines_reader.cannot_format", task=task, format=form, can=_list(TASKS[task]))
    if prompt.region.kind == "marked":
        return say("engines_reader.cannot_marked")
    return None


def ways_to_a_model() -> Text:
    """Say how to reach a language model: by the engines this version has, else by hand."""
    if has_engine("openai") and has_engine("transformers"):
        return say("engines_reader.ways")
    return say("engines_reader.ways_later")


def _list(names: "dict[str, tuple[str, ...]] | tuple[str, ...]") -> str:
    return ", ".join(names)
