"""The engine called "openai"."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from demo.engines.errors import EngineError, say
from demo.engines.protocol import Cancel, EngineInfo, Event, Request
from demo.engines.served.address import parse_address
from demo.engines.served.describe import describe
from demo.engines.served.effects import image_notes
from demo.engines.served.images import ImageStore
from demo.engines.served.memory import Memory
from demo.engines.served.probe import Model, ServerFacts
from demo.engines.served.secret import Secret, find_key
from demo.engines.served.timing import Timeouts
from demo.engines.served.worker import run
from toolkit.errors import PreflightError
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from demo.engines.served.looking import Target
    from prompts import Prompt

DEFAULT_BASE_URL = "http://127.0.0.1:8000/v1"
"""Where `vllm serve` and `transformers serve` listen unless told otherwise."""
LOOK_AGAIN = 15.0
"""Seconds before `effects` looks again for a server that was not there."""


class OpenAIEngine:
    """Any OpenAI-compatible server behind the protocol, through the official client.

    Only its address is contacted; a key goes there and nowhere else, and is shown nowhere.
    """

    name = "openai"

    def __init__(
        self,
        base_url: str | None = None,
        model: str | None = None,
        key_file: Path | str | None = None,
        timeout: Timeouts | float | None = None,
        *,
        public_only: bool = False,
        api_key: str | None = None,
    ) -> None:
        """Name a server; nothing is sent until it is asked.

        `base_url` is its address up to "/v1". `model` may be left out where the server has one. `timeout` are
        `Timeouts`, or the seconds in which something must come. `public_only` is for an address that a
        visitor gave: private addresses are refused at each connection, and no key of this machine is used;
        `api_key` is then the visitor's own.

        Raises ServerUnreachableError for an address that can't be one, ServerRefusedError for a bad key.
        """
        self._address = parse_address(base_url or DEFAULT_BASE_URL)
        self._wanted = (model or "").strip() or None
        self._key_file, self._public_only = key_file, public_only
        self._own_key = Secret(api_key.strip(), "api_key") if api_key and api_key.strip() else None
        self._timeouts = Timeouts.of(timeout)
        self._store, self._memory = ImageStore(), Memory(self._address)
        self._not_there = 0.0

    def describe(self, lang: Language) -> EngineInfo:
        """Say what is asked and what is known of it; sends nothing."""
        try:
            key = self._key()
        except EngineError:
            key = None
        return describe(self._address, self._wanted, self._memory.last_facts, key, lang)

    def refusal(self, prompt: "Prompt") -> Text | None:
        """Say why the server can't answer `prompt`, as far as it is known; sends nothing."""
        facts = self._memory.last_facts
        if facts is None or not prompt.images:
            return None
        try:
            model = self._memory.choose(self._wanted)
        except EngineError as error:
            return error.text
        if facts.model(model.name).vision is False:
            return say("engines_served.blind", model=model.name, address=self._address)
        return None

    def load(self) -> None:
        """Find out what answers at the address (one to four short looks). Raises EngineError."""
        if self._memory.facts is None:
            self._look()

    def models(self) -> tuple[str, ...]:
        """List the models that the server offers. Raises EngineError, also where it has no list."""
        facts = self._look()
        if not facts.listed:
            from demo.engines.served.looking import unlisted

            raise unlisted(facts, self._address)
        return tuple(model.name for model in facts.models)

    def effects(self, prompt: "Prompt") -> tuple[Text, ...]:
        """Say what the server will do to the images of `prompt`, before they are sent.

        Looks at the server if that was not done yet, for a few seconds at most; gives nothing while it is
        not there.
        """
        facts = self._known_facts()
        if facts is None:
            return ()
        try:
            model = self._memory.choose(self._wanted)
        except EngineError:
            model = Model(self._wanted or "")
        try:
            notes = image_notes(prompt.images, facts, model.name, prompt.family)
        except PreflightError as error:
            return (error.text,)
        if prompt.images and not facts.kind.images_known:
            notes.append(say("engines_answers.images_unknown", address=self._address))
        return tuple(notes)

    def ask(self, request: Request, cancel: Cancel | None = None) -> Iterator[Event]:
        """Ask: pieces as the server sends them, then one Result. Raises EngineError."""
        from demo.engines.served.asking import Asking

        asking = Asking(request, self._target(), self._key(), self._store, self._memory)
        return self._events(asking, cancel)

    def forget(self, session: str = "") -> None:
        """Drop what is remembered of one session, or everything: facts of the server, encoded images."""
        self._memory.forget(session)
        if not session:
            self._store.clear()

    @staticmethod
    def _events(asking: "Asking", cancel: Cancel | None) -> Iterator[Event]:
        # Closing this closes the worker's iterator, which ends the connection.
        with closing(run(asking.answer, cancel)) as events:
            yield from events
        yield asking.account.result()

    def _known_facts(self) -> ServerFacts | None:
        if self._memory.last_facts is None and time.monotonic() - self._not_there > LOOK_AGAIN:
            try:
                self._look()
            except EngineError:
                self._not_there = time.monotonic()
        return self._memory.last_facts

    def _look(self) -> ServerFacts:
        from demo.engines.served.looking import look

        facts = look(self._target(), self._key())
        self._memory.learn(facts)
        return facts

    def _target(self) -> "Target":
        from demo.engines.served.looking import Target

        return Target(self._address, self._wanted, self._timeouts, self._public_only)

    def _key(self) -> Secret | None:
        """Find the key: the visitor's, or this machine's; never this machine's for a visitor's address."""
        if self._own_key is not None or self._public_only:
            return self._own_key
        return find_key(self._address, self._key_file)


if TYPE_CHECKING:
    from demo.engines.served.asking import Asking
