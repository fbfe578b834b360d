"""The left-hand side of step 3 as plain values: cards, and the form of a template."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from demo.asking import Question
from demo.choices import task_names
from demo.questions import Able
from demo.shelf import Shelf
from demo.words import say
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from prompts import Template
    from prompts.inputs import TemplateInput

FIRST = (
    "answer", "extract-fields", "receipt", "table", "read-text", "summarize", "to-markdown", "form",
    "read-boxes", "translate", "describe", "compare",
)  # fmt: skip
"""Tasks that stand on cards at once, in this order; those that the engine can do come first."""
SHOWN = 6


def cards(question: Question, shelf: Shelf, able: Able | None, lang: Language) -> dict[str, Any]:
    """Describe every template for views/tasks.html, the usual ones first."""
    chosen = question.template or question.task
    titles = task_names(lang)
    every = [_card(t, shelf, able, titles, chosen, lang) for t in shelf.listed(lang)]
    rank = {name: place for place, name in enumerate(FIRST)}
    ranked = sorted(every, key=lambda c: (not c["able"], rank.get(c["name"], len(rank))))
    top = ranked[:SHOWN]
    if not any(card["chosen"] for card in top):
        top = [*top[:-1], *(card for card in ranked if card["chosen"])][:SHOWN]
    listed = sorted(every, key=lambda c: (not c["badge"], not c["able"]))
    return {"top": top, "every": listed}


def _card(
    template: "Template",
    shelf: Shelf,
    able: Able | None,
    titles: Mapping[str, str],
    chosen: str,
    lang: Language,
) -> dict[str, Any]:
    own = shelf.is_own(template)
    badge = "" if template.built_in else say(f"prompt_step.cards.{'own' if own else 'shared'}")
    return {
        "name": template.name,
        "title": title_of(template, titles),
        "about": template.description,
        "able": able is None or template.task in able,
        "chosen": template.name == chosen,
        "badge": badge.in_language(lang) if isinstance(badge, Text) else "",
        "find": _haystack(template.name, shelf),
    }


def title_of(template: "Template", titles: Mapping[str, str]) -> str:
    """Name a template: a built-in one by its task, any other by its own title."""
    return str(titles.get(template.name, template.title) if template.built_in else template.title)


def _haystack(name: str, shelf: Shelf) -> str:
    """Put together what a search looks through, in both languages."""
    named = [t for t in shelf.templates if t.name == name]
    words = [word for t in named for word in (t.name, t.task, t.title, t.description, *t.tags)]
    words += [titles[t.task] for t in named for titles in (task_names("en"), task_names("zh"))]
    return " ".join(dict.fromkeys(words)).lower()


def form(
    question: Question, template: "Template | None", shelf: Shelf, lang: Language
) -> list[dict[str, Any]]:
    """Describe the fields of a template's inputs in the language of the page, where the template has it."""
    if template is None:
        return []
    page = shelf.find(template.name, lang) or template
    labels = {spec.name: spec for spec in page.inputs}
    return [
        _field(spec, labels.get(spec.name, spec), question.inputs.get(spec.name, ""), lang)
        for spec in template.inputs
        if spec.name != "question"
    ]


def _field(spec: "TemplateInput", worded: "TemplateInput", value: str, lang: Language) -> dict[str, Any]:
    about = _said(spec.name, lang) if spec.choices else ""
    about = about or worded.description or spec.name
    default = ", ".join(spec.default) if isinstance(spec.default, list) else str(spec.default or "")
    hint = say("prompt_step.form.default", default=default) if default and not spec.choices else None
    return {
        "name": spec.name,
        "type": spec.type,
        "label": about[:1].upper() + about[1:],
        "value": value or (default if spec.choices or spec.type == "boolean" else ""),
        "hint": hint.in_language(lang) if hint else "",
        "many": spec.type == "list",
        "choices": [(choice, _said(choice, lang) or choice) for choice in spec.choices],
    }


WORDED = {
    **{name: f"prompt_step.input.{name}" for name in ("layout", "length", "printed", "estimate")},
    **{name: f"prompt_step.choice.{name}" for name in ("lines", "paragraphs", "short", "medium", "long")},
    "read off": "prompt_step.choice.read_off",
    "leave out": "prompt_step.choice.leave_out",
    "include": "prompt_step.choice.include",
}
"""Sentences for inputs and choices of the package's templates: their values are English in both languages."""


def _said(name: str, lang: Language) -> str:
    """Give the page's words for an input or a choice; "" for one of other templates."""
    return say(WORDED[name]).in_language(lang) if name in WORDED else ""
