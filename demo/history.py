"""What can be undone: each change of documents, pictures, order or roles, the last one first."""

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from demo.work import Arrangement, Upload, Work
from toolkit.manifest import Manifest
from toolkit.texts import Text

if TYPE_CHECKING:
    from demo.session import Session

MAX_MOMENTS = 30
MAX_EARLIER = 2
"""Earlier preparations whose pictures are kept for Undo; more would fill the disk."""
DRAWN_SECONDS = 60.0
"""A page is drawn within its time limit, which is this."""
PREPARED, DOCUMENTS = "prepared", "documents"


@dataclass(frozen=True)
class Prepared:
    """Pictures and their order as they stood."""

    manifest: Manifest | None
    arrangement: Arrangement
    prepared_from: tuple[Upload, ...]
    stopped: bool
    done: int
    total: int
    grids: frozenset[int]

    @classmethod
    def of(cls, work: Work) -> "Prepared":
        """Take down how `work` stands."""
        return cls(
            work.manifest, work.arrangement.copy(), work.prepared_from, work.stopped, work.done, work.total,
            work.grids,
        )  # fmt: skip

    def give_back(self, work: Work) -> None:
        """Let `work` stand like this again."""
        same = work.manifest is self.manifest
        work.manifest, work.arrangement = self.manifest, self.arrangement.copy()
        work.prepared_from, work.grids = self.prepared_from, self.grids
        work.stopped, work.done, work.total = self.stopped, self.done, self.total
        work.question.box = None
        if not same:
            work.forget_looks()


@dataclass(frozen=True)
class Moment:
    """How it was before one change; `what` names the change. None: the change left that part alone."""

    what: Text
    uploads: tuple[Upload, ...] | None = None
    prepared: Prepared | None = None


@dataclass
class History:
    """The moments that can be gone back to, the latest last."""

    moments: list[Moment] = field(default_factory=list)

    @property
    def last(self) -> Text | None:
        """The change that Undo takes back, None if there is none."""
        return self.moments[-1].what if self.moments else None

    def add(self, moment: Moment) -> None:
        """Remember a moment; the oldest are forgotten."""
        self.moments = [*self.moments, moment][-MAX_MOMENTS:]
        while len(self.folders()) > MAX_EARLIER:
            self.moments.pop(0)

    def forget_beyond(self, files: int) -> None:
        """Forget the oldest moments until no more than so many documents are kept for Undo."""
        while self.moments and len(self.documents()) > files:
            self.moments.pop(0)

    def folders(self) -> set[Path]:
        """The folders of pictures that Undo may need."""
        prepared = [moment.prepared for moment in self.moments if moment.prepared is not None]
        return {one.manifest.folder for one in prepared if one.manifest is not None}

    def documents(self) -> set[Path]:
        """The documents that Undo may need."""
        lists = [moment.uploads or () for moment in self.moments]
        lists += [moment.prepared.prepared_from for moment in self.moments if moment.prepared is not None]
        return {upload.path for uploads in lists for upload in uploads}


def history_of(work: Work) -> History:
    """Give the history of a visitor's work."""
    if work.history is None:
        work.history = History()
    return work.history


def remember_uploads(work: Work, what: Text) -> None:
    """Remember the documents before a change that `what` names."""
    history_of(work).add(Moment(what, uploads=tuple(work.uploads)))


def remember_prepared(work: Work, what: Text) -> None:
    """Remember pictures, order and roles before a change that `what` names."""
    history_of(work).add(Moment(what, prepared=Prepared.of(work)))


def undo(session: "Session") -> Text | None:
    """Take the last change back and say which it was; None if there is none."""
    history = history_of(session.work)
    if not history.moments:
        return None
    moment = history.moments.pop()
    if moment.uploads is not None:
        _give_back(session.work, moment.uploads)
    if moment.prepared is not None:
        moment.prepared.give_back(session.work)
    tidy(session)
    return moment.what


def _give_back(work: Work, before: tuple[Upload, ...]) -> None:
    """Documents that came since stay."""
    known = {upload.path: upload for upload in work.uploads}
    kept = [known.get(upload.path, upload) for upload in before]
    work.uploads = [
        *kept,
        *(upload for path, upload in known.items() if path not in {u.path for u in before}),
    ]


def tidy(session: "Session") -> None:
    """Delete the documents and pictures of a session that neither it nor Undo can reach any more."""
    work, history = session.work, history_of(session.work)
    folders = history.folders()
    if work.manifest is not None:
        folders.add(work.manifest.folder)
    if work.preparation is not None and not work.preparation.ended:
        folders.add(work.preparation.folder)
    for folder in session.folder.glob(f"{PREPARED}-*"):
        if folder not in folders:
            shutil.rmtree(folder, ignore_errors=True)
    _delete_drawn(session)
    documents = history.documents() | {u.path for u in (*work.uploads, *work.prepared_from)}
    for path in session.folder.glob(f"{DOCUMENTS}/*"):
        if path not in documents:
            path.unlink(missing_ok=True)


def _delete_drawn(session: "Session") -> None:
    """Delete pages and regions that were drawn to be looked at; young ones may still be in the making."""
    looks = [look.path for look in session.work.looks.values() if look.path is not None]
    pages = [picture.path for picture in session.work.pages.values()]
    kept = {path.parent for path in (*looks, *pages)}
    for folder in (*session.folder.glob("look-*"), *session.folder.glob("page-*")):
        if folder not in kept and time.time() - folder.stat().st_mtime > DRAWN_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
