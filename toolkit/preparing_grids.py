"""Prepared images merged into grids, the last step of `prepare --merge`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from toolkit.errors import PreflightError
from toolkit.grid import Grid
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.merge import DRAW, GridOptions, grid_record
from toolkit.pages import PageRequest
from toolkit.recipe import Recipe
from toolkit.texts import say
from toolkit.work import Failed, Job, WorkerPool

AUTO_GRID = 4
"""Pictures to a grid where the recipe leaves the layout open: more shrink text beyond reading."""


def merged_into_grids(manifest: Manifest, pool: WorkerPool, recipe: Recipe, *, timeout: float) -> Manifest:
    """Replace the images by grids, and delete the files that went into them.

    The images of a grid that fails stay as they are, and the manifest says why.
    """
    size = recipe.merge**2 if recipe.merge else AUTO_GRID
    groups = [manifest.images[start : start + size] for start in range(0, len(manifest.images), size)]
    made: dict[int, ImageRecord] = {}
    failed: dict[int, Failure] = {}
    grids: dict[int, _PlannedGrid] = {}
    for number, name in enumerate(_names(manifest, len(groups))):
        try:
            grids[number] = _PlannedGrid.of(name, groups[number], recipe)
        except PreflightError as error:
            failed[number] = _failure(error, groups[number])
    jobs = [Job(str(number), planned.payload(manifest, recipe)) for number, planned in grids.items()]
    for outcome in pool.run(DRAW, jobs, job_timeout=timeout):
        number = int(outcome.job.key)
        if isinstance(outcome, Failed):
            failed[number] = _failure(outcome.error, groups[number])
        else:
            made[number] = grids[number].record(outcome.result["sha256"])
    for number in made:
        for image in groups[number]:
            manifest.path(image).unlink(missing_ok=True)
    images = [(made[number],) if number in made else group for number, group in enumerate(groups)]
    failures = (*manifest.failures, *(failed[number] for number in sorted(failed)))
    return replace(manifest, images=_numbered(images), failures=failures)


@dataclass(frozen=True)
class _PlannedGrid:
    """A grid that is decided: the name of its file, the images in it, and where each of them goes."""

    name: str
    images: tuple[ImageRecord, ...]
    options: GridOptions
    grid: Grid

    @classmethod
    def of(cls, name: str, images: tuple[ImageRecord, ...], recipe: Recipe) -> "_PlannedGrid":
        options = GridOptions(columns=recipe.merge or 0, family=recipe.family)
        heights = [(image.text_height or {}).get("smallest") for image in images]
        return cls(name, images, options, options.plan([image.size for image in images], heights))

    def payload(self, manifest: Manifest, recipe: Recipe) -> dict[str, Any]:
        requests = [PageRequest(str(manifest.path(image)), 1, "png").to_dict() for image in self.images]
        where = {"folder": str(manifest.folder), "name": self.name, "compress": recipe.compress}
        sizes = [image.size for image in self.images]
        file = str(manifest.folder / self.name)
        return {"file": file, "sizes": sizes, "grid": asdict(self.options), "requests": requests} | where

    def record(self, sha256: str) -> ImageRecord:
        values = {
            "count": len(self.images),
            "columns": self.grid.columns,
            "tokens": self.grid.tokens,
            "apart": self.grid.tokens_apart,
        }
        origins = [(image.source, image.placement) for image in self.images]
        return grid_record(self.name, sha256, self.grid, origins, say("plan.merged", **values))


def _numbered(groups: Sequence[Sequence[ImageRecord]]) -> tuple[ImageRecord, ...]:
    """Number all images anew; one that repeats another goes on doing so where that one is still there."""
    images = [image for group in groups for image in group]
    new = {image.label: number for number, image in enumerate(images, 1) if not image.cells}
    return tuple(
        replace(image, label=number, copy_of=None if image.copy_of is None else new.get(image.copy_of))
        for number, image in enumerate(images, 1)
    )


def _names(manifest: Manifest, count: int) -> list[str]:
    """Name the grids; no image may have such a name already."""
    prefix = "grid"
    while any(image.file.startswith(f"{prefix}-") for image in manifest.images):
        prefix += "_"
    return [f"{prefix}-{number:03d}.png" for number in range(1, count + 1)]


def _failure(error: PreflightError, group: Sequence[ImageRecord]) -> Failure:
    text = say("plan.grid_failed", first=group[0].label, last=group[-1].label, reason=error.text)
    return Failure(group[0].file, None, type(error).__name__, text)
