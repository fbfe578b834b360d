# mypy: disable-error-code="import-not-found,import-untyped,unused-ignore"
"""Noto CJK faces: how wide a text is, where its ink lies, and a small TrueType font for a PDF."""

import io
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from toolkit.geometry import Box

FOLDER = Path("/usr/share/fonts/opentype/noto")
SC = 2
"""Where the simplified Chinese face stands in each of the collections."""
SC_MONO = 7
"""Where the monospaced simplified Chinese face stands in the Sans collections."""


@dataclass(frozen=True)
class Face:
    """One face of a font collection: `file` in Debian's folder, and its number there."""

    name: str
    file: str
    number: int = SC
    _bounds: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def path(self) -> Path:
        """The path of the collection."""
        return FOLDER / self.file

    @cached_property
    def _font(self) -> Any:
        return TTFont(self.path, fontNumber=self.number, lazy=True)

    @cached_property
    def _glyphs(self) -> Any:
        return self._font.getGlyphSet()

    @cached_property
    def _cmap(self) -> dict[int, str]:
        return dict(self._font.getBestCmap())

    def _units(self, char: str) -> int:
        return int(self._font["hmtx"][self._cmap[ord(char)]][0])

    def width(self, text: str, size: float) -> float:
        """Give the advance of `text` at `size` points (or pixels) per em, in the same unit."""
        return sum(self._units(c) for c in text) * size / 1000

    def ink(self, text: str, size: float) -> Box:
        """Give the box around the drawn glyphs, relative to the start of the baseline, y downwards."""
        x, boxes = 0, []
        for char in text:
            bounds = self._bounds_of(char)
            if bounds is not None:
                boxes.append((x + bounds[0], -bounds[3], x + bounds[2], -bounds[1]))
            x += self._units(char)
        edges = [min(b[0] for b in boxes), min(b[1] for b in boxes)]
        edges += [max(b[2] for b in boxes), max(b[3] for b in boxes)]
        left, upper, right, lower = (edge * size / 1000 for edge in edges)
        return (left, upper, right, lower)

    def _bounds_of(self, char: str) -> Any:
        if char not in self._bounds:
            pen = BoundsPen(self._glyphs)
            self._glyphs[self._cmap[ord(char)]].draw(pen)
            self._bounds[char] = pen.bounds
        return self._bounds[char]

    def truetype(self, chars: set[str], name: str) -> io.BytesIO:
        """Build a TrueType font called `name` of just `chars` (PDF writers take no CFF collections)."""
        glyphs = {ord(c): self._cmap[ord(c)] for c in sorted(chars | {" "})}
        order = [".notdef", *dict.fromkeys(glyphs.values())]
        outlines = {n: self._quadratic(n) for n in order}
        builder = FontBuilder(1000, isTTF=True)
        builder.setupGlyphOrder(order)
        builder.setupCharacterMap(glyphs)
        builder.setupGlyf(outlines)
        metrics = {n: (self._font["hmtx"][n][0], getattr(outlines[n], "xMin", 0)) for n in order}
        builder.setupHorizontalMetrics(metrics)
        builder.setupHorizontalHeader(ascent=880, descent=-120)
        builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
        builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
        builder.setupPost(keepGlyphNames=False)
        # Else the time of day would be in the file.
        builder.updateHead(created=0, modified=0)
        builder.font.recalcTimestamp = False
        data = io.BytesIO()
        builder.save(data)
        data.seek(0)
        return data

    def _quadratic(self, name: str) -> Any:
        pen = TTGlyphPen(None)
        self._glyphs[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
        return pen.glyph()


@cache
def sans() -> Face:
    """Noto Sans CJK SC Regular."""
    return Face("SampleSans", "NotoSansCJK-Regular.ttc")


@cache
def sans_bold() -> Face:
    """Noto Sans CJK SC Bold."""
    return Face("SampleSansBold", "NotoSansCJK-Bold.ttc")


@cache
def serif() -> Face:
    """Noto Serif CJK SC Regular."""
    return Face("SampleSerif", "NotoSerifCJK-Regular.ttc")


@cache
def mono() -> Face:
    """Noto Sans Mono CJK SC Regular."""
    return Face("SampleMono", "NotoSansCJK-Regular.ttc", SC_MONO)


NEVER_FIRST = "，。；：、！？）」”’%,.;:!?)"
NEVER_LAST = "（「“‘("


def wrap(text: str, face: Face, size: float, width: float) -> list[str]:
    """Break `text` into lines of at most `width`: between words, or between Chinese characters.

    Closing punctuation never starts a line and opening punctuation never ends one.
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if line and face.width((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()]


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for char in text:
        glued = pieces and (char in NEVER_FIRST or pieces[-1][-1] in NEVER_LAST or char == " ")
        word = pieces and char.isascii() and pieces[-1][-1].isascii() and not pieces[-1].endswith(" ")
        if glued or word:
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces
