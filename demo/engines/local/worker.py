"""One thread that the model belongs to. Questions wait their turn in it, first come, first served.

A thread of its own, because the reader of an answer may be slow or gone: the model is free as soon as its
work is done, not when somebody has read it. And one thread, because torch keeps a pool of workers for each.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from demo.engines.errors import EngineError, say
from demo.engines.protocol import Cancel, Event, Progress, Result

LISTEN = 0.05
"""Seconds between two looks at whether a waiting question is still wanted."""

LINGER = 30.0
"""Seconds the thread stays without work when nothing is kept."""


@dataclass
class Job:
    """One question in the thread: `work` puts events, `wanted` turns false when nobody wants them.

    While it is `waiting` (not begun, or loading the model, which others need too) its asker may leave at
    once, with what `withdrawn` gives.
    """

    work: Callable[["Job"], None]
    withdrawn: Callable[[], Result]
    cancel: Cancel | None
    events: "queue.SimpleQueue[Event | BaseException | None]" = field(default_factory=queue.SimpleQueue)
    closed: threading.Event = field(default_factory=threading.Event)
    waiting: bool = True

    @property
    def wanted(self) -> bool:
        """Whether anybody still wants the answer."""
        return not self.closed.is_set() and not (self.cancel is not None and self.cancel.is_set())

    def put(self, event: Event) -> None:
        """Give an event to whoever asked."""
        self.events.put(event)


class ModelThread:
    """Runs jobs one after the other; between them it calls `tidy`, which gives the seconds to its next call.

    The thread starts with the first job and ends when it is idle and `tidy` gives None.
    """

    def __init__(self, tidy: Callable[[], float | None]) -> None:
        self._tidy = tidy
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._busy = False

    def stream(
        self, work: Callable[[Job], None], cancel: Cancel | None, withdrawn: Callable[[], Result]
    ) -> Iterator[Event]:
        """Run `work` in its turn and give its events; errors in it are raised here.

        Closing the iterator ends the work. If `cancel` is set before its turn comes, `withdrawn()` is given.
        """
        job = Job(work, withdrawn, cancel)
        try:
            if self._submit(job):
                yield Progress(say("engines_local.progress_waiting"))
            yield from _events(job)
        finally:
            job.closed.set()

    def _submit(self, job: Job) -> bool:
        """Queue a job; tell whether others are before it."""
        with self._lock:
            has_to_wait = self._busy or not self._jobs.empty()
            self._jobs.put(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="model", daemon=True)
                self._thread.start()
            return has_to_wait

    def _run(self) -> None:
        while True:
            pause = self._tidy()
            try:
                job = self._jobs.get(timeout=LINGER if pause is None else pause + 0.01)
            except queue.Empty:
                if self._may_end(pause):
                    return
                continue
            self._busy = True
            _do(job)
            self._busy = False
            del job  # or its images would stay until the next one

    def _may_end(self, pause: float | None) -> bool:
        with self._lock:
            if pause is not None or not self._jobs.empty():
                return False
            self._thread = None
            return True


def _events(job: Job) -> Iterator[Event]:
    while True:
        try:
            event = job.events.get(timeout=LISTEN)
        except queue.Empty:
            if job.waiting and not job.wanted:
                yield job.withdrawn()
                return
            continue
        if event is None:
            return
        if isinstance(event, BaseException):
            raise event
        yield event


def _do(job: Job) -> None:
    try:
        if job.wanted:
            job.work(job)
        else:
            job.put(job.withdrawn())
        job.events.put(None)
    except EngineError as error:
        job.events.put(error)
    except BaseException as error:  # carried over: an exception lost in a thread leaves its asker waiting
        job.events.put(_named(error))


def _named(error: BaseException) -> BaseException:
    if not isinstance(error, Exception):
        return error
    lines = str(error).strip().splitlines() or [""]
    named = EngineError("engines_local.unexpected", kind=type(error).__name__, reason=lines[0][:200])
    named.__cause__ = error
    return named
