"""Memory that is free goes back to the system: the allocator keeps it in a pool of every thread that ran."""

import ctypes
import gc
from functools import cache
from typing import Any


def give_back() -> bool:
    """Collect what nobody refers to, and hand free pages back; tell whether this system can do that.

    glibc alone has `malloc_trim` (its manual, "Malloc Tunable Parameters"); elsewhere free pages go back by
    themselves or not at all. Takes some 10 ms, so it is done after a session has ended, not at every click.
    """
    gc.collect()
    trim = _malloc_trim()
    if trim is not None:
        trim(0)
    return trim is not None


@cache
def _malloc_trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # musl, macOS; Windows names no program of its own
        return None
