"""Writing files whole or not at all, and choosing names that never collide."""

import errno
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from toolkit.errors import DiskFullError, NotWritableError, OutputError

PART_SUFFIX = ".vlpart"
"""Files that are not finished yet carry this suffix; whoever finds one may delete it."""

_CHUNK = 2**20


@contextmanager
def part_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it there when the block ends well, delete it otherwise.

    Raises DiskFullError or NotWritableError, naming `path`, for what the system refuses.
    """
    # File systems take 255 bytes; the name's start is enough to tell whose part it is.
    start = path.name.encode(errors="replace")[:180].decode(errors="ignore")
    part = path.with_name(f".{start}.{os.getpid()}{PART_SUFFIX}")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise output_error(error, path) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all. Raises OutputError."""
    with part_file(path) as part:
        part.write_bytes(data)


def make_folder(path: Path) -> Path:
    """Make the folder `path` and its parents, check that it can be written, and give it back."""
    probe = path / f".probe.{os.getpid()}{PART_SUFFIX}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise output_error(error, path) from error
    return path


def output_error(error: OSError, path: Path) -> OutputError:
    """Say what the system refused, as one of this project's errors."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFullError("disk_full", file=path)
    return NotWritableError("not_writable", file=path, reason=error.strerror or str(error))


def as_utf8(text: str) -> bytes:
    """Encode text that may hold a file name in bytes other than UTF-8; non-characters become U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()


def sha256_of(path: Path) -> str:
    """Hash a file's bytes; gives 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def unique_stems(paths: Iterable[Path]) -> list[str]:
    """Give each path a stem for its output files: its own name made safe, with -2, -3 … for repeats.

    Chinese and other letters and spaces stay; separators, control characters and leading dots go.
    Names that differ only in case count as the same, for file systems that do not tell them apart.
    """
    stems: list[str] = []
    taken: set[str] = set()
    for path in paths:
        base = safe_stem(path.stem)
        stem, number = base, 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{base}-{number}"
        taken.add(stem.casefold())
        stems.append(stem)
    return stems


def safe_stem(name: str) -> str:
    """Make a file stem that is safe on every system, at most 80 characters and 180 bytes of UTF-8."""
    kept = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    kept = re.sub(r'[\\/:*?"<>|]+', "_", kept).strip(". ")[:80].rstrip(". ")
    while len(kept.encode()) > 180:
        kept = kept[:-1]
    kept = kept.rstrip(". ") or "page"
    return f"{kept}_" if kept.upper() in _RESERVED else kept


_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
"""Names of devices on Windows, whatever the extension."""
