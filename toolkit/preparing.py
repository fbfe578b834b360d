"""The main job: documents in, prepared pictures and a manifest out."""

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from toolkit.errors import PageLimitError, PreflightError, UsageError
from toolkit.files import make_folder
from toolkit.inputs import InputFile, InputOptions, InputPage, Listing, list_files, refuse_inputs_in
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.page_ranges import parse_page_ranges
from toolkit.preparing_grids import merged_into_grids
from toolkit.progress import Meter, Progress, ProgressCallback
from toolkit.recipe import PAGES_FOLDER, Recipe
from toolkit.work import Done, Failed, Job, WorkerPool
from toolkit.work.parts import remove_stale_parts

_ENDING = re.compile(r"(-t\d+)?(-look)?$")
"""What follows the stem of a page in the names of its images."""
PAGE_HANDLER = "toolkit.preparing_job:run"


@dataclass(frozen=True)
class Limits:
    """What a preparation may take: megapixels and seconds a page, worker processes, pages in all."""

    max_megapixels: float = 200.0
    page_timeout: float = 60.0
    jobs: int | None = None
    max_pages: int | None = None


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
    files = _files(paths, names, pages, password, passwords or {})
    places = [Path(output_dir), Path(output_dir) / PAGES_FOLDER][: 1 + recipe.keep_pages]
    refuse_inputs_in(paths, places)
    for place in map(make_folder, places):
        remove_stale_parts(place)
    with WorkerPool(limits.jobs) as pool:
        listing = _listing(files, recipe, limits, pool, progress)
        run = _Run(files, recipe, places[0], limits, listing)
        run.do_pages(pool, progress)
        manifest = _ordered(run.manifest(), recipe, pool)
        if recipe.merge is not None and manifest.images:
            manifest = merged_into_grids(manifest, pool, recipe, timeout=limits.page_timeout)
    manifest.save()
    return manifest


def _files(
    paths: Sequence[Path],
    names: Sequence[str] | None,
    pages: str | Mapping[str, str] | None,
    password: str | None,
    passwords: Mapping[str, str],
) -> list[InputFile]:
    paths = [Path(path) for path in paths]
    shown = list(names) if names is not None else [path.name for path in paths]
    by_name = dict.fromkeys(shown, pages) if isinstance(pages, str) else dict(pages or {})
    spans = {name: parse_page_ranges(text) for name, text in by_name.items() if text}
    return [
        InputFile(path, name, passwords.get(name, password), spans.get(name), hidden=names is not None)
        for path, name in zip(paths, shown, strict=True)
    ]


def _listing(
    files: Sequence[InputFile],
    recipe: Recipe,
    limits: Limits,
    pool: WorkerPool,
    progress: ProgressCallback | None,
) -> Listing:
    """List all pages; each file that was looked at is reported, with a total of 0, so that a stop is heard.

    Raises UsageError for a page range that no file has, PageLimitError.
    """

    def heard(file: InputFile) -> None:
        if progress is not None:
            progress(Progress(0, 0, file.name))

    options = InputOptions(dpi=recipe.dpi, max_megapixels=limits.max_megapixels)
    listing = list_files(files, options, pool, timeout=limits.page_timeout, surveyed=heard)
    missing = [error for _, error in sorted(listing.errors.items()) if isinstance(error, UsageError)]
    if missing and not listing.pages:
        raise missing[0]
    given = len(listing.pages)
    if limits.max_pages is not None and given > limits.max_pages:
        raise PageLimitError("too_many_pages", given=given, limit=limits.max_pages)
    return listing


