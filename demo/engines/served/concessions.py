"""Settings that a server turns down by name: left out when it is asked again, and from then on. Pure.

Which server takes what is written down in `kinds`, but there are more servers than rows, and versions move:
Mistral's API takes no `seed`, OpenAI's newer models no `temperature`, gateways whatever the model behind them
takes. Such a server names what it doesn't know; the question is asked again without it, and a note says so.
A schema is left out of that one question only: it may be this schema that the server doesn't take.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from demo.engines.errors import say
from demo.engines.served.said import SCHEMA, has_a_meaning
from toolkit.texts import Text

KEPT = frozenset({"model", "messages", "stream", "extra_body"})
"""Without these there is no question."""
_TURNED_DOWN = re.compile(
    r"unsupported|not[ _]support|does ?n.t support|not permitted|not allowed"
    r"|extra[ _](inputs|fields|forbidden)|unexpected|unrecognized|unknown|not (yet )?implemented",
    re.IGNORECASE,
)
"""How OpenAI, FastAPI's validation, transformers serve, LiteLLM, Mistral say that they don't know a key."""


def settings_of(body: Mapping[str, Any]) -> list[str]:
    """List the settings of a request that can be left out, whoever defined them."""
    return [name for name in (*body, *body.get("extra_body", {})) if name not in KEPT]


def turned_down(said: str, status: int, body: Mapping[str, Any], *, guess: bool) -> str | None:
    """Give the setting of `body` that a server refuses by name; None where it refuses something else.

    With `guess`, for a server of which nothing is known, a refusal of the schema is one of
    `response_format`, and one that says nothing known costs the question for token counts, which is the one
    setting that no person asked for.
    """
    if guess and status in (400, 422) and not _names(said, body):
        return _guessed(said, body)
    if status not in (400, 404, 415, 422, 500, 501) or not _TURNED_DOWN.search(said):
        return None
    return next(iter(_names(said, body)), None)


def _guessed(said: str, body: Mapping[str, Any]) -> str | None:
    if "response_format" in body and SCHEMA.search(said):
        return "response_format"
    return "stream_options" if "stream_options" in body and not has_a_meaning(said) else None


def _names(said: str, body: Mapping[str, Any]) -> list[str]:
    """Find the settings that a server's words name, the first one first."""
    named = [(said.find(name), name) for name in settings_of(body) if re.search(rf"\b{name}\b", said)]
    return [name for _, name in sorted(named)]


def without(body: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Give a request without the settings `names`.

    OpenAI's newer models have another name for the limit of an answer; it is tried before it is given up.
    """
    left = {name: value for name, value in body.items() if name not in names}
    extra = {name: value for name, value in body.get("extra_body", {}).items() if name not in names}
    left.pop("extra_body", None)
    if "max_tokens" in body and "max_tokens" in names and "max_completion_tokens" not in names:
        left["max_completion_tokens"] = body["max_tokens"]
    return left | ({"extra_body": extra} if extra else {})


def notes_on(before: Mapping[str, Any], after: Mapping[str, Any], server: Text) -> list[Text]:
    """Say what is left out of a request, and what that means; counting tokens is no wish of the person's."""
    gone, notes = set(settings_of(before)) - set(settings_of(after)), []
    if "max_completion_tokens" in after:
        gone.discard("max_tokens")
    if "response_format" in gone:
        notes.append(say("engines_served.schema_unchecked", server=server))
    if plain := sorted(gone - {"response_format", "stream_options"}):
        notes.append(say("engines_served.left_out", names=", ".join(plain)))
    return notes
