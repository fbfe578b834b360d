"""A visitor's choices of step 3 to a prompt."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from demo.asking import Question
from demo.choices import area_choices, format_choices, task_choices, task_names
from demo.words import say
from toolkit.errors import PreflightError
from toolkit.manifest import Manifest
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from demo.shelf import Shelf
    from prompts import Field, Prompt, Template

__all__ = [
    "FIELD_FORMATS", "FIELD_TASKS", "MAX_QUESTION", "NAMING", "QuestionError", "area_choices",
    "ask_as_it_stands", "choose_task", "compose", "format_choices", "input_of", "names_of", "region_of",
    "settle", "take_words", "takes_fields", "task_choices", "task_names",
]  # fmt: skip

FIELD_FORMATS = ("json", "jsonl", "markdown-table", "csv", "html-table")
FIELD_TASKS = ("extract-fields", "receipt", "form", "answer", "describe")
NAMING = "extract-fields"
"""The task whose values the words may name."""
MAX_QUESTION = 4_000

Able = Mapping[str, tuple[str, ...]]
"""The tasks an engine answers, each with its formats."""


class QuestionError(PreflightError):
    """Something is missing in the question; carries its sentence in both languages."""

    def __init__(self, key: str, /, **values: object) -> None:
        """Take the sentence `key` of messages.toml and fill in `values`."""
        self.text: Text = say(f"messages.{key}", **values)
        Exception.__init__(self, self.text.en)


def input_of(task: str) -> str | None:
    """Name what a person has to say in their own words for a task, None if nothing."""
    from prompts.tasks import get_task

    return next(iter(get_task(task).inputs), None)


def takes_fields(task: str, form: str) -> bool:
    """Tell whether a person may name the values to find."""
    return task in FIELD_TASKS and form in FIELD_FORMATS


def choose_task(question: Question, task: str, template: str = "") -> None:
    """Take a task by a click: it stays whatever is typed, with its own format and no inputs yet."""
    question.task, question.template = task, template
    question.format, question.by_hand, question.inputs, question.instead_of = "", True, {}, ""


def ask_as_it_stands(question: Question) -> None:
    """Take the words as a free question, whatever the engine can do, in the form that they name."""
    choose_task(question, "answer")
    question.format = _named_format(question.words)


SURE = 0.5
"""Confidence of the router from which its task is taken; below, words are a question about the pages."""


def take_words(question: Question, words: str, able: Able | None = None) -> None:
    """Take what a person typed; it chooses the task and the format unless they chose the task by hand.

    What is not clearly one of the tasks is asked as it stands, where the engine answers questions; where it
    doesn't, values that the words ask for are looked for instead.
    """
    from prompts.router import route

    question.words = words[:MAX_QUESTION]
    found = route(question.words, able=able)
    question.named = tuple(value.field for value in found.values)
    if question.by_hand or not question.words.strip():
        return
    question.instead_of = found.instead_of
    free = able is None or "answer" in able
    if found.confidence < SURE and free:
        question.task, question.template, question.format = "answer", "", _named_format(question.words)
    elif found.task != question.task or found.format:
        question.task, question.template, question.format = found.task, "", found.format or ""


def _named_format(words: str) -> str:
    """Give the form that a question names, where a free answer can have it."""
    from prompts.patterns import named_formats
    from prompts.tasks import get_task

    named = {"table": "markdown-table"}
    wanted = [named.get(name, name) for name in named_formats(words.lower())]
    return next((name for name in wanted if name in get_task("answer").formats), "")


def settle(
    question: Question, lang: Language, able: Able | None, shelf: "Shelf | None" = None
) -> "Template | None":
    """Fill in what was not chosen, drop a format that the task does not have, and find the template."""
    from prompts.tasks import TASKS, get_task

    template = find_template(question, lang, shelf)
    if template is not None:
        question.task = template.task
    else:
        question.template = ""
    names = [name for _, name in task_choices(lang, able)]
    if question.task not in TASKS or question.task not in names:
        question.task = names[0]
    formats = get_task(question.task).formats
    able_formats = (able or {}).get(question.task, formats)
    if question.format not in formats:
        preferred = ([template.format] if template is not None else []) + list(formats)
        question.format = next((form for form in preferred if form in able_formats), formats[0])
    return find_template(question, lang, shelf)


def find_template(question: Question, lang: Language, shelf: "Shelf | None" = None) -> "Template | None":
    """Find the template that a question takes; None where its name is not known."""
    from prompts.errors import PromptError
    from prompts.library import list_templates, load_template

    wanted = question.lang or lang
    if shelf is not None:
        named = shelf.find(question.template, wanted) if question.template else None
        return named or (None if question.template else shelf.of_task(question.task, wanted))
    try:
        if question.template:
            return load_template(question.template, wanted)
    except PromptError:
        return None
    fitting = list_templates(task=question.task, lang=wanted)
    return fitting[0] if fitting else None


def compose(question: Question, manifest: Manifest, lang: Language, shelf: "Shelf | None" = None) -> "Prompt":
    """Build the prompt, in `lang` unless another language was chosen or the template has only another.

    Raises PromptError, or QuestionError for a part that was announced but not given.
    """
    from prompts.build import build_prompt
    from prompts.formats import Format
    from prompts.images import images_from_manifest

    template = find_template(question, lang, shelf)
    inputs, rest = _inputs(question, template)
    prompt = build_prompt(
        question.template or question.task,
        _region(question),
        Format.parse(question.format).with_fields(_fields(question)),
        images_from_manifest(manifest),
        template.lang if template is not None else question.lang or lang,
        inputs=inputs,
        family=manifest.family,
        templates=None if shelf is None or template is None else shelf.root(template),
    )
    return _with_words(prompt, rest) if rest else prompt


def _fields(question: Question) -> "list[Field]":
    """Give the fields that were typed, else those that the words name."""
    from prompts.formats import Field

    lines = [line.strip() for line in question.fields.splitlines() if line.strip()]
    if lines:
        return [Field(line) for line in lines] if takes_fields(question.task, question.format) else []
    return list(question.named) if question.task == NAMING else []


def names_of(question: Question) -> list[str]:
    """List the values that a question looks for, by name; none where it looks for the usual ones."""
    return [field.name for field in _fields(question)]


_IN_WORDS = {"objects": "objects_in_words", "target_language": "language_in_words"}
"""Inputs that a task can't do without, and that a question in a person's own words answers as a whole."""


def _inputs(question: Question, template: "Template | None") -> tuple[dict[str, str], str]:
    """Give the template's inputs, and the words that none of them takes."""
    known = {spec.name: spec for spec in template.inputs} if template is not None else {}
    given = {k: v.strip() for k, v in question.inputs.items() if k in known and v.strip()}
    words = question.words.strip()[:MAX_QUESTION]
    name = input_of(question.task)
    if name and question.text.strip():
        given[name] = question.text.strip()[:MAX_QUESTION]
    if not words:
        return given, ""
    if "question" in known and "question" not in given:
        return given | {"question": words}, ""
    if name in _IN_WORDS and name in known and name not in given and template is not None:
        given[name] = say(f"prompt_step.{_IN_WORDS[name]}").in_language(template.lang)
    return given, words


def _with_words(prompt: "Prompt", words: str) -> "Prompt":
    """Put a person's own words at the end, harmless, where no input of the template takes them."""
    from prompts.neutral import quote_block

    said = say("prompt_step.in_own_words", words=quote_block(words)).in_language(prompt.lang)
    *before, last = prompt.messages
    *parts, text = last["content"]
    content = [*parts, {**text, "text": f"{text['text']}\n\n{said}"}]
    return replace(prompt, messages=(*before, {**last, "content": content}))


def _region(question: Question) -> str:
    region = question.written or region_of(question)
    if not region:
        raise QuestionError("prompt.area_missing" if question.region == "area" else "prompt.box_incomplete")
    return region


def region_of(question: Question) -> str:
    """Write the region as `Region.parse` reads it, "" where it was announced and not given."""
    if question.region == "area":
        return f"area:{','.join(question.areas)}" if question.areas else ""
    if question.region == "box":
        corners = ",".join(f"{n:g}" for n in question.box or ())
        return f"box:{corners}@{question.box_image}" if corners else ""
    return "whole"