class _Run:
    """One preparation: its pages, what came out so far, and what failed."""

    def __init__(
        self,
        files: Sequence[InputFile],
        recipe: Recipe,
        folder: Path,
        limits: Limits,
        listing: Listing,
    ) -> None:
        self._files, self._recipe, self._folder, self._limits = files, recipe, folder, limits
        self._listing = listing
        self._images: dict[int, tuple[ImageRecord, ...]] = {}
        self._failures: list[tuple[int, int, Failure]] = []

    def do_pages(self, pool: WorkerPool, progress: ProgressCallback | None) -> None:
        """Have the pages prepared, in any order."""
        meter = Meter(len(self._listing.pages) + len(self._listing.errors), progress)
        for number, error in sorted(self._listing.errors.items()):
            meter.step(self._files[number].name, None, failure=self._fail(number, None, error))
        jobs = [self._job(place, page) for place, page in enumerate(self._listing.pages)]
        began = time.time()
        try:
            timeout = self._limits.page_timeout
            with closing(pool.run(PAGE_HANDLER, jobs, job_timeout=timeout)) as outcomes:
                for outcome in outcomes:
                    self._take(outcome, meter)
        finally:
            unfinished = [
                page.stem for place, page in enumerate(self._listing.pages) if place not in self._images
            ]
            _remove_pieces(self._folder, unfinished, began)

    def _job(self, place: int, page: InputPage) -> Job:
        payload = page.request.to_dict() | {
            "name": page.file.name,
            "sha256": page.sha256,
            "stem": page.stem,
            "folder": str(self._folder),
            "recipe": self._recipe.to_dict(),
        }
        return Job(str(place), payload)

    def _take(self, outcome: Done | Failed, meter: Meter) -> None:
        place = int(outcome.job.key)
        page = self._listing.pages[place]
        number = page.request.page
        if isinstance(outcome, Failed):
            failure = self._fail(page.number, number, outcome.error)
            meter.step(page.file.name, number, failure=failure)
            return
        records = tuple(ImageRecord.from_dict(data) for data in outcome.result["images"])
        self._images[place] = records
        meter.step(page.file.name, number, records=records)

    def _fail(self, number: int, page: int | None, error: PreflightError) -> Failure:
        file = self._files[number]
        failure = Failure.of(file.named(error), file.name, page)
        self._failures.append((number, page or 0, failure))
        return failure

    def manifest(self) -> Manifest:
        """Put everything in the order of the inputs and their pages, numbered from 1."""
        images: list[ImageRecord] = []
        for _, records in sorted(self._images.items()):
            start = len(images)
            images += [shifted(record, start) for record in records]
        failures = tuple(failure for *_, failure in sorted(self._failures, key=lambda item: item[:2]))
        recipe = self._recipe
        return Manifest(recipe.family, recipe.to_dict(), tuple(images), failures, self._folder)


def _remove_pieces(folder: Path, stems: Sequence[str], since: float) -> None:
    """Delete what pages that were not finished wrote since then: a worker that is ended cannot tidy up."""
    begun = {stem.casefold() for stem in stems}
    places = (folder, folder / PAGES_FOLDER)
    for path in [path for place in places for path in place.glob("*.png")] if begun else ():
        with suppress(OSError):
            stem = _ENDING.sub("", path.stem).casefold()
            if stem in begun and path.stat().st_mtime >= since:
                path.unlink()


def shifted(record: ImageRecord, start: int) -> ImageRecord:
    """Number a record anew, `start` images coming before its page: its own label and the one it copies."""
    copy_of = None if record.copy_of is None else record.copy_of + start
    return replace(record, label=record.label + start, copy_of=copy_of)


def _ordered(manifest: Manifest, recipe: Recipe, pool: WorkerPool) -> Manifest:
    """Put the images in the order of the recipe's scenario, after the same look at them as `order` takes."""
    if recipe.scenario is None or not manifest.images:
        return manifest
    from toolkit.order import plan_order
    from toolkit.order_facts import renumbered
    from toolkit.order_files import manifest_facts

    facts, _, general = manifest_facts(manifest, pool, read=recipe.scenario == "diagnose")
    places = plan_order(facts, recipe.scenario)
    labels = [place.label for place in places]
    # Planned again by the new numbers, for those are the ones that the reasons have to name.
    again = plan_order(renumbered(facts, labels), recipe.scenario)
    reasons = {place.label: (place.reason, *place.warnings) for place in again}
    reasons[1] = (*reasons[1], *general)
    ordered = manifest.reordered(labels, {place.label: place.role for place in places})
    images = [replace(image, notes=(*image.notes, *reasons[image.label])) for image in ordered.images]
    return replace(ordered, images=tuple(images))
