"""A handler that misbehaves on demand, for the tests of the pool and the harness that kills workers."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Do what the payload says, in this order; give the process id and what was to be echoed.

    `print`: text for standard output. `part`: begin a file of that name in `folder` and leave it. `once`:
    a path; die if it is not there, and make it. `die`: end by SIGKILL. `take`: megabytes to fill.
    `sleep`: seconds. `loaded`: names of modules; those that are loaded come back.
    """
    if "print" in payload:
        sys.stdout.write(payload["print"] + "\n")
        os.write(1, b"straight to the pipe\n")
    if "part" in payload:
        Path(payload["folder"], f".{payload['part']}.{os.getpid()}.vlpart").write_text("half")
    if "once" in payload and not Path(payload["once"]).exists():
        Path(payload["once"]).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if payload.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    taken = bytearray(payload.get("take", 0) * 2**20)
    time.sleep(payload.get("sleep", 0))
    loaded = [name for name in payload.get("loaded", ()) if name in sys.modules]
    return {"pid": os.getpid(), "echo": payload.get("echo"), "taken": len(taken), "loaded": loaded}
