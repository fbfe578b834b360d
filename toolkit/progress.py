"""How far a run has come: a value that is handed to the caller's function after every page."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from toolkit.manifest import Failure, ImageRecord


@dataclass(frozen=True)
class Progress:
    """The state of a run after a page. `page` counts from 1 and is None for a whole file.

    `done` counts the pages that are finished in any way: `failed` of them failed, `kept` of them were there
    already. `seconds` is the time since the run began. `records` are the images that the page became, with
    provisional labels, `failure` says why there are none; both may be missing where the run tells neither.
    """

    done: int
    total: int
    file: str = ""
    page: int | None = None
    failed: int = 0
    kept: int = 0
    seconds: float = 0.0
    records: tuple[ImageRecord, ...] = ()
    failure: Failure | None = None

    @property
    def pages_per_second(self) -> float:
        """The speed so far, without the pages that were there already; 0 before the first page."""
        made = self.done - self.kept
        return made / self.seconds if self.seconds > 0 and made > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """The time that the rest should take at this speed, None while there is no telling."""
        speed = self.pages_per_second
        return (self.total - self.done) / speed if speed else None


ProgressCallback = Callable[[Progress], None]
"""Called in the caller's own thread, once a page."""


class Meter:
    """Counts pages and reports them."""

    def __init__(self, total: int, report: ProgressCallback | None) -> None:
        """Start the clock; report the start, with nothing done."""
        self._began = time.monotonic()
        self._report = report
        self._state = Progress(0, total)
        self._tell()

    def step(
        self,
        file: str,
        page: int | None,
        *,
        kept: bool = False,
        records: tuple[ImageRecord, ...] = (),
        failure: Failure | None = None,
    ) -> None:
        """Count one page and report it."""
        was = self._state
        seconds = time.monotonic() - self._began
        failures, keeps = was.failed + (failure is not None), was.kept + kept
        self._state = Progress(
            was.done + 1, was.total, file, page, failures, keeps, seconds, records, failure
        )
        self._tell()

    def _tell(self) -> None:
        if self._report is not None:
            self._report(self._state)
