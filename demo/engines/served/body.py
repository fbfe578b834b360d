"""A question to the body of a request: what the server takes, in bytes that stay equal from turn to turn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from demo.engines.errors import say
from demo.engines.protocol import Request
from demo.engines.served.arrival import arrives
from demo.engines.served.effects import (
    Room,
    check_room,
    image_notes,
    needs_high_resolution,
    text_tokens,
    thinks_unless_told,
)
from demo.engines.served.images import DataUrl, ImageStore
from demo.engines.served.kinds import Kind, takes_uuids
from demo.engines.served.probe import ServerFacts
from demo.engines.turns import images_in, turns
from toolkit.budget import MARKS
from toolkit.texts import Text

if TYPE_CHECKING:
    from prompts.prompt import Message


LIMITS = ("max_tokens", "max_completion_tokens")
"""OpenAI's two names for the longest answer in tokens."""


@dataclass(frozen=True)
class Plan:
    """A request ready to be sent: keyword arguments of the client, and what a person should know of it.

    `known` are the hashes of the images it leaves out because the server has them; `hashes` those of all
    images where the server takes hashes. `visual` counts visual tokens as they arrive, `tokens` all tokens
    as estimated.
    """

    body: dict[str, Any]
    notes: tuple[Text, ...]
    images: int
    visual: int
    tokens: int
    hashes: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()


def make_plan(
    request: Request, facts: ServerFacts, model: str, store: ImageStore, known: Collection[str] = ()
) -> Plan:
    """Make the request for `model`; where the server takes hashes, images in `known` are left out.

    Raises ContextTooLongError where the question can't fit the server's window, ImageUnreadableError for an
    image that can't be sent.
    """
    messages, kind, prompt = turns(request), facts.kind, request.prompt
    images = images_in(messages)
    sampling, notes = _sampling(request, kind)
    visual = sum(arrives(image.size, kind.name, prompt.family, facts.version) for image in images)
    seen = visual + MARKS * len(images)
    words = text_tokens(messages)
    window = facts.model(model).window
    if window is not None:
        notes += _fit(sampling, Room(window, seen, words, len(images)), kind)
    sent, hashes, left_out = _messages(request, messages, store, known, takes_uuids(kind, facts.version))
    schema, more = _response_format(request, kind)
    body: dict[str, Any] = {"model": model, "messages": sent} | _named(sampling, kind) | schema
    body["stream"] = True
    if kind.usage:
        body["stream_options"] = {"include_usage": True}
    extra: dict[str, Any] = {
        kind.extra[name]: value for name, value in sampling.items() if name in kind.extra
    }
    if kind.name == "dashscope" and needs_high_resolution(images, prompt.family):
        extra["vl_high_resolution_images"] = True
    if thinks_unless_told(model):
        extra |= kind.unthinking
    body |= {"extra_body": extra} if extra else {}
    notes = [*image_notes(images, facts, model, prompt.family), *_stand_in(facts, model), *notes, *more]
    return Plan(body, tuple(notes), len(images), visual, seen + words, hashes, left_out)


def _stand_in(facts: ServerFacts, model: str) -> list[Text]:
    """Say so where a server that has one model answers with it, whatever is asked for."""
    if not facts.kind.any_name or len(facts.models) != 1 or facts.models[0].answers_to(model):
        return []
    names = {"model": model, "loaded": facts.models[0].name, "server": facts.kind.title}
    return [say("engines_answers.other_model", **names)]


def _sampling(request: Request, kind: Kind) -> tuple[dict[str, Any], list[Text]]:
    """Give the sampling numbers that the server takes, and name those it doesn't."""
    from prompts.exports import OPENAI_SAMPLING

    given = dict(request.sampling or request.prompt.sampling)
    taken = {
        name: value
        for name, value in given.items()
        if name in kind.extra or (name in OPENAI_SAMPLING and name not in kind.refuses)
    }
    left_out = ", ".join(sorted(given.keys() - taken.keys()))
    if kind.answer_tokens and not taken.keys() & set(LIMITS):
        taken["max_tokens"] = kind.answer_tokens
    return taken, [say("engines_served.left_out", names=left_out)] if left_out else []


def _named(sampling: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """Give OpenAI's own sampling keys, with the server's name for the limit of the answer."""
    return {
        kind.max_tokens if name in LIMITS else name: value
        for name, value in sampling.items()
        if name not in kind.extra
    }


def _fit(sampling: dict[str, Any], room: Room, kind: Kind) -> list[Text]:
    """Check the window, and shorten the answer's limit to what is left of it, saying so."""
    check_room(room, server=kind.title or "–", option=kind.window_option)
    name = next((n for n in LIMITS if n in sampling), None)
    if name is None or sampling[name] <= max(1, room.left):
        return []
    sampling[name] = max(1, room.left)
    return [say("engines_served.shortened", limit=sampling[name], window=room.window)]


def _messages(
    request: Request, messages: "Sequence[Message]", store: ImageStore, known: Collection[str], uuids: bool
) -> tuple[list[dict[str, Any]], tuple[str, ...], frozenset[str]]:
    """Give the messages exactly as an export of the prompt has them, plus hashes where they are taken."""
    from prompts.exports import openai_messages

    sent = openai_messages(replace(request.prompt, messages=tuple(messages)), store.url)
    if not uuids:
        return sent, (), frozenset()
    parts = [p for m in sent if isinstance(m["content"], list) for p in m["content"] if "image_url" in p]
    hashes = []
    for part in parts:
        url: DataUrl = part["image_url"]["url"]
        part["uuid"] = url.sha256
        hashes.append(url.sha256)
        if url.sha256 in known:
            part["image_url"] = {}
    return sent, tuple(hashes), frozenset(hashes) & frozenset(known)


def _response_format(request: Request, kind: Kind) -> tuple[dict[str, Any], list[Text]]:
    """Constrain the answer by the schema where the server does that; else say that it is only checked."""
    if request.schema is None:
        return {}, []
    schema = _rooted(request, kind) if kind.schema else None
    if schema is None:
        return {}, [say("engines_served.schema_unchecked", server=name_of(kind))]
    wanted = {"name": "answer", "schema": schema}
    notes = [] if kind.title else [say("engines_answers.schema_perhaps")]
    return {"response_format": {"type": "json_schema", "json_schema": wanted}}, notes


def _rooted(request: Request, kind: Kind) -> dict[str, Any] | None:
    """Give the schema with a root the server takes; None if there is no such form of it."""
    from prompts.schemas import json_schema

    given = dict(request.schema or {})
    if not kind.object_root or given.get("type") == "object":
        return given
    # `validate` takes this very wrapping off again, and no other.
    return (
        json_schema(request.prompt.format, wrap=True) if given == json_schema(request.prompt.format) else None
    )


def name_of(kind: Kind) -> Text:
    """Give a server's name for a sentence."""
    return Text(kind.title, kind.title) if kind.title else say("engines_served.this_server")
