"""The deflate engines behind `--compress`: ISA-L for speed, libdeflate for size.

Measured on pages (docs/rendering.md): ISA-L takes a tenth of zlib's time for 10 to 30 % more bytes;
libdeflate gives fewer bytes than zlib's level 6 in a third to a half of its time, but wants all data at once.
"""

import zlib
from typing import Protocol

import deflate as libdeflate
from isal import isal_zlib

from toolkit.recipe import Compression

ISAL_LEVEL = 1
"""Levels 1 and 2 cost the same on pages and differ by 0.3 % in bytes; 3 is four times as slow for nothing."""

_HEAD = 16
"""Bytes that begin a stream; below 289 (ISAL_LOOK_AHEAD + 1) they all go through the code for last bytes."""

LIBDEFLATE_LEVEL = 8
"""The first level that stays under Pillow's bytes on photos too; 9 saves 0.3 % more for half as much time."""

SPARSE = 1 / 60
"""Where ISA-L leaves less than this share, most of the rows is blank, and there it takes 8 bits for 258 bytes
where zlib takes 2: in all 1.3 to 2.7 times the bytes of Pillow's default; on denser pages below 1.5 times.
Rows that repeat the one above are then looked for, for 1 to 4 ms a page; 0.9 to 1.3 times are left."""

_LITTLE, _LITTLE_SPARSE = 2**19, 1 / 8
"""Pictures of fewer bytes than 400 x 400 in colour, and the share for them: libdeflate takes 1 to 2 ms there,
and a small screenshot may hold what ISA-L's table of matches misses (1.8 times Pillow's bytes)."""

SPARSE_LEVEL = 6
"""What is below that share after this too is nearly blank rows that all differ, as on a page with nothing but
a slanted line: 1.5 to 3.3 times. libdeflate's level 6 takes at most 1.3 times there, in 13 ms a grey page and
39 ms a colour page of A4; level 4 takes as long, and up to 1.75 times the bytes."""

NOISY = 0.25
"""Pictures of which libdeflate leaves more than this share are photos, in which its short matches cost more
than they save (1 to 5 % above Pillow). Runs alone (Z_RLE) then often take less, in 5 to 15 % of the time."""

_MEMORY = 9
"""zlib's largest blocks, as Pillow has them; its default of 8 takes 0.2 % more on noise."""
PROBE_LEVEL = 5
_TALL = 768
"""Rows from which a sample may be tried for runs alone too, which brings scans 2 % down; of fewer rows the
sample is so large a part that it takes as long as the picture."""
ZLIB_LEVEL = 6
MOST_AT_ONCE = 40 * 2**20
"""Bytes of filtered rows that are held for libdeflate: A4 in colour at 300 dpi has 26 million. Larger
pictures go through zlib piece by piece, so that memory stays bounded."""


class Compressor(Protocol):
    """The part of zlib's compression object that is used here."""

    def compress(self, data: memoryview, /) -> bytes:
        """Take data, give what is ready."""
        ...

    def flush(self) -> bytes:
        """Give the rest."""
        ...


class RawFast:
    """ISA-L's raw blocks, with beginnings that make the bytes those of the data alone.

    ISA-L's code for levels 1 and 2 starts a stream by hashing a register that still holds the address of the
    stream's own object: position 2 is entered in a place of its hash table that depends on where the object
    lies in memory, and a later match may be taken there or not. What comes out is always right, but in one
    of some hundred to thousand streams not the same bytes. Its code for the last bytes before a flush starts
    properly, so the first bytes go through that; it costs one to twenty bytes for each beginning.
    """

    def __init__(self) -> None:
        """Start a stream; nothing is written before there are data."""
        self._stream = isal_zlib.compressobj(ISAL_LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
        self._head = _HEAD
        self._open = False

    def compress(self, data: memoryview, /) -> bytes:
        """Take data, give what is ready."""
        self._open = True
        if not self._head:
            return bytes(self._stream.compress(data))
        first, rest = data[: self._head], data[self._head :]
        self._head -= len(first)
        head = self._stream.compress(first) + self._stream.flush(isal_zlib.Z_SYNC_FLUSH)
        return bytes(head + self._stream.compress(rest))

    def cut(self) -> bytes:
        """End at a whole byte; what follows refers to nothing before it. Empty if nothing was taken."""
        if not self._open:
            return b""
        self._head, self._open = _HEAD, False
        return bytes(self._stream.flush(isal_zlib.Z_FULL_FLUSH))

    def finish(self) -> bytes:
        """Give the rest with the last block. Empty if nothing was taken since the start or the last cut."""
        return bytes(self._stream.flush()) if self._open else b""

    flush = finish


class AtOnce:
    """libdeflate behind the same interface: it takes everything and gives the stream at the end."""

    def __init__(self, level: int, *, runs: bool = True) -> None:
        """Compress at `level`, 1 to 12; with `runs`, see whether those alone suit noise better."""
        self._level = level
        self._noisy = NOISY if runs else 1.0
        self._data = bytearray()

    def compress(self, data: memoryview, /) -> bytes:
        """Take data, give nothing yet."""
        self._data += data
        return b""

    def flush(self) -> bytes:
        """Give the whole stream."""
        found = bytes(libdeflate.zlib_compress(self._data, self._level))
        noise = len(found) > self._noisy * len(self._data)
        return min(found, _runs(self._data), key=len) if noise else found


def _runs(data: bytearray) -> bytes:
    """Compress with no matches but runs, so that nearly all is left to the Huffman code."""
    stream = zlib.compressobj(ZLIB_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY, zlib.Z_RLE)
    return stream.compress(data) + stream.flush()


def small_compressor(length: int) -> Compressor:
    """Start a zlib stream of few bytes for `length` bytes of filtered rows."""
    return AtOnce(LIBDEFLATE_LEVEL) if length <= MOST_AT_ONCE else zlib.compressobj(ZLIB_LEVEL)


def sparse_share(length: int) -> float:
    """Give the share of `length` bytes of rows below which ISA-L may leave more than it should."""
    return SPARSE if length > _LITTLE else _LITTLE_SPARSE


def sparse_compressor(length: int) -> Compressor:
    """Start a zlib stream for `length` bytes of nearly blank rows that differ."""
    return AtOnce(SPARSE_LEVEL) if length <= MOST_AT_ONCE else zlib.compressobj(SPARSE_LEVEL)


def probe_compressor(compress: Compression, height: int) -> Compressor:
    """Start a stream that only measures how well a sample of a picture with `height` rows compresses."""
    return RawFast() if compress == "fast" else AtOnce(PROBE_LEVEL, runs=height >= _TALL)
