"""One worker process, seen from the parent."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

import toolkit
from toolkit.errors import PreflightError, error_class
from toolkit.texts import Text, say
from toolkit.work.guard import BASE_MB
from toolkit.work.parts import remove_parts

_GAVE_UP = ("SIGABRT", "SIGTRAP", "SIGILL")
"""How PDFium ends its process when it is refused memory, or meets a state that must not be."""

_QUIET = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
}
"""A worker is one of several: a library's own threads would only take memory and wait for each other."""


class WorkerDied(Exception):
    """The process ended without an answer: `timed_out`, or `reason`."""

    def __init__(self, reason: Text, *, timed_out: bool = False) -> None:
        """Keep why it ended."""
        super().__init__(reason.en)
        self.reason = reason
        self.timed_out = timed_out


class WorkerProcess:
    """A running worker. Use it from one thread; `kill` may come from any."""

    def __init__(self, preload: Sequence[str] = ()) -> None:
        """Start the process; it loads itself and the modules `preload` while this returns."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "toolkit.work.worker", *preload],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(),
            start_new_session=True, close_fds=True,
        )  # fmt: skip
        self._input = cast(IO[bytes], self._process.stdin)
        self._output = cast(IO[bytes], self._process.stdout)
        self._ready = False
        self._timed_out = False
        self._folder = ""

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def run(self, handler: str, payload: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Have one job done. The time counts from when the worker begins it.

        Raises the handler's PreflightError, or WorkerDied; after WorkerDied the process is gone.
        """
        self._folder = payload.get("folder") or ""
        self._send({"handler": handler, "payload": payload})
        message = self._receive()
        if message.get("ready"):
            self._ready = True
            message = self._receive()
        if message.get("begun"):
            message = self._receive_within(timeout)
        if "done" in message:
            result: dict[str, Any] = message["done"]
            return result
        raise _rebuilt(message["failed"])

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._input.write(json.dumps(message).encode() + b"\n")
            self._input.flush()
        except OSError as error:
            raise self._died() from error

    def _receive(self) -> dict[str, Any]:
        line = self._output.readline()
        if not line.endswith(b"\n"):
            raise self._died()
        message: dict[str, Any] = json.loads(line)
        return message

    def _receive_within(self, timeout: float) -> dict[str, Any]:
        watch = threading.Timer(timeout, self._time_out)
        watch.daemon = True
        watch.start()
        try:
            return self._receive()
        finally:
            watch.cancel()

    def _time_out(self) -> None:
        self._timed_out = True
        self.kill()

    @property
    def started(self) -> bool:
        """Whether the process ever got as far as saying that it is ready."""
        return self._ready

    def _died(self) -> WorkerDied:
        self.stop()
        code = self._process.returncode
        if code < 0:
            with suppress(ValueError):
                name = signal.Signals(-code).name
                key = "render.reason_gave_up" if name in _GAVE_UP else "render.reason_killed"
                return WorkerDied(say(key, signal=name, limit=BASE_MB), timed_out=self._timed_out)
        return WorkerDied(say("render.reason_exit", code=code), timed_out=self._timed_out)

    def kill(self) -> None:
        """End the process and its children at once."""
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def stop(self) -> None:
        """End the process, wait for it, and remove what it left unfinished."""
        if self._process.returncode is None:
            self.kill()
        self._process.wait()
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()
        if self._folder:
            remove_parts(Path(self._folder), self._process.pid)


def _environment() -> dict[str, str]:
    """The parent's environment, with its import path, so that the worker finds the same packages."""
    home = str(Path(toolkit.__file__).parents[1])
    found = [home, *(entry for entry in sys.path if entry and entry != home)]
    return os.environ | _QUIET | {"PYTHONPATH": os.pathsep.join(found), "PYTHONUTF8": "1"}


def _rebuilt(data: dict[str, str]) -> PreflightError:
    return error_class(data["error"]).from_text(Text(data["en"], data["zh"]))
