"""What an engine keeps between questions: bounded in bytes, least recently used out first, gone when idle."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["image", "session"]
Key = tuple[Kind, str]


@dataclass
class Counts:
    """How often something was looked for and found, and how often it had to go for want of room."""

    hits: int = 0
    misses: int = 0
    evicted: int = 0

    @property
    def rate(self) -> float:
        """The share of look-ups that found something, 0 to 1; 0 before the first."""
        return self.hits / max(1, self.hits + self.misses)


@dataclass
class _Entry:
    value: Any
    bytes: int
    used: float


@dataclass
class Store:
    """Values by key within `budget` bytes in all; each goes after `idle_seconds` without use.

    Safe to use from several threads. `clock` gives seconds and never runs backwards.
    """

    budget: int
    idle_seconds: float
    clock: Callable[[], float] = time.monotonic
    bytes: int = 0
    counts: dict[Kind, Counts] = field(default_factory=lambda: {"image": Counts(), "session": Counts()})
    _entries: OrderedDict[Key, _Entry] = field(default_factory=OrderedDict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def get(self, key: Key) -> Any | None:
        """Find a value, and count it as used now."""
        with self._lock:
            self.expire()
            entry = self._entries.get(key)
            self._count(key, entry is not None)
            if entry is None:
                return None
            entry.used = self.clock()
            self._entries.move_to_end(key)
            return entry.value

    def take(self, key: Key) -> Any | None:
        """Find a value and take it out: whoever works on it holds it alone."""
        with self._lock:
            self.expire()
            entry = self._drop(key)
            self._count(key, entry is not None)
            return None if entry is None else entry.value

    def touch(self, key: Key) -> None:
        """Count a value as used now, if it is there; no look-up is counted."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                entry.used = self.clock()
                self._entries.move_to_end(key)

    def put(self, key: Key, value: Any, size: int) -> bool:
        """Keep a value of `size` bytes; others go until it fits. False if it is larger than the budget."""
        with self._lock:
            self._drop(key)
            if size > self.budget:
                return False
            self.shrink(self.budget - size)
            self._entries[key] = _Entry(value, size, self.clock())
            self.bytes += size
            return True

    def shrink(self, limit: int) -> None:
        """Drop the least recently used until at most `limit` bytes are kept."""
        with self._lock:
            while self._entries and self.bytes > limit:
                oldest = next(iter(self._entries))
                self.counts[oldest[0]].evicted += 1
                self._drop(oldest)

    def expire(self) -> None:
        """Drop what was not used for too long."""
        with self._lock:
            limit = self.clock() - self.idle_seconds
            while self._entries:
                key, entry = next(iter(self._entries.items()))
                if entry.used > limit:
                    return
                self._drop(key)

    def forget(self, key: Key) -> None:
        """Drop one value, if it is there."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._entries.clear()
            self.bytes = 0

    @property
    def until_expiry(self) -> float | None:
        """Seconds until the next value goes by itself; None where nothing is kept."""
        with self._lock:
            if not self._entries:
                return None
            first = next(iter(self._entries.values()))
            return max(0.0, first.used + self.idle_seconds - self.clock())

    def _count(self, key: Key, found: bool) -> None:
        counts = self.counts[key[0]]
        counts.hits += found
        counts.misses += not found

    def _drop(self, key: Key) -> _Entry | None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes -= entry.bytes
        return entry
