"""Documents into a session's folder, and out of it again."""

import secrets
import shutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from demo.history import DOCUMENTS, history_of, remember_uploads, tidy
from demo.opening import is_office
from demo.session import Session
from demo.words import say
from demo.work import Upload
from toolkit.errors import PasswordError, PreflightError, UsageError
from toolkit.files import safe_stem
from toolkit.texts import Text

MAX_NAME, END = 120, 30
"""Characters of a document's name, and how many of them are its end where it is cut."""
MAX_RANGE = 200
"""Characters of a page range; more is no range that a person typed."""


def add_files(session: Session, paths: Sequence[str], limit: int) -> int:
    """Take uploaded files into the session's folder; give how many were over the limit and left out.

    Gradio has checked by now that the paths are its own uploads. It keeps equal files of several visitors at
    one place, so that they are not moved: the sessions' janitor sweeps them soon.
    """
    room = max(0, limit - len(session.work.uploads))
    # Removing and adding again and again must not fill the disk.
    history_of(session.work).forget_beyond(limit)
    tidy(session)
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
    """Take one document away. Its file goes when neither Undo nor a prepared picture needs it any more."""
    if 0 <= index < len(session.work.uploads):
        name = session.work.uploads[index].name
        remember_uploads(session.work, say("documents.undo.removed", name=name))
        session.work.uploads.pop(index)
        tidy(session)


def remove_all(session: Session) -> None:
    """Take all documents away."""
    if session.work.uploads:
        remember_uploads(session.work, say("documents.undo.cleared"))
        session.work.uploads.clear()
        tidy(session)


def choose_pages(session: Session, index: int, given: str) -> None:
    """Take a page range such as "1-3,7" for one PDF; what is wrong with it stands beside it at once."""
    if not 0 <= index < len(session.work.uploads):
        return
    upload = session.work.uploads[index]
    wanted = given.strip()[:MAX_RANGE]
    fault = _range_fault(upload, wanted) if wanted else None
    session.work.uploads[index] = replace(upload, wanted=wanted, wanted_fault=fault)


def _range_fault(upload: Upload, wanted: str) -> Text | None:
    """Say what is wrong with a page range, in words of the page: it has no command-line options."""
    from toolkit.page_ranges import parse_page_ranges

    try:
        spans = parse_page_ranges(wanted)
    except UsageError:
        return say("documents.range.bad", name=upload.name, given=wanted)
    beyond = [page for span in spans for page in span if page and upload.pages and page > upload.pages]
    if beyond:
        return say("documents.range.missing", name=upload.name, count=upload.pages, page=beyond[0])
    return None


def give_password(session: Session, index: int, password: str) -> None:
    """Take the password of one document; the next survey tells whether it fits."""
    if 0 <= index < len(session.work.uploads) and password:
        upload = session.work.uploads[index]
        session.work.passwords = {**session.work.passwords, upload.name: password}
        session.work.uploads[index] = replace(upload, pages=None)


def survey(session: Session, max_megapixels: float) -> None:
    """Look at each new document in a worker process: pages, encryption, what is wrong with it."""
    from toolkit.survey import HANDLER, survey_job
    from toolkit.work import Done, run_jobs

    new = {str(u.path): u for u in session.work.uploads if u.pages is None and u.fault is None}
    jobs = [
        survey_job(u.path, password=session.work.passwords.get(u.name), max_megapixels=max_megapixels)
        for u in new.values()
    ]
    if not jobs:
        return
    seen: dict[Path, Upload] = {}
    for outcome in run_jobs(HANDLER, jobs, workers=1):
        upload = new[outcome.job.key]
        if isinstance(outcome, Done):
            seen[upload.path] = _looked_into(upload, outcome.result)
        else:
            seen[upload.path] = _faulty(upload, outcome.error, session)
    session.work.uploads[:] = [
        replace(seen[u.path], wanted=u.wanted) if u.path in seen else u for u in session.work.uploads
    ]


def _looked_into(upload: Upload, result: dict[str, object]) -> Upload:
    from toolkit.survey import read_survey

    found = read_survey(result)
    return replace(
        upload,
        pages=found.page_count,
        kind=found.kind,
        sha256=found.sha256,
        opened=upload.encrypted,
        fault=None,
        wanted_fault=None,
    )


def _faulty(upload: Upload, error: PreflightError, session: Session) -> Upload:
    if is_office(upload.path):
        return replace(upload, fault=say("documents.office", name=upload.name))
    if not isinstance(error, PasswordError):
        return replace(upload, fault=named(error.text, upload))
    wrong = bool(session.work.passwords.pop(upload.name, ""))
    tried = say("documents.wrong_password", file=upload.name) if wrong else None
    return replace(upload, encrypted=True, opened=False, pages=0, kind="pdf", wanted_fault=tried)


def named(text: Text, upload: Upload) -> Text:
    """Put the name people know in place of the path, which is nobody's business."""
    path = str(upload.path)
    return Text(text.en.replace(path, upload.name), text.zh.replace(path, upload.name))


def _take(session: Session, path: Path) -> Upload:
    return Upload(bring(path, session.place(DOCUMENTS)), _free_name(session, path.name))


def bring(path: Path, folder: Path) -> Path:
    """Put an uploaded file into `folder`, under a name of our own, so that no message shows where it is."""
    target = folder / f"{secrets.token_hex(8)}.{safe_stem(path.suffix)[:8].lower()}"
    try:
        target.hardlink_to(path)
    except OSError:  # another file system, or one without links
        shutil.copyfile(path, target)
    return target


def _free_name(session: Session, name: str) -> str:
    return free_name(shortened(name), {upload.name for upload in session.work.uploads})


def shortened(name: str) -> str:
    """Cut a name that is too long in its middle, so that its end still tells files apart, and their kind."""
    if len(name) <= MAX_NAME:
        return name
    return f"{name[: MAX_NAME - END - 1]}…{name[-END:]}"


def free_name(name: str, taken: Collection[str]) -> str:
    """Tell two files of the same name apart: results, passwords and messages go by name."""
    path, number = Path(name), 1
    while name in taken:
        number += 1
        name = f"{path.stem} ({number}){path.suffix}"
    return name
