"""Pages to PNG: our CPU against the renderer alone, our speed against the peers', memory over many pages.

    python -m benchmarks.render [cpu] [peers] [workers] [memory] [first] [--json FILE]

Without a name all parts run. Ratios within one run on the same pages are what counts; wall time wants a quiet
machine.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import pypdfium2

from benchmarks.corpus import Document, make_corpus, text_document
from benchmarks.measure import Cost, cpu_seconds, run, save_json, table
from toolkit import render_job
from toolkit.pages import PageRequest
from toolkit.render import render_pages

DPI = 300
_LONG, _TURNS = 400, 3
"""Pages and turns for one worker against two: starting takes 0.4 s of either, so short runs say little."""
_ONE_PROCESS = ("--scale", f"{DPI / 72}", "--processes", "1")


def cpu(corpus: Sequence[Document], folder: Path) -> dict[str, Any]:
    """CPU a page of our whole job against pypdfium2's `page.render()` alone, least of three rounds each."""
    cv2.setNumThreads(1)  # as in a worker; here a second thread would spin for up to 8 ms of CPU a page
    by_kind: dict[str, list[float]] = {}
    for document in corpus:
        peer, ours = _render_alone(document), _whole_job(document, folder)
        total = by_kind.setdefault(document.kind, [0, 0.0, 0.0])
        for index, value in enumerate((document.pages, peer, ours)):
            total[index] += value
    rows = [[kind, int(n), a / n * 1000, b / n * 1000, b / a] for kind, (n, a, b) in by_kind.items()]
    n, a, b = (sum(total[index] for total in by_kind.values()) for index in range(3))
    rows.append(["all", int(n), a / n * 1000, b / n * 1000, b / a])
    print("\nCPU ms a page at 300 dpi (goal: at most 1.5)\n")
    print(table(["pages", "count", "page.render()", "ours, PNG written", "ratio"], rows))
    return {"cpu": rows}


def _render_alone(document: Document) -> float:
    with pypdfium2.PdfDocument(document.path) as pdf:
        pdf.init_forms()

        def render(index: int) -> None:
            page = pdf[index]
            page.render(scale=DPI / 72)
            page.close()

        return _least(document.pages, render)


def _whole_job(document: Document, folder: Path) -> float:
    base = PageRequest(str(document.path), 1, "pdf", heights=False).to_dict()
    where = {"folder": str(folder), "name": "page.png", "compress": "fast"}
    return _least(document.pages, lambda index: render_job.run(base | where | {"page": index + 1}))


def _least(pages: int, action: Callable[[int], object]) -> float:
    """Give the CPU seconds of all pages, the least of three rounds for each after one to warm up."""
    total = 0.0
    for index in range(pages):
        costs = []
        for _ in range(4):
            began = cpu_seconds()
            action(index)
            costs.append(cpu_seconds() - began)
        total += min(costs[1:])
    return total


_PDF2IMAGE = """
import sys
from pathlib import Path
from pdf2image import convert_from_path
out, mode, *files = sys.argv[1:]
for n, file in enumerate(files):
    if mode == "png":
        convert_from_path(file, dpi=300, fmt="png", output_folder=out, paths_only=True, output_file=str(n))
    else:
        for p, page in enumerate(convert_from_path(file, dpi=300)):
            page.save(f"{out}/{n}-{p}.png")
"""


def peers(corpus: Sequence[Document], folder: Path) -> dict[str, Any]:
    """One worker each over the same whole documents: wall and CPU time, and ours in comparison."""
    files = [document.path for document in corpus if document.kind != "real"]
    python = sys.executable
    commands: dict[str, list[list[str | Path]]] = {
        "ours": [_ours(files, folder / "ours", 1)],
        "pdf2image, fmt=png": [[python, "-c", _PDF2IMAGE, folder / "p2i", "png", *files]],
        "pdf2image + Pillow": [[python, "-c", _PDF2IMAGE, folder / "p2p", "pillow", *files]],
        "mutool draw": [
            ["mutool", "draw", "-q", "-r", "300", "-o", folder / "mu" / f"{f.stem}-%d.png", f] for f in files
        ],
        "pypdfium2 render": [
            [python, "-m", "pypdfium2_cli", "render", f, "-o", folder / "pp", "-f", "png", *_ONE_PROCESS]
            for f in files
        ],
    }
    goals = {
        "pdf2image, fmt=png": 20.0,
        "pdf2image + Pillow": 7.0,
        "mutool draw": 3.0,
        "pypdfium2 render": 1.8,
    }
    for name in ("p2i", "p2p", "mu", "pp"):
        (folder / name).mkdir()
    costs = {
        name: _sum([run(line) for line in lines]) for name, lines in commands.items() if _there(lines[0][0])
    }
    ours = costs["ours"]
    rows = [
        [name, c.wall, c.cpu, c.wall / ours.wall, c.cpu / ours.cpu, goals.get(name, 1.0), c.peak_mb]
        for name, c in costs.items()
    ]
    pages = sum(document.pages for document in corpus if document.kind != "real")
    print(f"\n{pages} pages at 300 dpi, one worker\n")
    head = ["", "wall s", "CPU s", "wall / ours", "CPU / ours", "goal", "peak MB"]
    print(table(head, rows))
    return {"peers": rows}


