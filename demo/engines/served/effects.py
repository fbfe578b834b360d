"""What a server will do to the images, and whether the question fits its window, before sending. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.engines.errors import ContextTooLongError, say
from demo.engines.served.arrival import arrives, size_there
from demo.engines.served.kinds import window_words
from demo.engines.served.probe import ServerFacts
from toolkit.budget import MARKS, SERVERS, default_window_note
from toolkit.families import get_family, visual_tokens
from toolkit.geometry import Size
from toolkit.texts import Text

if TYPE_CHECKING:
    from prompts import ImageRef

DASHSCOPE_USUAL = 1280
"""Visual tokens DashScope gives an image of Qwen2.5-VL by default; newer families get more."""
SGLANG_CACHE_MB = 100
SGLANG_KIB_A_TOKEN = 32
"""SGLANG_VLM_CACHE_SIZE_MB by default; features of Qwen3-VL-8B, bf16: 4,096 numbers, four times."""

LEAST_ROOM = 64
"""Tokens an answer needs to be worth asking for."""

_FAMILY_NAMES: Sequence[tuple[str, str]] = (
    (r"qwen[-_]?3\.[5-9]", "qwen3.5"),
    (r"qwen[-_]?3[-_]?vl", "qwen3-vl"),
    (r"qwen[-_]?2\.5[-_]?vl", "qwen2.5-vl"),
    (r"qwen[-_]?2[-_]?vl", "qwen2-vl"),
)


def guess_family(model: str) -> str | None:
    """Guess the family from a model's name; None where it says nothing."""
    return next((family for name, family in _FAMILY_NAMES if re.search(name, model, re.IGNORECASE)), None)


def thinks_unless_told(model: str) -> bool:
    """Tell by its name whether a model thinks aloud before every answer unless it is told not to.

    Qwen3.5 and later do; of Qwen3-VL the Thinking models always do, and the others never.
    """
    return guess_family(model) == "qwen3.5"


def always_thinks(model: str) -> bool:
    """Tell by its name whether a model thinks aloud before every answer and can't be told not to."""
    return "thinking" in model.lower()


def needs_high_resolution(images: Sequence["ImageRef"], family: str) -> bool:
    """Tell whether DashScope would shrink one of the images unless told otherwise."""
    return any(visual_tokens(image.size, family) > DASHSCOPE_USUAL for image in images)


def image_notes(images: Sequence["ImageRef"], facts: ServerFacts, model: str, family: str) -> list[Text]:
    """Say what the server does to these images, and what else does not fit together."""
    server, sizes = facts.kind.name, [image.size for image in images]
    notes = _changed(images, facts, family)
    guessed = guess_family(model)
    if images and guessed is not None and guessed != family:
        notes.append(say("engines_served.other_family", model=model, guessed=guessed, family=family))
    if server in SERVERS and facts.model(model).window is None:
        there = [size_there(size, server, family, facts.version) for size in sizes]
        overflow = default_window_note(there, server, family)
        notes += [overflow] if overflow else []
    if server == "sglang":
        notes += _sglang(sizes, family)
    return notes


def _changed(images: Sequence["ImageRef"], facts: ServerFacts, family: str) -> list[Text]:
    """Say which images the server makes smaller or larger than the model's own processor would."""
    server, notes = facts.kind.name, []
    changed = [
        (image, visual_tokens(image.size, family), arrives(image.size, server, family, facts.version))
        for image in images
    ]
    if server == "dashscope" and needs_high_resolution(images, family):
        notes.append(say("engines_served.high_resolution"))
    fewer = [one for one in changed if one[2] < one[1]]
    low = [one for one in fewer if one[0].width * one[0].height < get_family(family).min_pixels]
    small = [one for one in fewer if one not in low]
    if small:
        notes.append(_told("engines_served." + _shrinking(server), small, facts))
    if low:
        notes.append(_told("engines_answers.not_enlarged", low, facts))
    if high := [one for one in changed if one[2] > one[1]]:
        notes.append(_told("engines_answers.enlarged", high, facts))
    if (small or high) and get_family(family).coordinates == "absolute":
        notes.append(say("engines_answers.other_pixels", server=facts.kind.title, family=family))
    return notes


Change = tuple["ImageRef", int, int]
"""An image, its visual tokens by the model's own processor, and those that arrive."""


def _shrinking(server: str) -> str:
    return "shrunk_lm_studio" if server == "lm-studio" else "shrunk"


def _told(key: str, changes: Sequence[Change], facts: ServerFacts) -> Text:
    """Say what happens to images, by the one to which most happens."""
    _, before, after = max(changes, key=lambda one: abs(one[1] - one[2]))
    labels = ", ".join(str(image.label) for image, _, _ in changes)
    return say(key, labels=labels, server=facts.kind.title, before=before, after=after)


def _sglang(sizes: Sequence[Size], family: str) -> list[Text]:
    tokens = sum(visual_tokens(size, family) for size in sizes)
    need = tokens * SGLANG_KIB_A_TOKEN / 1024
    if need <= SGLANG_CACHE_MB:
        return []
    return [say("engines_served.sglang_cache", need=f"{need:.0f}", cache=SGLANG_CACHE_MB)]


def text_tokens(messages: Sequence[Mapping[str, Any]]) -> int:
    """Estimate the tokens of all texts, as Qwen's tokenizers cut them.

    A digit is one token, a Chinese character about 0.6, other letters 0.25; a turn adds its marks.
    """
    total = 0.0
    for message in messages:
        total += 6
        for part in message["content"]:
            if part["type"] == "text":
                total += _estimate(part["text"])
    return round(total)


def _estimate(text: str) -> float:
    digits = sum(map(str.isdigit, text))
    plain = sum(c < "\x80" for c in text) - sum(c in "0123456789" for c in text)
    return digits + plain * 0.25 + max(0, len(text) - plain - digits) * 0.6


@dataclass(frozen=True)
class Room:
    """How a question stands in a window: what images and text take, and what is left for the answer."""

    window: int
    visual: int
    text: int
    images: int

    @property
    def left(self) -> int:
        """Tokens that surely remain for the answer, the text counted amply."""
        return self.window - self.visual - round(self.text * 1.2) - 16

    @property
    def overflows(self) -> bool:
        """Whether it can't fit even if the text takes less than estimated."""
        return self.visual + round(self.text * 0.7) + LEAST_ROOM > self.window


def check_room(room: Room, *, server: str, option: str) -> None:
    """Raise ContextTooLongError, with the counts and what would fit, if the question can't fit."""
    if not room.overflows:
        return
    free = max(0, room.window - round(room.text * 1.2) - 4 * LEAST_ROOM)
    each = free // max(1, room.images) - MARKS
    key = "engines_served.context_images" if room.images > 1 else "engines_answers.context_image"
    raise ContextTooLongError(
        key if room.images and each >= LEAST_ROOM else "engines_served.context_text",
        server=server,
        window=room.window,
        count=room.images,
        visual=room.visual,
        text=room.text,
        each=each,
        fit=int(room.images * free / room.visual) if room.visual else 0,
        option=option or window_words(),
    )
