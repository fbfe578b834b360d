"""Messages to tokens, by the model's own chat template."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.engines.errors import CannotDoError, ContextTooLongError
from demo.engines.local.images import SeenImage
from prompts.neutral import neutralise

if TYPE_CHECKING:
    from demo.engines.local.loading import Loaded


@dataclass(frozen=True)
class Asked:
    """A question in tokens. `spans` tell where each image's tokens stand: (first, after the last).

    `marks` compare two questions: a token's number, or the key of the image it belongs to. `thinks` where the
    template makes the model think aloud before it answers.
    """

    tokens: tuple[int, ...]
    marks: tuple[Hashable, ...]
    images: tuple[SeenImage, ...]
    spans: tuple[tuple[int, int], ...]
    thinks: bool

    @property
    def visual(self) -> int:
        """How many of the tokens belong to images."""
        return sum(image.tokens for image in self.images)


def tokenise(messages: Sequence[Mapping[str, Any]], images: Sequence[SeenImage], loaded: "Loaded") -> Asked:
    """Write the messages as tokens, each image as as many as it costs.

    Texts can't forge a turn or an image: what would be one is broken first. Raises CannotDoError where the
    model's template has no place for images.
    """
    tokenizer = loaded.tokenizer
    written = tokenizer.apply_chat_template(
        [_plain(message) for message in messages],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    single = tokenizer(written, add_special_tokens=False)["input_ids"]
    pad = loaded.config.image_token_id
    if single.count(pad) != len(images):
        raise CannotDoError(
            "engines_local.template", name=loaded.name, count=len(images), found=single.count(pad)
        )
    return _expand(single, images, pad, thinks=written.rstrip().endswith("<think>"))


def check_window(asked: Asked, window: int) -> None:
    """Raise ContextTooLongError, with the count and what would fit, if no room for an answer is left."""
    count = len(asked.tokens)
    if count < window:
        return
    text = count - asked.visual
    left, fitting = window - text - ROOM, 0
    for image in asked.images:
        left -= image.tokens
        fitting += left >= 0
    share = max(0.0, (window - text - ROOM) / max(1, asked.visual)) ** 0.5
    long_side = int(min(1.0, share) * max((max(i.size) for i in asked.images), default=0))
    values = {"tokens": count, "visual": asked.visual, "images": len(asked.images), "window": window}
    key = "too_long_text" if long_side == 0 else "too_long" if fitting else "too_long_side"
    raise ContextTooLongError(f"engines_local.{key}", fitting=fitting, long_side=long_side, **values)


ROOM = 512
"""Tokens that a short answer needs; what "would fit" leaves so much of the window."""


def _plain(message: Mapping[str, Any]) -> dict[str, Any]:
    parts = [
        {"type": "image"}
        if part["type"] == "image"
        else {"type": "text", "text": neutralise(str(part["text"]))}
        for part in message["content"]
    ]
    if message["role"] == "user":
        return {"role": "user", "content": parts}
    return {"role": message["role"], "content": "".join(part.get("text", "") for part in parts)}


def _expand(single: Sequence[int], images: Sequence[SeenImage], pad: int, *, thinks: bool) -> Asked:
    tokens: list[int] = []
    marks: list[Hashable] = []
    spans: list[tuple[int, int]] = []
    for token in single:
        if token != pad:
            tokens.append(token)
            marks.append(token)
            continue
        image = images[len(spans)]
        spans.append((len(tokens), len(tokens) + image.tokens))
        tokens += [pad] * image.tokens
        marks += [image.key] * image.tokens
    return Asked(tuple(tokens), tuple(marks), tuple(images), tuple(spans), thinks)