def _ours(files: Sequence[Path], out: Path, workers: int) -> list[str | Path]:
    return [
        sys.executable,
        "-m",
        "toolkit",
        "render",
        *files,
        "-o",
        out,
        "--dpi",
        "300",
        "--jobs",
        str(workers),
    ]


def _there(program: str | Path) -> bool:
    return Path(program).exists() or shutil.which(str(program)) is not None


def _sum(costs: Sequence[Cost]) -> Cost:
    return Cost(sum(c.wall for c in costs), sum(c.cpu for c in costs), max(c.peak_mb for c in costs))


def workers(corpus: Sequence[Document], folder: Path) -> dict[str, Any]:
    """One worker against two over a longer document: the best wall time of several turns, taken alternately.

    What disturbs only ever adds, and it rarely disturbs every turn. CPU time tells the rest: if two workers
    need no more of it than one, whatever keeps them from being twice as fast is the machine.
    """
    source = text_document(folder / "long.pdf", _LONG)
    costs: dict[int, list[Cost]] = {1: [], 2: []}
    for turn, n in [(turn, n) for turn in range(_TURNS) for n in (1, 2)]:
        out = folder / f"w{turn}-{n}"
        costs[n].append(run(_ours([source], out, n)))
        shutil.rmtree(out)
    one, two = (min(cost.wall for cost in costs[n]) for n in (1, 2))
    rows = [
        [
            n,
            best_wall,
            ", ".join(f"{cost.wall:.1f}" for cost in costs[n]),
            min(c.cpu for c in costs[n]),
            ratio,
        ]
        for n, best_wall, ratio in ((1, one, 1.0), (2, two, one / two))
    ]
    print(f"\n{_LONG} text pages, best of {_TURNS} turns (goal: two workers 1.6 times one)\n")
    print(table(["workers", "best wall s", "all turns", "least CPU s", "times one"], rows))
    return {"workers": rows}


def memory(corpus: Sequence[Document], folder: Path) -> dict[str, Any]:
    """Peak memory of the largest process over 50 pages and over 1,000."""
    rows = []
    for pages in (50, 1000):
        source = text_document(folder / f"m{pages}.pdf", pages)
        cost = run(_ours([source], folder / f"m{pages}", 1))
        shutil.rmtree(folder / f"m{pages}")
        rows.append([pages, cost.peak_mb, cost.wall])
    ratio = rows[1][1] / rows[0][1]
    print(f"\nPeak memory of the largest process: {ratio:.3f} (goal: 1.10, under 250 MB)\n")
    print(table(["pages", "peak MB", "wall s"], rows))
    return {"memory": rows}


def first(corpus: Sequence[Document], folder: Path) -> dict[str, Any]:
    """Seconds from the call to the first page of a 20-page document."""
    source = text_document(folder / "twenty.pdf", 20)
    began, times = time.monotonic(), []
    render_pages(
        [source], output_dir=folder / "first", jobs=2, progress=lambda _: times.append(time.monotonic())
    )
    rows = [["first page", times[1] - began], ["all 20", times[-1] - began]]
    print("\n20 pages, two workers\n")
    print(table(["", "s"], rows))
    return {"first": rows}


PARTS = {"cpu": cpu, "peers": peers, "workers": workers, "memory": memory, "first": first}


def main() -> None:
    """Measure the parts that are named and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        corpus = make_corpus(Path(name) / "corpus")
        for part in options.parts or PARTS:
            folder = Path(name) / part
            folder.mkdir()
            figures |= PARTS[part](corpus, folder)
    save_json(options.json, figures)


if __name__ == "__main__":
    main()
