"""Logs without document content: of a fault they tell its kind and its place, never the words it carries.

Messages of exceptions repeat what a visitor typed, uploaded or called a file, and other libraries log them.
"""

import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

OURS = "vl_preflight"
"""Loggers below this name choose their words with care; those of others don't know what is private."""
NEAREST = 4
"""How many places of a traceback are told, the one of the fault first."""
_FIXED = re.compile(r"[^\n%({\[:'\"<]*")
"""The beginning of a message that no value has been put into yet."""

log = logging.getLogger(f"{OURS}.logs")


def places(trace: TracebackType | None) -> str:
    """Name where an error was raised and what had called that, as "file.py:12 < other.py:34"."""
    found = list(_places(trace))[-NEAREST:]
    return " < ".join(reversed(found)) or "?"


def _places(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        yield f"{path.parent.name}/{path.name}:{trace.tb_lineno}"
        trace = trace.tb_next


def fault(error: BaseException | None) -> str:
    """Tell of an error its kind and its place."""
    return "" if error is None else f"{type(error).__name__} at {places(error.__traceback__)}"


def keep_words_out() -> None:
    """Let this process write no words of a visitor to its log, its output or its error output."""
    logging.setLogRecordFactory(_harmless(logging.getLogRecordFactory()))
    sys.excepthook = lambda _, error, trace: _tell("uncaught", error)
    threading.excepthook = lambda given: _tell("uncaught in a thread", given.exc_value)
    sys.unraisablehook = lambda given: _tell("ignored", given.exc_value)
    warnings.showwarning = _show_warning
    _silence_gradio()


def _harmless(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    if getattr(make, "harmless", False):
        return make

    def harmless(*args: Any, **options: Any) -> logging.LogRecord:
        record = make(*args, **options)
        if not record.name.startswith(OURS):
            record.msg, record.args = _FIXED.match(str(record.msg))[0].strip(), ()  # type: ignore[index]
            record.msg += f" ({record.filename}:{record.lineno})"
        if record.exc_info:
            record.msg, record.args = f"{record.getMessage()} {fault(record.exc_info[1])}", ()
        record.exc_info = record.exc_text = record.stack_info = None
        return record

    harmless.harmless = True  # type: ignore[attr-defined]
    return harmless


def _tell(what: str, error: BaseException | None) -> None:
    if not isinstance(error, KeyboardInterrupt):
        log.error("%s: %s", what, fault(error))


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    path = Path(filename)
    log.warning("%s at %s/%s:%d", category.__name__, path.parent.name, path.name, lineno)


def _silence_gradio() -> None:
    """Put our way of telling in the place of the tracebacks that Gradio prints."""
    from gradio import queueing, route_utils, routes, utils

    for module in (queueing, route_utils, routes, utils):
        module.traceback = _Tracebacks()


class _Tracebacks:
    """Stands in for the module `traceback` where Gradio uses it."""

    def print_exc(self, *_: Any, **__: Any) -> None:
        """Tell of the error that is being handled."""
        log.error("in Gradio: %s", fault(sys.exception()))

    def format_exc(self, *_: Any, **__: Any) -> str:
        """Tell the same as a string."""
        return fault(sys.exception())
