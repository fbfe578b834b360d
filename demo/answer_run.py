"""A turn that is answered beside the page: it keeps its place in the line and its text through a reload."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from demo.answering import Engines, run_turn
from demo.asking import Turn
from demo.session import Session

LOOK_EVERY = 5.0
"""Seconds after which who follows is told again although nothing came: so it is seen who has left."""


class AnswerRun:
    """One turn of one session. The text goes into the turn itself, whoever follows or leaves.

    `touch` is called now and then, so that the session does not expire; `explain` turns a fault into a
    sentence. `key` names the run to the page.
    """

    def __init__(
        self,
        engines: Engines,
        session: Session,
        turn: Turn,
        touch: Callable[[], None],
        explain: Callable[..., Any],
    ) -> None:
        self.key = secrets.token_hex(4)
        self._session, self._turn, self._explain = session, turn, explain
        self._steps: Any = run_turn(engines, session, turn, touch, explain)
        self._told = 0
        self._ended = threading.Event()
        self._news = threading.Condition()
        self._watched_by: set[str] = set()

    @property
    def ended(self) -> bool:
        """Tell whether nothing more is to come."""
        return self._ended.is_set()

    def start(self) -> None:
        """Take a place in the line now, in the order of clicks, and answer in a thread of its own.

        Stop is heard from now on.
        """
        going_on = False
        try:
            if next(self._steps, None) is not None:
                threading.Thread(target=self._run, name="answer", daemon=True).start()
                going_on = True
        finally:
            if not going_on:
                self._steps.close()
                self._end()

    def stop(self) -> None:
        """Ask it to stop; does nothing after the end."""
        if not self.ended:
            self._session.halt("ask")

    def watch(self, tab: str) -> bool:
        """Note that a tab follows; tell whether it did not before."""
        with self._news:
            new = tab not in self._watched_by
            self._watched_by.add(tab)
        return new

    def follow(self) -> Iterator[None]:
        """Yield now, whenever something came, and at the end."""
        seen = -1
        while not self.ended:
            with self._news:
                self._news.wait_for(lambda: self.ended or self._told != seen, timeout=LOOK_EVERY)  # noqa: B023
                seen = self._told
            yield

    def _run(self) -> None:
        try:
            with closing(self._steps) as steps:
                for _ in steps:
                    self._tell()
        except Exception as error:  # a reply keeps the fault of its engine; this is one of ours
            for reply in self._turn.all:
                if reply.state in ("waiting", "running"):
                    reply.state, reply.fault = "failed", self._explain(error)
        finally:
            self._end()

    def _tell(self) -> None:
        with self._news:
            self._told += 1
            self._news.notify_all()

    def _end(self) -> None:
        self._ended.set()
        self._tell()
