"""The messages of a question, earlier turns included, in the order in which a model reads them. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from demo.engines.protocol import Request

if TYPE_CHECKING:
    from prompts import ImageRef
    from prompts.prompt import Message


def turns(request: Request) -> "tuple[Message, ...]":
    """Give the whole conversation: the earlier turns, then those of the prompt that they don't hold yet.

    A prompt made by `follow_up` already holds its history. One built anew brings a system text of its own,
    which gives way to the one that was sent first, because what was read before stays equal; where the
    history has none it comes first of all, the only place where chat templates take it.
    """
    history, own = tuple(dict(m) for m in request.history), tuple(request.prompt.messages)
    if own[: len(history)] == history:
        return own
    system = tuple(m for m in own if m["role"] == "system")
    if any(m["role"] == "system" for m in history):
        system = ()
    return (*system, *history, *(m for m in own if m["role"] != "system"))


def images_in(messages: "Sequence[Message]") -> "list[ImageRef]":
    """List the images in sending order; one that is sent twice stands here twice."""
    return [part["image"] for message in messages for part in message["content"] if part["type"] == "image"]
