"""A preparation beside the page: it runs in a thread, tells how far it is, and can be stopped."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from demo.session import Session
from demo.settings import Limits
from demo.work import Upload
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.progress import Progress
from toolkit.recipe import Recipe

EVERY_SECONDS = 0.2
"""How often at most the page is drawn anew while pages come in."""
SURE_AFTER_PAGES = 5
"""Before that the time left is a guess that jumps about: the first pages wait for their workers."""


class StoppedError(Exception):
    """Raised inside the preparation when a person pressed Stop. Not an error: what is done is kept."""


@dataclass(frozen=True)
class Snapshot:
    """How far it is: the images so far, in the order of files and pages. `left` is in seconds, if known."""

    done: int
    total: int
    images: tuple[ImageRecord, ...] = ()
    left: float | None = None
    folder: Path = Path()


@dataclass(frozen=True)
class Outcome:
    """The end: the manifest, and whether it was stopped at `done` of `total` pages."""

    manifest: Manifest
    stopped: bool
    done: int
    total: int


def prepare_uploads(
    session: Session, recipe: Recipe, password: str, limits: Limits, touch: Callable[[], None]
) -> Iterator[Snapshot]:
    """Prepare a session's documents; the session then holds the images in place of the earlier ones.

    `touch` is called now and then, so that the session does not expire. Raises what `prepare` raises.
    """
    work = session.work
    passwords = {upload.name: password for upload in work.uploads} if password else {}
    with session.run("prepare") as stop:
        run = Preparation(session.fresh_place("prepared"), work.uploads, recipe, passwords, limits, stop)
        for news in run:
            touch()
            if isinstance(news, Snapshot):
                yield news
                continue
            session.forget_prepared()
            work.passwords = passwords
            work.take(news.manifest, stopped=news.stopped, done=news.done, total=news.total)


class Preparation:
    """One run. Iterate over it: snapshots, then one outcome; what goes wrong comes out of it too."""

    def __init__(
        self,
        folder: Path,
        uploads: Sequence[Upload],
        recipe: Recipe,
        passwords: Mapping[str, str],
        limits: Limits,
        stop: threading.Event,
    ) -> None:
        self.folder = folder
        self._uploads, self._recipe, self._passwords = tuple(uploads), recipe, passwords
        self._limits, self._stop = limits, stop
        self._news: queue.SimpleQueue[Progress | Outcome | Exception] = queue.SimpleQueue()
        self._seen: list[ImageRecord] = []
        self._latest = Progress(0, 0)

    def __iter__(self) -> Iterator[Snapshot | Outcome]:
        threading.Thread(target=self._run, name="prepare", daemon=True).start()
        yield self._snapshot()
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
                yield self._snapshot()

    def _snapshot(self) -> Snapshot:
        latest = self._latest
        left = latest.seconds_left if latest.done >= SURE_AFTER_PAGES else None
        return Snapshot(latest.done, latest.total, self._in_order(), left, self.folder)

    def _take(self, progress: Progress) -> None:
        self._latest = progress
        self._seen.extend(progress.records)

    def _run(self) -> None:
        try:
            self._news.put(self._prepare())
        except Exception as error:
            self._news.put(error)

    def _prepare(self) -> Outcome:
        try:
            manifest = self._call_toolkit()
        except StoppedError:
            manifest = self._partial()
            return Outcome(manifest, True, self._reported.done, self._reported.total)
        return Outcome(manifest, False, self._reported.done, self._reported.total)

    def _call_toolkit(self) -> Manifest:
        from toolkit.preparing import Limits as PageLimits
        from toolkit.preparing import prepare

        self._reported, self._made = Progress(0, 0), list[ImageRecord]()
        self._failed = list[Failure]()
        return prepare(
            [upload.path for upload in self._uploads],
            self._recipe,
            output_dir=self.folder,
            names=[upload.name for upload in self._uploads],
            passwords=self._passwords,
            limits=PageLimits(max_megapixels=self._limits.max_megapixels, max_pages=self._limits.max_pages),
            progress=self._report,
        )

    def _report(self, progress: Progress) -> None:
        self._reported = progress
        self._made.extend(progress.records)
        if progress.failure is not None:
            self._failed.append(progress.failure)
        self._news.put(progress)
        if self._stop.is_set():
            raise StoppedError

    def _partial(self) -> Manifest:
        """Keep the pages that were ready when it was stopped, and what had failed by then."""
        from toolkit.preparing import shifted

        images: list[ImageRecord] = []
        for _, page in groupby(self._sorted(self._made), key=lambda i: (i.source.file, i.source.page)):
            start = len(images)
            images += [shifted(image, start) for image in page]
        recipe = self._recipe
        failures = tuple(self._failed)
        manifest = Manifest(recipe.family, recipe.to_dict(), tuple(images), failures, self.folder)
        manifest.save()
        return manifest

    def _in_order(self) -> tuple[ImageRecord, ...]:
        return self._sorted(self._seen)

    def _sorted(self, images: Sequence[ImageRecord]) -> tuple[ImageRecord, ...]:
        place = {upload.name: number for number, upload in enumerate(self._uploads)}
        return tuple(sorted(images, key=lambda i: (place.get(i.source.file, 0), i.source.page, i.label)))
