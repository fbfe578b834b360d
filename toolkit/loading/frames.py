"""The frames of a TIFF: where each begins, found once, and a file that begins at one of them.

Pillow finds frame n by reading all that come before it, each time a file is opened, and keeps what it has
decoded while the file stays open. Here the chain is walked once for each worker, and each page is opened at
its own frame: 12,000 frames cost 12,000 times one, in the memory of one.
"""

import io
import struct
from functools import lru_cache
from pathlib import Path

from toolkit.errors import DamagedSourceError, TooManyFramesError
from toolkit.reasons import reason

MAX_FRAMES = 10_000
"""A TIFF with more is refused: no scanner writes such a file, and a small hostile one can name millions."""


class FrameFile(io.BufferedReader):
    """A TIFF whose header names another frame as its first, so that a reader opens that one."""

    def __init__(self, path: Path, offset: int) -> None:
        """Open `path`; `offset` is one of `frame_offsets`."""
        super().__init__(io.FileIO(path))
        head = super().read(_HEAD)
        order, big = _layout(head)
        first = struct.pack(order + ("Q" if big else "I"), offset)
        self._head = head[:8] + first + head[16:] if big else head[:4] + first + head[8:]
        self.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on; the header is the changed one."""
        at = self.tell()
        data = super().read(size)
        own = self._head[at : at + len(data)]
        return own + data[len(own) :]


_HEAD = 16
"""Bytes of the longer header, that of BigTIFF; the other has 8, and what follows stays as it is."""


def frame_offsets(path: Path) -> tuple[int, ...]:
    """Give where each frame of a TIFF begins, in bytes, in the order of the pages.

    A frame beyond the end of the file is in the list: its page fails by name. Raises TooManyFramesError, or
    DamagedSourceError for a header that leads nowhere.
    """
    status = path.stat()
    return _walked(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4)
def _walked(path: Path, size: int, _changed: int) -> tuple[int, ...]:
    with path.open("rb") as file:
        order, big = _layout(file.read(4))
        file.seek(8 if big else 4)
        offset = _number(file, order + ("Q" if big else "I"))
        found: dict[int, None] = {}
        while offset and offset not in found:
            if len(found) == MAX_FRAMES:
                raise TooManyFramesError("too_many_frames", file=path, limit=MAX_FRAMES)
            found[offset] = None
            offset = _next(file, offset, order, big=big) if offset < size else 0
    if not found:
        raise DamagedSourceError("damaged", file=path, reason=reason("header"))
    return tuple(found)


def _layout(head: bytes) -> tuple[str, bool]:
    """Tell the order of bytes, and whether it is BigTIFF; a header too short is filled up with zeros."""
    order = ">" if head.startswith(b"MM") else "<"
    return order, struct.unpack_from(order + "H", head.ljust(4, b"\0"), 2)[0] == 43


def _next(file: io.BufferedReader, offset: int, order: str, *, big: bool) -> int:
    """Read where the next frame begins (TIFF 6.0, section 2; BigTIFF has 8-byte counts), 0 after the last."""
    count, entry, link = ("Q", 20, "Q") if big else ("H", 12, "I")
    file.seek(offset)
    entries = _number(file, order + count)
    file.seek(offset + struct.calcsize(order + count) + entry * min(entries, _MAX_ENTRIES))
    return _number(file, order + link)


_MAX_ENTRIES = 2**32
"""A count of entries beyond it is broken, and its product would be no place in a file."""


def _number(file: io.BufferedReader, layout: str) -> int:
    """Read a number, 0 where the file has ended."""
    data = file.read(struct.calcsize(layout))
    return int(struct.unpack(layout, data)[0]) if len(data) == struct.calcsize(layout) else 0
