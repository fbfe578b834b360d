"""The lossless encoder: PNG that costs less than the drawing of the page.

Choices and measurements stand in docs/rendering.md. The output is deterministic: equal pixels, dpi and
`compress` give equal bytes with the same versions of isal and zlib.
"""

from toolkit.png.encoder import WrittenPng, write_png

__all__ = ["WrittenPng", "write_png"]
