"""A pool of worker processes: one thread of the parent for each, results as they finish."""

import os
import queue
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from types import TracebackType

from toolkit.errors import PageTimeoutError, PreflightError, WorkerCrashError
from toolkit.texts import say
from toolkit.work.jobs import Done, Failed, Job, Outcome
from toolkit.work.process import WorkerDied, WorkerProcess

DEFAULT_TIMEOUT = 60.0
WARM = 2
"""Workers that load while the files are surveyed. A worker takes 0.2 s to load; how many the run can use is
only known after the survey, which needs the first of them, so a second one is all that is risked."""


def usable_cores() -> int:
    """Count the cores that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def run_jobs(
    handler: str, jobs: Iterable[Job], *, workers: int | None = None, job_timeout: float = DEFAULT_TIMEOUT
) -> Generator[Outcome, None, None]:
    """Have jobs done by worker processes; outcomes come as they finish, in no fixed order.

    `handler` is a function "toolkit.module:name" that takes a payload and gives a dict. `workers` defaults to
    the usable cores; `job_timeout` is in seconds from when a worker begins a job. A job whose worker dies or
    is too slow is tried once more in a fresh one, then fails. Closing the iterator ends all workers.
    """
    with WorkerPool(workers) as pool:
        yield from pool.run(handler, jobs, job_timeout=job_timeout)


class WorkerPool:
    """Workers that stay between runs, so that documents are opened and libraries loaded once.

    One run at a time; several pools in one process do not disturb each other.
    """

    def __init__(self, workers: int | None = None, *, preload: Sequence[str] = ()) -> None:
        """Take up to `workers` processes, by default one for each usable core; started when needed.

        A worker imports the modules `preload` as soon as it starts, not when its first job asks for them.
        """
        self.workers = max(1, workers or usable_cores())
        self._preload = tuple(preload)
        self._idle: list[WorkerProcess] = []

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers."""
        while self._idle:
            self._idle.pop().stop()

    def warm(self, count: int = WARM) -> None:
        """Start up to `count` workers before the first job; they load while the caller prepares it."""
        while len(self._idle) < min(self.workers, count):
            self._idle.append(WorkerProcess(self._preload))

    def run(
        self, handler: str, jobs: Iterable[Job], *, job_timeout: float = DEFAULT_TIMEOUT
    ) -> Generator[Outcome, None, None]:
        """Have jobs done; see `run_jobs`. The jobs may be a generator: it is asked when a worker is free.

        It is asked in threads of the pool, never in two at a time.
        """
        run = _Run(handler, iter(jobs), job_timeout, self._idle, self._preload)
        run.start(self.workers)
        try:
            yield from run.outcomes()
        finally:
            run.stop()


class _Run:
    """One run of a pool."""

    def __init__(
        self,
        handler: str,
        jobs: Iterator[Job],
        timeout: float,
        idle: list[WorkerProcess],
        preload: Sequence[str],
    ) -> None:
        self._preload = preload
        self._handler = handler
        self._jobs = jobs
        self._timeout = timeout
        self._idle = idle
        self._lock = threading.Lock()
        self._results: queue.SimpleQueue[Outcome | BaseException | None] = queue.SimpleQueue()
        self._busy: dict[int, WorkerProcess] = {}
        self._threads: list[threading.Thread] = []
        self._stopping = False

    def start(self, workers: int) -> None:
        for number in range(workers):
            thread = threading.Thread(target=self._serve, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def outcomes(self) -> Iterator[Outcome]:
        finished = 0
        while finished < len(self._threads):
            item = self._results.get()
            if item is None:
                finished += 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item

    def stop(self) -> None:
        """End the workers that are still at it, and wait for the threads."""
        with self._lock:
            unfinished = any(thread.is_alive() for thread in self._threads)
            self._stopping = True
            busy = list(self._busy.values())
        for worker in busy if unfinished else ():
            worker.kill()
        for thread in self._threads:
            thread.join()

    def _serve(self, number: int) -> None:
        worker: WorkerProcess | None = None
        try:
            while (job := self._next()) is not None:
                worker = self._do(number, job, worker)
        except BaseException as error:
            self._results.put(error)
        finally:
            self._leave(number, worker)
            self._results.put(None)

    def _leave(self, number: int, worker: WorkerProcess | None) -> None:
        with self._lock:
            self._busy.pop(number, None)
            keep = worker is not None and not self._stopping
            if keep and worker is not None:
                self._idle.append(worker)
        if worker is not None and not keep:
            worker.stop()

    def _next(self) -> Job | None:
        with self._lock:
            return None if self._stopping else next(self._jobs, None)

    def _worker(self, number: int, worker: WorkerProcess | None) -> WorkerProcess:
        with self._lock:
            if worker is None:
                worker = self._idle.pop(0) if self._idle else WorkerProcess(self._preload)
            self._busy[number] = worker
            return worker

    def _do(self, number: int, job: Job, worker: WorkerProcess | None) -> WorkerProcess | None:
        """Do one job, twice if the first worker dies; give back the worker if it lives."""
        began = time.monotonic()
        for attempt in (1, 2):
            worker = self._worker(number, worker)
            try:
                result = worker.run(job.handler or self._handler, job.payload, self._timeout)
                self._results.put(Done(job, result, time.monotonic() - began))
                return worker
            except PreflightError as error:
                self._results.put(Failed(job, error, time.monotonic() - began))
                return worker
            except WorkerDied as death:
                worker = None
                if self._stopping:
                    return None
                if attempt == 2:
                    verdict = self._verdict(job, death)
                    self._results.put(Failed(job, verdict, time.monotonic() - began))
        return worker

    def _verdict(self, job: Job, death: WorkerDied) -> PreflightError:
        file, page = job.payload.get("file", job.key), job.payload.get("page")
        if death.timed_out and page is None:
            text = say("render.file_timeout", file=file, seconds=self._timeout)
            return PageTimeoutError.from_text(text)
        if death.timed_out:
            return PageTimeoutError("page_timeout", file=file, page=page, seconds=self._timeout)
        if page is None:
            return WorkerCrashError.from_text(say("render.file_crash", file=file, reason=death.reason))
        return WorkerCrashError("worker_crash", file=file, page=page, reason=death.reason)
