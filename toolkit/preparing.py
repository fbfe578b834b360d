"""The main job: documents in, prepared pictures and a manifest out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from toolkit.errors import PageLimitError, PreflightError, UsageError
from toolkit.files import make_folder
from toolkit.inputs import distinct_stems
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.page_ranges import Span, parse_page_ranges, select_pages
from toolkit.pages import PageRequest
from toolkit.progress import Meter, ProgressCallback
from toolkit.recipe import PAGES_FOLDER, Recipe
from toolkit.survey import HANDLER as SURVEY
from toolkit.survey import Survey, read_survey, survey_job
from toolkit.texts import Text
from toolkit.work import Done, Failed, Job, WorkerPool
from toolkit.work.parts import remove_stale_parts

AUTO_GRID = 4
"""Pictures to a grid where the recipe leaves the layout open: more shrink text beyond reading."""


@dataclass(frozen=True)
class Limits:
    """What a preparation may take: megapixels and seconds a page, worker processes, pages in all."""

    max_megapixels: float = 200.0
    page_timeout: float = 60.0
    jobs: int | None = None
    max_pages: int | None = None


@dataclass(frozen=True)
class _Input:
    """One file to prepare: where it is, what people call it, the stem of its results, its password.

    `hidden`: the caller gave the name, and the path is nobody's business.
    """

    path: Path
    name: str
    stem: str
    password: str | None
    hidden: bool


def prepare(
    paths: Sequence[Path],
    recipe: Recipe | None = None,
    *,
    output_dir: Path,
    pages: str | Mapping[str, str] | None = None,
    password: str | None = None,
    passwords: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    limits: Limits | None = None,
    progress: ProgressCallback | None = None,
) -> Manifest:
    """Prepare PDFs and images for a vision-language model; write PNG files and manifest.json.

    `pages` is a range like "1-3,7" for each PDF, or one by name for some of them. `names` are what the files
    are called in messages and in the manifest, by default their own names; `passwords` go by these names,
    `password` is for all others.
    `progress` is called after each page, in this thread; what it raises stops the run. Files and pages that
    fail stand in `Manifest.failures`, the others come through. Raises UsageError and OutputError.
    """
    recipe, limits = recipe or Recipe(), limits or Limits()
    spans = _spans_by_name(pages, [*(names or [Path(path).name for path in paths])])
    _refuse_overwriting(paths, Path(output_dir))
    folder = make_folder(Path(output_dir))
    for place in (folder, make_folder(folder / PAGES_FOLDER)) if recipe.keep_pages else (folder,):
        remove_stale_parts(place)
    run = _Run(_inputs(paths, names, password, passwords or {}), recipe, folder, limits)
    with WorkerPool(limits.jobs) as pool:
        surveys = run.survey(pool)
        jobs = run.page_jobs(surveys, spans)
        run.do_pages(pool, jobs, Meter(len(jobs) + len(run.failures), progress))
        manifest = _ordered(run.manifest(), recipe)
        if recipe.merge is not None and manifest.images:
            manifest = _merged(manifest, pool, recipe, limits)
    manifest.save()
    return manifest


def _spans_by_name(
    pages: str | Mapping[str, str] | None, names: Sequence[str]
) -> dict[str, tuple[Span, ...]]:
    by_name = dict.fromkeys(names, pages) if isinstance(pages, str) else dict(pages or {})
    return {name: parse_page_ranges(text) for name, text in by_name.items() if text}


def _refuse_overwriting(paths: Sequence[Path], folder: Path) -> None:
    """Raise UsageError for a PNG that lies where the results go: a result might take its name."""
    places = {folder.resolve(), (folder / PAGES_FOLDER).resolve()}
    for path in map(Path, paths):
        if path.suffix.lower() == ".png" and path.resolve().parent in places:
            raise UsageError("output_is_source", file=path)


def _inputs(
    paths: Sequence[Path], names: Sequence[str] | None, password: str | None, passwords: Mapping[str, str]
) -> list[_Input]:
    paths = [Path(path) for path in paths]
    shown = list(names) if names is not None else [path.name for path in paths]
    stems = distinct_stems([Path(name) for name in shown])
    triples = zip(paths, shown, stems, strict=True)
    hidden = names is not None
    return [_Input(path, name, stem, passwords.get(name, password), hidden) for path, name, stem in triples]


class _Run:
    """One preparation: its inputs, what came out so far, and what failed."""

    def __init__(self, inputs: list[_Input], recipe: Recipe, folder: Path, limits: Limits) -> None:
        self._inputs, self._recipe, self._folder, self._limits = inputs, recipe, folder, limits
        self._images: dict[tuple[int, int], tuple[ImageRecord, ...]] = {}
        self.failures: list[tuple[int, int, Failure]] = []

    def survey(self, pool: WorkerPool) -> dict[int, Survey]:
        """Look at all files; those that cannot be used become failures."""
        limit = self._limits.max_megapixels
        jobs = [
            replace(survey_job(one.path, password=one.password, max_megapixels=limit), key=str(number))
            for number, one in enumerate(self._inputs)
        ]
        found = {}
        for outcome in pool.run(SURVEY, jobs, job_timeout=self._limits.page_timeout):
            number = int(outcome.job.key)
            if isinstance(outcome, Done):
                found[number] = read_survey(outcome.result)
            else:
                self._fail(number, None, outcome.error)
        return dict(sorted(found.items()))

    def page_jobs(self, surveys: Mapping[int, Survey], spans: Mapping[str, tuple[Span, ...]]) -> list[Job]:
        """Make one job for each page. Raises UsageError for a page range that no file has, PageLimitError."""
        jobs: list[Job] = []
        missing: list[UsageError] = []
        for number, survey in surveys.items():
            try:
                wanted = spans.get(self._inputs[number].name) if survey.kind == "pdf" else None
                chosen = select_pages(wanted, survey.page_count, survey.path)
            except UsageError as error:
                missing.append(error)
                self._fail(number, None, error)
                continue
            jobs += [self._job(number, survey, index + 1) for index in chosen]
        if missing and not jobs:
            raise missing[0]
        limit = self._limits.max_pages
        if limit is not None and len(jobs) > limit:
            raise PageLimitError("too_many_pages", given=len(jobs), limit=limit)
        return jobs

    def _job(self, number: int, survey: Survey, page: int) -> Job:
        one = self._inputs[number]
        request = PageRequest(
            file=str(one.path),
            page=page,
            kind=survey.kind,
            dpi=self._recipe.dpi,
            password=one.password,
            max_megapixels=self._limits.max_megapixels,
            stamp=survey.stamp,
        )
        many = survey.kind == "pdf" or survey.page_count > 1
        payload = request.to_dict() | {
            "name": one.name,
            "sha256": survey.sha256,
            "stem": f"{one.stem}-p{page:04d}" if many else one.stem,
            "folder": str(self._folder),
            "recipe": self._recipe.to_dict(),
        }
        return Job(f"{number}:{page}", payload)

    def do_pages(self, pool: WorkerPool, jobs: list[Job], meter: Meter) -> None:
        """Have the pages prepared, in any order."""
        for number, _, failure in self.failures:
            meter.step(self._inputs[number].name, failure.page, failure=failure)
        outcomes = pool.run("toolkit.preparing_job:run", jobs, job_timeout=self._limits.page_timeout)
        for outcome in outcomes:
            number, page = (int(part) for part in outcome.job.key.split(":"))
            name = self._inputs[number].name
            if isinstance(outcome, Failed):
                meter.step(name, page, failure=self._fail(number, page, outcome.error))
                continue
            records = tuple(ImageRecord.from_dict(data) for data in outcome.result["images"])
            self._images[(number, page)] = records
            meter.step(name, page, records=records)

    def _fail(self, number: int, page: int | None, error: PreflightError) -> Failure:
        one = self._inputs[number]
        failure = Failure.of(_named(error, one), one.name, page)
        self.failures.append((number, page or 0, failure))
        return failure

    def manifest(self) -> Manifest:
        """Put everything in the order of the inputs and their pages, numbered from 1."""
        images: list[ImageRecord] = []
        for _, records in sorted(self._images.items()):
            start = len(images)
            images += [shifted(record, start) for record in records]
        failures = tuple(failure for *_, failure in sorted(self.failures, key=lambda item: item[:2]))
        recipe = self._recipe
        return Manifest(recipe.family, recipe.to_dict(), tuple(images), failures, self._folder)


def _named(error: PreflightError, one: _Input) -> PreflightError:
    """Call the file by the name people know, where its path is hidden."""
    if not one.hidden:
        return error
    path = str(one.path)
    text = Text(error.text.en.replace(path, one.name), error.text.zh.replace(path, one.name))
    return type(error).from_text(text)


def shifted(record: ImageRecord, start: int) -> ImageRecord:
    """Number a record anew, `start` images coming before its page: its own label and the one it copies."""
    copy_of = None if record.copy_of is None else record.copy_of + start
    return replace(record, label=record.label + start, copy_of=copy_of)


def _ordered(manifest: Manifest, recipe: Recipe) -> Manifest:
    if recipe.scenario is None or not manifest.images:
        return manifest
    from toolkit.order import plan_order

    places = plan_order(manifest.images, recipe.scenario)
    roles = {place.label: place.role for place in places}
    reasons = [(place.reason, *place.warnings) for place in places]
    ordered = manifest.reordered([place.label for place in places], roles)
    images = [replace(i, notes=(*i.notes, *why)) for i, why in zip(ordered.images, reasons, strict=True)]
    return replace(ordered, images=tuple(images))


def _merged(manifest: Manifest, pool: WorkerPool, recipe: Recipe, limits: Limits) -> Manifest:
    """Replace the images by grids, and delete the files that went into them."""
    groups = list(_groups(manifest.images, recipe.merge**2 if recipe.merge else AUTO_GRID))
    prefix = "grid"
    while any(image.file.startswith(f"{prefix}-") for image in manifest.images):
        prefix += "_"
    jobs = [
        _merge_job(f"{prefix}-{n:03d}.png", n, group, manifest, recipe) for n, group in enumerate(groups, 1)
    ]
    grids: dict[int, ImageRecord] = {}
    for outcome in pool.run("toolkit.preparing_grid_job:run", jobs, job_timeout=limits.page_timeout):
        if isinstance(outcome, Failed):
            raise outcome.error
        grids[int(outcome.job.key)] = ImageRecord.from_dict(outcome.result["image"])
    for image in manifest.images:
        manifest.path(image).unlink(missing_ok=True)
    images = tuple(replace(grid, label=number) for number, grid in sorted(grids.items()))
    return replace(manifest, images=images)


def _groups(images: Sequence[ImageRecord], size: int) -> Iterator[Sequence[ImageRecord]]:
    for start in range(0, len(images), size):
        yield images[start : start + size]


def _merge_job(
    file: str, number: int, group: Sequence[ImageRecord], manifest: Manifest, recipe: Recipe
) -> Job:
    payload: dict[str, Any] = {
        "file": file,
        "folder": str(manifest.folder),
        "recipe": recipe.to_dict(),
        "images": [image.to_dict() for image in group],
    }
    return Job(str(number), payload)
