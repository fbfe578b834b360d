"""Pages to lossless PNG files, with a manifest: the verb `render`."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from toolkit.errors import DiskFullError, NothingDoneError, PreflightError, UsageError
from toolkit.families import DEFAULT_FAMILY, get_family, visual_tokens
from toolkit.files import make_folder
from toolkit.geometry import Placement
from toolkit.inputs import InputOptions, InputPage, as_paths, list_pages
from toolkit.journal import Journal
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.page_ranges import parse_page_ranges
from toolkit.pages import Engine, PageBox
from toolkit.progress import Meter, ProgressCallback
from toolkit.recipe import DEFAULT_MEGAPIXELS, MAX_DPI, MIN_DPI, Compression
from toolkit.texts import Text
from toolkit.work import Done, Failed, Job, WorkerPool
from toolkit.work.parts import remove_stale_parts
from toolkit.work.pool import DEFAULT_TIMEOUT

HANDLER = "toolkit.render_job:run"
_PRELOAD = ("toolkit.render_job", "toolkit.survey_job", "toolkit.pages_pdf")


@dataclass(frozen=True)
class RenderOptions:
    """How pages are rendered; what decides the pixels or the bytes of the files goes into the manifest."""

    dpi: float = 300
    engine: Engine = "pdfium"
    box: PageBox = "crop"
    scans: bool = True
    compress: Compression = "fast"
    family: str = DEFAULT_FAMILY

    def __post_init__(self) -> None:
        get_family(self.family)
        if not MIN_DPI <= self.dpi <= MAX_DPI:
            raise UsageError("dpi_out_of_range", given=self.dpi, low=MIN_DPI, high=MAX_DPI)
        allowed = {"engine": ("pdfium", "poppler"), "box": ("crop", "media"), "compress": ("fast", "small")}
        for name, choices in allowed.items():
            if getattr(self, name) not in choices:
                given, listed = getattr(self, name), ", ".join(choices)
                raise UsageError("unknown_choice", option=name, given=given, allowed=listed)

    def to_dict(self) -> dict[str, Any]:
        """Give the options as plain data for a manifest, with the renderer's version: it decides too."""
        from toolkit.versions import renderer_version

        names = ("dpi", "engine", "box", "scans", "compress")
        plain = {name: getattr(self, name) for name in names}
        return {"verb": "render", **plain, "renderer": renderer_version(self.engine)}


@dataclass(frozen=True)
class _Target:
    """A page, the name of its file, and its place among all pages, from 1."""

    page: InputPage
    file: str
    number: int

    @property
    def key(self) -> tuple[str, int]:
        return (self.page.sha256, self.page.request.page)


def render_pages(
    paths: Sequence[Path | str] | Path | str,
    *,
    output_dir: Path,
    dpi: float = 300,
    pages: str | None = None,
    password: str | None = None,
    engine: Engine = "pdfium",
    jobs: int | None = None,
    resume: bool = False,
    compress: Compression = "fast",
    max_megapixels: float = DEFAULT_MEGAPIXELS,
    page_timeout: float = DEFAULT_TIMEOUT,
    progress: ProgressCallback | None = None,
    box: PageBox = "crop",
    scans: bool = True,
    family: str = DEFAULT_FAMILY,
) -> Manifest:
    """Render the pages of PDF and image files to lossless PNG files in `output_dir`, and save a manifest.

    `pages` is a range as people write it, from 1 ("1-3,7"), for PDF and TIFF. `jobs` worker processes are
    used, by default one for each core. With `resume`, pages stay whose file is whole and comes from the same
    bytes and options. `scans` takes a page that is one scanned image as that image. `page_timeout` is in
    seconds. Pages that fail are in the manifest's `failures`; the others come out.
    Raises UsageError, OutputError for the folder or a full disk, and NothingDoneError with nothing to do.
    """
    options = RenderOptions(dpi, engine, box, scans, compress, family)
    inputs = InputOptions(
        dpi, parse_page_ranges(pages) if pages else None, password, max_megapixels, engine, box
    )
    paths = as_paths(paths)
    if not paths:
        raise NothingDoneError("nothing_done")
    folder = make_folder(Path(output_dir))
    remove_stale_parts(folder)
    with WorkerPool(jobs, preload=_PRELOAD) as pool:
        pool.warm()
        found, failures = list_pages(paths, inputs, pool)
        targets = _targets(found, paths, folder)
        run = _Run(folder, options, targets, Meter(len(targets), progress), failures)
        return run.do(pool, page_timeout, resume=resume)


