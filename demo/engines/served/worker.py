"""One question's work on an event loop of its own, so that it can be stopped while nothing comes."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from queue import Empty, SimpleQueue
from typing import TypeVar

from demo.engines.protocol import Cancel

LOOK = 0.05
"""Seconds between two looks at whether to stop."""
GRACE = 0.8
"""Seconds for closing the connection after a stop; then the answer ends without waiting for it."""

T = TypeVar("T")
Emit = Callable[[T], None]


class _End:
    """The end of the work: `fault` is what it raised."""

    def __init__(self, fault: BaseException | None = None) -> None:
        self.fault = fault


def run(work: Callable[[Emit[T]], Awaitable[None]], cancel: Cancel | None = None) -> Generator[T]:
    """Run `work` on a thread and give what it emits; ends early, and quietly, once `cancel` is set.

    Raises what the work raises. Closing the iterator stops the work as well.
    """
    box: SimpleQueue[T | _End] = SimpleQueue()
    closing = threading.Event()

    def halted() -> bool:
        return closing.is_set() or (cancel is not None and cancel.is_set())

    thread = threading.Thread(
        target=lambda: asyncio.run(_watched(work, box, halted)), name="served-question", daemon=True
    )
    thread.start()
    try:
        yield from _until_end(box, halted)
    finally:
        closing.set()
        thread.join(GRACE)


def _until_end(box: "SimpleQueue[T | _End]", halted: Callable[[], bool]) -> Generator[T]:
    stopped: float | None = None
    while True:
        try:
            item = box.get(timeout=0.1)
        except Empty:
            if halted():
                stopped = stopped or time.monotonic()
                if time.monotonic() - stopped > GRACE:
                    return
            continue
        if isinstance(item, _End):
            if item.fault is not None:
                raise item.fault
            return
        yield item


async def _watched(
    work: Callable[[Emit[T]], Awaitable[None]], box: "SimpleQueue[T | _End]", halted: Callable[[], bool]
) -> None:
    task = asyncio.ensure_future(work(box.put))
    while not task.done():
        await asyncio.wait({task}, timeout=LOOK)
        if halted() and not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE)
            break
    # Told from inside the loop: closing it may wait for a name that is still being looked up.
    cancelled = not task.done() or task.cancelled()
    box.put(_End(None if cancelled else task.exception()))
