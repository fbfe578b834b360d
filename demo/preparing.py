"""A preparation beside the page: it tells how far it is, can be stopped, and outlives a reload."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from demo.arranging import arrange_by
from demo.comparing import Found, find
from demo.history import remember_prepared, tidy
from demo.session import Session
from demo.settings import Limits
from demo.words import say
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
    """How far it is: the images so far, in the order of files and pages. `left` is in seconds, if known.

    `failed` counts the pages that did not come out, `total` is 0 while the documents are looked into.
    `before` counts the visitors whose turn comes first; None: it is this one's turn.
    """

    done: int
    total: int
    images: tuple[ImageRecord, ...] = ()
    left: float | None = None
    folder: Path = Path()
    failed: int = 0
    before: int | None = None


def prepare_uploads(
    session: Session,
    recipe: Recipe,
    password: str,
    limits: Limits,
    touch: Callable[[], None],
) -> Iterator[Snapshot]:
    """Prepare a session's documents; the session then holds the images in place of the earlier ones.

    `password` is for all documents that have none of their own. `touch` is called now and then, so that the
    session does not expire. Closing the iterator stops the work. Raises what `prepare` raises.
    """
    run = begin(session, recipe, limits, password=password)
    try:
        for news in run.follow():
            touch()
            yield news
    finally:
        run.stop()
    if run.error is not None:
        raise run.error


def begin(session: Session, recipe: Recipe, limits: Limits, *, password: str = "") -> "Preparation":
    """Start to prepare a session's documents; an earlier preparation that still runs is stopped."""
    work = session.work
    if password:
        opened = {
            u.name: work.passwords[u.name] for u in work.uploads if u.opened and u.name in work.passwords
        }
        work.passwords = {**dict.fromkeys((u.name for u in work.uploads), password), **opened}
    if work.preparation is not None:
        work.preparation.stop()
    work.preparation = Preparation(session, recipe, limits)
    work.preparation.start()
    return work.preparation


