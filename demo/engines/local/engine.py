"""The engine called "transformers": a Qwen-VL model in this process."""

import threading
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from demo.engines.errors import CannotDoError, say
from demo.engines.local.account import Account
from demo.engines.local.folder import peek
from demo.engines.local.models import DEFAULT_MODEL
from demo.engines.local.place import PLACES, CacheIn, place_of
from demo.engines.local.store import Counts, Kind, Store
from demo.engines.local.worker import Job, ModelThread
from demo.engines.protocol import Cancel, EngineInfo, Event, Progress, Request, Result
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from demo.engines.local.answer import Answer
    from demo.engines.local.loading import Loaded
    from prompts import Prompt

DTYPES = ("auto", "float32", "bfloat16", "float16")


class TransformersEngine:
    """Qwen2-VL, Qwen2.5-VL, Qwen3-VL and Qwen3.5 through transformers, with caches.

    `model` is a hub id or a folder; `device` and `dtype` are torch's names, chosen for the machine where
    None; `exact` computes as plain torch does. `cache_mb` bounds everything kept between questions,
    `cache_in` tells where ("device" or "ram"), `idle_minutes` how long it is kept without use; `window`
    lowers the model's own limit of tokens.
    """

    name = "transformers"

    def __init__(
        self,
        *,
        model: str | None = None,
        device: str | None = None,
        dtype: str | None = None,
        exact: bool = False,
        cache_mb: float = 1024,
        cache_in: CacheIn = "device",
        idle_minutes: float = 5,
        window: int | None = None,
    ) -> None:
        """Take the settings; loads nothing. Raises CannotDoError for a setting out of bounds."""
        _check_choice("dtype", dtype, DTYPES)
        _check_choice("cache_in", cache_in, PLACES)
        _check_numbers(cache_mb, idle_minutes, window)
        self._model = model or DEFAULT_MODEL
        self._device, self._dtype, self._exact, self._window = device, dtype, exact, window
        self._cache_in = cache_in
        self._store = Store(int(cache_mb * 2**20), idle_minutes * 60)
        self._thread = ModelThread(self._tidy())
        self._loading = threading.Lock()
        self._loaded: Loaded | None = None
        self._answering: Answer | None = None

    def describe(self, lang: Language) -> EngineInfo:
        """Say which model this is, what it runs on, and how well the caches do."""

        def words(key: str, **values: object) -> str:
            return say(f"engines_local.{key}", **values).in_language(lang)

        loaded = self._loaded
        facts = [(words("fact_model"), self._model), (words("fact_program"), _program())]
        facts += [(name.in_language(lang), text.in_language(lang)) for name, text in self._facts(loaded)]
        return EngineInfo(
            name=self.name,
            title=words("title", model=self._model.rstrip("/").rsplit("/", 1)[-1]),
            summary=words("summary"),
            is_language_model=True,
            loaded=loaded is not None,
            facts=tuple(facts),
            limits=(words("limit_truth"), words("limit_one")),
            window=self._known_window(loaded),
        )

    def refusal(self, prompt: "Prompt") -> Text | None:
        """Give None: a language model takes any prompt."""
        return None

    def load(self, progress: Callable[[Text], None] | None = None) -> None:
        """Load the model; a second call does nothing. Each step is told to `progress`. Raises EngineError."""
        self._load(progress or (lambda text: None))

    def ask(self, request: Request, cancel: Cancel | None = None) -> Iterator[Event]:
        """Answer in turn with what others ask. A stop is heard within a second, also while waiting."""
        account = Account()
        return self._thread.stream(
            lambda job: self._answer(request, job, account), cancel, lambda: _withdrawn(account)
        )

    def forget(self, session: str = "") -> None:
        """Drop what is kept of one session, or all of everybody's; also what is being computed right now."""
        answering = self._answering
        if answering is not None and session in ("", answering.session):
            answering.keep = False
        if session:
            self._store.forget(("session", session))
        else:
            self._store.clear()

    @property
    def kept_bytes(self) -> int:
        """How much is kept between questions right now."""
        return self._store.bytes

    def cache_counts(self, kind: Kind) -> Counts:
        """Give how often an image, or a session, was found in the cache, missed, or had to go."""
        return self._store.counts[kind]

    def _answer(self, request: Request, job: Job, account: Account) -> None:
        account.begin()
        with account.phase("load"):
            loaded = self._load(lambda text: job.put(Progress(text)))
        job.waiting = False
        from demo.engines.local.answer import Answer

        place = place_of(self._cache_in, loaded.device)
        self._answering = Answer(loaded, self._store, request, job, account, place)
        try:
            self._answering.run()
        finally:
            self._answering = None

    def _load(self, tell: Callable[[Text], None]) -> "Loaded":
        with self._loading:
            if self._loaded is None:
                from demo.engines.local.loading import load_model

                self._loaded = load_model(
                    self._model,
                    device=self._device,
                    dtype=self._dtype,
                    exact=self._exact,
                    window=self._window,
                    tell=tell,
                )
            return self._loaded

    def _facts(self, loaded: "Loaded | None") -> list[tuple[Text, Text]]:
        if loaded is None:
            seen = peek(self._model)
            family = [(say("engines_local.fact_family"), _same(seen.row.family))] if seen else []
            return [*family, (say("engines_local.fact_state"), say("engines_local.not_loaded"))]
        window = say("engines_local.tokens", count=loaded.window)
        return [
            (say("engines_local.fact_family"), _same(loaded.family.name)),
            *loaded.facts,
            (say("engines_local.fact_window"), window),
            (say("engines_local.fact_cache"), self._cache_fact(loaded.device)),
        ]

    def _known_window(self, loaded: "Loaded | None") -> int | None:
        if loaded is not None:
            return loaded.window
        seen = peek(self._model)
        known = [most for most in (seen.window if seen else None, self._window) if most is not None]
        return min(known) if seen is not None and known else None

    def _cache_fact(self, device: str) -> Text:
        place = place_of(self._cache_in, device)
        key = "ram_is_device" if device == "cpu" else "in_ram" if place == "cpu" else "on_device"
        images, sessions = self._store.counts["image"], self._store.counts["session"]
        return say(
            "engines_local.cache",
            place=say(f"engines_local.{key}", device=device),
            used=f"{self._store.bytes / 2**20:.0f}",
            budget=f"{self._store.budget / 2**20:.0f}",
            minutes=f"{self._store.idle_seconds / 60:g}",
            images=f"{images.rate:.0%}",
            sessions=f"{sessions.rate:.0%}",
        )

    def _tidy(self) -> Callable[[], float | None]:
        store = self._store  # not self: the thread must not keep an engine that nobody uses

        def tidy() -> float | None:
            store.expire()
            return store.until_expiry

        return tidy


def _withdrawn(account: Account) -> Result:
    account.begin()
    return Result("", account.usage(""), "cancelled")


def _check_choice(name: str, given: str | None, allowed: tuple[str, ...]) -> None:
    if given is not None and given not in allowed:
        raise CannotDoError(
            "engines_local.option", name=name, given=str(given)[:40], allowed=", ".join(allowed)
        )


def _check_numbers(cache_mb: float, idle_minutes: float, window: int | None) -> None:
    for name, value, low in (
        ("cache_mb", cache_mb, 0),
        ("idle_minutes", idle_minutes, 0),
        ("window", window, 1),
    ):
        if value is not None and not value >= low:
            raise CannotDoError("engines_local.option", name=name, given=value, allowed=f">= {low}")


@cache
def _program() -> str:
    try:
        return f"transformers {version('transformers')}, torch {version('torch')}"
    except PackageNotFoundError as error:
        return str(error)


def _same(words: str) -> Text:
    return Text(words, words)
