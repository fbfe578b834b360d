"""How long to wait for a server, and when to try again. Values and arithmetic."""

import email.utils
import random
import time
from dataclasses import dataclass
from typing import Any

ATTEMPTS = 3
BACK_OFF = (0.5, 1.5)
"""Seconds before the second and the third attempt."""
MOST_PATIENCE = 20.0
"""Seconds of Retry-After that are waited for; beyond, a person decides."""
RETRIED = frozenset({429, 500, 502, 503, 504})
"""Too many requests, and faults that may pass. Nothing else of 4xx: it would come out the same."""


@dataclass(frozen=True)
class Timeouts:
    """How long to wait, in seconds: for a connection, for the first text, between two texts, for all of it.

    To `first`, `a_token` is added for each token of the question (a 2B model on two cores takes
    0.04), and `loading` for a server that loads its model with the first question.
    """

    connect: float = 10.0
    first: float = 60.0
    a_token: float = 0.05
    loading: float = 240.0
    between: float = 60.0
    total: float = 3600.0

    @classmethod
    def of(cls, given: "Timeouts | float | None") -> "Timeouts":
        """Take timeouts, or the one number of seconds in which something must come."""
        if isinstance(given, Timeouts):
            return given
        return cls() if given is None else cls(first=float(given), a_token=0, loading=0, between=float(given))

    def first_text(self, tokens: int, *, loads: bool) -> float:
        """Give the seconds in which the first text of a question of `tokens` must come."""
        return self.first + self.a_token * tokens + (self.loading if loads else 0.0)


def pause(attempt: int, retry_after: Any = None) -> float | None:
    """Give the seconds before the next attempt (`attempt` counts from 1); None if there is none.

    `retry_after` is the header of that name: seconds or a date.
    """
    if attempt >= ATTEMPTS:
        return None
    wished = seconds_of(retry_after)
    if wished is not None:
        return wished if wished <= MOST_PATIENCE else None
    return BACK_OFF[attempt - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads clients, hides nothing


def seconds_of(header: Any) -> float | None:
    """Read a Retry-After header; None where there is none or it can't be read."""
    if not isinstance(header, str):
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header.strip()[:9])
    try:
        date = email.utils.parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return None
    return max(0.0, date.timestamp() - time.time())
