"""What an engine remembers between questions: which server answers, and which images each session sent it."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable

from demo.engines.errors import ModelNotFoundError
from demo.engines.served.address import Address
from demo.engines.served.probe import Model, ServerFacts, choose_model

KEPT_SECONDS = 300.0
"""A server may be started anew with another model; its facts are asked for again after this."""
MAX_SESSIONS = 1_000
MAX_MISSES = 2
"""After so many images that a server had already dropped, all are sent each time."""
MAX_CONCESSIONS = 4
"""A server that turns down more settings than these has its refusal shown."""
SHOWN = 20


class Memory:
    """Shared by the questions of one engine, from several threads."""

    def __init__(self, address: Address) -> None:
        """Begin with nothing known of the server at `address`."""
        self._address = address
        self._lock = threading.Lock()
        self._facts: ServerFacts | None = None
        self._since = 0.0
        self._sessions: OrderedDict[str, set[str]] = OrderedDict()
        self._misses = 0
        self._conceded: dict[str, frozenset[str]] = {}

    @property
    def facts(self) -> ServerFacts | None:
        """What is known of the server; None where nothing is, or it is too old."""
        with self._lock:
            fresh = time.monotonic() - self._since < KEPT_SECONDS
            return self._facts if fresh else None

    @property
    def last_facts(self) -> ServerFacts | None:
        """What was last known of the server, however old."""
        return self._facts

    def learn(self, facts: ServerFacts) -> None:
        """Remember what a look brought; a look that brought nothing is not remembered as an answer."""
        with self._lock:
            self._facts = facts
            self._since = time.monotonic() if facts.listed or facts.kind.name != "unknown" else 0.0

    def forget_facts(self) -> None:
        """Look again at the next question: the server went away, and another may come in its place."""
        with self._lock:
            self._since = 0.0
            self._sessions.clear()
            self._conceded.clear()

    def choose(self, wanted: str | None) -> Model:
        """Give the model to ask. Raises ModelNotFoundError with those there are where it is not clear."""
        facts = self._facts or ServerFacts()
        model = choose_model(facts, wanted)
        if model is not None:
            return model
        if not facts.models:
            raise ModelNotFoundError("engines_served.names_none", address=self._address)
        names = ", ".join(model.name for model in facts.models[:SHOWN])
        more = len(facts.models) - SHOWN
        raise ModelNotFoundError(
            "engines_served.choose_model",
            address=self._address,
            names=names + (f", … (+{more})" if more > 0 else ""),
        )

    def known(self, session: str) -> set[str]:
        """Give the hashes of the images that the server should still have from this session."""
        with self._lock:
            return set() if self._misses >= MAX_MISSES else set(self._sessions.get(session, ()))

    def sent(self, session: str, hashes: Iterable[str]) -> None:
        """Remember images that the server took from a session; a question without one leaves no trace."""
        with self._lock:
            if not session:
                return
            self._sessions.setdefault(session, set()).update(hashes)
            self._sessions.move_to_end(session)
            while len(self._sessions) > MAX_SESSIONS:
                self._sessions.popitem(last=False)

    def missed(self, session: str) -> None:
        """Remember that the server no longer had an image."""
        with self._lock:
            self._misses += 1
            self._sessions.pop(session, None)

    def conceded(self, model: str) -> frozenset[str]:
        """Give the settings that the server turned down for `model`."""
        with self._lock:
            return self._conceded.get(model, frozenset())

    def concede(self, model: str, setting: str) -> bool:
        """Remember a setting that the server turned down; false where it has turned down too many."""
        with self._lock:
            known = self._conceded.get(model, frozenset())
            if len(known) >= MAX_CONCESSIONS or setting in known:
                return False
            self._conceded = {**dict(list(self._conceded.items())[-SHOWN:]), model: known | {setting}}
            return True

    def forget(self, session: str = "") -> None:
        """Drop one session, or everything."""
        with self._lock:
            if session:
                self._sessions.pop(session, None)
                return
            self._sessions.clear()
            self._conceded.clear()
            self._since, self._misses = 0.0, 0
