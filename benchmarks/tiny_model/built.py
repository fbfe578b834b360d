"""The project's own prompts, with a place for the images, and what the model should answer to them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from random import Random

from prompts import ImageRef, Region, build_prompt, plan_steps
from prompts.prompt import Prompt

from .asking import Shown, ask

QUESTION = "<question>"
"""Stands in a built prompt where the user's question goes."""
READING = ("read-text", "handwriting", "to-markdown", "code", "describe", "formula")
"""Tasks whose answer, for a page with one character on it, is that character."""
KEYS = ("text", "character", "value", "number", "code", "name", "letter", "content")


@dataclass(frozen=True)
class Built:
    """A built prompt: system text, labels, last text, the images it asks for, and the form of the answer."""

    lang: str
    system: str
    labels: tuple[str, ...]
    text: str
    about: tuple[int, ...]
    form: str = "text"


def _from_prompt(prompt: Prompt, about: Sequence[int], form: str = "text") -> Built:
    user = prompt.messages[1]["content"]
    texts = [part["text"] for part in user if part["type"] == "text"]
    return Built(prompt.lang, prompt.system, tuple(texts[:-1]), texts[-1], tuple(about), form)


@cache
def built_prompts(count: int) -> tuple[Built, ...]:
    """Build every prompt that the model is trained on for `count` images."""
    images = [ImageRef(number, 256, 256) for number in range(1, count + 1)]
    makers: tuple[Callable[[list[ImageRef], str], list[Built]], ...] = (_reading, _fields, _answers, _steps)
    return tuple(b for make, lang in product(makers, ("en", "zh")) for b in make(images, lang))


def _reading(images: list[ImageRef], lang: str) -> list[Built]:
    every = [image.label for image in images]
    found = [_from_prompt(build_prompt(task, images=images, lang=lang), every) for task in READING]
    found += [
        _from_prompt(build_prompt("read-text", Region.whole(image=k), images=images, lang=lang), [k])
        for k in every
    ]
    lines = build_prompt("read-text", format="json", images=images, lang=lang)
    return [*found, *found[:1] * 4, _from_prompt(lines, every, "list:text")]


def _fields(images: list[ImageRef], lang: str) -> list[Built]:
    found = []
    for key, image in product(KEYS, images):
        region = Region.whole(image=image.label) if len(images) > 1 else "whole"
        prompt = build_prompt("extract-fields", region, f"json:{key}", images, lang)
        found.append(_from_prompt(prompt, [image.label], f"object:{key}"))
    return found


def _answers(images: list[ImageRef], lang: str) -> list[Built]:
    asked = {"question": QUESTION}
    forms = {"text": "text", "short": "text", "json": "answer"}
    return [
        _from_prompt(build_prompt("answer", format=name, images=images, lang=lang, inputs=asked), [], form)
        for name, form in forms.items()
    ] * 5


def _steps(images: list[ImageRef], lang: str) -> list[Built]:
    if len(images) < 2:
        return []
    steps = plan_steps(build_prompt("read-text", images=images, lang=lang))
    return [_from_prompt(step.prompt([]), [1]) for step in steps[:1]]


def fill(built: Built, images: Sequence[Shown], rng: Random) -> tuple[str, str]:
    """Give the last text of a built prompt, with a question where it wants one, and the right answer."""
    if QUESTION not in built.text:
        return built.text, _answer(built, [shown.char for shown in images if shown.label in built.about])
    lang = rng.choice(("en", "zh", built.lang, built.lang))
    turn = ask(images, lang, rng, kind="ask")
    image = next(shown for shown in images if shown.char == turn.answer)
    full = json.dumps({"answer": turn.answer, "image": image.label, "quote": turn.answer})
    return built.text.replace(QUESTION, turn.question), full if built.form == "answer" else turn.answer


def _answer(built: Built, chars: list[str]) -> str:
    form, _, key = built.form.partition(":")
    if form == "list":
        return json.dumps([{key: char} for char in chars])
    return json.dumps({key: chars[0]}) if form == "object" else "\n".join(chars)
