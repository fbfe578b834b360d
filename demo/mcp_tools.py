"""The tools of MCP clients: the endpoints of api.py by the same names, for a session whose secret they give.

A conversation begins with `prepare`, which gives back a secret that nobody can guess; the other tools demand
it. Nothing hangs on the connection: clients behind one proxy, or two conversations of one client, share
nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from demo import programs
from demo.arguments import ArgumentError, arguments_of, number_of, shown, text_of
from demo.mcp_files import SCHEMA, take_files
from demo.mcp_pictures import picture_of
from demo.session import Session
from demo.tool_words import about, argument, titled
from toolkit.texts import Language

if TYPE_CHECKING:
    from demo.context import Context

Plain = dict[str, Any]
SESSION = "session"
MAX_SHOWN_SIDE = 2048
PICTURE = "picture"
"""The key under which a result holds a picture; the door makes image content of it."""

Run = Callable[["Context", Mapping[str, Any], Language], Iterator[Plain]]
"""Does what a tool is called for: gives how far it is, and its result last."""


@dataclass(frozen=True)
class Tool:
    """One tool: `schema` is for the client; `changes` tells that it changes its session."""

    name: str
    schema: Mapping[str, Any]
    run: Run
    changes: bool = False

    @property
    def title(self) -> str:
        """Its title in both languages."""
        return titled(self.name)

    @property
    def about(self) -> str:
        """What it does, in both languages."""
        return about(self.name)


def session_of(context: "Context", given: Mapping[str, Any]) -> Session:
    """Give the session of a secret. Raises ArgumentError for one that is none, or none any more."""
    secret = given.get(SESSION)
    if secret is None:
        raise ArgumentError("mcp.session.missing")
    session = context.store.find(text_of(200, SESSION, secret))
    if session is None:
        raise ArgumentError("mcp.session.unknown", minutes=context.settings.limits.idle_minutes)
    return session


def _prepare(context: "Context", given: Mapping[str, Any], lang: Language) -> Iterator[Plain]:
    incoming, limits = context.store.incoming, context.settings.limits
    known = session_of(context, given) if given.get(SESSION) is not None else None
    files = take_files(incoming, given.get("files"), limits)
    session = known or context.store.begin(lang)
    try:
        for news in programs.run(context, session, "prepare", {**given, "files": files}):
            yield {**brief(news, lang), SESSION: session.token} if "images" in news else news
    except BaseException:
        if known is None:
            context.store.end(session)
        raise


def _inspect(context: "Context", given: Mapping[str, Any], lang: Language) -> Iterator[Plain]:
    files = take_files(context.store.incoming, given.get("files"), context.settings.limits)
    session = context.store.begin(lang)
    try:
        for news in programs.run(context, session, "inspect", {**given, "files": files}):
            yield brief(news, lang)
    finally:
        context.store.end(session)


def _in_session(name: str) -> Run:
    def run(context: "Context", given: Mapping[str, Any], lang: Language) -> Iterator[Plain]:
        session = session_of(context, given)
        session.lang = lang
        for news in programs.run(context, session, name, given):
            yield brief(news, lang)

    return run


def _show_image(context: "Context", given: Mapping[str, Any], lang: Language) -> Iterator[Plain]:
    session = session_of(context, given)
    if given.get("image") is None:
        raise ArgumentError("missing", name="image")
    label = number_of(1, 10**6, "image", given["image"])
    side = number_of(16, MAX_SHOWN_SIDE, "long_side", given.get("long_side") or 1024)
    data, (width, height) = picture_of(session, label, side)
    yield {"image": label, "width": width, "height": height, PICTURE: data}


def _forget(context: "Context", given: Mapping[str, Any], lang: Language) -> Iterator[Plain]:
    context.store.end(session_of(context, given))
    yield {"forgotten": True}


_FOR_PEOPLE = ("notes", "reason", "faults", "advice", "message")


def brief(plain: Plain, lang: Language) -> Plain:
    """Give of a result what a language model can use: no checksums, no placements, one language."""
    shortened: Plain = _in_one_language(plain, lang)
    if "value" in plain:  # the model's own: what it calls "notes_zh" is no translation of ours
        shortened["value"] = plain["value"]
    if "images" in shortened:
        shortened["images"] = [_brief_image(image) for image in shortened["images"]]
        for key in ("version", "tool", "recipe"):
            shortened.pop(key, None)
    return shortened


def _brief_image(image: Plain) -> Plain:
    kept = {
        key: image[key] for key in ("label", "width", "height", "tokens", "role", "notes") if key in image
    }
    return kept | {"file": image["source"]["file"], "page": image["source"]["page"]}


def _in_one_language(value: Any, lang: Language) -> Any:
    if isinstance(value, list):
        return [_in_one_language(one, lang) for one in value]
    if not isinstance(value, dict):
        return value
    named = {
        key: value[f"{key}_zh"] if lang == "zh" and key in _FOR_PEOPLE and f"{key}_zh" in value else one
        for key, one in value.items()
    }
    chinese = {f"{key}_zh" for key in _FOR_PEOPLE}
    return {key: _in_one_language(one, lang) for key, one in named.items() if key not in chinese}


@cache
def tools() -> Mapping[str, Tool]:
    """Make all tools, by name, in the order in which they are called."""
    files = {**SCHEMA, "description": argument("files")}
    secret = {"type": "string", "description": argument("session")}
    again = {"type": "string", "description": argument("session_again")}
    number = {"type": "integer", "minimum": 1, "description": argument("image")}
    side = {"type": "integer", "minimum": 16, "maximum": MAX_SHOWN_SIDE, "default": 1024}
    shown_side = {**side, "description": argument("shown_side")}
    seen = {SESSION: secret, "image": number, "long_side": shown_side}
    rows = (
        _endpoint("prepare", {"files": files, SESSION: again}, ["files"], _prepare),
        _endpoint("inspect", {"files": files}, ["files"], _inspect),
        *(
            _endpoint(name, {SESSION: secret}, [SESSION], _in_session(name))
            for name in ("order", "build_prompt", "ask")
        ),
        Tool("show_image", _object(seen, [SESSION, "image"]), _show_image),
        Tool("forget", _object({SESSION: secret}, [SESSION]), _forget, True),
    )
    return {row.name: row for row in rows}


def _endpoint(name: str, own: Plain, required: list[str], run: Run) -> Tool:
    """Make the tool of an endpoint: it is described as there, its arguments go by the same names."""
    given = {
        row.name: {**row.schema, "description": argument(row.name), "default": row.default}
        for row in arguments_of(name)
    }
    return Tool(name, _object(own | given, required), run, name not in ("inspect", "build_prompt"))


def _object(properties: Mapping[str, Any], required: list[str]) -> Plain:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def run_tool(
    context: "Context", name: str, given: Mapping[str, Any] | None, lang: Language
) -> Iterator[Plain]:
    """Do what a tool is called for. Raises ArgumentError for a tool or an argument that is none."""
    tool = tools().get(name)
    if tool is None:
        raise ArgumentError("mcp.no_tool", given=shown(name), allowed=", ".join(tools()))
    known = tool.schema["properties"]
    for key in given or {}:
        if key not in known:
            raise ArgumentError("mcp.no_argument", tool=name, given=shown(key), allowed=", ".join(known))
    yield from tool.run(context, given or {}, lang)
