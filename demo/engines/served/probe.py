"""Finding out what kind of server answers, by what it says of itself; bounded in time and bytes."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from demo.engines.served.address import Address
from demo.engines.served.kinds import KINDS, UNKNOWN, Kind
from demo.engines.served.secret import DASHSCOPE_DOMAIN

PROBE_SECONDS = 3.0
"""How long one look may take; there are at most four."""
MAX_WINDOW = 10**8
MAX_MODELS = 10_000
MAX_NAME = 1_000
"""Characters of a model's name; a server of a local folder gives its whole path."""

WINDOWS = ("max_model_len", "context_length", "context_window", "max_context_length", "max_input_tokens")
"""How lists of models call the window: vLLM and SGLang, OpenRouter, Groq, Mistral, LiteLLM."""

OWNERS: Mapping[str, str] = {
    "vllm": "vllm",
    "sglang": "sglang",
    "llamacpp": "llama.cpp",
    "organization_owner": "lm-studio",
    "organization-owner": "lm-studio",
}
"""What servers write into `owned_by` of /v1/models, in their own sources (LM Studio: its documentation)."""


@dataclass(frozen=True)
class Model:
    """A model a server offers. `window` in tokens and `vision` are None where the server doesn't say.

    `aliases` are other names that it answers to.
    """

    name: str
    window: int | None = None
    vision: bool | None = None
    aliases: tuple[str, ...] = ()

    def answers_to(self, name: str) -> bool:
        """Tell whether this is the model called `name`; Ollama's ":latest" may be left out."""
        return self.name in (name, name + ":latest") or name in self.aliases


@dataclass(frozen=True)
class ServerFacts:
    """What is known of a server.

    `listed` is false where it gave no list of models; `unlisted` is then the key of the sentence that says
    why, `list_status` the status of that answer.
    """

    kind: Kind = UNKNOWN
    version: str = ""
    models: tuple[Model, ...] = ()
    listed: bool = False
    unlisted: str = "engines_served.no_models"
    list_status: int = 200

    def model(self, name: str) -> Model:
        """Find a model by name; Ollama's ":latest" may be left out."""
        for model in self.models:
            if model.answers_to(name):
                return model
        return Model(name)

    def with_model(self, name: str, **known: Any) -> "ServerFacts":
        """Give the facts with something more known of one model."""
        found = replace(self.model(name), **known)
        others = tuple(model for model in self.models if model.name != found.name)
        return replace(self, models=(*others, found) if self.models else (found,))


@dataclass(frozen=True)
class Reply:
    """What a look brought: the status and the JSON in it, None where there is none.

    The status is 0 where nothing came in time; `too_long` tells that more came than is read.
    """

    status: int
    value: Any = None
    too_long: bool = False


Look = Callable[[str, dict[str, Any] | None], Awaitable[Reply]]
"""Gets (or posts JSON to) an address; raises what the connection raises."""


async def probe(address: Address, model: str | None, look: Look) -> tuple[ServerFacts, Reply]:
    """Find out what answers at `address`; also gives the reply to the list of models.

    Raises what `look` raises where nobody answers the first question; later ones may fail in silence, as they
    only tell more.
    """
    listing = await look(str(address) + "/models", None)
    facts = _listed(listing)
    more = _Look(address, look)
    kind = _by_host(address) or _by_owner(listing.value) or await more.kind()
    facts = replace(facts, kind=kind)
    name = model or (facts.models[0].name if len(facts.models) == 1 else None)
    return await more.tell(facts, name), listing


def _by_host(address: Address) -> Kind | None:
    if address.belongs_to(DASHSCOPE_DOMAIN):
        return KINDS["dashscope"]
    if address.belongs_to("openai.com") or address.belongs_to("openai.azure.com"):
        return KINDS["openai"]
    return None


def _by_owner(value: Any) -> Kind | None:
    owners = {str(entry.get("owned_by", "")).lower() for entry in _entries(value, "data")}
    found = {OWNERS[owner] for owner in owners if owner in OWNERS}
    return KINDS[found.pop()] if len(found) == 1 else None


def _listed(reply: Reply) -> ServerFacts:
    if reply.status != 200 or not _is_list(reply.value):
        late = reply.status == 0 and "engines_served.slow_list"
        long = reply.too_long and "engines_answers.list_too_long"
        fault = reply.status >= 400 and reply.status != 404 and "engines_answers.no_list"
        words = late or long or fault or ServerFacts.unlisted
        return ServerFacts(unlisted=words, list_status=reply.status)
    entries = [e for e in _entries(reply.value, "data") if isinstance(e.get("id"), str)]
    named = [e for e in entries if 0 < len(e["id"]) <= MAX_NAME]
    models = tuple(Model(e["id"], _window(e), _sees(e), _aliases(e)) for e in named[:MAX_MODELS])
    return ServerFacts(models=models, listed=True)


def _is_list(value: Any) -> bool:
    """Tell a list of models: OpenAI's, Ollama's empty one (`"data": null`), or bare, as Together sends it."""
    return isinstance(value, list) or (
        isinstance(value, dict) and isinstance(value.get("data", 0), list | None)
    )


def _window(entry: Mapping[str, Any]) -> int | None:
    """Read the context window out of an entry of /v1/models."""
    return _count(*(entry.get(key) for key in WINDOWS))


