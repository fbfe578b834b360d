"""Documents into a session's folder, and out of it again."""

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from demo.session import Session
from demo.work import Upload
from toolkit.errors import PasswordError, PreflightError
from toolkit.files import safe_stem
from toolkit.texts import Text

MAX_NAME = 120


def add_files(session: Session, paths: Sequence[str], limit: int) -> int:
    """Take uploaded files into the session's folder; give how many were over the limit and left out.

    Gradio has checked by now that the paths are its own uploads. It keeps equal files of several visitors at
    one place, so that they are not moved: the sessions' janitor sweeps them soon.
    """
    room = max(0, limit - len(session.work.uploads))
    for given in paths[:room]:
        session.work.uploads.append(_take(session, Path(given)))
    return max(0, len(paths) - room)


def add_sample(session: Session, name: str) -> None:
    """Add one of the bundled documents; a second time changes nothing. Raises KeyError."""
    from demo.samples import get_sample

    path = get_sample(name).path
    if all(upload.path != path for upload in session.work.uploads):
        session.work.uploads.append(Upload(path, _free_name(session, path.name)))


def remove(session: Session, index: int) -> None:
    """Take one document away; the file of a visitor is deleted, a sample is not."""
    if 0 <= index < len(session.work.uploads):
        upload = session.work.uploads.pop(index)
        if upload.path.is_relative_to(session.folder):
            upload.path.unlink(missing_ok=True)


def survey(session: Session, max_megapixels: float) -> None:
    """Look at each new document in a worker process: pages, encryption, what is wrong with it."""
    from toolkit.survey import HANDLER, read_survey, survey_job
    from toolkit.work import Done, run_jobs

    new = {str(u.path): u for u in session.work.uploads if u.pages is None and u.fault is None}
    jobs = [survey_job(upload.path, max_megapixels=max_megapixels) for upload in new.values()]
    if not jobs:
        return
    seen: dict[Path, Upload] = {}
    for outcome in run_jobs(HANDLER, jobs, workers=1):
        upload = new[outcome.job.key]
        if isinstance(outcome, Done):
            seen[upload.path] = replace(upload, pages=read_survey(outcome.result).page_count)
        else:
            seen[upload.path] = _faulty(upload, outcome.error)
    session.work.uploads[:] = [seen.get(upload.path, upload) for upload in session.work.uploads]


def _faulty(upload: Upload, error: PreflightError) -> Upload:
    if isinstance(error, PasswordError):
        return replace(upload, encrypted=True, pages=0)
    return replace(upload, fault=named(error.text, upload))


def named(text: Text, upload: Upload) -> Text:
    """Put the name people know in place of the path, which is nobody's business."""
    path = str(upload.path)
    return Text(text.en.replace(path, upload.name), text.zh.replace(path, upload.name))


def _take(session: Session, path: Path) -> Upload:
    # A name of our own, so that no message can ever show where the file really lies.
    target = session.place("documents") / f"{secrets.token_hex(8)}.{safe_stem(path.suffix)[:8].lower()}"
    try:
        target.hardlink_to(path)
    except OSError:  # another file system, or one without links
        shutil.copyfile(path, target)
    return Upload(target, _free_name(session, path.name[:MAX_NAME]))


def _free_name(session: Session, name: str) -> str:
    """Tell two files of the same name apart: results, passwords and messages go by name."""
    taken = {upload.name for upload in session.work.uploads}
    path, number = Path(name), 1
    while name in taken:
        number += 1
        name = f"{path.stem} ({number}){path.suffix}"
    return name
