"""Progress on the command line: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from toolkit.progress import Progress, ProgressCallback
from toolkit.texts import Language, Text, say

_SECONDS_BETWEEN_LINES = 10.0
"""A log wants a sign of life, not a line for each of 1,000 pages."""


@contextmanager
def progress_bar(lang: Language, stream: TextIO | None = None) -> Iterator[ProgressCallback]:
    """Give a function that shows progress on `stream` (standard error) until the block ends."""
    out = sys.stderr if stream is None else stream
    bar = _Bar(lang, out) if out.isatty() else _Lines(lang, out)
    try:
        yield bar.show
    finally:
        bar.close()


class _Bar:
    """A tqdm bar with pages per second and the time left."""

    def __init__(self, lang: Language, out: TextIO) -> None:
        self._lang = lang
        self._out = out
        self._bar: Any = None

    def show(self, state: Progress) -> None:
        from tqdm import tqdm

        if self._bar is None:
            unit = say("progress.unit").in_language(self._lang)
            self._bar = tqdm(total=state.total, unit=unit, file=self._out, dynamic_ncols=True, leave=False)
        self._bar.total = state.total
        if state.file:
            self._bar.set_postfix_str(_where(state, self._lang)[:40], refresh=False)
        self._bar.update(state.done - self._bar.n)
        if state.done == state.total:
            self._bar.refresh()  # tqdm would leave the last pages out if they come fast

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _Lines:
    """A plain line at most every ten seconds, and one at the end."""

    def __init__(self, lang: Language, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._lang = lang
        self._out = out
        self._clock = clock
        self._last = clock()

    def show(self, state: Progress) -> None:
        now = self._clock()
        finished = state.done == state.total and state.total > 0
        if finished or now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            print(progress_line(state).in_language(self._lang), file=self._out, flush=True)

    def close(self) -> None:
        """Nothing is open."""


def progress_line(state: Progress) -> Text:
    """Say in one sentence how far a run has come."""
    values = {"done": state.done, "total": state.total, "speed": state.pages_per_second}
    left = state.seconds_left
    if state.failed and state.done == state.total:
        return say("progress.line_failed", **values, failed=state.failed, seconds=state.seconds)
    if left is None or state.done == state.total:
        return say("progress.line", **values, seconds=state.seconds)
    return say("progress.line_left", **values, left=left)


def _where(state: Progress, lang: Language) -> str:
    if state.page is None:
        return state.file
    return say("progress.where", file=state.file, page=state.page).in_language(lang)
