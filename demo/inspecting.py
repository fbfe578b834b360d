"""What a model will see of uploaded files, without preparing them: as `python -m toolkit inspect` says it."""

import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.arguments import ArgumentError
from demo.preparing import StoppedError
from demo.session import Session
from demo.uploads import bring, free_name, shortened
from toolkit.progress import Progress

if TYPE_CHECKING:
    from demo.context import Context

Plain = dict[str, Any]
Tell = Callable[[Plain], None]


def inspect(context: "Context", session: Session, given: Mapping[str, Any]) -> Iterator[Plain]:
    """Inspect the files in `given["files"]`, uploaded paths; how far it is, at the end the report.

    The session keeps nothing of it. Raises what `inspect_files` raises.
    """
    limits = context.settings.limits
    if not given["files"]:
        raise ArgumentError("files.none")
    names: list[str] = []
    folder = session.fresh_place("inspected")
    try:
        for path in map(Path, given["files"][: limits.max_files]):
            names.append(free_name(shortened(path.name), names))
        paths = [bring(Path(path), folder) for path in given["files"][: len(names)]]
        with session.run("inspect") as stop, session.stand_in_line("prepare") as ticket:
            for before in ticket.until_served(stop):
                context.store.touch(session)
                yield {"done": 0, "total": 0, "before": before}
            yield from in_background(partial(_report, context, session, paths, names, given, stop), stop)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _report(
    context: "Context",
    session: Session,
    paths: list[Path],
    names: list[str],
    given: Mapping[str, Any],
    stop: threading.Event,
    tell: Tell,
) -> Plain:
    from toolkit.inputs import InputOptions
    from toolkit.inspecting import View, inspect_files, to_plain

    limits = context.settings.limits

    def heard(progress: Progress) -> None:
        if stop.is_set():
            raise StoppedError
        context.store.touch(session)
        tell({"done": progress.done, "total": progress.total, "before": None})

    found = inspect_files(
        paths,
        View(given["family"], given["long_side"]),
        options=InputOptions(password=given["password"] or None, max_megapixels=limits.max_megapixels),
        names=names,
        max_pages=limits.max_pages,
        progress=heard,
    )
    return to_plain(*found) | {"left_out": len(given["files"]) - len(names)}


def in_background(work: Callable[[Tell], Plain], stop: threading.Event) -> Iterator[Plain]:
    """Do `work` in a thread; give what it tells, and its result last. Closing the iterator sets `stop`.

    Raises what `work` raises.
    """
    news: queue.SimpleQueue[Plain | BaseException | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            news.put(work(news.put))
        except BaseException as error:
            news.put(error)
        news.put(None)

    thread = threading.Thread(target=run, name="inspect", daemon=True)
    thread.start()
    try:
        while (told := news.get()) is not None:
            if isinstance(told, BaseException):
                raise told
            yield told
    finally:
        stop.set()
        thread.join()
