"""The engines that visitors of this page may choose from, each made when it is first wanted."""

import threading
from dataclasses import dataclass
from importlib.util import find_spec

from demo.engines import (
    Engine,
    EngineError,
    EngineInfo,
    UnknownEngineError,
    engine,
    engine_names,
    engine_takes,
)
from demo.engines.registry import ENGINES
from demo.settings import Settings
from demo.words import say
from toolkit.texts import Language, Text

MAX_MODELS = 20
"""Models of one server that are kept ready, each a small object without weights."""
START = {
    "transformers": "python -m demo --engine transformers --model Qwen/Qwen3-VL-2B-Instruct",
    "openai": "python -m demo --engine openai --base-url http://127.0.0.1:8000/v1",
}
"""How a page is started with an engine that has to be told something first."""


@dataclass(frozen=True)
class Offer:
    """An engine as a visitor sees it: `missing` says why it can't be chosen, `command` what mends that."""

    name: str
    title: str
    summary: str
    info: EngineInfo | None = None
    missing: Text | None = None
    command: str = ""

    @property
    def usable(self) -> bool:
        """Whether a visitor may choose it now."""
        return self.missing is None


class EnginePool:
    """Engines by name, "openai:MODEL" for one model of the page's server.

    The person who starts the page decides which: what needs a model or a server is offered only where one
    was named.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[str, Engine] = {}
        self._lock = threading.Lock()

    @property
    def default(self) -> str:
        """The name of the engine that the page was started with."""
        return self._settings.engine

    def get(self, name: str = "") -> Engine:
        """Make the engine `name`, once; "" is the page's own. Raises EngineError."""
        name = name or self.default
        with self._lock:
            if name not in self._made:
                self._made[name] = self._make(name)
                # Models are many; those not asked for longest go.
                for stale in [one for one in self._made if ":" in one][:-MAX_MODELS]:
                    del self._made[stale]
            return self._made[name]

    def _make(self, name: str) -> Engine:
        kind, _, model = name.partition(":")
        # A server decides which models it has. In process a visitor could have anything loaded.
        if not self._allowed(kind) or (model and not {"model", "base_url"} <= set(engine_takes(kind))):
            raise UnknownEngineError("ask_step.not_offered", engine=name[:80])
        options = dict(self._settings.engine_options(kind))
        return engine(kind, **(options | ({"model": model} if model else {})))

    def offers(self, lang: Language) -> list[Offer]:
        """Describe every engine of this version, those that can be used first."""
        found = [self.offer(name, lang) for name in engine_names()]
        return sorted(found, key=lambda one: (not one.usable, one.name != self.default))

    def offer(self, name: str, lang: Language) -> Offer:
        """Describe one engine, and what is missing to use it."""
        absent = [package for package in ENGINES[name].packages if find_spec(package) is None]
        if absent:
            reason = say("ask_step.not_installed", packages=", ".join(absent))
            return _locked(name, lang, reason, ENGINES[name].command)
        if not self._allowed(name):
            return _locked(name, lang, say("ask_step.not_configured"), START.get(name, ""))
        try:
            info = self.get(name).describe(lang)
        except EngineError as error:
            return _locked(name, lang, error.text, "")
        return Offer(name, info.title, info.summary, info)

    def forget(self, session: str) -> None:
        """Let every engine drop what it keeps for one session."""
        for made in list(self._made.values()):
            made.forget(session)

    def _allowed(self, name: str) -> bool:
        if name == self.default:
            return True
        if name not in ENGINES:
            return False
        options = ENGINES[name].options
        return not options or ("base_url" in options and self._settings.base_url is not None)


def own_server(address: str, model: str, key: str) -> Engine:
    """Make an engine of a server that a visitor named; addresses inside this network are refused.

    Nothing of this machine, such as its API keys, is used. Raises EngineError, also where nobody answers.
    """
    from demo.engines.served.engine import OpenAIEngine

    made = OpenAIEngine(address, model or None, public_only=True, api_key=key or None)
    made.load()
    return made


def _locked(name: str, lang: Language, missing: Text, command: str) -> Offer:
    key = name if name in START else "other"
    title = say(f"ask_step.engine_{key}.title", name=name).in_language(lang)
    summary = say(f"ask_step.engine_{key}.summary").in_language(lang)
    return Offer(name, title, summary, missing=missing, command=command)
