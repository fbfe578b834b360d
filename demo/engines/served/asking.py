"""Asking a server one question: recognise it, send, read the stream, try again where that makes sense."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
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
from demo.engines.served.body import LIMITS, Plan, make_plan, name_of
from demo.engines.served.concessions import notes_on, turned_down, without
from demo.engines.served.effects import LEAST_ROOM
from demo.engines.served.ending import Ending, close
from demo.engines.served.faults import Circumstances, is_loading, may_pass, to_engine_error
from demo.engines.served.images import ImageStore
from demo.engines.served.kinds import UNKNOWN
from demo.engines.served.link import Link
from demo.engines.served.looking import Target, no_list
from demo.engines.served.memory import Memory
from demo.engines.served.pieces import read_chunk
from demo.engines.served.probe import Model, ServerFacts
from demo.engines.served.said import loads_model, room_left, words_of
from demo.engines.served.secret import Secret
from demo.engines.served.timing import pause
from demo.engines.turns import images_in, turns
from toolkit.errors import PreflightError

USUAL_TEMPERATURE = 0.1
"""Where a loop begins to climb from if the question names no temperature."""
MISSES = (400, 404, 422, 500)
"""How a server may answer a hash whose image it no longer has: vLLM says 400, or 500 from its engine."""

LOADING_LOOK = 2.0
"""Seconds between two questions to a server that is there but still loads its model."""

MAX_SHORTENED = 3
"""So often the limit of an answer is lowered to what a server says is left; then it is shown."""

T = TypeVar("T")
Emit = Callable[[Event], None]


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
        self._shortened = 0
        self._unheld = False
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
        self._known = facts, model
        if facts.model(model.name).vision is False and images_in(turns(self._request)):
            raise CannotDoError("engines_served.blind", model=model.name, address=address)
        return facts, model

    async def _look(self, link: Link) -> ServerFacts:
        self._emit(Progress(say("engines_served.connecting", address=self._target.address)))
        facts, reply = await self._trying(lambda: link.facts(self._target.wanted))
        begun = time.monotonic()
        while loads_model(reply.status, reply.value) and (wait := self._for_model(begun)):
            await self._wait("engines_answers.waiting_for_model", wait)
            facts, reply = await self._trying(lambda: link.facts(self._target.wanted))
        self._memory.learn(facts)
        if not facts.listed and self._target.wanted is None:
            raise no_list(facts, reply, self._where)
        return facts

    def _prepare(self, facts: ServerFacts, model: Model, known: set[str]) -> None:
        try:
            plan = make_plan(self._request, facts, model.name, self._store, known)
        except PreflightError as error:  # an image that no processor takes, such as a strip of 1 to 300
            raise ImageUnreadableError.from_text(error.text) from error
        left_out = self._memory.conceded(model.name) | ({"response_format"} if self._unheld else set())
        body = without(plan.body, left_out)
        notes = notes_on(plan.body, body, name_of(facts.kind))
        self._plan = self.account.plan = replace(plan, body=body | self._hotter, notes=(*plan.notes, *notes))

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
            await self._trying(lambda: self._read(link, facts))
        self._memory.sent(self._request.session, self._plan.hashes)

    async def _trying(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work`, again after a pause where that may help and nothing has come yet."""
        attempt, begun = 1, time.monotonic()
        while True:
            try:
                return await work()
            except Exception as error:
                if self._concedes(error):
                    continue
                loads = is_loading(error)
                wait = self._for_model(begun) if loads else self._pause(error, attempt)
                if wait is None:
                    if may_pass(error) and not isinstance(error, openai.APIStatusError):
                        self._memory.forget_facts()
                    if self._may_be_a_miss(error):
                        raise
                    raise self._fault(error) from self._shown(error)
            await self._wait("engines_answers.waiting_for_model" if loads else "engines_served.again", wait)
            attempt += not loads

    async def _wait(self, words: str, seconds: float) -> None:
        """Say what is waited for, and wait."""
        self._emit(Progress(say(words, seconds=f"{seconds:.1f}", address=self._target.address)))
        await asyncio.sleep(seconds)

    def _concedes(self, error: Exception) -> bool:
        """Change the request to one that the server may take, where it says what it does not take."""
        plan = self.account.plan
        if self.account.received or plan is None or not isinstance(error, openai.APIStatusError):
            return False
        return self._shorten(words_of(error), plan) or self._leave_out(error, plan)

    def _shorten(self, said: str, plan: Plan) -> bool:
        """Lower the answer's limit to what the server says is left: the question was underestimated."""
        left = room_left(said) or 0
        name = next((n for n in LIMITS if plan.body.get(n, 0) > left), None)
        if left < LEAST_ROOM or name is None or self._shortened == MAX_SHORTENED:
            return False
        self._shortened += 1
        plan.body[name] = left - 1  # below what it names, so that it can't be asked for twice
        words = say("engines_answers.shortened", limit=left - 1, address=self._target.address)
        self.account.notes.append(words)
        return True

    def _leave_out(self, error: openai.APIStatusError, plan: Plan) -> bool:
        """Leave out the setting that the server turns down, now and from now on.

        A schema only now: the server may take that of the next question, or of another visitor.
        """
        facts, model = self._known
        said, guess = words_of(error), facts.kind is UNKNOWN
        name = turned_down(said, error.status_code, plan.body, guess=guess)
        if name == "response_format" and not self._unheld:
            self._unheld = True
        elif name is None or not self._memory.concede(model.name, name):
            return False
        self._prepare(facts, model, set(plan.known))
        return True

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

    def _for_model(self, begun: float) -> float | None:
        """Give the seconds before the next look at a server that loads its model; None after too long."""
        return LOADING_LOOK if time.monotonic() - begun < self._target.timeouts.loading else None

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
                    ending = _ending(stream, finish, valid=valid)
                    for event in close(self.account, ending, self._plan.body, self._where):
                        self._emit(event)
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


async def _deltas(stream: Any) -> AsyncIterator[Any]:
    async for chunk in stream:
        yield read_chunk(chunk)


def _ending(stream: Any, finish: str, *, valid: bool) -> Ending:
    answer = stream.response.extensions["answer"]
    return Ending(finish, valid, answer.ended, answer.whole)
