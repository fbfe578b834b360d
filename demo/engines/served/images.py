"""An image of a prompt to the data URL that is sent: encoded once, equal bytes each turn, bounded."""

import hashlib
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from demo.engines.errors import ImageUnreadableError

if TYPE_CHECKING:
    from prompts import ImageRef

CACHE_BYTES = 64 * 2**20
"""About 60 pages at 1024 as they are sent; the least recently used goes first."""
PLAIN_MODES = frozenset({"1", "L", "RGB", "P"})
"""Modes that every server reads alike. Transparency and 16 bit come out differently from one to the next."""

PLAIN_FORMATS = frozenset({"PNG", "JPEG"})
"""What every server reads; llama.cpp's reader (stb_image) knows no WebP."""

Stamp = tuple[str, int, int]


class DataUrl(str):
    """A data URL that knows the sha256 of the bytes in it, and of the file they come from."""

    __slots__ = ("file_sha256", "sha256")
    sha256: str
    file_sha256: str


class ImageStore:
    """The data URLs of images, by file, size and time of change. Shared by sessions: it holds only files."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit, self._bytes = limit, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[Stamp, DataUrl] = OrderedDict()

    def url(self, image: "ImageRef") -> DataUrl:
        """Give the data URL of an image's file.

        Raises ImageUnreadableError, naming the image, where the file is gone, is no picture, or is not the
        one that was prepared.
        """
        stamp = _stamp(image)
        with self._lock:
            if stamp in self._kept:
                self._kept.move_to_end(stamp)
                found = self._kept[stamp]
                _check(image, found.file_sha256)
                return found
        made = _encode(image)
        self._keep(stamp, made)
        return made

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    @property
    def bytes(self) -> int:
        """How much is kept."""
        return self._bytes

    def _keep(self, stamp: Stamp, url: DataUrl) -> None:
        with self._lock:
            if len(url) > self._limit or stamp in self._kept:
                return
            self._kept[stamp] = url
            self._bytes += len(url)
            while self._bytes > self._limit:
                self._bytes -= len(self._kept.popitem(last=False)[1])


def _stamp(image: "ImageRef") -> Stamp:
    try:
        state = Path(image.path or "").stat()
    except (OSError, ValueError) as error:
        raise ImageUnreadableError.of(image, "engines.image_missing") from error
    return (str(image.path), state.st_size, state.st_mtime_ns)


def _encode(image: "ImageRef") -> DataUrl:
    from prompts.errors import InputError
    from prompts.exports import bytes_url, image_file

    try:
        path = image_file(image)
        data = path.read_bytes()
    except (OSError, InputError) as error:
        raise ImageUnreadableError.of(image, "engines.image_missing") from error
    digest = hashlib.sha256(data).hexdigest()
    _check(image, digest)
    plain = _plain(data, image)
    url = DataUrl(bytes_url(data, path) if plain is None else bytes_url(plain, Path("flat.png")))
    url.file_sha256 = digest
    url.sha256 = digest if plain is None else hashlib.sha256(plain).hexdigest()
    return url


def _check(image: "ImageRef", digest: str) -> None:
    if image.sha256 and image.sha256 != digest:
        raise ImageUnreadableError.of(image, "engines.image_changed")


def _plain(data: bytes, image: "ImageRef") -> bytes | None:
    """Give a flat PNG of a picture that servers would read differently; None for one to be sent as it is."""
    from io import BytesIO

    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.size != image.size:
                raise ImageUnreadableError.of(image, "engines.image_changed")
            plain = opened.mode in PLAIN_MODES and not opened.has_transparency_data
            if plain and opened.format in PLAIN_FORMATS:
                return None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageUnreadableError.of(image, "engines.image_damaged", reason=type(error).__name__) from error
    return _flattened(image)


def _flattened(image: "ImageRef") -> bytes:
    from io import BytesIO

    from toolkit.errors import PreflightError
    from toolkit.sources import open_picture

    target = BytesIO()
    try:
        open_picture(Path(image.path or "")).image.save(target, "PNG")
    except PreflightError as error:
        raise ImageUnreadableError.from_text(error.text) from error
    return target.getvalue()
