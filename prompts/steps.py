"""One question over several images, taken one image a round, with the conclusions carried forward."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from prompts.images import ImageRef
from prompts.neutral import neutralise
from prompts.prompt import Prompt, first_turns
from prompts.wording import describe_images, name_images
from prompts.words import say
from toolkit.texts import Language

MAX_CONCLUSION = 3_000
"""Characters of one round's conclusion that go on to the next: about 1,500 tokens, a page of notes."""


@dataclass(frozen=True)
class Step:
    """One round: `number` of `count`, the images it shows, and whether it brings the others together."""

    number: int
    count: int
    images: tuple[ImageRef, ...]
    whole: Prompt
    last: bool

    def prompt(self, conclusions: Sequence[str] = ()) -> Prompt:
        """Give this round's prompt. `conclusions` are the answers of the rounds before, in order.

        Each round is a conversation of its own, so that only one image is in the context; the last round
        shows no image and answers in the format of the whole. Its `task`, `format` and `inputs` are those
        of the whole prompt.
        """
        if self.count == 1:
            return self.whole
        text = _text(self, conclusions, self.whole.lang)
        messages = first_turns(self.images, text, self.whole.lang)
        return replace(self.whole, images=self.images, messages=messages)


def plan_steps(prompt: Prompt) -> tuple[Step, ...]:
    """Plan the rounds of `prompt`: one for each image, then one that brings the conclusions together.

    A second look goes into the round of its original. A prompt of one image stays one round.
    """
    groups = _groups(prompt.images)
    if len(groups) < 2:
        return (Step(1, 1, prompt.images, prompt, last=True),)
    count = len(groups) + 1
    rounds = [Step(n, count, group, prompt, last=False) for n, group in enumerate(groups, 1)]
    return (*rounds, Step(count, count, (), prompt, last=True))


def _groups(images: Sequence[ImageRef]) -> list[tuple[ImageRef, ...]]:
    labels = {image.label for image in images}
    groups: dict[int, list[ImageRef]] = {}
    for image in images:
        original = image.copy_of if image.copy_of in labels else image.label
        groups.setdefault(original or image.label, []).append(image)
    return [tuple(group) for group in groups.values()]


def _text(step: Step, conclusions: Sequence[str], lang: Language) -> str:
    def said(key: str, **values: object) -> str:
        return say(f"steps.{key}", **values).in_language(lang)

    task = "\n".join(f"> {line}".rstrip() for line in step.whole.text.split("\n"))
    before = _conclusions(step, conclusions, lang)
    if step.last:
        return "\n\n".join([said("last"), before, said("whole_now"), step.whole.text])
    names = name_images(step.images[:1], lang)
    opening = said("opening", number=step.number, count=step.count - 1, images=names)
    parts = [
        opening,
        describe_images(step.images, lang),
        said("whole"),
        task,
        before,
        said("note", images=names),
    ]
    return "\n\n".join(part for part in parts if part)


def _conclusions(step: Step, conclusions: Sequence[str], lang: Language) -> str:
    if not conclusions:
        return ""
    blocks = [say("steps.before").in_language(lang)]
    for earlier, conclusion in zip(plan_steps(step.whole), conclusions, strict=False):
        quoted = "\n".join(f"> {line}" for line in _clean(conclusion).split("\n"))
        names = name_images(earlier.images[:1], lang)
        blocks.append(
            say("steps.from", images=names[:1].upper() + names[1:]).in_language(lang) + "\n" + quoted
        )
    return "\n\n".join(blocks)


def _clean(conclusion: str) -> str:
    clean = neutralise(conclusion).strip()
    return clean if len(clean) <= MAX_CONCLUSION else clean[:MAX_CONCLUSION] + "…"
