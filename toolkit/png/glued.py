"""A zlib stream glued from pieces: rows that repeat the one above need not pass the compressor.

Where a page is blank, or nothing but upright lines, each row equals the one above. With PNG's filter Up such
a row is the filter's number and zeros, whatever it shows, so that the compressed form of so and so many of
them depends on a row's length alone. It is made once and set in as often as needed, between pieces of ISA-L's
that refer to nothing before them (RFC 1951: bytes align after a full flush, and a stream is a sequence of
blocks). ISA-L itself takes 8 bits for each 258 bytes of blank, where zlib takes 2.
"""

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

from isal import isal_zlib

from toolkit.png.deflate import RawFast
from toolkit.png.filters import UP, Band
from toolkit.png.repeats import stretches

_HEADER = b"\x78\x01"
"""RFC 1950: deflate with a window of 32 KiB, fastest algorithm."""
_LAST_BLOCK = b"\x03\x00"
"""An empty block of fixed codes that says it is the last."""
_ADLER = 65521

LEAST_GAP = 2**16
"""Bytes of repeated rows that are worth a break in the compressor's stream, which costs it a new table of
codes (60 to 100 bytes) and some 20 microseconds. Between 16 and 64 KiB the files hardly differ."""
_SMALLEST, _LARGEST = 2**12, 2**22
"""Bytes of rows in the smallest and the largest piece that is kept ready."""


class Glued:
    """One zlib stream of PNG rows, `row_bytes` each with the filter's number; `pieces` gives it.

    `drawn` counts the bytes that passed the compressor.
    """

    def __init__(self, row_bytes: int) -> None:
        """Start a stream."""
        self.drawn = 0
        self._row = bytes([UP]) + bytes(row_bytes - 1)
        self._least = max(1, -(-LEAST_GAP // row_bytes))
        self._fast = RawFast()
        self._adler = 1
        self._waiting = 0

    def pieces(self, bands: Iterable[Band], *, search: bool) -> Iterator[bytes]:
        """Compress bands of rows, with `search` leaving out those that repeat the one above."""
        yield _HEADER
        for band in bands:
            parts = stretches(band.lines, self._least) if search else [(0, len(band.data), False)]
            for first, last, repeated in parts:
                if repeated:
                    self._waiting += last - first
                else:
                    yield from self._gap()
                    yield self._compress(band.data[first:last].data.cast("B"))
        yield from self._gap()
        yield self._fast.finish() or _LAST_BLOCK
        yield self._adler.to_bytes(4, "big")

    def _compress(self, rows: memoryview) -> bytes:
        self.drawn += len(rows)
        self._adler = isal_zlib.adler32(rows, self._adler)
        return self._fast.compress(rows)

    def _gap(self) -> Iterator[bytes]:
        """Write the repeated rows that wait: as ready pieces, and what is too little for one by ISA-L."""
        count, self._waiting = self._waiting, 0
        length = len(self._row)
        if count >= self._least:
            ready = [self._fast.cut()]
            for size in piece_sizes(length):
                times, rest = divmod(count, size)
                ready.append(zero_rows(length, size) * times)
                self._adler = after_repeats(self._adler, length, count - rest)
                count = rest
            yield b"".join(ready)
        if count:
            yield self._compress(memoryview(self._row * count))


@lru_cache(maxsize=16)
def piece_sizes(row_bytes: int) -> tuple[int, ...]:
    """List the rows of the pieces that are kept ready for a length of row, the largest first."""
    powers = [2**k for k in range(_LARGEST.bit_length()) if _SMALLEST <= 2**k * row_bytes <= _LARGEST]
    return tuple(reversed(powers)) or (1,)


@lru_cache(maxsize=64)
def zero_rows(row_bytes: int, count: int) -> bytes:
    """Compress `count` rows that repeat the one above, as whole blocks that refer to nothing before them.

    Runs are all that there is to find: Z_RLE gives what a full search would, in a third of the time.
    """
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    row = bytes([UP]) + bytes(row_bytes - 1)
    return stream.compress(row * count) + stream.flush(zlib.Z_FULL_FLUSH)


def after_repeats(adler: int, row_bytes: int, count: int) -> int:
    """Give the Adler-32 (RFC 1950) of data with checksum `adler` and `count` repeated rows after it.

    Such a row adds 2 to the sum of bytes with its first byte, and the sum so far with each of its bytes to
    the sum of sums.
    """
    low, high = adler & 0xFFFF, adler >> 16
    high += row_bytes * (count * low + UP * (count * (count + 1) // 2))
    return high % _ADLER << 16 | (low + UP * count) % _ADLER
