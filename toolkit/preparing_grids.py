"""Prepared images merged into grids, for `prepare --merge`: which images, under what names, as what jobs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from toolkit.errors import PreflightError
from toolkit.grid import MAX_PICTURES, Grid
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.merge import DRAW, GridOptions, grid_record, grid_warnings
from toolkit.pages import PageRequest
from toolkit.recipe import Recipe
from toolkit.texts import Text, say
from toolkit.work import Failed, Job, WorkerPool

AUTO_GRID = 4
"""Pictures to a grid where the recipe leaves the layout open: more shrink text beyond reading."""

Group = Sequence[ImageRecord]


@dataclass(frozen=True)
class PlannedGrid:
    """A grid that is decided: the name of its file, the images in it, and where each of them goes."""

    name: str
    images: tuple[ImageRecord, ...]
    options: GridOptions
    grid: Grid

    @classmethod
    def of(cls, name: str, images: Group, recipe: Recipe) -> "PlannedGrid":
        """Lay out images. Raises UsageError or PageTooLargeError where no grid of them can be."""
        options = GridOptions(columns=recipe.merge or 0, family=recipe.family)
        heights = [(image.text_height or {}).get("smallest") for image in images]
        return cls(name, tuple(images), options, options.plan([image.size for image in images], heights))

    def job(self, key: str, folder: Path, requests: list[dict[str, Any]], recipe: Recipe) -> Job:
        """Make the job that draws it into `folder`; `requests` say where the pixels of its images are."""
        payload = {
            "file": str(folder / self.name),
            "folder": str(folder),
            "name": self.name,
            "compress": recipe.compress,
            "sizes": [image.size for image in self.images],
            "grid": asdict(self.options),
            "requests": requests,
        }
        return Job(key, payload, DRAW)

    def record(self, sha256: str) -> ImageRecord:
        """Describe the file that was written."""
        values = {
            "count": len(self.images),
            "columns": self.grid.columns,
            "tokens": self.grid.tokens,
            "apart": self.grid.tokens_apart,
        }
        origins = [(image.source, image.placement) for image in self.images]
        record = grid_record(self.name, sha256, self.grid, origins, say("plan.merged", **values))
        return replace(record, notes=(*record.notes, *grid_warnings(self.grid), *self._notes()))

    def _notes(self) -> list[Text]:
        """Keep what was said of the images, by their numbers in the grid."""
        return [
            say("plan.in_grid", number=number, note=note)
            for number, image in enumerate(self.images, 1)
            for note in image.notes
        ]


def group_size(recipe: Recipe) -> int:
    """Count the images that go into one grid: as many rows as columns, and no more than a grid may hold."""
    return min(recipe.merge**2, MAX_PICTURES) if recipe.merge else AUTO_GRID


def file_request(path: Path) -> dict[str, Any]:
    """Say that the pixels of an image are those of its PNG file."""
    return PageRequest(str(path), 1, "png").to_dict()


def merged_into_grids(
    manifest: Manifest, pool: WorkerPool, recipe: Recipe, *, stems: Sequence[str], timeout: float
) -> Manifest:
    """Replace the images by grids, and delete the files that went into them.

    `stems` are those of all pages, by which grids are named. The images of a grid that fails stay as they
    are, and the manifest says why.
    """
    size = group_size(recipe)
    groups = [manifest.images[start : start + size] for start in range(0, len(manifest.images), size)]
    prefix = grid_prefix(stems)
    made: dict[int, ImageRecord] = {}
    failed: dict[int, Failure] = {}
    grids: dict[int, PlannedGrid] = {}
    for number, group in enumerate(groups):
        try:
            grids[number] = PlannedGrid.of(grid_name(prefix, number), group, recipe)
        except PreflightError as error:
            failed[number] = grid_failure(error, group)
    jobs = [
        planned.job(str(n), manifest.folder, [file_request(manifest.path(i)) for i in planned.images], recipe)
        for n, planned in grids.items()
    ]
    for outcome in pool.run(DRAW, jobs, job_timeout=timeout):
        number = int(outcome.job.key)
        if isinstance(outcome, Failed):
            failed[number] = grid_failure(outcome.error, groups[number])
        else:
            made[number] = grids[number].record(outcome.result["sha256"])
    for number in made:
        for image in groups[number]:
            manifest.path(image).unlink(missing_ok=True)
    images = [(made[number],) if number in made else group for number, group in enumerate(groups)]
    failures = (*manifest.failures, *(failed[number] for number in sorted(failed)))
    return replace(manifest, images=numbered(images), failures=failures)


def numbered(groups: Sequence[Group]) -> tuple[ImageRecord, ...]:
    """Number all images anew; one that repeats another goes on doing so where that one is still there."""
    images = [image for group in groups for image in group]
    new = {image.label: number for number, image in enumerate(images, 1) if not image.cells}
    return tuple(
        replace(image, label=number, copy_of=None if image.copy_of is None else new.get(image.copy_of))
        for number, image in enumerate(images, 1)
    )


def grid_prefix(stems: Sequence[str]) -> str:
    """Choose how the names of grids begin; no image of pages with these stems may have such a name.

    Names that differ only in case count as the same, for file systems that do not tell them apart.
    """
    prefix, taken = "grid", [stem.casefold() for stem in stems]
    while any(stem.startswith(f"{prefix}-") for stem in taken):
        prefix += "_"
    return prefix


def grid_name(prefix: str, number: int) -> str:
    """Name the file of a grid, counted from 0."""
    return f"{prefix}-{number + 1:03d}.png"


def grid_failure(error: PreflightError, group: Group) -> Failure:
    """Say that a grid of these images failed, and why."""
    text = say("plan.grid_failed", first=group[0].label, last=group[-1].label, reason=error.text)
    return Failure(group[0].file, None, type(error).__name__, text)