def _aliases(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Read a model's other names: llama.cpp."""
    given = entry.get("aliases")
    return tuple(name for name in given[:20] if isinstance(name, str)) if isinstance(given, list) else ()


def _sees(entry: Mapping[str, Any]) -> bool | None:
    """Read out of an entry whether a model takes images: OpenRouter and llama.cpp, Mistral."""
    shape, can = entry.get("architecture"), entry.get("capabilities")
    kinds = shape.get("input_modalities") if isinstance(shape, dict) else None
    if isinstance(kinds, list):
        return "image" in kinds
    vision = can.get("vision") if isinstance(can, dict) else None
    return vision if isinstance(vision, bool) else None


def _count(*given: Any) -> int | None:
    for value in given:
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_WINDOW:
            return value
    return None


def _entries(value: Any, key: str) -> Sequence[dict[str, Any]]:
    data = value.get(key) if isinstance(value, dict) else value
    return [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []


class _Look:
    """The further looks at a server: each server has a place of its own where it says more."""

    def __init__(self, address: Address, look: Look) -> None:
        self._root, self._look = address.root, look
        self._seen: dict[str, dict[str, Any]] = {}

    async def _get(self, path: str) -> dict[str, Any]:
        """Give the JSON object at `path`, asked for once: what names the kind may tell more besides."""
        if path not in self._seen:
            self._seen[path] = await self._ask(path)
        return self._seen[path]

    async def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Get (or post to) `path`; give the JSON object there, empty where none is, or not in time."""
        from httpx import HTTPError

        from demo.engines.errors import EngineError

        try:
            async with asyncio.timeout(PROBE_SECONDS):
                reply = await self._look(self._root + path, body)
        except (HTTPError, EngineError, TimeoutError):
            return {}
        return reply.value if reply.status == 200 and isinstance(reply.value, dict) else {}

    async def kind(self) -> Kind:
        """Ask those that don't name themselves in the list: Ollama, llama.cpp of old, transformers."""
        if isinstance((await self._get("/api/version")).get("version"), str):
            return KINDS["ollama"]
        paths = (await self._get("/openapi.json")).get("paths")
        if isinstance(paths, dict) and {"/load_model", "/v1/chat/completions"} <= paths.keys():
            return KINDS["transformers"]
        if "default_generation_settings" in await self._get("/props"):
            return KINDS["llama.cpp"]
        return UNKNOWN

    async def tell(self, facts: ServerFacts, name: str | None) -> ServerFacts:
        """Add what the kind of server says of itself and of the model `name`."""
        match facts.kind.name:
            case "vllm":
                version = (await self._get("/version")).get("version")
                return replace(facts, version=version[:40]) if isinstance(version, str) else facts
            case "llama.cpp":
                return await self._llama(facts, name)
            case "ollama":
                return await self._ollama(facts, name)
            case "lm-studio":
                return await self._lm_studio(facts)
        return facts

    async def _llama(self, facts: ServerFacts, name: str | None) -> ServerFacts:
        props = await self._get("/props")
        settings, can = props.get("default_generation_settings"), props.get("modalities")
        window = _count(settings.get("n_ctx")) if isinstance(settings, dict) else None
        vision = can.get("vision") if isinstance(can, dict) else None
        build = props.get("build_info")
        facts = replace(facts, version=build[:40] if isinstance(build, str) else "")
        told: dict[str, Any] = {"window": window, "vision": vision if isinstance(vision, bool) else None}
        models = facts.models or ((Model(name),) if name else ())
        return replace(facts, models=tuple(replace(model, **told) for model in models))

    async def _ollama(self, facts: ServerFacts, name: str | None) -> ServerFacts:
        version = (await self._get("/api/version")).get("version")
        facts = replace(facts, version=version[:40] if isinstance(version, str) else "")
        if name is None:
            return facts
        running = _entries(await self._get("/api/ps"), "models")
        loaded = [e for e in running if e.get("name") in (name, name + ":latest")]
        window = _count(*(e.get("context_length") for e in loaded))
        can = (await self._ask("/api/show", {"model": name})).get("capabilities")
        vision = "vision" in can if isinstance(can, list) else None
        return facts.with_model(name, window=window, vision=vision)

    async def _lm_studio(self, facts: ServerFacts) -> ServerFacts:
        """Ask its own API, of 0.4 and later (v1) or before (v0, deprecated): window as loaded, and eyes."""
        newer = _entries(await self._get("/api/v1/models"), "models")[:MAX_MODELS]
        known = {name: told for entry in newer for name, told in _of_lm_studio(entry)}
        if not known:
            older = _entries(await self._get("/api/v0/models"), "data")[:MAX_MODELS]
            known = dict(map(_of_lm_studio_v0, older))
        return replace(facts, models=tuple(replace(m, **known.get(m.name, {})) for m in facts.models))


def _of_lm_studio(entry: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read an entry of /api/v1/models: the model by its key, and each loaded instance by its own name."""
    vision = _sees(entry)
    loaded = {str(one.get("id")): one.get("config") for one in _entries(entry, "loaded_instances")}
    windows = {name: _count(c.get("context_length")) for name, c in loaded.items() if isinstance(c, dict)}
    yield (
        str(entry.get("key")),
        {"window": min(filter(None, windows.values()), default=None), "vision": vision},
    )
    for name, window in windows.items():
        yield name, {"window": window, "vision": vision}


def _of_lm_studio_v0(entry: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    kind, window = entry.get("type"), _count(entry.get("loaded_context_length"))
    return str(entry.get("id")), {"window": window, "vision": {"vlm": True, "llm": False}.get(str(kind))}


def read_json(body: bytes) -> Any:
    """Read JSON, None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def choose_model(facts: ServerFacts, wanted: str | None) -> Model | None:
    """Give the model to ask: the one wanted, else the only one there is; None where that is not clear."""
    if wanted:
        return facts.model(wanted)
    return facts.models[0] if len(facts.models) == 1 else None
