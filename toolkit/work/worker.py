"""The worker: `python -m toolkit.work.worker [MODULE…]`: lines of JSON in and out, until its input ends.

The modules are those that its jobs will need, loaded at once.

Input:  {"handler": "toolkit.render_job:run", "payload": {…}}
Output: {"ready": true} once; then for each job {"begun": true} and {"done": {…}} or {"failed": {…}}.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from toolkit.errors import DamagedSourceError, OutputError, PreflightError, RenderError
from toolkit.files import output_error
from toolkit.texts import Text, say
from toolkit.work.guard import BASE_MB, arm, guard_memory
from toolkit.work.parts import remove_parts

Handler = Callable[[dict[str, Any]], dict[str, Any]]
_PACKAGE = "toolkit"


def main() -> int:
    """Serve jobs until standard input ends."""
    preload = [name for name in sys.argv[1:] if _is_ours(name)]
    channel = _take_stdout()
    arm()
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    current: list[str] = []
    owners = (os.getpid(), os.getppid())
    threading.Thread(target=_read_input, args=(jobs, current, owners), daemon=True).start()
    _send(channel, {"ready": True})
    for module in preload:
        import_module(module)
    while line := jobs.get():
        job = json.loads(line)
        current[:] = [job["payload"].get("folder") or ""]
        _send(channel, _answer(job, channel))
        current.clear()
    return 0


def _take_stdout() -> BinaryIO:
    """Keep the pipe to the parent for ourselves; whatever a library prints goes to standard error."""
    channel = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return channel


def _read_input(jobs: "queue.SimpleQueue[bytes]", current: list[str], owners: tuple[int, int]) -> None:
    """Pass jobs on; when the parent is gone, tidy up and leave at once, even in the middle of a page.

    `owners` are this process and its parent, whose unfinished files go.
    """
    for line in sys.stdin.buffer:
        jobs.put(line)
    for folder in current:
        for owner in owners:
            with suppress(OSError):
                remove_parts(Path(folder), owner)
    os._exit(0)


def _answer(job: dict[str, Any], channel: BinaryIO) -> dict[str, Any]:
    payload = job["payload"]
    guard_memory()
    try:
        handler = find_handler(job["handler"])
        _send(channel, {"begun": True})
        return {"done": handler(payload)}
    except PreflightError as error:
        return _failure(error)
    except OSError as error:
        return _failure(_from_system(error, payload))
    except Exception as error:  # one page's fault must not take the worker's other pages with it
        return _failure(_unforeseen(error, payload))


def find_handler(name: str) -> Handler:
    """Find the function "toolkit.module:name". Raises ValueError for anything outside this package."""
    module, _, function = name.partition(":")
    if not _is_ours(module) or function.startswith("_"):
        raise ValueError(f"{name!r} is no handler of {_PACKAGE}")
    handler: Handler = getattr(import_module(module), function)
    return handler


def _is_ours(module: str) -> bool:
    return module.split(".", 1)[0] == _PACKAGE


def _unforeseen(error: Exception, payload: dict[str, Any]) -> PreflightError:
    file, page = payload.get("file"), payload.get("page")
    reason: Text | str = f"{type(error).__name__}: {error}"[:300]
    if isinstance(error, MemoryError):
        reason = say("render.reason_memory", limit=BASE_MB)
    if page is None:
        return DamagedSourceError("damaged", file=file, reason=reason)
    return RenderError("render_failed", file=file, page=page, reason=reason)


def _from_system(error: OSError, payload: dict[str, Any]) -> PreflightError:
    given: OutputError = output_error(error, Path(error.filename or payload.get("file") or "?"))
    return given


def _failure(error: PreflightError) -> dict[str, Any]:
    return {"failed": {"error": type(error).__name__, "en": error.text.en, "zh": error.text.zh}}


def _send(channel: BinaryIO, message: dict[str, Any]) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[channel.write(data) or 0 :]


if __name__ == "__main__":
    sys.exit(main())
