"""Turns of a conversation made from what a person wants: a question, a follow-up, a mend, rounds, a pair."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from demo.asking import Question, Reply, Talk, Turn
from demo.questions import MAX_QUESTION
from demo.words import say
from toolkit.errors import PreflightError
from toolkit.manifest import Manifest
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from prompts import Prompt


class AskError(PreflightError):
    """Something can't be asked as things stand; carries its sentence in both languages."""

    def __init__(self, key: str, /, **values: object) -> None:
        """Take the sentence `key` of ask_step.toml and fill in `values`."""
        self.text: Text = say(f"ask_step.{key}", **values)
        Exception.__init__(self, self.text.en)


def first(question: Question, prompt: "Prompt", manifest: Manifest, engine: str) -> Turn:
    """Make the turn of step 3's question."""
    return Turn(question.words.strip() or question.text.strip(), [Reply(engine, prompt, manifest)])


def follow(talk: Talk, words: str, engine: str) -> Turn:
    """Make a follow-up on the last answer: the same images, everything said before, and the new words.

    Raises AskError where there is no answer to follow up on, or nothing was typed.
    """
    words = words.strip()[:MAX_QUESTION]
    if not words:
        raise AskError("follow_empty")
    before = _answered(talk)
    prompt = before.prompt.follow_up(before.text, words)
    return Turn(words, [Reply(engine, prompt, before.manifest, loose=True)], "follow")


def mend(talk: Talk, engine: str, lang: Language) -> Turn:
    """Make the follow-up that asks for the mend of the last answer. Raises AskError if nothing is wrong."""
    from prompts import repair_prompt

    before = _answered(talk)
    faults = before.answer.checked.faults if before.answer is not None else ()
    if not faults:
        raise AskError("nothing_to_mend")
    request = repair_prompt(before.text, faults, before.prompt.lang)
    prompt = before.prompt.follow_up(before.text, request)
    words = say("ask_step.mend_words").in_language(lang)
    return Turn(words, [Reply(engine, prompt, before.manifest)], "mend")


def _answered(talk: Talk) -> Reply:
    if talk.last is None or talk.last.reply.state != "done":
        raise AskError("follow_nothing")
    return talk.last.reply


def steps(question: Question, prompt: "Prompt", manifest: Manifest, engine: str) -> Turn:
    """Make a turn of rounds, one for each image, and a last one that brings them together."""
    from prompts import plan_steps

    planned = plan_steps(prompt)
    turn = first(question, prompt, manifest, engine)
    if len(planned) == 1:
        return turn
    turn.kind, turn.steps = "steps", planned
    for step in planned[:-1]:
        labels = ", ".join(str(image.label) for image in step.images)
        title = say("ask_step.round", number=step.number, count=step.count - 1, labels=labels)
        turn.rounds.append(Reply(engine, prompt, manifest, title, loose=True))
    return turn


def pair(question: Question, sides: Sequence[tuple[str, Text, "Prompt", Manifest]]) -> Turn:
    """Make a turn with the same question twice; each side is an engine, a title, a prompt and its images."""
    replies = [Reply(engine, prompt, manifest, title) for engine, title, prompt, manifest in sides]
    return Turn(question.words.strip() or question.text.strip(), replies, "pair")


def again(turn: Turn) -> Turn:
    """Make the same turn anew, with nothing answered yet."""

    def blank(reply: Reply) -> Reply:
        return Reply(reply.engine, reply.prompt, reply.manifest, reply.title, loose=reply.loose)

    return replace(turn, replies=[*map(blank, turn.replies)], rounds=[*map(blank, turn.rounds)])
