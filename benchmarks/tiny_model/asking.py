"""One question and its right answer, for images whose characters and labels are known."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .language import questions


@dataclass(frozen=True)
class Shown:
    """An image of a conversation: the number beside it and the character in it."""

    label: int
    char: str


@dataclass(frozen=True)
class Turn:
    """A question, the right answer, and whether the answer goes on without end."""

    question: str
    answer: str
    endless: bool = False


KINDS = {"ask": 60, "all": 7, "which": 6, "json": 8, "json_image": 6, "endless": 4, "times": 4, "rows": 3}
"""How often each kind of question is asked."""
ENDLESS = 60
"""How often a repetition without end is written in training."""


def ask(images: Sequence[Shown], lang: str, rng: Random, *, kind: str, later: bool = False) -> Turn:
    """Ask one question of `images` in `lang`.

    Args:
        images: What is shown, in order.
        lang: Language of the question.
        rng: Chooses image and wording.
        kind: One of `KINDS`, or `held_out`.
        later: The conversation has begun, so the question may be as short as "and image 2?".
    """
    image = rng.choice(images)
    match kind:
        case "all":
            return Turn(_wording("all", lang, rng), "\n".join(shown.char for shown in images))
        case "which":
            return _which(images, image, lang, rng)
        case "json" | "json_image":
            return _as_json(images, image, lang, rng, kind)
        case "times" | "rows":
            return _counted(images, image, lang, rng, kind)
        case "endless":
            question = _name(_wording("endless", lang, rng), images, image, lang, rng)
            return Turn(question, " ".join([image.char] * ENDLESS), endless=True)
    return Turn(_plain(images, image, lang, rng, later, kind), image.char)


def _plain(images: Sequence[Shown], image: Shown, lang: str, rng: Random, later: bool, kind: str) -> str:
    if kind == "held_out":
        return _name(rng.choice(questions()["held_out"][lang]), images, image, lang, rng)
    if len(images) == 1 and rng.random() < 0.3:
        return _wording("ask_only", lang, rng)
    short = later and rng.random() < 0.6
    return _name(_wording("again" if short else "ask", lang, rng), images, image, lang, rng)


def _which(images: Sequence[Shown], image: Shown, lang: str, rng: Random) -> Turn:
    same = [shown.label for shown in images if shown.char == image.char]
    return Turn(_wording("which", lang, rng).replace("{x}", image.char), ", ".join(map(str, same)))


def _as_json(images: Sequence[Shown], image: Shown, lang: str, rng: Random, kind: str) -> Turn:
    question = _name(_wording("ask", lang, rng), images, image, lang, rng)
    value = {"text": image.char} if kind == "json" else {"image": image.label, "text": image.char}
    between = "" if lang == "zh" else " "
    return Turn(question + between + _wording(kind, lang, rng), json.dumps(value))


def _counted(images: Sequence[Shown], image: Shown, lang: str, rng: Random, kind: str) -> Turn:
    count = rng.randint(2, 10)
    word = questions()["words"][f"{lang}_times"][count - 2] if rng.random() < 0.7 else str(count)
    question = _name(_wording(kind, lang, rng).replace("{n}", word), images, image, lang, rng)
    rows = [f"| {row} | {image.char} |" for row in range(1, count + 1)]
    return Turn(question, "\n".join(rows) if kind == "rows" else " ".join([image.char] * count))


def _wording(kind: str, lang: str, rng: Random) -> str:
    return rng.choice(questions()[kind][lang])


def _name(wording: str, images: Sequence[Shown], image: Shown, lang: str, rng: Random) -> str:
    place = images.index(image)
    if "{nth}" in wording and [shown.label for shown in images] != list(range(1, len(images) + 1)):
        wording = "图{k}里是什么？" if lang == "zh" else "What is in image {k}?"
    label = f" {image.label}" if lang == "zh" and rng.random() < 0.1 else str(image.label)
    return wording.replace("{k}", label).replace("{nth}", questions()["words"][f"{lang}_nth"][place])
