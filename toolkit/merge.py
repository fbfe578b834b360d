"""Files merged into one grid with a manifest beside it: the work behind `python -m toolkit merge`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import NothingDoneError, PreflightError
from toolkit.files import make_folder, write_whole
from toolkit.geometry import Placement
from toolkit.grid import Grid, check_count, plan_grid
from toolkit.inputs import PAGE_TIMEOUT, InputOptions, InputPage, list_pages, refuse_overwriting
from toolkit.manifest import Cell, Failure, ImageRecord, Manifest, SourceRef
from toolkit.page_ranges import number_runs
from toolkit.progress import Meter, ProgressCallback
from toolkit.readability import verdict
from toolkit.texts import Language, Text, say
from toolkit.work import Done, Failed, Job, WorkerPool

MEASURE, DRAW = "toolkit.merge_job:measure", "toolkit.merge_job:draw"


@dataclass(frozen=True)
class GridOptions:
    """How the grid is laid out; see `plan_grid`."""

    columns: int = 0
    rows: int = 0
    gap: int = 16
    labels: bool = True
    label_lang: Language | None = None
    family: str = "qwen3-vl"
    max_long_side: int | None = None
    match: str = "height"

    def plan(self, sizes: Sequence[tuple[int, int]], text_heights: Sequence[float | None]) -> Grid:
        """Lay out pictures of these sizes."""
        values: dict[str, Any] = asdict(self)
        return plan_grid(sizes, text_heights=text_heights, **values)


@dataclass(frozen=True)
class MergedFile:
    """The grid that was written, the pages in it in order, and the manifest beside it."""

    grid: Grid
    pages: tuple[InputPage, ...]
    manifest: Manifest


def merge_files(
    paths: Sequence[Path],
    output: Path,
    grid_options: GridOptions,
    *,
    options: InputOptions | None = None,
    jobs: int | None = None,
    progress: ProgressCallback | None = None,
) -> MergedFile:
    """Merge every page of `paths` into the one PNG `output`, with its manifest beside it as `<output>.json`.

    A page that fails is left out and listed in the manifest. Raises NothingDoneError if none is left,
    UsageError for a grid that cannot be, OutputError.
    """
    refuse_overwriting(paths, [output, output.with_suffix(".json")])
    make_folder(output.parent)
    with WorkerPool(jobs) as pool:
        pages, failures = list_pages(paths, options or InputOptions(), pool)
        check_count(len(pages))  # before they are all measured in vain
        measured, failed = _measure(pages, pool, progress)
        failures += failed
        if not measured:
            raise _nothing(failures)
        kept = [pages[number] for number in sorted(measured)]
        figures = [measured[number] for number in sorted(measured)]
        grid = grid_options.plan([tuple(f["size"]) for f in figures], [f["text_height"] for f in figures])
        sha256 = _draw(kept, figures, grid_options, output, pool)
    record = _record(kept, figures, grid, output.name, sha256)
    manifest = Manifest(grid.family, asdict(grid_options), (record,), tuple(failures), output.parent)
    # Not manifest.json: the folder may be that of a preparation, with a manifest of its own.
    write_whole(output.with_suffix(".json"), manifest.to_json().encode())
    return MergedFile(grid, tuple(kept), manifest)


def _measure(
    pages: list[InputPage], pool: WorkerPool, progress: ProgressCallback | None
) -> tuple[dict[int, dict[str, Any]], list[Failure]]:
    meter = Meter(len(pages), progress)
    measured: dict[int, dict[str, Any]] = {}
    failures: list[Failure] = []
    work = [Job(str(number), page.request.to_dict()) for number, page in enumerate(pages)]
    for outcome in pool.run(MEASURE, work, job_timeout=PAGE_TIMEOUT):
        number = int(outcome.job.key)
        failure = pages[number].failure(outcome.error) if isinstance(outcome, Failed) else None
        if isinstance(outcome, Done):
            measured[number] = outcome.result
        failures += [failure] if failure is not None else []
        meter.step(pages[number].request.file, pages[number].request.page, failure=failure)
    return measured, failures


def _draw(
    pages: list[InputPage],
    figures: list[dict[str, Any]],
    options: GridOptions,
    output: Path,
    pool: WorkerPool,
) -> str:
    payload = {
        "file": str(output),
        "folder": str(output.parent),
        "name": output.name,
        "sizes": [f["size"] for f in figures],
        "grid": asdict(options),
        "requests": [page.request.to_dict() for page in pages],
    }
    timeout = PAGE_TIMEOUT + 10.0 * len(pages)
    for outcome in pool.run(DRAW, [Job("grid", payload)], job_timeout=timeout):
        if isinstance(outcome, Failed):
            raise outcome.error
        return str(outcome.result["sha256"])
    raise NothingDoneError("nothing_done")


def _record(
    pages: list[InputPage], figures: list[dict[str, Any]], grid: Grid, name: str, sha256: str
) -> ImageRecord:
    origins = [
        (page.source(tuple(figure["source_size"])), Placement.from_list(figure["placement"]))
        for page, figure in zip(pages, figures, strict=True)
    ]
    note = say("merge.cost", count=len(origins), tokens=grid.tokens, apart=grid.tokens_apart)
    return grid_record(name, sha256, grid, origins, note)


def grid_record(
    name: str, sha256: str, grid: Grid, origins: Sequence[tuple[SourceRef, Placement]], note: Text
) -> ImageRecord:
    """Describe a grid that was written; `origins` lead from each picture's pixels to its source."""
    cells = tuple(
        Cell(cell.box, source, cell.placement.then(placement), cell.label)
        for (source, placement), cell in zip(origins, grid.cells, strict=True)
    )
    return ImageRecord(
        file=name,
        sha256=sha256,
        width=grid.size[0],
        height=grid.size[1],
        source=cells[0].source,
        placement=cells[0].placement,
        tokens=grid.tokens,
        text_height=_smallest_text(grid),
        notes=(note,),
        cells=cells,
    )


def grid_warnings(grid: Grid) -> tuple[Text, ...]:
    """Say which pictures of a grid can no longer be read, and whether it costs more than they do apart."""
    heights = [(cell.label, cell.text_height) for cell in grid.cells if cell.text_height is not None]
    lost = number_runs(label for label, height in heights if verdict(height) == "unreadable")
    listed = Text(", ".join(lost), "、".join(lost))
    warnings = [say("merge.unreadable", labels=listed)] if lost else []
    if grid.tokens >= grid.tokens_apart and len(grid.cells) > 1:
        warnings.append(say("merge.dearer"))
    return tuple(warnings)


def _smallest_text(grid: Grid) -> dict[str, Any] | None:
    """Give the smallest text of any cell at its size in the grid; None where none was measured."""
    seen = [cell.text_height for cell in grid.cells if cell.text_height is not None]
    return {"smallest": round(min(seen), 1), "verdict": verdict(min(seen))} if seen else None


def _nothing(failures: list[Failure]) -> PreflightError:
    """With a single cause, say that one; with several, the sum of them."""
    texts = {failure.text for failure in failures}
    if len(texts) == 1:
        return NothingDoneError.from_text(next(iter(texts)))
    ordered = sorted(texts, key=str)
    reasons = Text(" ".join(text.en for text in ordered), "".join(text.zh for text in ordered))
    return NothingDoneError.from_text(say("merge.nothing", reasons=reasons))
