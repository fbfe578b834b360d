"""How well the model reads pictures and follows questions it has never seen."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from .asking import Shown, ask
from .built import built_prompts, fill
from .conversations import IMAGE, Conversation
from .glyphs import CHARACTERS, PILLOW, any_colours, picture_of
from .reading import Tiny, with_pictures

Maker = Callable[[int, Random], tuple[Conversation, str]]
"""Makes a conversation of some images that ends with a question, and gives the right answer."""


@dataclass(frozen=True)
class Score:
    """Right answers of a number of questions."""

    right: int
    asked: int

    def __str__(self) -> str:
        return f"{self.right}/{self.asked} ({self.right / self.asked:.1%})"


def _shown(count: int, rng: Random) -> list[Shown]:
    return [Shown(number, rng.choice(CHARACTERS)) for number in range(1, count + 1)]


def _begin(images: Sequence[Shown], question: str, lang: str, *, labels: bool = True) -> Conversation:
    talk = Conversation(images=list(images))
    style = ("图{}：" if lang == "zh" else "Image {}:") if labels else ""
    pairs = ((style.format(shown.label), IMAGE) if style else (IMAGE,) for shown in images)
    talk.say("user", *(part for pair in pairs for part in pair), question)
    return talk


def canonical(count: int, rng: Random) -> tuple[Conversation, str]:
    """Ask what is in one image, in the plainest words."""
    images = _shown(count, rng)
    image, lang = rng.choice(images), rng.choice(("en", "zh"))
    wording = {"en": "What is in image {}?", "zh": "图{}里是什么？"}[lang]
    return _begin(images, wording.format(image.label), lang), image.char


def kind(name: str, *, labels: bool = True) -> Maker:
    """Give a maker of questions of one kind."""

    def make(count: int, rng: Random) -> tuple[Conversation, str]:
        images, lang = _shown(count, rng), rng.choice(("en", "zh"))
        turn = ask(images, lang, rng, kind=name)
        return _begin(images, turn.question, lang, labels=labels), turn.answer

    return make


def follow_up(count: int, rng: Random) -> tuple[Conversation, str]:
    """Ask for a second image after the first was answered rightly."""
    talk, first = canonical(count, rng)
    talk.say("assistant", first)
    image = rng.choice(talk.images)
    talk.say("user", rng.choice(("and image {}?", "图{}呢？")).format(image.label))
    return talk, image.char


def added(count: int, rng: Random) -> tuple[Conversation, str]:
    """Ask for an image that came in a later turn."""
    talk, first = canonical(max(1, count - 1), rng)
    talk.say("assistant", first)
    new = Shown(len(talk.images) + 1, rng.choice(CHARACTERS))
    talk.images.append(new)
    image = rng.choice(talk.images)
    talk.say("user", f"Image {new.label}:", IMAGE, f"What is in image {image.label}?")
    return talk, image.char


def project(form: str) -> Maker:
    """Give a maker of the project's own prompts whose answers have one form."""

    def make(count: int, rng: Random) -> tuple[Conversation, str]:
        built = rng.choice([b for b in built_prompts(count) if b.form.startswith(form)])
        images = _shown(len(built.labels), rng)
        text, answer = fill(built, images, rng)
        talk = Conversation(images=images)
        talk.say("system", built.system)
        talk.say("user", *(part for label in built.labels for part in (label, IMAGE)), text)
        return talk, answer

    return make


MAKERS: dict[str, Maker] = {
    "canonical question": canonical,
    "any trained wording": kind("ask"),
    "without labels": kind("ask", labels=False),
    "wording never trained": kind("held_out"),
    "follow-up": follow_up,
    "image added later": added,
    "all in order": kind("all"),
    "which image": kind("which"),
    "JSON": kind("json"),
    "JSON with number": kind("json_image"),
    "repeated n times": kind("times"),
    "table of n rows": kind("rows"),
    "own prompts: text": project("text"),
    "own prompts: object": project("object"),
    "own prompts: list": project("list"),
    "own prompts: answer": project("answer"),
}


def drawn(images: Iterable[Shown], side: int, fonts: Sequence[str], rng: Random) -> list[Any]:
    """Draw the images of a conversation with fonts that were held out."""
    pictures = []
    for shown in images:
        ink, paper = any_colours(rng) if rng.random() < 0.5 else ((0, 0, 0), (255, 255, 255))
        font, noise = rng.choice(fonts), rng.choice((0.0, 0.0, 8.0, 16.0))
        seed = rng.getrandbits(30)
        pictures.append(picture_of(shown.char, side, seed=seed, font=font, ink=ink, paper=paper, noise=noise))
    return pictures


def score(
    tiny: Tiny, make: Maker, count: int, side: int, asked: int, fonts: Sequence[str], seed: int = 0
) -> Score:
    """Ask `asked` questions of `count` images each."""
    rng, right = Random(f"{seed}/{count}/{side}"), 0
    for _ in range(asked):
        talk, answer = make(count, rng)
        messages = with_pictures(talk.messages, drawn(talk.images, side, fonts, rng))
        right += tiny.answer(messages, limit=140) == answer
    return Score(right, asked)


def measure(folder: Path, fonts: Sequence[Path], asked: int) -> None:
    """Print how often the model is right, for each kind of question."""
    names = [PILLOW, PILLOW, PILLOW, *map(str, fonts)]
    tiny, found = Tiny(folder), {}
    for side in (64, 128, 256):
        for count in range(1, 5):
            found[f"canonical question, {side} px, {count} images"] = score(
                tiny, canonical, count, side, asked, names
            )
            print(side, count, found[f"canonical question, {side} px, {count} images"], flush=True)
    for name, make in MAKERS.items():
        each = [score(tiny, make, count, 256, asked // 4, names) for count in range(1, 5)]
        found[name] = Score(sum(s.right for s in each), sum(s.asked for s in each))
        print(f"{name}: {found[name]}   by images: {', '.join(map(str, each))}", flush=True)
    print(json.dumps({name: round(s.right / s.asked, 4) for name, s in found.items()}))
