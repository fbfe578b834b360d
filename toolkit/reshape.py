"""Files resized or split into a folder with a manifest: the work behind two verbs of the command line."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from toolkit.families import visual_tokens
from toolkit.files import make_folder
from toolkit.geometry import Placement
from toolkit.inputs import PAGE_TIMEOUT, InputOptions, InputPage, list_pages, refuse_overwriting
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.progress import Meter, ProgressCallback
from toolkit.reshape_job import Shape
from toolkit.texts import Text
from toolkit.work import Failed, Job, WorkerPool

HANDLER = "toolkit.reshape_job:run"


def reshape_files(
    paths: Sequence[Path],
    shape: Shape,
    *,
    output_dir: Path,
    options: InputOptions | None = None,
    jobs: int | None = None,
    progress: ProgressCallback | None = None,
) -> Manifest:
    """Resize or split every page of `paths` into PNG files in `output_dir`, and save a manifest there.

    Pages stand in the order of the files. What fails is listed in the manifest and the rest goes on.
    Raises OutputError if the folder cannot be written, UsageError if an input would be overwritten.
    """
    make_folder(output_dir)
    with WorkerPool(jobs) as pool:
        pages, failures = list_pages(paths, options or InputOptions(), pool)
        refuse_overwriting(paths, [output_dir / f"{page.stem}.png" for page in pages])
        images, failed = _reshape(pages, shape, output_dir, pool, progress)
    numbered = tuple(replace(image, label=number) for number, image in enumerate(images, 1))
    recipe = {name: value for name, value in shape.__dict__.items() if name != "family"}
    manifest = Manifest(shape.family, recipe, numbered, (*failures, *failed), output_dir)
    manifest.save()
    return manifest


def _reshape(
    pages: list[InputPage],
    shape: Shape,
    folder: Path,
    pool: WorkerPool,
    progress: ProgressCallback | None,
) -> tuple[list[ImageRecord], list[Failure]]:
    meter = Meter(len(pages), progress)
    done: dict[int, list[ImageRecord]] = {}
    failures: dict[int, Failure] = {}
    payloads = [
        page.request.to_dict() | shape.to_dict() | {"folder": str(folder), "stem": page.stem}
        for page in pages
    ]
    work = [Job(str(number), payload) for number, payload in enumerate(payloads)]
    for outcome in pool.run(HANDLER, work, job_timeout=PAGE_TIMEOUT):
        number = int(outcome.job.key)
        page = pages[number]
        if isinstance(outcome, Failed):
            failures[number] = page.failure(outcome.error)
        else:
            done[number] = _records(outcome.result, page, shape)
        meter.step(page.request.file, page.request.page, failure=failures.get(number))
    images = [record for number in sorted(done) for record in done[number]]
    return images, [failures[number] for number in sorted(failures)]


def _records(result: dict[str, Any], page: InputPage, shape: Shape) -> list[ImageRecord]:
    width, height = result["source_size"]
    source = page.source((width, height))
    return [
        ImageRecord(
            file=image["file"],
            sha256=image["sha256"],
            width=image["size"][0],
            height=image["size"][1],
            source=source,
            placement=Placement.from_list(image["placement"]),
            tokens=visual_tokens((image["size"][0], image["size"][1]), shape.family),
            dpi=image["dpi"],
            notes=tuple(Text(en, zh) for en, zh in image["notes"]),
        )
        for image in result["images"]
    ]
