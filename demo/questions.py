"""A visitor's choices of step 3 to a prompt, and the choices that are open to them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from demo.words import say
from demo.work import Question
from toolkit.errors import PreflightError
from toolkit.manifest import Manifest
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from prompts import Prompt

FIELD_FORMATS = ("json", "jsonl", "markdown-table", "csv", "html-table")
FIELD_TASKS = ("extract-fields", "receipt", "form", "answer", "describe")
MAX_QUESTION = 4_000


class QuestionError(PreflightError):
    """Something is missing in the question; carries its sentence in both languages."""

    def __init__(self, key: str, /, **values: object) -> None:
        """Take the sentence `key` of messages.toml and fill in `values`."""
        self.text: Text = say(f"messages.{key}", **values)
        Exception.__init__(self, self.text.en)


def task_names(lang: Language) -> dict[str, str]:
    """List the tasks that have a template, with their names for people, in the order of the task table."""
    from prompts.library import list_templates
    from prompts.tasks import TASKS
    from prompts.words import say as prompt_words

    there = {template.task for template in list_templates(lang=lang)}
    return {name: prompt_words(f"tasks.{name}.title").in_language(lang) for name in TASKS if name in there}


def task_choices(lang: Language, able: Mapping[str, tuple[str, ...]] | None) -> list[tuple[str, str]]:
    """List the tasks for a menu, those the engine can do first. `able` None: it can do all."""
    names = task_names(lang)
    if able is None:
        return [(words, name) for name, words in names.items()]
    first = [(words, name) for name, words in names.items() if name in able]
    rest = [
        (say("messages.input.needs_model", task=words).in_language(lang), name)
        for name, words in names.items()
        if name not in able
    ]
    return first + rest


def format_choices(task: str, lang: Language) -> list[tuple[str, str]]:
    """List the formats a task can answer in, its default first."""
    from prompts.tasks import get_task

    return [(say(f"messages.format.{name}").in_language(lang), name) for name in get_task(task).formats]


def area_choices(lang: Language) -> list[tuple[str, str]]:
    """List the named areas of a page."""
    from prompts.regions import AREAS
    from prompts.words import say as prompt_words

    return [(prompt_words(f"regions.areas.{name}").in_language(lang), name) for name in AREAS]


def input_of(task: str) -> str | None:
    """Name what a person has to say in their own words for a task, None if nothing."""
    from prompts.tasks import get_task

    return next(iter(get_task(task).inputs), None)


def takes_fields(task: str, form: str) -> bool:
    """Tell whether a person may name the values to find."""
    return task in FIELD_TASKS and form in FIELD_FORMATS


def settle(question: Question, lang: Language, able: Mapping[str, tuple[str, ...]] | None) -> None:
    """Fill in what was not chosen, and drop a format that the task does not have."""
    from prompts.tasks import TASKS, get_task

    names = [name for _, name in task_choices(lang, able)]
    if question.task not in TASKS or question.task not in names:
        question.task = names[0]
    formats = get_task(question.task).formats
    able_formats = (able or {}).get(question.task, formats)
    if question.format not in formats:
        question.format = next((form for form in formats if form in able_formats), formats[0])


def compose(question: Question, manifest: Manifest, lang: Language) -> "Prompt":
    """Build the prompt, in `lang` unless another language was chosen.

    Raises PromptError, or QuestionError for a part that was announced but not given.
    """
    from prompts.build import build_prompt
    from prompts.formats import Field, Format
    from prompts.images import images_from_manifest

    name = input_of(question.task)
    words = question.text.strip()[:MAX_QUESTION]
    lines = [line.strip() for line in question.fields.splitlines() if line.strip()]
    fields = [Field(line) for line in lines] if takes_fields(question.task, question.format) else []
    return build_prompt(
        question.task,
        _region(question),
        Format.parse(question.format).with_fields(fields),
        images_from_manifest(manifest),
        question.lang or lang,
        inputs={name: words} if name and words else {},
        family=manifest.family,
    )


def _region(question: Question) -> str:
    if question.written:
        return question.written
    if question.region == "area":
        if not question.areas:
            raise QuestionError("prompt.area_missing")
        return f"area:{','.join(question.areas)}"
    if question.region == "box":
        if question.box is None:
            raise QuestionError("prompt.box_incomplete")
        return f"box:{','.join(f'{n:g}' for n in question.box)}@{question.box_image}"
    return "whole"
