"""Find what makes a question hard to answer well, and offer the better wording."""

from collections.abc import Sequence

from prompts.images import ImageRef
from prompts.lint_rules import ALWAYS, FOR_TEXTS, Case, Finding
from prompts.prompt import Prompt
from prompts.router import question_language, route
from toolkit.families import DEFAULT_FAMILY

__all__ = ["MAX_CHARACTERS", "Finding", "lint"]

MAX_CHARACTERS = 4_000
"""Characters of a text that the rules look at: far more than a question has."""


def lint(
    prompt: str | Prompt, *, images: Sequence[ImageRef] | None = None, family: str = DEFAULT_FAMILY
) -> list[Finding]:
    """Find weaknesses of a question typed by a person, or of a built prompt; the gravest first.

    For a text, `images` are those that go with it, None if that is not known. A built prompt brings its
    own; of it, the words that a person put in are looked at and how its parts fit, not the template's.
    """
    case = _of_prompt(prompt) if isinstance(prompt, Prompt) else _of_text(prompt, images, family)
    rules = ALWAYS if case.built is not None else (*ALWAYS, *FOR_TEXTS)
    found = [finding for rule in rules for finding in rule(case)]
    return sorted(found, key=lambda finding: ("error", "warning", "hint").index(finding.severity))


def _of_prompt(prompt: Prompt) -> Case:
    text = " ".join(str(v) for v in prompt.inputs.values() if isinstance(v, str) and v)[:MAX_CHARACTERS]
    routed = route(text or prompt.task, images=len(prompt.images))
    return Case(text, prompt.lang, prompt.images, True, prompt.family, routed, prompt)


def _of_text(text: str, images: Sequence[ImageRef] | None, family: str) -> Case:
    text = text[:MAX_CHARACTERS]
    routed = route(text, images=len(images or ()))
    return Case(text, question_language(text), tuple(images or ()), images is not None, family, routed)
