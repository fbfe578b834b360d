"""What lint finds in a question of step 3, and the change that one click makes."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from demo.asking import Question

if TYPE_CHECKING:
    from prompts import Finding, Prompt

REWORDED = ("vague-verb", "image-not-there", "two-tasks")
"""Rules whose better wording takes the place of what a person typed."""
OF_WORDS = (*REWORDED, "contradictory-formats")
"""Rules that look at typed words; the page itself says format, images and region."""


@dataclass(frozen=True)
class Mend:
    """A finding and the question as it would be after the click, None where only a person can mend it."""

    finding: "Finding"
    question: Question | None

    @property
    def key(self) -> str:
        """Name the finding, so that a click mends what was shown even if others have come since."""
        return f"{self.finding.rule}:{self.finding.quote}"[:200]


def find_mends(prompt: "Prompt", question: Question) -> list[Mend]:
    """Lint a prompt as it would be sent and the words that a person typed; each finding once."""
    from prompts import lint

    found = list(lint(prompt))
    words = question.words.strip()
    if words:
        typed = lint(words, images=prompt.images, family=prompt.family)
        found += [one for one in typed if one.rule in OF_WORDS or one.rule.startswith("limit-")]
    once = {(one.rule, one.quote): one for one in found}
    ranked = sorted(once.values(), key=lambda one: ("error", "warning", "hint").index(one.severity))
    return [Mend(one, mended(one, question)) for one in ranked]


def mended(finding: "Finding", question: Question) -> Question | None:
    """Give the question with one finding mended, None where that takes more than a click."""
    if finding.rule in REWORDED:
        return _reworded(finding, question)
    if finding.rule == "contradictory-formats":
        return _in_named_format(question)
    if finding.rule == "no-region" and question.region == "whole":
        return replace(question, region="area", areas=("upper",))
    return None


def _reworded(finding: "Finding", question: Question) -> Question | None:
    for name in ("words", "text"):
        typed = str(getattr(question, name))
        if typed.strip() and (not finding.quote or finding.quote in typed):
            return replace(question, **{name: finding.better})
    return None


def _in_named_format(question: Question) -> Question | None:
    """Answer in the format that the words name, where the task has it."""
    from prompts import get_task, route

    named = route(question.words or question.text).format
    if named is None or named == question.format or named not in get_task(question.task).formats:
        return None
    return replace(question, format=named)


def mend(prompt: "Prompt", question: Question, key: str) -> Question | None:
    """Give the question with the finding called `key` mended; None if there is none, or no click mends it."""
    return next((one.question for one in find_mends(prompt, question) if one.key == key), None)
