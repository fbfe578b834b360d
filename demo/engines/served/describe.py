"""What a person should know of a server before asking it. Pure."""

from demo.engines.errors import say
from demo.engines.protocol import EngineInfo
from demo.engines.served.address import Address
from demo.engines.served.arrival import DASHSCOPE_MOST, FIRST_OLLAMA_ON_LLAMA, LM_STUDIO_SIDE
from demo.engines.served.kinds import version_of
from demo.engines.served.probe import Model, ServerFacts, choose_model
from demo.engines.served.secret import Secret
from toolkit.budget import SERVERS
from toolkit.texts import Language, Text


def describe(
    address: Address, wanted: str | None, facts: ServerFacts | None, key: Secret | None, lang: Language
) -> EngineInfo:
    """Describe a server; `facts` is None where it has not been asked yet."""

    def words(key: str, **values: object) -> str:
        return say(f"engines_served.{key}", **values).in_language(lang)

    model = choose_model(facts or ServerFacts(), wanted)
    rows = _facts(address, model, facts, key)
    limits = [words("limit_leaves" if not address.is_loopback else "limit_stays", host=address.host)]
    if address.scheme == "http" and not address.is_loopback:
        limits.append(words("limit_open", host=address.host))
    if facts is not None and not facts.kind.schema:
        limits.append(words("limit_schema"))
    return EngineInfo(
        name="openai",
        title=words("title"),
        summary=words("summary"),
        is_language_model=True,
        loaded=facts is not None,
        facts=tuple((words(name), value.in_language(lang)) for name, value in rows),
        limits=tuple(limits),
        window=None if model is None else model.window,
    )


def _facts(
    address: Address, model: Model | None, facts: ServerFacts | None, key: Secret | None
) -> list[tuple[str, Text]]:
    rows = [("fact_address", _plain(str(address)))]
    rows.append(("fact_server", say("engines_served.not_asked") if facts is None else _server(facts)))
    if model is not None:
        rows.append(("fact_model", _plain(model.name)))
    elif facts is not None and facts.models:
        rows.append(("fact_model", say("engines_served.many_models", count=len(facts.models))))
    if model is not None and model.window is not None:
        rows.append(("fact_window", say("engines_served.window", count=f"{model.window:,}")))
    cap = None if facts is None else _cap(facts)
    if cap is not None:
        rows.append(("fact_images", cap))
    source = (
        say("engines_served.key_none") if key is None else say("engines_served.key_from", source=key.source)
    )
    return [*rows, ("fact_key", source)]


def _server(facts: ServerFacts) -> Text:
    if not facts.kind.title:
        return say("engines_served.kind_unknown")
    return _plain(f"{facts.kind.title} {facts.version}".strip())


def _cap(facts: ServerFacts) -> Text | None:
    """Say what a kind of server does to images of its own accord."""
    kind = facts.kind.name
    if kind == "ollama" and version_of(facts.version) < FIRST_OLLAMA_ON_LLAMA:
        return None
    if kind == "lm-studio":
        return say("engines_served.cap_side", side=LM_STUDIO_SIDE)
    most = DASHSCOPE_MOST if kind == "dashscope" else SERVERS[kind].image_cap if kind in SERVERS else None
    return None if most is None else say("engines_served.cap_tokens", count=f"{most:,}")


def _plain(text: str) -> Text:
    return Text(text, text)
