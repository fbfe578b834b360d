"""Looking at a server without asking it anything: where it is, and what it says of itself."""

from collections.abc import Callable
from dataclasses import dataclass

from demo.engines.errors import EngineError, ServerRefusedError, TimedOutError
from demo.engines.protocol import Event
from demo.engines.served.address import Address
from demo.engines.served.faults import Circumstances, refused, to_engine_error
from demo.engines.served.link import Link
from demo.engines.served.probe import Reply, ServerFacts
from demo.engines.served.said import loads_model
from demo.engines.served.secret import Secret, key_variables
from demo.engines.served.timing import Timeouts
from demo.engines.served.worker import run

Emit = Callable[[Event], None]


@dataclass(frozen=True)
class Target:
    """Where questions go, and how long to wait."""

    address: Address
    wanted: str | None
    timeouts: Timeouts
    public_only: bool = False


def no_list(facts: ServerFacts, reply: Reply, where: Circumstances) -> EngineError:
    """Say why there is no list of models to choose from."""
    if reply.status in (401, 403, 429) or loads_model(reply.status, reply.value):
        return refused(reply.status, reply.value, where)
    return unlisted(facts, where.address)


def unlisted(facts: ServerFacts, address: Address) -> EngineError:
    """Say why a server's list of models could not be read."""
    kind = TimedOutError if facts.list_status == 0 else ServerRefusedError
    names = " / ".join(key_variables(address))
    return kind(facts.unlisted, address=address, status=facts.list_status, names=names)


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
            if reply.status in (401, 403) or loads_model(reply.status, reply.value):
                raise refused(reply.status, reply.value, where)
            found.append(facts)

    for _ in run(work):
        pass
    return found[0]
