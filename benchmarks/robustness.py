"""Any folder of files through the renderer: what came out, what gave a named error, what went wrong.

    python -m benchmarks.robustness DIR [--variants N] [--seed S] [--kill N] [--jobs N]

Every file below DIR is rendered. With --variants, N damaged copies of the good PDFs follow: bytes flipped,
cut out, repeated or cut off at random, by the seed; a run with another seed goes on with other variants.
With --kill, that many workers are killed at random moments of further runs. The exit code is 1 if a page was
lost without an error, a process was left over or hung, or a partial file was left.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from toolkit.errors import NothingDoneError, PreflightError
from toolkit.files import PART_SUFFIX
from toolkit.manifest import Manifest
from toolkit.progress import Progress
from toolkit.render import render_pages
from toolkit.survey import HANDLER, read_survey, survey_job
from toolkit.work import Done, WorkerPool

DPI = 72
PAGE_SECONDS = 20.0
_AT_ONCE = 25


@dataclass
class Tally:
    """What happened so far. `faults` are breaches of the promises, and must stay empty."""

    files: int = 0
    pages: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, manifest: Manifest, expected: int, what: str) -> None:
        """Count a run; `expected` pages must have come out or failed by name."""
        self.pages += len(manifest.images)
        self.errors.update(failure.error for failure in manifest.failures)
        accounted = len(manifest.images) + len(manifest.failures)
        if accounted != expected:
            self.faults.append(f"{what}: {expected} pages, but {accounted} are accounted for")
        for failure in manifest.failures:
            if Path(failure.file).name not in failure.text.en:
                self.faults.append(f"{what}: a message does not name its file: {failure.text.en}")


def run_files(
    paths: Sequence[Path], tally: Tally, jobs: int, out: Path, killer: "Killer | None" = None
) -> None:
    """Render files in one run and check everything that was promised of it."""
    expected = _expected(paths, jobs)
    began = time.monotonic()
    try:
        manifest = render_pages(
            list(paths),
            output_dir=out,
            dpi=DPI,
            jobs=jobs,
            page_timeout=PAGE_SECONDS,
            progress=None if killer is None else killer.watch,
        )
        tally.add(manifest, expected, f"run of {len(paths)} files from {paths[0].name}")
    except NothingDoneError:
        pass
    except PreflightError as error:
        tally.faults.append(f"the run itself failed: {error}")
    tally.files += len(paths)
    tally.faults += _left_behind(out)
    seconds = time.monotonic() - began
    if seconds > 2 * PAGE_SECONDS * expected + 60:
        tally.faults.append(f"{seconds:.0f} s for {len(paths)} files from {paths[0].name}")
    shutil.rmtree(out, ignore_errors=True)


def _expected(paths: Sequence[Path], jobs: int) -> int:
    """Count the pages that must be accounted for; a file that does not open counts as one."""
    with WorkerPool(jobs) as pool:
        outcomes = list(pool.run(HANDLER, [survey_job(path) for path in paths], job_timeout=PAGE_SECONDS))
    return sum(read_survey(o.result).page_count if isinstance(o, Done) else 1 for o in outcomes)


def _left_behind(out: Path) -> list[str]:
    left = [f"partial file {path}" for path in out.rglob(f"*{PART_SUFFIX}")]
    return left + [f"process {pid} is left over" for pid in workers_of(os.getpid())]


def workers_of(parent: int) -> list[int]:
    """List the worker processes of a process (Linux)."""
    found = []
    for entry in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        try:
            if entry.name.isdigit() and _parent(entry) == parent and _is_worker(entry):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _parent(entry: Path) -> int:
    return int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])


def _is_worker(entry: Path) -> bool:
    return b"toolkit.work.worker" in (entry / "cmdline").read_bytes()


class Killer:
    """Kills a worker now and then."""

    def __init__(self, count: int, rng: random.Random) -> None:
        """Have `count` workers to kill."""
        self.left = count
        self._rng = rng

    def watch(self, state: Progress) -> None:
        """Kill one worker after about every third page."""
        pids = workers_of(os.getpid())
        if self.left and pids and self._rng.random() < 0.34:
            time.sleep(self._rng.random() * 0.05)
            with suppress(ProcessLookupError):
                os.kill(self._rng.choice(pids), signal.SIGKILL)
                self.left -= 1


def variants(good: Sequence[Path], count: int, seed: int, folder: Path) -> Iterator[Path]:
    """Write damaged copies, one at a time; the same seed gives the same copies."""
    rng = random.Random(seed)
    for number in range(count):
        source = rng.choice(good)
        path = folder / f"{source.stem}-{seed}-{number}.pdf"
        path.write_bytes(damaged(source.read_bytes(), rng))
        yield path


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Damage bytes in one of four ways, one to eight times."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at, length = rng.randrange(len(out)), rng.choice([1, 4, 64, 1024])
        way = rng.choice(["flip", "flip", "flip", "cut", "repeat", "end"])
        if way == "flip":
            for place in range(at, min(at + length, len(out))):
                out[place] ^= 1 << rng.randrange(8)
        elif way == "cut":
            del out[at : at + length]
        elif way == "repeat":
            out[at:at] = out[at : at + length]
        elif rng.random() < 0.3:
            del out[max(16, at) :]
        if len(out) < 16:
            break
    return bytes(out)


def good_pdfs(paths: Sequence[Path], jobs: int) -> list[Path]:
    """Choose the PDFs that open, have at most 8 pages and 1 MB, so that 2,000 variants take minutes."""
    small = [path for path in paths if path.stat().st_size <= 10**6]
    with WorkerPool(jobs) as pool:
        outcomes = list(pool.run(HANDLER, [survey_job(path) for path in small], job_timeout=PAGE_SECONDS))
    found = [read_survey(o.result) for o in outcomes if isinstance(o, Done)]
    return sorted(survey.path for survey in found if survey.kind == "pdf" and survey.page_count <= 8)


def main() -> int:
    """Run everything and print the tally."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--variants", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kill", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    paths = sorted(path for path in options.folder.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as name:
        return _report(_everything(paths, options, Path(name)))


def _everything(paths: Sequence[Path], options: argparse.Namespace, scratch: Path) -> Tally:
    tally = Tally()
    if paths:
        run_files(paths, tally, options.jobs, scratch / "out")
    good = good_pdfs(paths, options.jobs)
    batch: list[Path] = []
    for path in variants(good, options.variants, options.seed, scratch) if good else ():
        batch.append(path)
        if len(batch) == _AT_ONCE:
            _flush(batch, tally, options.jobs, scratch)
    _flush(batch, tally, options.jobs, scratch)
    killer = Killer(options.kill, random.Random(options.seed))
    while killer.left and good:
        run_files(good, tally, options.jobs, scratch / "out", killer)
    return tally


def _flush(batch: list[Path], tally: Tally, jobs: int, scratch: Path) -> None:
    if batch:
        run_files(batch, tally, jobs, scratch / "out")
        for path in batch:
            path.unlink()
        print(f"{tally.files} files, {tally.pages} pages, {len(tally.faults)} faults", file=sys.stderr)
        batch.clear()


def _report(tally: Tally) -> int:
    print(f"{tally.files} files: {tally.pages} pages came out, {tally.errors.total()} named errors")
    for name, count in tally.errors.most_common():
        print(f"  {count:5} {name}")
    print(
        f"{len(tally.faults)} breaches: pages lost, processes left or hung, partial files, unnamed messages"
    )
    for fault in tally.faults[:50]:
        print(f"  {fault}")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
