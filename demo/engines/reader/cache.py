"""What was read of a picture is kept, so that the next question about it costs nothing. Bounded in bytes."""

import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from demo.engines.reader.page import Page

CACHE_BYTES = 32 * 2**20
"""About 3,000 full pages; the least recently used goes first."""


@dataclass
class _Kept:
    """A page, about how many bytes it takes, and the sessions that asked for it."""

    page: Page
    bytes: int
    sessions: set[str] = field(default_factory=set)


class PageCache:
    """Pages by the hash of their pixels.

    Shared between sessions without showing one the other's: only who holds the very same pixels finds them.
    A page goes with the last session that asked for it; "" is a caller without one, and never ends.
    """

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._pages: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = 0

    def get(self, key: str, session: str = "") -> Page | None:
        """Find a page, and count it as used by `session`."""
        with self._lock:
            kept = self._pages.get(key)
            if kept is None:
                return None
            self._pages.move_to_end(key)
            kept.sessions.add(session)
            return kept.page

    def put(self, key: str, page: Page, session: str = "") -> None:
        """Keep a page that `session` had read; one that is larger than the whole cache is not kept."""
        size = _bytes_of(page)
        with self._lock:
            before = self._pages.get(key)
            self._drop(key)
            if size > self._limit:
                return
            self._pages[key] = _Kept(page, size, {session} | (before.sessions if before else set()))
            self._bytes += size
            while self._bytes > self._limit:
                self._drop(next(iter(self._pages)))

    def forget(self, session: str) -> None:
        """Drop the pages that no other session asked for."""
        with self._lock:
            for key, kept in list(self._pages.items()):
                kept.sessions.discard(session)
                if not kept.sessions:
                    self._drop(key)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._pages.clear()
            self._bytes = 0

    @property
    def bytes(self) -> int:
        """How much is kept."""
        return self._bytes

    def _drop(self, key: str) -> None:
        kept = self._pages.pop(key, None)
        self._bytes -= kept.bytes if kept else 0


def _bytes_of(page: Page) -> int:
    """Estimate what a page takes in memory: its texts, and a box of four floats for each line and word."""
    words = [word for line in page.lines for word in line.words]
    texts = sum(
        sys.getsizeof(text) for text in (*(line.text for line in page.lines), *(w.text for w in words))
    )
    return 512 + texts + 360 * (len(page.lines) + len(words))
