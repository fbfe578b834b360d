"""A finished prompt as a value: what was asked for, and the messages that ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from prompts.formats import Format
from prompts.images import ImageRef
from prompts.neutral import quote_block
from prompts.regions import Region
from prompts.words import say
from toolkit.families import DEFAULT_FAMILY
from toolkit.texts import Language, Text

Message = dict[str, Any]
"""{"role": "system" | "user" | "assistant", "content": [part, …]}; a part is {"type": "text", "text": …}
or {"type": "image", "image": ImageRef}."""


@dataclass(frozen=True)
class Prompt:
    """What `build_prompt` gives.

    `format` carries the fields really asked for; `inputs` every input as it was put in; `sampling` and
    `recipe` are the template's; `notes` say what a person should know about this prompt.
    """

    task: str
    region: Region
    format: Format
    lang: Language
    images: tuple[ImageRef, ...]
    inputs: Mapping[str, Any]
    messages: tuple[Message, ...]
    template: str
    family: str = DEFAULT_FAMILY
    sampling: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    @property
    def text(self) -> str:
        """The last text that is sent: task, region, format, question."""
        return str(self.messages[-1]["content"][-1]["text"])

    @property
    def system(self) -> str:
        """The system text."""
        return str(self.messages[0]["content"][0]["text"])

    def to_dict(self) -> dict[str, Any]:
        """Give the prompt as plain data; images in messages become {"type": "image", "label": number}."""
        return {
            "task": self.task,
            "template": self.template,
            "region": str(self.region),
            "format": self.format.to_dict(),
            "lang": self.lang,
            "family": self.family,
            "inputs": dict(self.inputs),
            "images": [image.to_dict() for image in self.images],
            "messages": [plain_message(message) for message in self.messages],
            "sampling": dict(self.sampling),
            "recipe": dict(self.recipe),
        }

    def follow_up(self, answer: str, question: str) -> "Prompt":
        """Give the prompt of the next turn: the answer and the new question appended, nothing else touched.

        What was sent before stays equal byte for byte, because servers keep it in their caches.
        """
        turns = (assistant(answer), user([text_part(quote_block(question))]))
        return replace(self, messages=(*self.messages, *turns))


def text_part(text: str) -> dict[str, Any]:
    """Make a part of text."""
    return {"type": "text", "text": text}


def assistant(answer: str) -> Message:
    """Make the turn of an answer that came back, with chat template tokens in it broken."""
    from prompts.neutral import neutralise

    return {"role": "assistant", "content": [text_part(neutralise(answer))]}


def user(parts: list[dict[str, Any]]) -> Message:
    """Make a user turn of parts."""
    return {"role": "user", "content": parts}


def first_turns(images: Sequence[ImageRef], text: str, lang: Language) -> tuple[Message, ...]:
    """Make system, then the labels and images in order, then the text."""
    parts: list[dict[str, Any]] = []
    for image in images:
        parts.append(text_part(say("labels.label", number=image.label).in_language(lang)))
        parts.append({"type": "image", "image": image})
    system = say("system.system").in_language(lang)
    return ({"role": "system", "content": [text_part(system)]}, user([*parts, text_part(text)]))


def plain_message(message: Message) -> dict[str, Any]:
    """Give a message as plain data, an image by its number."""
    parts = [
        {"type": "image", "label": part["image"].label} if part["type"] == "image" else dict(part)
        for part in message["content"]
    ]
    return {"role": message["role"], "content": parts}
