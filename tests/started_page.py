"""The page as people start it: `python -m demo` in a process of its own, with everything that it prints."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 120.0


@dataclass
class StartedPage:
    """A running page: where it answers, and the file that its output and its errors go to."""

    address: str
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def started_page(folder: Path, *options: str, script: str = "") -> Iterator[StartedPage]:
    """Start the page on a free port and end it. `script` is run before, in the same process."""
    log = folder / "page.log"
    code = (
        f"import sys\n{script}\nfrom demo.__main__ import main\nsys.exit(main({['--port', '0', *options]!r}))"
    )
    environment = {**os.environ, "VL_PREFLIGHT_LANG": "en", "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=output, stderr=output, env=environment
        )
        try:
            yield StartedPage(_address(process, log), log, process)
        finally:
            process.terminate()
            process.wait(30)


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and process.poll() is None:
        ready = re.search(r"ready: (http://\S+?)/?\n", log.read_text(errors="replace"))
        if ready:
            return ready[1]
        time.sleep(0.1)
    raise AssertionError(f"the page did not start: {log.read_text(errors='replace')[-2000:]}")
