"""A ceiling on a worker's memory, so that a hostile file ends its worker and not the machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

BASE_MB = 256
"""What a worker may take beside the pixels that its page declares: Python, numpy, PDFium and the codecs take
about 90 MB; fonts, parsed objects and content streams of ordinary documents stay under another 60."""


BYTES_A_PIXEL = 24
"""What handling a page may take for each of its pixels once they are there: the drawn words, a picture, a
grey copy for the judges, and what reducing it takes in floating point, at four bytes each."""

_armed = False
_kept = 0


def arm() -> None:
    """Put this process under guard; only worker processes do so, never the program that uses this package."""
    global _armed
    _armed = True
    guard_memory()


def keep(kept_bytes: int) -> None:
    """Count memory that this process holds from now on, as a reader does, beside that of every later page."""
    global _kept
    _kept = max(_kept, kept_bytes)


@contextmanager
def beside(held_bytes: int) -> Iterator[None]:
    """Count memory that is held within the block, as a grid is, beside that of every page opened there."""
    global _kept
    _kept += held_bytes
    guard_memory()
    try:
        yield
    finally:
        _kept -= held_bytes


def guard_memory(extra_bytes: int = 0) -> None:
    """Let this process take BASE_MB, what it keeps, and `extra_bytes` of data (armed, on Linux only).

    RLIMIT_DATA counts private writable memory (Linux 4.7 and later), not the libraries that are mapped, so
    it is close to what is really used; RLIMIT_AS would count every shared file. Only the soft limit moves.
    """
    if not _armed or sys.platform != "linux":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = BASE_MB * 2**20 + _kept + extra_bytes
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
