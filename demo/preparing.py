"""A preparation beside the page: it runs in a thread, tells how far it is, and can be stopped."""

import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from toolkit.manifest import ImageRecord, Manifest
from toolkit.progress import Progress
from toolkit.recipe import Recipe

from demo.session import Session
from demo.settings import Limits
from demo.work import Upload

EVERY_SECONDS = 0.2
"""How often at most the page is drawn anew while pages come in."""


class StoppedError(Exception):
    """Raised inside the preparation when a person pressed Stop. Not an error: what is done is kept."""


@dataclass(frozen=True)
class Snapshot:
    """How far it is: the images so far, in the order of their files and pages. `left` is in seconds, if known."""

    done: int
    total: int
    images: tuple[ImageRecord, ...] = ()
    left: float | None = None


@dataclass(frozen=True)
class Outcome:
    """The end: the manifest, and whether it was stopped at `done` of `total` pages."""

    manifest: Manifest
    stopped: bool
    done: int
    total: int


class Preparation:
    """One run for one session. Iterate over it: snapshots, then one outcome; errors come out of it too."""

    def __init__(
        self,
        session: Session,
        uploads: Sequence[Upload],
        recipe: Recipe,
        passwords: Mapping[str, str],
        limits: Limits,
    ) -> None:
        self._session, self._uploads, self._recipe, self._passwords = session, uploads, recipe, passwords
        self._limits = limits
        self.folder = session.fresh_place("prepared")
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._seen: list[ImageRecord] = []
        self._latest = Progress(0, 0)

    def __iter__(self) -> Iterator[Snapshot | Outcome]:
        self._session.stop.clear()
        thread = threading.Thread(target=self._run, name="prepare", daemon=True)
        thread.start()
        try:
            yield self.snapshot()
            yield from self._follow()
        finally:
            self._session.stop.set()

    def snapshot(self) -> Snapshot:
        """Say how far it is."""
        return Snapshot(self._latest.done, self._latest.total, self._in_order(), self._seconds_left())

    def _follow(self) -> Iterator[Snapshot | Outcome]:
        shown = 0.0
        while True:
            news = self._news.get()
            if isinstance(news, Exception):
                raise news
            if isinstance(news, Outcome):
                yield news
                return
            self._take(news)
            if self._news.empty() or time.monotonic() - shown > EVERY_SECONDS:
                shown = time.monotonic()
                yield self.snapshot()

    def _take(self, progress: Any) -> None:
        self._done, self._total = progress.done, progress.total
        self._session.last_used = time.monotonic()
        self._seen.extend(progress.records)

    def _run(self) -> None:
        try:
            self._news.put(self._prepare())
        except Exception as error:
            self._news.put(error)

    def _prepare(self) -> Outcome:
        from toolkit.preparing import Limits as PageLimits
        from toolkit import prepare

        paths = [upload.path for upload in self._uploads]
        names = [upload.name for upload in self._uploads]
        try:
            manifest = prepare(
                paths,
                self._recipe,
                output_dir=self.folder,
                progress=self._report,
                names=names,
                passwords=self._passwords,
                limits=PageLimits(
                    max_megapixels=self._limits.max_megapixels, max_pages=self._limits.max_pages
                ),
            )
        except StoppedError:
            return Outcome(self._partial(), True, self._latest.done, self._latest.total)
        return Outcome(manifest, False, self._latest.done, self._latest.total)

    def _report(self, progress: Any) -> None:
        self._news.put(progress)
        if self._session.stop.is_set():
            raise StoppedError

    def _partial(self) -> Manifest:
        from dataclasses import replace

        while True:
            with suppress(queue.Empty):
                self._take(self._news.get_nowait())
                continue
            break
        images = tuple(replace(image, label=n) for n, image in enumerate(self._in_order(), 1))
        manifest = Manifest(self._recipe.family, self._recipe.to_dict(), images, (), self.folder)
        manifest.save()
        return manifest

    def _in_order(self) -> tuple[ImageRecord, ...]:
        place = {upload.name: number for number, upload in enumerate(self._uploads)}
        return tuple(sorted(self._seen, key=lambda i: (place.get(i.source.file, 0), i.source.page, i.label)))

    def _seconds_left(self) -> float | None:
        return self._latest.seconds_left if self._latest.seconds > 1.5 else None
