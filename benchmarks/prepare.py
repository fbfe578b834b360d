"""Preparing documents against pdf2image and Pillow, from the call to the last file, and what it takes.

    python -m benchmarks.prepare [small] [chain] [first] [memory] [start] [--json FILE]

Without a name all parts run. `small`: 50 text pages to a long side of 1024, one worker each. `chain`: 200
text pages to 300-dpi PNG files and grids of 2 x 2 pages of 1024. The peer does what tutorials show, a few
pages at a time so that it keeps to its memory; in `chain` it is measured on some of the pages and scaled by
their number. Ratios within one run are what counts; wall time wants a quiet machine.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.corpus import text_document
from benchmarks.measure import Cost, run, save_json, table
from toolkit import Limits, Recipe, prepare

_PEER = """
import sys
from pdf2image import convert_from_path
from PIL import Image
source, out, pages, chain = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "chain"
small = []
for first in range(1, pages + 1, 4):
    last = min(first + 3, pages)
    drawn = convert_from_path(source, dpi=300, first_page=first, last_page=last)
    for number, page in enumerate(drawn, first):
        if chain:
            page.save(f"{out}/page-{number}.png")
        scale = 1024 / max(page.size)
        reduced = page.resize((round(page.width * scale), 1024), Image.Resampling.LANCZOS)
        if chain:
            small.append(reduced)
        else:
            reduced.save(f"{out}/small-{number}.png")
    if chain:
        width, height = (max(side) for side in zip(*(image.size for image in small)))
        grid = Image.new("RGB", (2 * width, 2 * height), "white")
        for place, image in enumerate(small):
            grid.paste(image, (place % 2 * width, place // 2 * height))
        grid.save(f"{out}/grid-{first}.png")
        small = []
"""
_ROUNDS = 3
_CHAIN_PAGES, _PEER_PAGES = 200, 16


def small(folder: Path) -> dict[str, Any]:
    """50 pages at 1024: the least of three runs of ours, one of the peer."""
    source = text_document(folder / "fifty.pdf", 50)
    options = ["--long-side", "1024", "--jobs", "1"]
    ours = _best(source, folder, options)
    peer = _peer(source, folder, 50, "small")
    rows = [_row("ours, one worker", ours, ours), _row("pdf2image + Pillow", peer, ours)]
    print("\n50 text pages at a long side of 1024 (goal: 12 times)\n")
    print(table(_HEAD, rows))
    return {"small": rows}


def chain(folder: Path) -> dict[str, Any]:
    """200 pages to 300-dpi files and grids."""
    source = text_document(folder / "long.pdf", _CHAIN_PAGES)
    options = ["--long-side", "1024", "--keep-pages", "--merge", "2"]
    two = _best(source, folder, [*options, "--jobs", "2"])
    one = _best(source, folder, [*options, "--jobs", "1"])
    part = _peer(source, folder, _PEER_PAGES, "chain")
    share = _CHAIN_PAGES / _PEER_PAGES
    peer = Cost(part.wall * share, part.cpu * share, part.peak_mb)
    rows = [
        _row("ours, two workers", two, two),
        _row("ours, one worker", one, two),
        _row(f"pdf2image + Pillow ({_PEER_PAGES} pages, scaled)", peer, two),
        _row("the same against one worker", peer, one),
    ]
    print("\n200 text pages to 300-dpi PNG and 2 x 2 grids of 1024 (goal: 20 times, under 250 MB a worker)\n")
    print(table(_HEAD, rows))
    return {"chain": rows}


def first(folder: Path) -> dict[str, Any]:
    """Seconds to the first image and to the last one, two workers started from nothing."""
    rows = []
    for pages in (20, 50, 200):
        source = text_document(folder / f"{pages}.pdf", pages)
        began, times = time.monotonic(), []
        prepare(
            [source],
            Recipe(long_side=1024),
            output_dir=folder / f"first{pages}",
            limits=Limits(jobs=2),
            progress=lambda state: times.append(time.monotonic()) if state.records else None,  # noqa: B023
        )
        rows.append([pages, times[0] - began, time.monotonic() - began])
    print("\nSeconds from the call, two workers\n")
    print(table(["pages", "first image", "manifest written"], rows))
    return {"first": rows}


def memory(folder: Path) -> dict[str, Any]:
    """Peak memory of the largest process over 50 pages and over 500, one worker."""
    rows = []
    for pages in (50, 500):
        source = text_document(folder / f"m{pages}.pdf", pages)
        cost = _ours(source, folder / "memory", ["--keep-pages", "--merge", "2", "--jobs", "1"])
        rows.append([pages, cost.peak_mb, cost.wall])
    print("\nPeak memory of the largest process (goal: under 250 MB)\n")
    print(table(["pages", "peak MB", "wall s"], rows))
    return {"memory": rows}


def start(folder: Path) -> dict[str, Any]:
    """What the command takes before and beside the pages: its help, and one page."""
    source = text_document(folder / "one.pdf", 1)
    helped = min((run([sys.executable, "-m", "toolkit", "--help"]) for _ in range(_ROUNDS)), key=_wall)
    one = _best(source, folder, ["--long-side", "1024", "--jobs", "1"])
    rows = [["--help", helped.wall, helped.cpu], ["one page", one.wall, one.cpu]]
    print("\nStarting\n")
    print(table(["", "wall s", "CPU s"], rows))
    return {"start": rows}


_HEAD = ["", "wall s", "CPU s", "times our wall", "times our CPU", "peak MB of a process"]


def _row(name: str, cost: Cost, ours: Cost) -> list[object]:
    return [name, cost.wall, cost.cpu, cost.wall / ours.wall, cost.cpu / ours.cpu, cost.peak_mb]


def _wall(cost: Cost) -> float:
    return cost.wall


def _best(source: Path, folder: Path, options: list[str]) -> Cost:
    return min((_ours(source, folder / "ours", options) for _ in range(_ROUNDS)), key=_wall)


def _ours(source: Path, out: Path, options: list[str]) -> Cost:
    cost = run([sys.executable, "-m", "toolkit", "prepare", source, "-o", out, *options])
    shutil.rmtree(out)
    return cost


def _peer(source: Path, folder: Path, pages: int, job: str) -> Cost:
    out = folder / "peer"
    out.mkdir()
    cost = run([sys.executable, "-c", _PEER, source, out, str(pages), job])
    shutil.rmtree(out)
    return cost


PARTS = {"small": small, "chain": chain, "first": first, "memory": memory, "start": start}


def main() -> None:
    """Measure the parts that are named and print their tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        for part in options.parts or PARTS:
            folder = Path(name) / part
            folder.mkdir()
            figures |= PARTS[part](folder)
    save_json(options.json, figures)


if __name__ == "__main__":
    main()
