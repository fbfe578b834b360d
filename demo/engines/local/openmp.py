"""How torch's threads wait: asleep, so that a busy neighbour does not stop them all. Imports nothing heavy.

torch's OpenMP threads spin while they wait for each other. Where another process holds a core (the demo
prepares pages while it answers), the spinning thread keeps the one it waits for from running: a model's
steps were measured falling from 21.8 to 2.5 a second, and to 10.9 with threads that sleep, for 10 to 20 %
on a quiet machine. OpenMP reads these settings once, when its library is loaded: `settle_openmp` has to run
before `import torch`. ONNX Runtime, which the reader uses, has threads of its own and reads none of them.
"""

import os
import sys
from collections.abc import Container, MutableMapping
from typing import Literal

SETTINGS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}
"""OpenMP's own wish, and what GNU's (GOMP) and LLVM's and Intel's (KMP) libraries heed, by their manuals."""

Waiting = Literal["asleep", "chosen", "too-late"]
"""Settled here; settled by the person's own variables; or torch was there first and its threads spin."""


def settle_openmp(
    environ: MutableMapping[str, str] | None = None, loaded: Container[str] | None = None
) -> Waiting:
    """Ask OpenMP, before torch is imported, to let threads sleep while they wait; a person's own wish stays.

    `environ` and `loaded` stand in for `os.environ` and `sys.modules`. Calling again tells the same.
    """
    environ = os.environ if environ is None else environ
    if _MARK in environ:
        return "asleep"
    if any(name in environ for name in SETTINGS):
        return "chosen"
    if "torch" in (sys.modules if loaded is None else loaded):
        return "too-late"
    environ.update(SETTINGS, **{_MARK: "1"})
    return "asleep"


_MARK = "VL_PREFLIGHT_OPENMP"
"""Tells a second call, and a process started by this one, that the settings are this module's own."""
