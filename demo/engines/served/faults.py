"""Whatever goes wrong between here and a server to one error of the tree, with its mend."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import openai

from demo.engines.errors import (
    ContextTooLongError,
    EngineError,
    ModelNotFoundError,
    ServerRefusedError,
    ServerUnreachableError,
    TimedOutError,
)
from demo.engines.served.address import Address
from demo.engines.served.kinds import window_words
from demo.engines.served.said import (
    CONTEXT,
    FILTER,
    IMAGES,
    MODEL,
    MOST_IMAGES,
    NO_IMAGES,
    SCHEMA,
    SIZE,
    code_of,
    loads_model,
    words_of,
)
from demo.engines.served.secret import Secret, key_variables
from demo.engines.served.timing import RETRIED


@dataclass(frozen=True)
class Circumstances:
    """What an error's sentence needs to know."""

    address: Address
    model: str
    key: Secret | None
    hide: Callable[[str], str]
    option: str = ""


def to_engine_error(error: BaseException, where: Circumstances, *, received: int = 0) -> EngineError:
    """Give the error of the tree for whatever a client raised; `received` characters had already come."""
    for one in _chain(error):
        if isinstance(one, EngineError):
            return one
    if isinstance(error, openai.APIStatusError):
        return _said_no(error, where)
    network = next((e for e in _chain(error) if isinstance(e, httpx.HTTPError)), None)
    if network is not None:
        return _network(network, where, received)
    if isinstance(error, openai.APIError):
        return _by_words(where.hide(words_of(error)), code_of(error), where) or ServerRefusedError(
            "engines_served.stream_fault",
            address=where.address,
            said=where.hide(words_of(error)),
            count=received,
        )
    if isinstance(error, TimeoutError):
        return TimedOutError("engines_served.silent", address=where.address, seconds="?", count=received)
    return ServerRefusedError(
        "engines_served.unreadable", address=where.address, reason=type(error).__name__, count=received
    )


def is_loading(error: BaseException) -> bool:
    """Tell whether a server is there but still loads its model."""
    return isinstance(error, openai.APIStatusError) and loads_model(error.status_code, error.body)


def may_pass(error: BaseException) -> bool:
    """Tell whether the same question may do better soon: no connection, 429, or a fault of the server."""
    if any(isinstance(one, EngineError) for one in _chain(error)):
        return False
    if isinstance(error, openai.APIStatusError):
        return error.status_code in RETRIED and not _is_final(error)
    if isinstance(error, openai.APIError) and code_of(error) in RETRIED:  # said inside a stream
        return True
    return any(
        isinstance(one, httpx.NetworkError | httpx.ConnectTimeout | httpx.RemoteProtocolError)
        and not isinstance(one.__cause__, ssl.SSLError)
        for one in _chain(error)
    )


def _is_final(error: openai.APIStatusError) -> bool:
    """Tell a fault that stays: llama.cpp says 500 where a model has no eyes, others where it is too long."""
    if error.status_code != 500:
        return False
    return any(words.search(words_of(error)) for words in (CONTEXT, NO_IMAGES, MODEL))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error and those behind it."""
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        seen.append(one)
        yield one
        one = one.__cause__ or one.__context__


def refused(status: int, body: Any, where: Circumstances) -> EngineError:
    """Give the error for a look at the server that it answered with a status of refusal."""
    response = httpx.Response(status, request=httpx.Request("GET", str(where.address) + "/models"))
    return _said_no(openai.APIStatusError("", response=response, body=body), where)


def _said_no(error: openai.APIStatusError, where: Circumstances) -> EngineError:
    status, said = error.status_code, where.hide(words_of(error))
    if "<html" in said.lower() or "<!doctype" in said.lower():
        said = "HTML"
    known = _by_words(said, status, where)
    if known is not None:
        return known
    values: dict[str, Any] = {"address": where.address, "status": status, "said": said}
    if status in (401, 403):
        names = " / ".join(key_variables(where.address))
        key = "no_key" if where.key is None else "wrong_key"
        values |= {"names": names, "source": where.key.source if where.key else "–"}
        return ServerRefusedError(f"engines_served.{key}", **values)
    if status == 429:
        wait = error.response.headers.get("retry-after", "")[:40] or "–"
        return ServerRefusedError("engines_served.too_many", **values, wait=where.hide(wait))
    known_keys = {404: "no_route", 405: "no_route", 413: "too_large"}
    key = known_keys.get(status, "broken" if status >= 500 else "refused")
    return ServerRefusedError(f"engines_served.{key}", **values)


def _by_words(said: str, status: int, where: Circumstances) -> EngineError | None:
    """Recognise what a server means by its words; the status is 0 where it said them inside a stream."""
    values: dict[str, Any] = {"address": where.address, "said": said, "model": where.model, "status": status}
    if status in (401, 403, 429):
        return None
    if FILTER.search(said):
        return ServerRefusedError("engines_answers.filter_said", **values)
    if most := MOST_IMAGES.search(said):
        return ServerRefusedError("engines_answers.too_many_images", **values, most=most[1])
    if CONTEXT.search(said):
        return ContextTooLongError(
            "engines_served.context_said", **values, option=where.option or window_words()
        )
    if MODEL.search(said):
        return ModelNotFoundError("engines_served.no_model", **values)
    if SIZE.search(said):
        return ServerRefusedError("engines_served.too_large", **values)
    if loads_model(status, said):
        return ServerRefusedError("engines_answers.loading", **values)
    if status in (0, 400, 404, 422) and SCHEMA.search(said):
        return ServerRefusedError("engines_served.schema_refused", **values)
    if status in (0, 400, 404, 422, 500) and IMAGES.search(said):
        return ServerRefusedError("engines_served.images_refused", **values)
    return None


def _network(error: httpx.HTTPError, where: Circumstances, received: int) -> EngineError:
    address = where.address
    causes = list(_chain(error))
    if isinstance(error, httpx.ConnectTimeout):
        return ServerUnreachableError("engines_served.no_connection", address=address)
    if isinstance(error, httpx.TimeoutException):
        return TimedOutError("engines_served.stuck", address=address)
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return ServerUnreachableError("engines_served.certificate", address=address, reason=_reason(causes))
    if isinstance(error, httpx.ConnectError):
        unknown = any(type(one).__name__ == "gaierror" for one in causes)
        if unknown:
            return ServerUnreachableError("engines_served.host_unknown", host=address.host)
        return ServerUnreachableError("engines_served.unreachable", address=address)
    return ServerUnreachableError("engines_served.broke_off", address=address, count=received)


def _reason(causes: list[BaseException]) -> str:
    found = next(one for one in causes if isinstance(one, ssl.SSLError))
    return str(getattr(found, "verify_message", "") or found.reason or type(found).__name__)[:200]
