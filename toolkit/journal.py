"""What a run has written so far, a line for each page, so that an interrupted run can be taken up again.

The journal lives beside the pages while a run goes on; the manifest takes its place at the end.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from toolkit.errors import ManifestError
from toolkit.files import as_utf8, output_error, sha256_of
from toolkit.manifest import MANIFEST_NAME, ImageRecord
from toolkit.manifest_file import MAX_MANIFEST_BYTES, parse_manifest, read_manifest

JOURNAL_NAME = ".render-journal.jsonl"
_MOST_BYTES = MAX_MANIFEST_BYTES


class Journal:
    """The records of a folder: those of an earlier run that still hold, and those of this one."""

    def __init__(self, folder: Path, recipe: dict[str, Any], *, resume: bool) -> None:
        """Read what an earlier run with the same recipe left, if `resume`, and begin a new journal."""
        self._folder = folder
        self._path = folder / JOURNAL_NAME
        self._known: dict[tuple[str, str, int], ImageRecord] = {}
        if resume:
            for record in _earlier(folder, self._path, recipe):
                self._known[(record.file, record.source.sha256, record.source.page)] = record
        self._file: BinaryIO | None = None
        self._recipe = recipe

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def find(self, file: str, source_sha256: str, page: int) -> ImageRecord | None:
        """Give the record of a page that is there and whole, proven by its hash; `page` counts from 1."""
        record = self._known.get((file, source_sha256, page))
        path = self._folder / file
        if record is None or not path.is_file() or sha256_of(path) != record.sha256:
            return None
        return record

    def write(self, record: ImageRecord) -> None:
        """Add a record, so that it survives whatever happens next. Raises OutputError."""
        try:
            if self._file is None:
                self._file = self._begin()
            self._file.write(as_utf8(json.dumps(record.to_dict(), ensure_ascii=False)) + b"\n")
            self._file.flush()
        except OSError as error:
            raise output_error(error, self._path) from error

    def finish(self) -> None:
        """Remove the journal: the manifest holds everything now."""
        self._close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _begin(self) -> BinaryIO:
        """Start anew; an older manifest goes, for it would speak of files that are being replaced."""
        file = self._path.open("wb")
        file.write(json.dumps({"recipe": self._recipe}).encode() + b"\n")
        (self._folder / MANIFEST_NAME).unlink(missing_ok=True)
        return file

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None


def _earlier(folder: Path, journal: Path, recipe: dict[str, Any]) -> list[ImageRecord]:
    return _from_manifest(folder, recipe) + _from_journal(journal, recipe)


def _from_manifest(folder: Path, recipe: dict[str, Any]) -> list[ImageRecord]:
    try:
        manifest = read_manifest(folder)
    except ManifestError:
        return []
    return list(manifest.images) if manifest.recipe == recipe else []


def _from_journal(path: Path, recipe: dict[str, Any]) -> list[ImageRecord]:
    """Read a journal as far as it is whole; its last line may be cut off."""
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return []
    head, *lines = path.read_bytes().split(b"\n")
    entries = list(_whole_lines(lines))
    try:
        data = {"version": 1, "family": "", **json.loads(head), "images": entries, "failures": []}
        manifest = parse_manifest(data, path)
    except (ValueError, TypeError, RecursionError, ManifestError):
        return []
    return list(manifest.images) if manifest.recipe == recipe else []


def _whole_lines(lines: list[bytes]) -> Iterator[Any]:
    for line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            return
