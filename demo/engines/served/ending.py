"""How a stream ended: complete, cut by a limit, stopped by a filter, broken off, or with no answer at all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from demo.engines.errors import ServerRefusedError, say
from demo.engines.protocol import Event
from demo.engines.served.account import Account
from demo.engines.served.address import Address
from demo.engines.served.effects import always_thinks
from demo.engines.served.faults import Circumstances
from demo.engines.served.kinds import window_words

CUT = frozenset({"length", "max_tokens", "model_length"})
"""How servers say that a limit ended the answer: OpenAI's word, that of gateways before Claude, Mistral's."""
FILTERED = frozenset({"content_filter", "sensitive"})
"""OpenAI's word, and that of Zhipu's API."""
BROKEN = frozenset({"abort", "error", "insufficient_system_resource"})
"""SGLang's and vLLM's words for an answer that was given up, and DeepSeek's."""


@dataclass(frozen=True)
class Ending:
    """What is known once the last byte has come.

    `finish` is the server's reason, "" for none; `valid` tells whether any chunk was one of a chat; `ended`
    whether "[DONE]" came; `whole` whether the answer came in one piece although a stream was asked for.
    """

    finish: str
    valid: bool
    ended: bool
    whole: bool = False


def close(account: Account, ending: Ending, body: Mapping[str, Any], where: Circumstances) -> Iterator[Event]:
    """Give what was held back and settle the account. Raises ServerRefusedError for no whole answer."""
    yield from account.finish()
    _refuse(account, ending, where.address)
    account.reason = "length" if ending.finish in CUT else "done"
    cut, wants_json = ending.finish in CUT, "response_format" in body
    yield from account.settle(cut=cut, thinks=always_thinks(body["model"]), wants_json=wants_json)
    if ending.whole:
        account.notes.append(say("engines_answers.in_one_piece"))
    if account.is_empty:
        _refuse_none(account, where)
        account.notes.append(
            say(
                "engines_answers.empty",
                address=where.address,
                option=where.option or window_words(),
            )
        )


def _refuse(account: Account, ending: Ending, address: Address) -> None:
    count = account.received
    if not ending.valid and (not count or ending.ended or ending.finish):
        raise ServerRefusedError("engines_served.nothing", address=address)
    if ending.finish in BROKEN or not (ending.finish or ending.ended):
        raise ServerRefusedError("engines_served.half", address=address, count=count)
    if ending.finish in FILTERED:
        raise ServerRefusedError("engines_served.filtered", address=address, count=count)


def _refuse_none(account: Account, where: Circumstances) -> None:
    """Say why there is not a word, where the server tells."""
    if account.refusal:
        raise ServerRefusedError(
            "engines_answers.refusal", address=where.address, said=where.hide(account.refusal)
        )
    if account.tool:
        raise ServerRefusedError("engines_answers.tool", address=where.address, tool=where.hide(account.tool))
