"""What can be chosen in step 3, with its words: tasks, formats, areas."""

from collections.abc import Mapping
from functools import cache

from demo.words import say
from toolkit.texts import Language


@cache
def task_names(lang: Language) -> Mapping[str, str]:
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
