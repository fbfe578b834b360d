"""The two deflate engines behind `--compress`: ISA-L for speed, zlib for size."""

import zlib
from typing import Protocol, cast

from isal import isal_zlib

from toolkit.recipe import Compression

ISAL_LEVEL = 1
"""Levels 1 and 2 cost the same on pages and differ by 0.3 % in bytes; 3 is four times as slow for nothing."""

ZLIB_LEVEL = 6


class Compressor(Protocol):
    """The part of zlib's compression object that is used here."""

    def compress(self, data: memoryview, /) -> bytes:
        """Take data, give what is ready."""
        ...

    def flush(self) -> bytes:
        """Give the rest."""
        ...


def compressor(compress: Compression) -> Compressor:
    """Start a zlib stream."""
    if compress == "fast":
        return cast(Compressor, isal_zlib.compressobj(ISAL_LEVEL))
    return zlib.compressobj(ZLIB_LEVEL)
