"""A folder of results against its manifest, and against the sources themselves: the verb `verify`."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from toolkit.errors import ManifestError, PreflightError
from toolkit.files import sha256_of
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.manifest_file import read_manifest
from toolkit.pages import PageRequest
from toolkit.progress import Meter, ProgressCallback
from toolkit.sources import identify
from toolkit.texts import Text, say
from toolkit.versions import renderer_version
from toolkit.work import Failed, Job, WorkerPool
from toolkit.work.pool import DEFAULT_TIMEOUT

HANDLER = "toolkit.verify_job:run"
_PNG_HEAD = 24
"""Signature, length and name of IHDR, width and height (W3C PNG, 5.2 and 11.2.1)."""


@dataclass(frozen=True)
class Verification:
    """What a check found: files checked, pages compared with their source, and everything that is wrong."""

    files: int
    compared: int
    faults: tuple[Failure, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for JSON, sentences in both languages."""
        faults = [fault.to_dict() for fault in self.faults]
        return {"version": 1, "files": self.files, "compared": self.compared, "faults": faults}


def verify_folder(
    folder: Path,
    *,
    against: Sequence[Path] | None = None,
    password: str | None = None,
    jobs: int | None = None,
    page_timeout: float = DEFAULT_TIMEOUT,
    progress: ProgressCallback | None = None,
) -> Verification:
    """Check every file of a manifest against its hash and size.

    With `against`, files or folders where the sources lie, every full-size page is also drawn again and
    compared pixel for pixel. Faults are given, not raised. Raises ManifestError if there is no manifest.
    """
    manifest = read_manifest(Path(folder))
    faults = [fault for image in manifest.images for fault in _file_faults(manifest, image)]
    faults += _lost_pages(manifest)
    if against is None:
        return Verification(len(manifest.images), 0, tuple(faults))
    broken = {fault.file for fault in faults}
    jobs_to_do, missing = _comparisons(manifest, list(against), password, broken)
    differing = _compare(jobs_to_do, jobs, page_timeout, Meter(len(jobs_to_do), progress))
    return Verification(len(manifest.images), len(jobs_to_do), (*faults, *missing, *differing))


def _file_faults(manifest: Manifest, image: ImageRecord) -> Iterator[Failure]:
    path = manifest.path(image)
    values = {"file": path}
    try:
        if not path.is_file():
            yield _fault(image, say("verify.missing", **values))
        elif sha256_of(path) != image.sha256:
            yield _fault(image, say("verify.changed", **values))
        elif (found := png_size(path)) != image.size:
            yield _fault(image, say("verify.size", **values, found=found, expected=image.size))
    except OSError as error:
        yield _fault(image, say("verify.unreadable", **values, reason=error.strerror or error))


def _lost_pages(manifest: Manifest) -> list[Failure]:
    """Name the full-size pages that were kept and are gone; pieces of one page share its file."""
    kept = {image.page_file: image for image in manifest.images if image.page_file is not None}
    gone = [(name, image) for name, image in kept.items() if not (manifest.folder / name).is_file()]
    return [_fault(image, say("verify.missing", file=manifest.folder / name), name) for name, image in gone]


def _fault(image: ImageRecord, text: Text, file: str | None = None) -> Failure:
    return Failure.of(ManifestError.from_text(text), file or image.file, image.source.page)


def png_size(path: Path) -> tuple[int, int] | None:
    """Read a PNG's width and height from its head, None if it is no PNG."""
    with path.open("rb") as file:
        head = file.read(_PNG_HEAD)
    if len(head) < _PNG_HEAD or not head.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    return (int.from_bytes(head[16:20]), int.from_bytes(head[20:24]))


def _comparisons(
    manifest: Manifest, places: list[Path], password: str | None, broken: set[str]
) -> tuple[list[Job], list[Failure]]:
    """List the pages that can be drawn again, and those whose source is not there."""
    sources = _Sources(places)
    todo: list[Job] = []
    missing: list[Failure] = []
    for image in manifest.images:
        name = page_name(manifest, image)
        if name is None or broken & {image.file, name}:
            continue
        path = sources.find(image)
        if path is None:
            text = say("verify.no_source", file=image.file, source=image.source.file)
            missing.append(_fault(image, text))
            continue
        payload = _request(manifest, image, path, password).to_dict() | {"png": str(manifest.folder / name)}
        todo.append(Job(f"{len(todo)}", payload | {"image": image.file}))
    return todo, missing


def page_name(manifest: Manifest, image: ImageRecord) -> str | None:
    """Give the file that holds the whole page as it was drawn, None if only a reduced one was kept."""
    return image.file if manifest.recipe.get("verb") == "render" else image.page_file


def _request(manifest: Manifest, image: ImageRecord, path: Path, password: str | None) -> PageRequest:
    """Ask for the page as it was asked for then."""
    given = {
        name: manifest.recipe[name] for name in ("dpi", "engine", "box", "scans") if name in manifest.recipe
    }
    request = PageRequest.from_dict(given | {"file": str(path), "page": image.source.page, "kind": ""})
    return replace(request, kind=identify(path), password=password, heights=False)


class _Sources:
    """The source files, found by their hash among files and folders."""

    def __init__(self, places: list[Path]) -> None:
        self._files = [file for place in places for file in (_inside(place) if place.is_dir() else [place])]
        self._hashes: dict[Path, str] = {}

    def find(self, image: ImageRecord) -> Path | None:
        """Find the file that an image came from: same name first, but the same bytes in any case."""
        named = sorted(self._files, key=lambda file: file.name != image.source.file)
        return next((file for file in named if self._hash(file) == image.source.sha256), None)

    def _hash(self, file: Path) -> str:
        if file not in self._hashes:
            try:
                self._hashes[file] = sha256_of(file)
            except OSError:
                self._hashes[file] = ""
        return self._hashes[file]


def _inside(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _compare(jobs: list[Job], workers: int | None, timeout: float, meter: Meter) -> list[Failure]:
    faults: list[Failure] = []
    with WorkerPool(workers) as pool, closing(pool.run(HANDLER, jobs, job_timeout=timeout)) as outcomes:
        for outcome in outcomes:
            payload = outcome.job.payload
            error = outcome.error if isinstance(outcome, Failed) else _difference(payload, outcome.result)
            fault = None if error is None else Failure.of(error, payload["image"], payload["page"])
            faults += [fault] if fault is not None else []
            meter.step(payload["image"], payload["page"], failure=fault)
    return faults


def _difference(payload: dict[str, object], result: dict[str, object]) -> PreflightError | None:
    if result["same"]:
        return None
    engine = renderer_version(str(payload["engine"]))
    text = say("verify.differs", file=payload["image"], differing=result["differing"], engine=engine)
    return ManifestError.from_text(text)
