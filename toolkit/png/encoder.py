"""Writing a PNG band by band: filter, deflate, chunks.

Memory stays at a few bands whatever the page; only the levels of a grey page of usual size come whole.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from isal import isal_zlib

from toolkit.files import part_file
from toolkit.framed import Framed
from toolkit.geometry import Size
from toolkit.png.bands import Bands, Kind, bands_of
from toolkit.png.deflate import Compressor, small_compressor, sparse_compressor, sparse_share
from toolkit.png.filters import Choice, choose_filter, filtered_bands
from toolkit.png.glued import Glued
from toolkit.raster import Pixels, Raster
from toolkit.recipe import Compression

if TYPE_CHECKING:
    from PIL.Image import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BIT_DEPTH: dict[Kind, int] = {"bilevel": 1, "grey": 8, "rgb": 8}
_COLOUR_TYPE: dict[Kind, int] = {"bilevel": 0, "grey": 0, "rgb": 2}
_METRES_PER_INCH = 0.0254
_IDAT_BYTES = 2**16
"""IDAT chunks are filled to this size before they are written; libpng reads 8 KiB at a time anyway."""


@dataclass(frozen=True)
class WrittenPng:
    """What was written: the hash and length of the file, the picture's size, and how pixels are stored."""

    sha256: str
    bytes: int
    size: Size
    kind: Kind


def write_png(
    picture: "Raster | Framed | Pixels | Image",
    path: Path,
    *,
    dpi: float | None = None,
    compress: Compression = "fast",
) -> WrittenPng:
    """Write a picture losslessly to `path`, whole or not at all.

    `picture` is a drawn page, a framed picture (its frame is written to), an opaque Pillow image, or an array
    of uint8, (height, width) or (height, width, 3) in the order red, green, blue. Pure grey and two-level
    pictures are stored as such. `dpi` goes into the file; `compress` is "fast" or "small". Raises OutputError
    with `path`.
    """
    bands = bands_of(picture)
    digest = hashlib.sha256()
    with part_file(path) as part, part.open("wb") as file:
        length = 0
        for piece in encode(bands, dpi=dpi, compress=compress):
            _write(file, piece)
            digest.update(piece)
            length += len(piece)
    return WrittenPng(digest.hexdigest(), length, bands.size, bands.kind)


def encode(bands: Bands, *, dpi: float | None, compress: Compression) -> Iterator[bytes]:
    """Give the bytes of the PNG file piece by piece."""
    width, height = bands.size
    header = struct.pack(">IIBBBBB", width, height, _BIT_DEPTH[bands.kind], _COLOUR_TYPE[bands.kind], 0, 0, 0)
    yield _SIGNATURE + _chunk(b"IHDR", header)
    if dpi is not None:
        density = max(1, round(dpi / _METRES_PER_INCH))
        yield _chunk(b"pHYs", struct.pack(">IIB", density, density, 1))
    for data in _filled(_deflated(bands, compress)):
        yield _chunk(b"IDAT", data)
    yield _chunk(b"IEND", b"")


def _deflated(bands: Bands, compress: Compression) -> Iterator[bytes]:
    choice = choose_filter(bands, compress)
    length = bands.size[1] * bands.row_bytes
    if compress == "fast":
        return _fast(bands, choice, length)
    return _stream(bands, choice.kind, small_compressor(length))


def _stream(bands: Bands, kind: int, stream: Compressor) -> Iterator[bytes]:
    for band in filtered_bands(bands, kind):
        yield stream.compress(band.data.data.cast("B"))
    yield stream.flush()


def _fast(bands: Bands, choice: Choice, length: int) -> Iterator[bytes]:
    """Compress by ISA-L, as long as that does not leave far more than need be."""
    sparse = sparse_share(length)
    search = choice.share < sparse
    stream = Glued(bands.row_bytes)
    held = bytearray()
    pieces = stream.pieces(filtered_bands(bands, choice.kind), search=search)
    for piece in pieces:
        held += piece
        if len(held) >= length * sparse:
            yield bytes(held)
            yield from pieces
            return
    if not search:  # the sample was denser than the page
        stream = Glued(bands.row_bytes)
        held = bytearray().join(stream.pieces(filtered_bands(bands, choice.kind), search=True))
    if len(held) < stream.drawn * sparse:
        held = min(held, bytearray().join(_stream(bands, choice.kind, sparse_compressor(length))), key=len)
    yield bytes(held)


def _filled(pieces: Iterator[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= _IDAT_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = isal_zlib.crc32(data, zlib.crc32(kind))  # a fifteenth of zlib's time
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)
