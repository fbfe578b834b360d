"""The pages of one preparation: handed out, taken back, and put in their order."""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from toolkit.errors import PreflightError
from toolkit.inputs import InputFile, Listing
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.preparing_ahead import GridsAhead
from toolkit.progress import Meter, ProgressCallback
from toolkit.recipe import PAGES_FOLDER, Recipe
from toolkit.work import Done, Failed, Job, WorkerPool

_ENDING = re.compile(r"(-t\d+)?(-look)?$")
"""What follows the stem of a page in the names of its images."""
PAGE_HANDLER = "toolkit.preparing_job:run"
_PAGE, _AGAIN = "page", "again"
"""What the key of a job begins with; that of a grid begins otherwise."""


@dataclass
class PageRun:
    """The pages of one preparation: what came out so far, and what failed.

    `timeout` is in seconds for each page. With `ahead`, images go into their grid at once, unwritten.
    """

    files: Sequence[InputFile]
    listing: Listing
    recipe: Recipe
    folder: Path
    timeout: float
    ahead: bool = False

    def __post_init__(self) -> None:
        stems = [page.stem for page in self.listing.pages]
        self._grids = GridsAhead(self.folder, self.recipe, stems) if self.ahead else None
        self._images: dict[int, tuple[ImageRecord, ...]] = {}
        self._failures: list[tuple[int, int, Failure]] = []

    def do(self, pool: WorkerPool, progress: ProgressCallback | None) -> None:
        """Have the pages prepared, in any order."""
        meter = Meter(len(self.listing.pages) + len(self.listing.errors), progress)
        for number, error in sorted(self.listing.errors.items()):
            meter.step(self.files[number].name, None, failure=self._fail(number, None, error))
        began = time.time()
        try:
            self._do(pool, self._jobs(), meter)
            if self._grids is not None:
                self._do(pool, self._grids.rest(), meter)
                self._do(pool, map(self._job_again, self._grids.undone), meter)
        except BaseException:
            if self._grids is not None:
                self._grids.give_up()
            raise
        finally:
            if self._grids is not None:
                self._grids.tidy()
            unfinished = [
                page.stem for place, page in enumerate(self.listing.pages) if place not in self._images
            ]
            _remove_pieces(self.folder, unfinished, began)

    def _do(self, pool: WorkerPool, jobs: Iterable[Job], meter: Meter) -> None:
        with closing(pool.run(PAGE_HANDLER, jobs, job_timeout=self.timeout)) as outcomes:
            for outcome in outcomes:
                kind, _, number = outcome.job.key.partition(" ")
                if kind == _PAGE:
                    self._take(int(number), outcome, meter)
                elif kind == _AGAIN:
                    self._take_again(int(number), outcome)
                elif self._grids is not None:
                    self._grids.drawn(outcome)

    def _jobs(self) -> Iterator[Job]:
        """Give the pages, and in between the grids that can be drawn by then."""
        for place in range(len(self.listing.pages)):
            if self._grids is not None:
                yield from self._grids.ready()
            how = {} if self._grids is None else self._grids.request(place)
            yield Job(f"{_PAGE} {place}", self._payload(place) | how)

    def _job_again(self, place: int) -> Job:
        return Job(f"{_AGAIN} {place}", self._payload(place))

    def _payload(self, place: int) -> dict[str, Any]:
        page = self.listing.pages[place]
        return page.request.to_dict() | {
            "name": page.file.name,
            "sha256": page.sha256,
            "stem": page.stem,
            "folder": str(self.folder),
            "recipe": self.recipe.to_dict(),
        }

    def _take(self, place: int, outcome: Done | Failed, meter: Meter) -> None:
        page = self.listing.pages[place]
        number, failure, records = page.request.page, None, _records(outcome)
        if isinstance(outcome, Failed):
            failure = self._fail(page.number, number, outcome.error)
        else:
            self._images[place] = records
        if self._grids is not None:
            self._grids.take(place, records, outcome.job.payload)
            records = ()  # there is nothing to be seen of them yet
        meter.step(page.file.name, number, records=records, failure=failure)

    def _take_again(self, place: int, outcome: Done | Failed) -> None:
        """Put images of their own in the place of those whose grid failed."""
        page = self.listing.pages[place]
        self._images[place] = _records(outcome)
        if isinstance(outcome, Failed):
            del self._images[place]
            self._fail(page.number, page.request.page, outcome.error)

    def _fail(self, number: int, page: int | None, error: PreflightError) -> Failure:
        file = self.files[number]
        failure = Failure.of(file.named(error), file.name, page)
        self._failures.append((number, page or 0, failure))
        return failure

    def manifest(self) -> Manifest:
        """Put everything in the order of the inputs and their pages, numbered from 1, in its grids."""
        images: list[ImageRecord] = []
        for _, records in sorted(self._images.items()):
            start = len(images)
            images += [shifted(record, start) for record in records]
        failures = tuple(failure for *_, failure in sorted(self._failures, key=lambda item: item[:2]))
        recipe = self.recipe
        manifest = Manifest(recipe.family, recipe.to_dict(), tuple(images), failures, self.folder)
        if self._grids is None:
            return manifest
        keys = [(place, n) for place, records in sorted(self._images.items()) for n in range(len(records))]
        return self._grids.merged(manifest, keys)


def _records(outcome: Done | Failed) -> tuple[ImageRecord, ...]:
    images = outcome.result["images"] if isinstance(outcome, Done) else ()
    return tuple(ImageRecord.from_dict(data) for data in images)


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
