"""The page and a browser, started and ended: for the benchmarks and for the tests."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENDS_WITHIN = 30
"""Seconds a server has to end; tests run beside others."""
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PAGE = (sys.executable, "-m", "demo")


@dataclass(frozen=True)
class Server:
    """A page that is being served: its address, and the number of its process."""

    address: str
    process: int


@contextmanager
def page_server(*options: str, page: Sequence[str | Path] = PAGE) -> Iterator[Server]:
    """Start `page` as a person does, on a free port. Raises RuntimeError where it names no address."""
    command = [*map(str, page), *options, "--port", "0"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as server:
        try:
            lines: Iterable[str] = server.stdout or ()
            found = next(filter(None, (re.search(r"http://\S+", line) for line in lines)), None)
            if found is None:
                raise RuntimeError(f"the page did not start: {' '.join(command)}")
            yield Server(found[0], server.pid)
        finally:
            server.terminate()
            server.wait(timeout=ENDS_WITHIN)


@contextmanager
def page_address(*options: str) -> Iterator[str]:
    """Start the page on a free port and give its address."""
    with page_server(*options) as server:
        yield server.address


@contextmanager
def chromium(*flags: str) -> Iterator[Any]:
    """Start the system's Chromium without a window."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, PROGRAMS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *flags])
        yield browser
        browser.close()
