"""Unfinished files of processes that are gone."""

import os
import re
from contextlib import suppress
from pathlib import Path

from toolkit.files import PART_SUFFIX

_PART = re.compile(r"\..*\.(\d+)" + re.escape(PART_SUFFIX))


def remove_parts(folder: Path, pid: int) -> None:
    """Delete the unfinished files that the process `pid` left in `folder`."""
    for path, owner in _parts(folder):
        if owner == pid:
            with suppress(OSError):
                path.unlink()


def remove_stale_parts(folder: Path) -> None:
    """Delete the unfinished files in `folder` whose process is no longer there."""
    for path, owner in _parts(folder):
        if not _alive(owner):
            with suppress(OSError):
                path.unlink()


def _parts(folder: Path) -> list[tuple[Path, int]]:
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    found = [(name, _PART.fullmatch(name)) for name in names if name.endswith(PART_SUFFIX)]
    return [(folder / name, int(match[1])) for name, match in found if match]


def _alive(pid: int) -> bool:
    if os.name != "posix":
        return False  # there os.kill would end the process; a file in use cannot be deleted there anyway
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
