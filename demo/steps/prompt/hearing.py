"""What the page says under the question box: what the words lead to, and other ways. Plain values."""

from typing import TYPE_CHECKING, Any

from demo import questions
from demo.asking import Question
from demo.choices import task_names
from demo.words import say
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from demo.engines import EngineInfo
    from prompts import Route


def quoted(names: list[str], lang: Language) -> str:
    """List names as a language does, each in quotation marks."""
    return (", " if lang == "en" else "、").join(f"“{name}”" for name in names)


def heard(question: Question, lang: Language, info: "EngineInfo") -> dict[str, Any] | None:
    """Say what the words in the question box lead to; None where nothing is to be said.

    `kind` tells a warning from a remark; `actions` are clicks, each as what it does and its words.
    """
    from prompts import route

    words = question.words.strip()
    unable = info.tasks is not None and question.task not in info.tasks
    if not words and not unable:
        return None
    found = route(words, able=info.tasks) if words else None
    kind, remark = _remark(question, info, lang, unable=unable, typed=found is not None)
    said = _said(question, found, lang) if found else None
    clicks = _clicks(question, found, unable)
    return {
        "said": said.in_language(lang) if said else "",
        "kind": kind,
        "remark": remark.in_language(lang) if remark else "",
        "actions": [(act, say(f"prompt_step.heard.{key}").in_language(lang)) for act, key in clicks],
    }


def _said(question: Question, found: "Route", lang: Language) -> Text:
    task = task_names(lang).get(question.task, question.task)
    if question.by_hand:
        return say("prompt_step.heard.added", task=task)
    named = question.task == questions.NAMING and question.named
    sure = named or found.confidence >= questions.SURE or question.task == "answer"
    form = say(f"messages.format.{question.format}")
    return say(f"prompt_step.heard.{'task' if sure else 'unsure'}", task=task, format=form)


def _remark(
    question: Question, info: "EngineInfo", lang: Language, *, unable: bool, typed: bool
) -> tuple[str, Text | None]:
    """Say what the engine makes of the words, where that is less than they ask for."""
    if unable:
        return "warn", say("prompt_step.heard.unable", engine=info.title)
    if info.is_language_model or not typed:
        return "note", None
    names = quoted(questions.names_of(question), lang)
    if not names:
        task = task_names(lang).get(question.task, question.task)
        return "warn", say("prompt_step.heard.unread", engine=info.title, task=task)
    if question.instead_of:
        return "warn", say("prompt_step.heard.instead", engine=info.title, names=names)
    return "note", say("prompt_step.heard.looks", engine=info.title, names=names)


def _clicks(question: Question, found: "Route | None", unable: bool) -> list[tuple[str, str]]:
    clicks = []
    if question.by_hand and found is not None and found.task != question.task:
        clicks.append(("by-words", "by_words"))
    if question.instead_of:
        clicks.append(("as-asked", "as_asked"))
    if question.instead_of or unable:
        clicks.append(("engines", "engines"))
    return clicks