def _targets(found: Sequence[InputPage], paths: Sequence[Path], folder: Path) -> list[_Target]:
    """Name the files: never twice the same, never that of an input."""
    inputs = {path.resolve() for path in paths}
    taken: set[str] = set()
    targets: list[_Target] = []
    for page in found:
        name, number = f"{page.stem}.png", 1
        while name.casefold() in taken or (folder / name).resolve() in inputs:
            number += 1
            name = f"{page.stem}-{number}.png"
        taken.add(name.casefold())
        targets.append(_Target(page, name, len(targets) + 1))
    return targets


class _Run:
    """One run: what is there already, what comes in, what failed."""

    def __init__(
        self,
        folder: Path,
        options: RenderOptions,
        targets: Sequence[_Target],
        meter: Meter,
        failures: list[Failure],
    ) -> None:
        self._folder = folder
        self._options = options
        self._recipe = options.to_dict()
        self._targets = targets
        self._meter = meter
        self._failures = failures
        self._records: dict[str, ImageRecord] = {}
        self._full: DiskFullError | None = None

    def do(self, pool: WorkerPool, timeout: float, *, resume: bool) -> Manifest:
        with Journal(self._folder, self._recipe, resume=resume) as journal:
            waiting = [target for target in self._targets if not self._kept(target, journal)]
            by_file = {target.file: target for target in waiting}
            jobs = (self._job(target) for target in waiting if self._full is None)
            with closing(pool.run(HANDLER, jobs, job_timeout=timeout)) as outcomes:
                for outcome in outcomes:
                    target = by_file.pop(outcome.job.key)
                    if isinstance(outcome, Failed):
                        self._fail(target, outcome.error)
                    else:
                        self._take(target, outcome, journal)
            for target in by_file.values():
                self._fail(target, self._full or DiskFullError("disk_full", file=self._folder))
            manifest = self._manifest()
            manifest.save()
            journal.finish()
        if self._full is not None:
            raise self._full
        return manifest

    def _kept(self, target: _Target, journal: Journal) -> bool:
        record = journal.find(target.file, *target.key)
        if record is None:
            return False
        record = replace(record, label=target.number)
        self._records[target.file] = record
        journal.write(record)
        self._meter.step(_name(target), target.page.request.page, kept=True, records=(record,))
        return True

    def _job(self, target: _Target) -> Job:
        request = replace(target.page.request, scans=self._options.scans, heights=False)
        where = {"folder": str(self._folder), "name": target.file, "compress": self._options.compress}
        return Job(target.file, request.to_dict() | where)

    def _take(self, target: _Target, done: Done, journal: Journal) -> None:
        record = _record(target, done.result, self._options)
        self._records[target.file] = record
        journal.write(record)
        self._meter.step(_name(target), target.page.request.page, records=(record,))

    def _fail(self, target: _Target, error: PreflightError) -> None:
        page = target.page.request.page
        failure = Failure.of(error, target.page.request.file, page)
        self._failures.append(failure)
        if isinstance(error, DiskFullError):
            self._full = error
        self._meter.step(_name(target), page, failure=failure)

    def _manifest(self) -> Manifest:
        whole = [self._records[target.file] for target in self._targets if target.file in self._records]
        images = tuple(replace(record, label=number) for number, record in enumerate(whole, 1))
        return Manifest(self._options.family, self._recipe, images, tuple(self._failures), self._folder)


def _name(target: _Target) -> str:
    return Path(target.page.request.file).name


def _record(target: _Target, result: dict[str, Any], options: RenderOptions) -> ImageRecord:
    notes = tuple(Text(en, zh) for en, zh in result["notes"])
    size = (result["width"], result["height"])
    tokens, refused = _tokens(size, options.family)
    return ImageRecord(
        file=target.file,
        sha256=result["sha256"],
        width=size[0],
        height=size[1],
        source=target.page.source((result["source_size"][0], result["source_size"][1])),
        placement=Placement.from_list(result["placement"]),
        tokens=tokens,
        dpi=result["dpi"],
        label=target.number,
        notes=notes + refused,
    )


def _tokens(size: tuple[int, int], family: str) -> tuple[int, tuple[Text, ...]]:
    """Count the tokens of the full size; a strip that models refuse costs none and says why."""
    try:
        return visual_tokens(size, family), ()
    except PreflightError as error:
        return 0, (error.text,)
