"""Whose turn it is: a line for each kind of work that the server does for a few visitors at once."""

import threading
from collections.abc import Iterator
from types import TracebackType

from demo.words import say
from toolkit.texts import Text

LOOK_EVERY = 0.2
"""Seconds after which somebody who waits looks whether they were asked to stop."""


class Line:
    """Serves `places` at once, first come, first served. Thread-safe."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._here: list[Ticket] = []
        self._moved = threading.Condition()

    def join(self) -> "Ticket":
        """Take the last place of the line."""
        with self._moved:
            ticket = Ticket(self)
            self._here.append(ticket)
        return ticket

    def before(self, ticket: "Ticket") -> int | None:
        """Count who waits before `ticket`; None while it is served, and after it has left."""
        with self._moved:
            return self._before(ticket)

    def leave(self, ticket: "Ticket") -> None:
        """Give the place free, served or not. A second time changes nothing."""
        with self._moved:
            if ticket in self._here:
                self._here.remove(ticket)
                self._moved.notify_all()

    def until_moved(self, ticket: "Ticket", seen: int) -> None:
        """Wait until `ticket` stands elsewhere than `seen`, or for LOOK_EVERY seconds."""
        with self._moved:
            self._moved.wait_for(lambda: self._before(ticket) != seen, timeout=LOOK_EVERY)

    def _before(self, ticket: "Ticket") -> int | None:
        place = self._here.index(ticket) if ticket in self._here else 0
        return None if place < self._places else place - self._places


class Ticket:
    """A place in a line, given free at the end of a `with`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __enter__(self) -> "Ticket":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.leave(self)

    @property
    def before(self) -> int | None:
        """How many wait before this one; None when its turn has come."""
        return self._line.before(self)

    def until_served(self, stop: threading.Event) -> Iterator[int]:
        """Give how many are before, now and at every change, until the turn has come or `stop` is set."""
        told: int | None = None
        while (before := self.before) is not None and not stop.is_set():
            if before != told:
                told = before
                yield before
            self._line.until_moved(self, before)


def place_words(before: int) -> Text:
    """Say how many are served before a visitor."""
    return say("messages.line.next") if before == 0 else say("messages.line.before", count=before)
