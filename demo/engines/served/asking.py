"""Asking a server one question: recognise it, send, read the stream, try again where that makes sense."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import openai

from demo.engines.errors import (
    CannotDoError,
    EngineError,
    ImageUnreadableError,
    RepetitionError,
    ServerRefusedError,
    TimedOutError,
    say,
)
from demo.engines.loops import ATTEMPTS, hotter
from demo.engines.protocol import Event, Progress, Request, Restart
from demo.engines.served.account import Account
from demo.engines.served.address import Address
from demo.engines.served.body import make_plan
from demo.engines.served.effects import always_thinks
from demo.engines.served.faults import Circumstances, may_pass, refused, to_engine_error
from demo.engines.served.images import ImageStore
from demo.engines.served.link import Link
from demo.engines.served.memory import Memory
from demo.engines.served.pieces import read_chunk
from demo.engines.served.probe import Model, ServerFacts
from demo.engines.served.secret import Secret
from demo.engines.served.timing import Timeouts, pause
from demo.engines.served.worker import run
from demo.engines.turns import images_in, turns
from toolkit.errors import PreflightError

USUAL_TEMPERATURE = 0.1
"""Where a loop begins to climb from if the question names no temperature."""
MISSES = (400, 404, 422, 500)
"""How a server may answer a hash whose image it no longer has: vLLM says 400, or 500 from its engine."""

T = TypeVar("T")
Emit = Callable[[Event], None]


@dataclass(frozen=True)
class Target:
    """Where questions go, and how long to wait."""

    address: Address
    wanted: str | None
    timeouts: Timeouts
    public_only: bool = False


class Asking:
    """One question on its way. `answer` is the coroutine that does it all."""

    def __init__(
        self, request: Request, target: Target, key: Secret | None, store: ImageStore, memory: Memory
    ) -> None:
        """Take everything the question needs; nothing is sent yet."""
        self._request, self._target, self._key = request, target, key
        self._store, self._memory = store, memory
        self.account = Account()
        self._hotter: dict[str, Any] = {}
        self._emit: Emit = lambda _: None

    async def answer(self, emit: Emit) -> None:
        """Ask and emit pieces. Raises EngineError."""
        self._emit = emit
        async with Link(
            self._target.address, self._key, self._target.timeouts, public_only=self._target.public_only
        ) as link:
            self._where = Circumstances(
                self._target.address, self._target.wanted or "–", self._key, link.guard.hide
            )
            facts, model = await self._recognise(link)
            await asyncio.to_thread(
                self._prepare, facts, model, set(self._memory.known(self._request.session))
            )
            await self._until_no_loop(link, facts, model)

    async def _recognise(self, link: Link) -> tuple[ServerFacts, Model]:
        """Find out what answers, or remember it; then which model to ask."""
        address = self._target.address
        facts = self._memory.facts or await self._look(link)
        model = self._memory.choose(self._target.wanted)
        self._where = Circumstances(address, model.name, self._key, link.guard.hide, facts.kind.window_option)
        if facts.model(model.name).vision is False and images_in(turns(self._request)):
            raise CannotDoError("engines_served.blind", model=model.name, address=address)
        return facts, model

    async def _look(self, link: Link) -> ServerFacts:
        self._emit(Progress(say("engines_served.connecting", address=self._target.address)))
        facts, reply = await self._trying(lambda: link.facts(self._target.wanted))
        self._memory.learn(facts)
        if not facts.listed and self._target.wanted is None:
            raise self._no_list(reply.status, reply.value)
        return facts

    def _no_list(self, status: int, value: Any) -> EngineError:
        """Say why there is no list of models to choose from."""
        if status == 0:
            return TimedOutError("engines_served.slow_list", address=self._target.address)
        if status >= 400 and status != 404:
            return refused(status, value, self._where)
        return ServerRefusedError("engines_served.no_models", address=self._target.address)

    def _prepare(self, facts: ServerFacts, model: Model, known: set[str]) -> None:
        try:
            self._plan = make_plan(self._request, facts, model.name, self._store, known)
        except PreflightError as error:  # an image that no processor takes, such as a strip of 1 to 300
            raise ImageUnreadableError.from_text(error.text) from error
        self.account.plan = self._plan

    async def _until_no_loop(self, link: Link, facts: ServerFacts, model: Model) -> None:
        """Stream the answer; after a loop begin anew, hotter, up to three times."""
        given = self._plan.body.get("temperature")
        asked = USUAL_TEMPERATURE if given is None else float(given)
        for attempt in range(ATTEMPTS):
            temperature = hotter(asked, attempt)
            if attempt:
                self._begin_anew(temperature)
            await self._stream(link, facts, model)
            if self.account.loop is None:
                note = say("engines_served.after_loop", temperature=temperature)
                self.account.notes += [note] if attempt else []
                return
        if not self.account.keep_what_was_right():
            raise RepetitionError("engines_served.loops", tries=ATTEMPTS)
        self.account.notes.append(say("engines_served.loop_cut", tries=ATTEMPTS))

    def _begin_anew(self, temperature: float) -> None:
        self._emit(Restart(say("engines_served.loop", temperature=temperature)))
        self.account.begin()
        self._hotter = {"temperature": temperature}
        if "seed" in self._plan.body:
            self._hotter["seed"] = self._plan.body["seed"] + 1
        self._plan.body.update(self._hotter)

    async def _stream(self, link: Link, facts: ServerFacts, model: Model) -> None:
        """Stream one answer; images that the server no longer has are sent with it once more."""
        try:
            await self._trying(lambda: self._read(link, facts))
        except openai.APIError as error:  # only where images were left out; everything else is an EngineError
            if self.account.received:
                raise self._fault(error) from self._shown(error)
            self._memory.missed(self._request.session)
            await asyncio.to_thread(self._prepare, facts, model, set())
            self._plan.body.update(self._hotter)
            await self._trying(lambda: self._read(link, facts))
        self._memory.sent(self._request.session, self._plan.hashes)

    async def _trying(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work`, again after a pause where that may help and nothing has come yet."""
        attempt = 1
        while True:
            try:
                return await work()
            except Exception as error:
                wait = self._pause(error, attempt)
                if wait is None:
                    if may_pass(error) and not isinstance(error, openai.APIStatusError):
                        self._memory.forget_facts()
                    if self._may_be_a_miss(error):
                        raise
                    raise self._fault(error) from self._shown(error)
            words = say("engines_served.again", seconds=f"{wait:.1f}", address=self._target.address)
            self._emit(Progress(words))
            await asyncio.sleep(wait)
            attempt += 1

    def _fault(self, error: BaseException) -> EngineError:
        return to_engine_error(error, self._where, received=self.account.received)

    @staticmethod
    def _shown(error: Exception) -> Exception | None:
        """Give the cause for a traceback, unless it holds a server's words: they may repeat the key."""
        return None if isinstance(error, openai.APIError) and error.body is not None else error

    def _may_be_a_miss(self, error: Exception) -> bool:
        """Tell whether the server may have dropped an image: it refuses, before or in its stream."""
        plan = self.account.plan
        if plan is None or not plan.known or isinstance(error, openai.APIConnectionError):
            return False
        return isinstance(error, openai.APIError) and getattr(error, "status_code", 400) in MISSES

    def _pause(self, error: Exception, attempt: int) -> float | None:
        if self.account.received or not may_pass(error) or self._may_be_a_miss(error):
            return None
        response = getattr(error, "response", None)
        return pause(attempt, None if response is None else response.headers.get("retry-after"))

    async def _read(self, link: Link, facts: ServerFacts) -> None:
        """Send the request and read its stream to the end."""
        timeouts, kind, loop = self._target.timeouts, facts.kind, asyncio.get_running_loop()
        first = timeouts.first_text(self._plan.tokens, loads=kind.loads)
        end = loop.time() + timeouts.total
        self._emit(Progress(say("engines_served.waiting", address=self._target.address)))
        seconds = first
        try:
            async with asyncio.timeout(first) as limit:
                stream = await link.client.chat.completions.create(**self._plan.body)
                async with stream:
                    finish, valid = "", False
                    async for delta in _deltas(stream):
                        finish, valid = delta.finish or finish, valid or delta.valid
                        for event in self.account.take(delta):
                            self._emit(event)
                        if self.account.loop is not None:
                            return
                        if delta.text or delta.thought:
                            seconds = min(timeouts.between, max(0.0, end - loop.time()))
                            limit.reschedule(loop.time() + seconds)
                        self._check_length()
                    self._close(finish, valid, ended=_ended(stream))
        except TimeoutError as error:
            raise TimedOutError(
                "engines_served.silent_since" if self.account.received else "engines_served.silent",
                address=self._target.address,
                seconds=f"{seconds:.0f}",
                count=self.account.received,
            ) from error

    def _check_length(self) -> None:
        if self.account.too_long:
            raise ServerRefusedError("engines_served.endless", address=self._target.address)

    def _close(self, finish: str, valid: bool, *, ended: bool) -> None:
        """Judge how a stream ended: complete, cut by a limit or a filter, or broken off."""
        for event in self.account.finish():
            self._emit(event)
        address, count = self._target.address, self.account.received
        if not finish and not ended:
            if not valid and not count:
                raise ServerRefusedError("engines_served.nothing", address=address)
            raise ServerRefusedError("engines_served.half", address=address, count=count)
        if not valid:
            raise ServerRefusedError("engines_served.nothing", address=address)
        if finish == "content_filter":
            raise ServerRefusedError("engines_served.filtered", address=address, count=count)
        if finish in ("abort", "error"):
            raise ServerRefusedError("engines_served.half", address=address, count=count)
        self.account.reason = "length" if finish == "length" else "done"
        body = self._plan.body
        for event in self.account.settle(
            cut=finish == "length",
            thinks=always_thinks(body["model"]),
            wants_json="response_format" in body,
        ):
            self._emit(event)


async def _deltas(stream: Any) -> AsyncIterator[Any]:
    async for chunk in stream:
        yield read_chunk(chunk)


def _ended(stream: Any) -> bool:
    return bool(stream.response.extensions["bounded"].ended)


def look(target: Target, key: Secret | None) -> ServerFacts:
    """Find out what answers at `target`. Raises EngineError where nobody does."""
    found: list[ServerFacts] = []

    async def work(_: Emit) -> None:
        async with Link(target.address, key, target.timeouts, public_only=target.public_only) as link:
            where = Circumstances(target.address, target.wanted or "–", key, link.guard.hide)
            try:
                facts, reply = await link.facts(target.wanted)
            except Exception as error:
                raise to_engine_error(error, where) from error
            if reply.status in (401, 403):
                raise refused(reply.status, reply.value, where)
            found.append(facts)

    for _ in run(work):
        pass
    return found[0]
