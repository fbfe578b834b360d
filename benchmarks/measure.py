"""Timing and tables, shared by the benchmarks."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType


@dataclass(frozen=True)
class Cost:
    """What a command took: wall and CPU seconds, and the peak memory of its largest process in MB."""

    wall: float
    cpu: float
    peak_mb: float


def cpu_seconds() -> float:
    """Give the CPU time of this process so far."""
    return time.process_time()


def best(action: Callable[[], object], rounds: int) -> float:
    """Give the least CPU seconds of several rounds: what disturbs only ever adds."""
    costs = []
    for _ in range(rounds):
        began = cpu_seconds()
        action()
        costs.append(cpu_seconds() - began)
    return min(costs)


def run(command: Sequence[str | Path]) -> Cost:
    """Run a command to its end in a process of its own, and measure it with all its children.

    Raises RuntimeError with the end of what it said if it fails.
    """
    script = (
        "import json,resource,subprocess,sys,time\n"
        "began=time.monotonic()\n"
        "done=subprocess.run(json.loads(sys.argv[1]),capture_output=True)\n"
        "used=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(json.dumps([time.monotonic()-began,used.ru_utime+used.ru_stime,used.ru_maxrss/1024,"
        "done.returncode,done.stderr[-600:].decode('utf8','replace')]))\n"
    )
    words = json.dumps([str(word) for word in command])
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    said = subprocess.run(
        [sys.executable, "-c", script, words], capture_output=True, text=True, env=environ, check=True
    )
    wall, cpu, peak, code, errors = json.loads(said.stdout)
    if code != 0:
        raise RuntimeError(f"{command[0]} ended with {code}: {errors}")
    return Cost(wall, cpu, peak)


class Memory:
    """The resident memory of a process with all below it, looked at while a `with` lasts (Linux)."""

    def __init__(self, process: int, every: float = 0.2) -> None:
        """Take the number of the process, and the seconds between two looks."""
        self._process, self._every = process, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak = 0.0
        """The most seen, in MB."""

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def now(self) -> float:
        """Give what is resident now in MB; pages that processes share count in each of them."""
        return sum(map(_resident, _family(self._process)))

    def _watch(self) -> None:
        while not self._over.wait(self._every):
            self.peak = max(self.peak, self.now())


def _resident(process: int) -> float:
    with suppress(OSError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def _family(process: int) -> list[int]:
    """Give a process and all that it started, directly or not."""
    found = [process]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(child) for child in children.read_text().split()]
    return found


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lay out a Markdown table."""
    cells = [[_shown(cell) for cell in row] for row in rows]
    widths = [max(len(word), *(len(row[i]) for row in cells)) for i, word in enumerate(head)]
    lines = [_line(head, widths), _line(["-" * width for width in widths], widths)]
    return "\n".join(lines + [_line(row, widths) for row in cells])


def _shown(cell: object) -> str:
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def save_json(path: Path | None, data: object) -> None:
    """Write figures for other programs, if a path is given."""
    if path is not None:
        path.write_text(json.dumps(data, indent=1) + "\n")
