"""What was read of a picture is kept, so that the next question about it costs nothing. Bounded in bytes."""

import sys
import threading
from collections import OrderedDict

from demo.engines.reader.page import Page

CACHE_BYTES = 32 * 2**20
"""About 3,000 full pages; the least recently used goes first."""


class PageCache:
    """Pages by the hash of their pixels.

    Shared between sessions without showing one the other's: only who holds the very same pixels finds them.
    """

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._pages: OrderedDict[str, tuple[Page, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> Page | None:
        """Find a page, and count it as used."""
        with self._lock:
            entry = self._pages.get(key)
            if entry is not None:
                self._pages.move_to_end(key)
            return entry[0] if entry else None

    def put(self, key: str, page: Page) -> None:
        """Keep a page; one that is larger than the whole cache is not kept."""
        size = _bytes_of(page)
        with self._lock:
            self._drop(key)
            if size > self._limit:
                return
            self._pages[key] = (page, size)
            self._bytes += size
            while self._bytes > self._limit:
                self._drop(next(iter(self._pages)))

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
        _, size = self._pages.pop(key, (None, 0))
        self._bytes -= size


def _bytes_of(page: Page) -> int:
    """Estimate what a page takes in memory: its texts, and a box of four floats for each line and word."""
    words = [word for line in page.lines for word in line.words]
    texts = sum(
        sys.getsizeof(text) for text in (*(line.text for line in page.lines), *(w.text for w in words))
    )
    return 512 + texts + 360 * (len(page.lines) + len(words))
