"""What both command lines do around a command: output in any encoding, and a reader who leaves early."""

import os
import sys
from collections.abc import Callable

READER_GONE = 141
"""The exit code of a program that SIGPIPE ended (128 + 13), as shells and `set -o pipefail` know it."""


def run_command(command: Callable[[], int]) -> int:
    """Run a command and give its exit code; 141 if whoever read its output has left (`| head`).

    A character that standard output cannot show, as in a file name that is no UTF-8, is written as its code.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            return command()
        finally:
            sys.stdout.flush()  # here, where a closed pipe can still be told from a fault
    except BrokenPipeError:
        _forget_output()
        return READER_GONE


def _forget_output() -> None:
    """Keep Python from writing to the closed pipe once more when it ends (docs.python.org, signal)."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