class Preparation:
    """One run for one session. It puts its result into the session itself, whoever follows or leaves."""

    def __init__(self, session: Session, recipe: Recipe, limits: Limits) -> None:
        self.folder = session.fresh_place("prepared")
        self.error: Exception | None = None
        self.kept_earlier = False
        self.watched_by: set[str] = set()
        self._session, self._limits = session, limits
        # The page puts images in order itself, so that reasons, roles and Undo are its own. A grid needs the
        # order before it is drawn.
        self._arranged = recipe.scenario if recipe.merge is None else None
        self._recipe = recipe if self._arranged is None else replace(recipe, scenario=None)
        self._uploads: Sequence[Upload] = tuple(session.work.uploads)
        self._passwords: Mapping[str, str] = dict(session.work.passwords)
        self._found: Found | None = None
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._news = threading.Condition()
        self._settled = False
        self._latest = Progress(0, 0)
        self._made: list[ImageRecord] = []
        self._failed: list[Failure] = []
        self._ticket = session.stand_in_line("prepare")

    @property
    def ended(self) -> bool:
        """Tell whether nothing more is to come: done, stopped or failed."""
        return self._ended.is_set()

    @property
    def expected(self) -> int:
        """The pages that should come, as far as is known before the toolkit has counted them."""
        return sum(upload.pages or 1 for upload in self._uploads if upload.fault is None)

    def start(self) -> None:
        """Begin, in a thread of its own, when this visitor's turn has come. Stop is heard from now on."""
        until_done = ExitStack()
        until_done.enter_context(self._ticket)
        until_done.enter_context(self._session.run("prepare", self._stop))
        try:
            threading.Thread(target=self._run, args=(until_done,), name="prepare", daemon=True).start()
        except RuntimeError as error:  # the system has no thread left
            with until_done:
                self._fail(error)

    def stop(self) -> None:
        """Stop now; what is ready is kept. Does nothing after the end.

        The toolkit hears of it with the next page; nobody has to wait for that.
        """
        self._stop.set()
        self._settle(self._partial, stopped=True)

    def follow(self) -> Iterator[Snapshot]:
        """Give a snapshot now, and another whenever something came, until the end."""
        seen = self._state
        yield self.snapshot()
        while not self.ended:
            with self._news:
                self._news.wait_for(lambda: self.ended or self._stop.is_set(), timeout=EVERY_SECONDS)
            if self._stop.is_set():
                self.stop()
            if self._state != seen:
                seen = self._state
                yield self.snapshot()

    @property
    def _state(self) -> tuple[int, int, int | None]:
        return (self._latest.done, self._latest.total, self.before)

    @property
    def before(self) -> int | None:
        """How many visitors' turn comes before this one's; None when it has come."""
        return self._ticket.before

    def snapshot(self) -> Snapshot:
        """Tell how far it is."""
        with self._news:
            latest, images, failed = self._latest, self._in_order(), len(self._failed)
        left = latest.seconds_left if latest.done >= SURE_AFTER_PAGES else None
        return Snapshot(latest.done, latest.total, images, left, self.folder, failed, self.before)

    def _run(self, until_done: ExitStack) -> None:
        with until_done:
            try:
                self._await_turn()
                manifest = self._call_toolkit()
                if self._arranged is not None and not self._stop.is_set():
                    self._found = find(manifest, self._arranged)
            except StoppedError:
                self._settle(self._partial, stopped=True)
            except Exception as error:
                self._fail(error)
            else:
                self._settle(lambda: manifest, stopped=False)

    def _await_turn(self) -> None:
        for _ in self._ticket.until_served(self._stop):
            pass  # `follow` tells the place
        if self._stop.is_set():
            raise StoppedError

    def _call_toolkit(self) -> Manifest:
        from toolkit.preparing import Limits as PageLimits
        from toolkit.preparing import prepare

        return prepare(
            [upload.path for upload in self._uploads],
            self._recipe,
            output_dir=self.folder,
            pages={upload.name: upload.wanted for upload in self._uploads if upload.wanted},
            names=[upload.name for upload in self._uploads],
            passwords=self._passwords,
            limits=PageLimits(max_megapixels=self._limits.max_megapixels, max_pages=self._limits.max_pages),
            progress=self._report,
        )

    def _report(self, progress: Progress) -> None:
        with self._news:
            if self._settled:
                raise StoppedError
            self._latest = progress
            self._made.extend(progress.records)
            if progress.failure is not None:
                self._failed.append(progress.failure)
        if self._stop.is_set():
            raise StoppedError

    def _settle(self, result: Callable[[], Manifest], *, stopped: bool) -> None:
        """Put the result into the session, once. A stop before any picture leaves the earlier ones there."""
        with self._session.lock:
            with self._news:
                if self._settled:
                    return
                self._settled = True
            manifest = result()
            if self._is_current():
                self._hand_over(manifest, stopped)
            self._end()

    def _hand_over(self, manifest: Manifest, stopped: bool) -> None:
        work = self._session.work
        done, total = self._latest.done, self._latest.total
        if stopped and not manifest.images:
            self.kept_earlier = work.manifest is not None
            work.stopped = work.stopped or not self.kept_earlier
            return
        if work.manifest is not None:
            remember_prepared(work, say("documents.undo.prepared"))
        work.take(manifest, stopped=stopped, done=done, total=total)
        work.prepared_from = tuple(self._uploads)
        if self._arranged is not None:
            work.found = self._found
            arrange_by(work, self._arranged)

    def _fail(self, error: Exception) -> None:
        with self._session.lock, self._news:
            if not self._settled:
                self._settled, self.error = True, error
                self._end()

    def _end(self) -> None:
        self._ended.set()
        with self._news:
            self._news.notify_all()
        manifest = self._session.work.manifest
        if manifest is None or manifest.folder != self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        tidy(self._session)

    def _is_current(self) -> bool:
        return self._session.work.preparation is self and self.folder.is_dir()

    def _partial(self) -> Manifest:
        """Keep the pages that were ready when it was stopped, and what had failed by then."""
        from toolkit.preparing_run import shifted

        images: list[ImageRecord] = []
        for _, page in groupby(self._in_order(), key=lambda i: (i.source.file, i.source.page)):
            start = len(images)
            images += [shifted(image, start) for image in page]
        recipe = self._recipe
        failures = tuple(self._failed)
        manifest = Manifest(recipe.family, recipe.to_dict(), tuple(images), failures, self.folder)
        if images:
            manifest.save()
        return manifest

    def _in_order(self) -> tuple[ImageRecord, ...]:
        place = {upload.name: number for number, upload in enumerate(self._uploads)}
        return tuple(sorted(self._made, key=lambda i: (place.get(i.source.file, 0), i.source.page, i.label)))
