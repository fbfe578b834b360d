"""Conversations about images of single characters, as messages with parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from .asking import KINDS, Shown, ask
from .built import Built, built_prompts, fill
from .glyphs import CHARACTERS
from .language import corpus, questions
from .shape import MAX_IMAGES

IMAGE = {"type": "image"}


@dataclass
class Conversation:
    """Messages in the chat template's form, the images in order, and whether the last answer has no end."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    images: list[Shown] = field(default_factory=list)
    endless: bool = False

    def say(self, role: str, *parts: dict[str, Any] | str) -> None:
        """Append a turn; strings become text parts."""
        content = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
        self.messages.append({"role": role, "content": content})


@dataclass(frozen=True)
class Course:
    """What conversations are made of at one time in training."""

    images: tuple[float, ...] = (1, 1, 1, 1)
    built: float = 0.35
    turns: int = 5
    all_kinds: bool = True
    padded: bool = True


def converse(rng: Random, course: Course) -> Conversation:
    """Make up one conversation."""
    count = rng.choices(range(1, MAX_IMAGES + 1), course.images)[0]
    talk = Conversation()
    if rng.random() < course.built:
        _begin_built(talk, count, rng)
        lang = rng.choice(("en", "zh"))
    else:
        lang = rng.choice(("en", "en", "zh"))
        _begin_free(talk, count, lang, rng, course)
    for _ in range(rng.randint(0, course.turns - 1)):
        if talk.endless:
            break
        _go_on(talk, lang, rng, course)
    return talk


def _chars(count: int, rng: Random) -> list[str]:
    chars = [rng.choice(CHARACTERS) for _ in range(count)]
    if count > 1 and rng.random() < 0.1:
        chars[-1] = chars[0]
    return chars


def _begin_built(talk: Conversation, count: int, rng: Random) -> None:
    built: Built = rng.choice(built_prompts(count))
    talk.images = [Shown(n, c) for n, c in enumerate(_chars(len(built.labels), rng), 1)]
    text, answer = fill(built, talk.images, rng)
    talk.say("system", built.system)
    talk.say("user", *(part for label in built.labels for part in (label, IMAGE)), text)
    talk.say("assistant", answer)


LABELS = {
    "Image {}:": 9,
    "图{}：": 6,
    "Picture {}: ": 2,
    "": 4,
    "Image {}: ": 1,
    "Image {}:\n": 1,
    "图片{}：": 1,
}
"""What stands beside an image, and how often; without a word the order alone counts."""


def _begin_free(talk: Conversation, count: int, lang: str, rng: Random, course: Course) -> None:
    system = _system(rng)
    if system:
        talk.say("system", system)
    style = rng.choices(list(LABELS), list(LABELS.values()))[0]
    numbers = list(range(1, count + 1))
    if style and rng.random() < 0.12:
        numbers = rng.sample(range(1, 7), count)
    talk.images = [Shown(n, c) for n, c in zip(numbers, _chars(count, rng), strict=True)]
    turn = ask(talk.images, lang, rng, kind=_kind(rng, course))
    talk.say(
        "user",
        *_pictures(talk.images, style),
        _padded(turn.question, lang, rng) if course.padded else turn.question,
    )
    talk.say("assistant", turn.answer)
    talk.endless = turn.endless


def _pictures(images: Sequence[Shown], style: str) -> Iterator[dict[str, Any] | str]:
    for shown in images:
        if style:
            yield style.format(shown.label)
        yield IMAGE


def _go_on(talk: Conversation, lang: str, rng: Random, course: Course) -> None:
    added: list[Shown] = []
    if len(talk.images) < MAX_IMAGES and rng.random() < 0.12:
        added = [Shown(max(shown.label for shown in talk.images) + 1, rng.choice(CHARACTERS))]
        talk.images = [*talk.images, *added]
    turn = ask(talk.images, lang, rng, kind=_kind(rng, course), later=True)
    style = "图{}：" if lang == "zh" else "Image {}:"
    talk.say("user", *_pictures(added, style), turn.question)
    talk.say("assistant", turn.answer)
    talk.endless = turn.endless


def _kind(rng: Random, course: Course) -> str:
    return rng.choices(list(KINDS), list(KINDS.values()))[0] if course.all_kinds else "ask"


def _system(rng: Random) -> str:
    choices = ["", "", *(b.system for b in built_prompts(1)[:1]), built_prompts(1)[-1].system]
    return rng.choice([*choices, rng.choice(questions()["system"]["plain"])])


@cache
def _sentences() -> tuple[str, ...]:
    lines = {line.strip("- ") for text in corpus() for line in text.split("\n")}
    return tuple(sorted(line for line in lines if 12 < len(line) < 160 and "{" not in line))


def _padded(question: str, lang: str, rng: Random) -> str:
    """Put sentences of other prompts before the question, now and then."""
    if rng.random() < 0.7:
        return question
    before = rng.sample(_sentences(), rng.randint(1, 4))
    lead = {"en": "Question: ", "zh": "问题："}[lang] if rng.random() < 0.5 else ""
    return rng.choice(("\n", "\n\n")).join([*before, lead + question])
