"""Documents into a session's folder, and out of it again."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from toolkit.files import safe_stem

from demo.session import Session
from demo.work import Upload

MAX_NAME = 120


def add_files(session: Session, paths: Sequence[str], limit: int) -> int:
    """Move uploaded files into the session's folder; give how many were over the limit and left out.

    Gradio has checked by now that the paths are its own uploads. The moved file is no longer at an address
    that anyone could ask for.
    """
    room = max(0, limit - len(session.work.uploads))
    for given in paths[:room]:
        session.work.uploads.append(_take(session, Path(given)))
    for given in paths[room:]:
        Path(given).unlink(missing_ok=True)
    return max(0, len(paths) - room)


def add_sample(session: Session, name: str) -> None:
    """Add one of the bundled documents; a second time changes nothing. Raises KeyError for an unknown name."""
    from demo.samples import get_sample

    path = get_sample(name).path
    if all(upload.path != path for upload in session.work.uploads):
        session.work.uploads.append(Upload(path, path.name, path.stat().st_size))


def remove(session: Session, index: int) -> None:
    """Take one document away; the file of a visitor is deleted, a sample is not."""
    if 0 <= index < len(session.work.uploads):
        upload = session.work.uploads.pop(index)
        if upload.path.is_relative_to(session.folder):
            upload.path.unlink(missing_ok=True)


def _take(session: Session, path: Path) -> Upload:
    target = session.fresh_place("upload") / (safe_stem(path.stem) + path.suffix[:10].lower())
    shutil.move(path, target)
    return Upload(target, path.name[:MAX_NAME], target.stat().st_size)
