"""Grids drawn while pages are still being prepared, from bare pixels that no one has to encode or decode.

Which images share a grid is known as soon as all pages before them are done, so that grids are drawn in
between, by whichever worker is free. The grid of a page's images is the same whichever way it comes about.
"""

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from toolkit.cells import cell_path
from toolkit.errors import PreflightError
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.preparing_grids import (
    PlannedGrid,
    file_request,
    grid_failure,
    grid_name,
    grid_prefix,
    group_size,
    numbered,
)
from toolkit.recipe import Recipe
from toolkit.work import Done, Failed, Job
from toolkit.work.parts import remove_parts

MOST_HELD = 64 * 2**20
"""Bytes of pixels that may lie in the folder, waiting for pages before them: some 30 pages of 1024 in colour.
Where one page takes a minute the others go on, and what is beyond this is written as PNG."""
_SAMPLES = 3
Key = tuple[int, int]
"""The place of a page, and the number of an image within it, from 0."""


@dataclass(frozen=True)
class _Part:
    """An image that waits for its grid; `cell` holds its pixels, where they are not in a PNG."""

    key: Key
    record: ImageRecord
    cell: Path | None

    @property
    def held(self) -> int:
        return 0 if self.cell is None else _SAMPLES * self.record.width * self.record.height


class GridsAhead:
    """The grids of one run. Pages may come in any order; jobs may be asked for from another thread."""

    def __init__(self, folder: Path, recipe: Recipe, stems: Sequence[str]) -> None:
        """Draw into `folder`; `stems` are how the names of the pages' own images would begin."""
        self._folder, self._recipe = folder, recipe
        self._owner = os.getpid()
        self._prefix = grid_prefix(stems)
        self._size = group_size(recipe)
        self._waiting: dict[int, list[_Part]] = {}
        self._next = self._count = self._held = 0
        self._open: list[_Part] = []
        self._groups: list[list[_Part]] = []
        self._planned: dict[int, PlannedGrid] = {}
        self._ready: deque[Job] = deque()
        self._made: dict[int, ImageRecord] = {}
        self._failed: dict[int, Failure] = {}

    def request(self, place: int) -> dict[str, Any]:
        """Say how the page at `place` is to give its images, as part of its job's payload."""
        return {} if self._held > MOST_HELD else {"place": place, "owner": self._owner}

    def take(self, place: int, records: Sequence[ImageRecord], payload: Mapping[str, Any]) -> None:
        """Hear what became of a page: its images, none if it failed, as its job's payload asked for them."""
        parts = [self._part((place, number), record, payload) for number, record in enumerate(records)]
        self._held += sum(part.held for part in parts)
        self._waiting[place] = parts
        while self._next in self._waiting:
            for part in self._waiting.pop(self._next):
                self._line_up(part)
            self._next += 1

    def _part(self, key: Key, record: ImageRecord, payload: Mapping[str, Any]) -> _Part:
        owner = payload.get("owner")
        cell = None if owner is None else cell_path(self._folder, owner, key[0], record.label)
        return _Part(key, record, cell)

    def _line_up(self, part: _Part) -> None:
        self._count += 1
        self._open.append(replace(part, record=replace(part.record, label=self._count)))
        if len(self._open) == self._size:
            self._close()

    def _close(self) -> None:
        """Plan the grid of the images that have gathered."""
        group, self._open = self._open, []
        number = len(self._groups)
        self._groups.append(group)
        try:
            planned = PlannedGrid.of(
                grid_name(self._prefix, number), [part.record for part in group], self._recipe
            )
        except PreflightError as error:
            self._fail(number, error)
            return
        self._planned[number] = planned
        requests = [self._request_of(part) for part in group]
        self._ready.append(planned.job(f"grid {number}", self._folder, requests, self._recipe))

    def _request_of(self, part: _Part) -> dict[str, Any]:
        return (
            file_request(self._folder / part.record.file) if part.cell is None else {"cell": str(part.cell)}
        )

    def ready(self) -> Iterator[Job]:
        """Give the grids that can be drawn now."""
        while self._ready:
            yield self._ready.popleft()

    def rest(self) -> Iterator[Job]:
        """Give the last grids, all pages being done."""
        if self._open:
            self._close()
        yield from self.ready()

    def drawn(self, outcome: Done | Failed) -> None:
        """Hear what became of a grid."""
        number = int(outcome.job.key.split()[1])
        if isinstance(outcome, Failed):
            self._fail(number, outcome.error)
        else:
            self._made[number] = self._planned[number].record(outcome.result["sha256"])
            self._let_go(number)

    def _fail(self, number: int, error: PreflightError) -> None:
        self._failed[number] = grid_failure(error, [part.record for part in self._groups[number]])
        self._let_go(number)

    def _let_go(self, number: int) -> None:
        for part in self._groups[number]:
            self._held -= part.held
            if part.cell is not None:
                part.cell.unlink(missing_ok=True)

    @property
    def undone(self) -> list[int]:
        """The places of pages whose grid failed: they are to be prepared again, as images of their own."""
        parts = [part for number in self._failed for part in self._groups[number]]
        return sorted({part.key[0] for part in parts if part.cell is not None})

    def merged(self, manifest: Manifest, keys: Sequence[Key]) -> Manifest:
        """Put the grids in the place of their images, whose `keys` are in the order of the manifest."""
        images = dict(zip(keys, manifest.images, strict=True))
        self._remove_files()
        groups = [
            [self._made[number]]
            if number in self._made
            else [images[p.key] for p in group if p.key in images]
            for number, group in enumerate(self._groups)
        ]
        failures = (*manifest.failures, *(self._failed[number] for number in sorted(self._failed)))
        return replace(manifest, images=numbered(groups), failures=failures)

    def _remove_files(self) -> None:
        """Delete the images of their own that are in a grid after all."""
        again = set(self.undone)
        for part in (part for number in self._made for part in self._groups[number]):
            if part.cell is None or part.key[0] in again:
                (self._folder / part.record.file).unlink(missing_ok=True)

    def give_up(self) -> None:
        """Remove the PNG files on their way into a grid, the run being stopped: nothing comes of them."""
        for part in chain(self._open, *self._waiting.values(), *self._groups):
            if part.cell is None:
                with suppress(OSError):
                    (self._folder / part.record.file).unlink()

    def tidy(self) -> None:
        """Remove all pixels that still wait."""
        remove_parts(self._folder, self._owner)
