"""What goes to a worker and what comes back."""

from dataclasses import dataclass
from typing import Any

from toolkit.errors import PreflightError


@dataclass(frozen=True)
class Job:
    """One piece of work. `key` is the caller's own name for it; `payload` is plain data, as JSON holds it.

    Three keys of the payload are known to the pool: `file` and `page` (from 1) name the job in messages,
    and in `folder`, the job's output folder, it removes the unfinished files of a worker that died.
    `handler` is who does it where that is not the handler of the run.
    """

    key: str
    payload: dict[str, Any]
    handler: str | None = None


@dataclass(frozen=True)
class Done:
    """A job that worked, with what its handler gave back and the seconds it took."""

    job: Job
    result: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Failed:
    """A job that did not work."""

    job: Job
    error: PreflightError
    seconds: float


Outcome = Done | Failed
