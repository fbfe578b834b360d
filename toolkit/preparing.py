"""The main job: documents in, prepared pictures and a manifest out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from toolkit.errors import PageLimitError, UsageError
from toolkit.files import make_folder
from toolkit.inputs import InputFile, InputOptions, Listing, as_paths, list_files, refuse_inputs_in
from toolkit.manifest import Manifest
from toolkit.page_ranges import parse_page_ranges
from toolkit.preparing_grids import merged_into_grids
from toolkit.preparing_run import PageRun
from toolkit.progress import Progress, ProgressCallback
from toolkit.recipe import PAGES_FOLDER, Recipe
from toolkit.work import WorkerPool
from toolkit.work.parts import remove_stale_parts

_PRELOAD = ("toolkit.preparing_job", "toolkit.survey_job", "toolkit.pages_pdf")


@dataclass(frozen=True)
class Limits:
    """What a preparation may take: megapixels and seconds a page, worker processes, pages in all."""

    max_megapixels: float = 200.0
    page_timeout: float = 60.0
    jobs: int | None = None
    max_pages: int | None = None


def prepare(
    paths: Sequence[Path | str] | Path | str,
    recipe: Recipe | None = None,
    *,
    output_dir: Path,
    pages: str | Mapping[str, str] | None = None,
    password: str | None = None,
    passwords: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    limits: Limits | None = None,
    progress: ProgressCallback | None = None,
    show_images: bool | None = None,
) -> Manifest:
    """Prepare PDFs and images for a vision-language model; write PNG files and manifest.json.

    `pages` is a range like "1-3,7" for each PDF, or one by name for some of them. `names` are what the files
    are called in messages and in the manifest, by default their own names; `passwords` go by these names,
    `password` is for all others.
    `progress` is called after each page, in this thread; what it raises stops the run. With a grid to come
    and `show_images` (by default where there is a `progress`) images are written as their page comes, so
    that they can be shown; else they go into their grid at once. Files and pages that fail stand in
    `Manifest.failures`, the others come through. Raises UsageError and OutputError.
    """
    recipe, limits = recipe or Recipe(), limits or Limits()
    paths = as_paths(paths)
    files = _files(paths, names, pages, password, passwords or {})
    places = [Path(output_dir), Path(output_dir) / PAGES_FOLDER][: 1 + recipe.keep_pages]
    refuse_inputs_in(paths, places)
    for place in map(make_folder, places):
        remove_stale_parts(place)
    with WorkerPool(limits.jobs, preload=_PRELOAD) as pool:
        pool.warm()
        listing = _listing(files, recipe, limits, pool, progress)
        shown = progress is not None if show_images is None else show_images
        ahead = recipe.merge is not None and recipe.scenario is None and not shown
        run = PageRun(files, listing, recipe, places[0], limits.page_timeout, ahead)
        run.do(pool, progress)
        manifest = _ordered(run.manifest(), recipe, pool)
        if recipe.merge is not None and manifest.images and not ahead:
            stems = [page.stem for page in listing.pages]
            manifest = merged_into_grids(manifest, pool, recipe, stems=stems, timeout=limits.page_timeout)
    manifest.save()
    return manifest


def _files(
    paths: Sequence[Path],
    names: Sequence[str] | None,
    pages: str | Mapping[str, str] | None,
    password: str | None,
    passwords: Mapping[str, str],
) -> list[InputFile]:
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


def _ordered(manifest: Manifest, recipe: Recipe, pool: WorkerPool) -> Manifest:
    """Put the images in the order of the recipe's scenario, after the same look at them as `order` takes."""
    if recipe.scenario is None or not manifest.images:
        return manifest
    from toolkit.order import plan_order
    from toolkit.order_facts import renumbered
    from toolkit.order_files import looks_for, manifest_facts

    facts, _, general = manifest_facts(manifest, pool, **looks_for(recipe.scenario))
    places = plan_order(facts, recipe.scenario)
    labels = [place.label for place in places]
    # Planned again by the new numbers, for those are the ones that the reasons have to name.
    again = plan_order(renumbered(facts, labels), recipe.scenario)
    reasons = {place.label: (place.reason, *place.warnings) for place in again}
    reasons[1] = (*reasons[1], *general)
    ordered = manifest.reordered(labels, {place.label: place.role for place in places})
    images = [replace(image, notes=(*image.notes, *reasons[image.label])) for image in ordered.images]
    return replace(ordered, images=tuple(images))
