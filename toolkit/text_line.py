"""One line of text, measured on its pixels: its em, its place, its levels."""

from dataclasses import dataclass

from toolkit.geometry import Box
from toolkit.line_gates import cjk_share, is_surely_text, may_be_text, repeats
from toolkit.line_shape import Shape, shape_of
from toolkit.line_strip import cut_strip
from toolkit.strokes import Strokes, strokes_of
from toolkit.text_lines import Candidate, Canvas

LATIN_RISE = 0.73
"""Height of ascenders and capitals above the baseline in em: 0.69 (Liberation Serif) to 0.77 (Aileron)."""
LATIN_EXTENT = 1.0
"""From ascenders to descenders a Latin row is at most this high, in em; guards against a misread baseline."""
CJK_EXTENT = 0.945
"""From the top to the bottom of a row of Chinese characters in em: 0.92 to 0.97 (Noto Sans and Serif CJK)."""
CHINESE = 0.5
"""Share from which the strokes of a row are counted as Chinese and not as Latin ones."""
SOFT_END = 0.3
"""Share of an edge's width that `EDGE` counts as text beyond the true end of the ink, at each end."""


@dataclass(frozen=True)
class TextLine:
    """One line of text, in px of the full picture.

    `box` is the upright box around it, `em` its font size, `cjk` how sure it is of Chinese glyphs (0..1),
    `slope` dy/dx, `characters` an estimate. `paper` and `ink` are grey levels, `light` is true for light on
    dark. `sure` is false where only other lines make it believable, `crisp` is true for edges as clean as
    drawn ones, `level` where no letter stands above the others, as in capitals and figures. `down` is true
    for a column of text that runs down; its `slope` is that of the picture turned to the left. `above` and
    `below` tell how much ink ascenders and descenders have, as in `Shape`; `strokes` how its characters
    stand, where they were looked at.
    """

    box: Box
    em: float
    cjk: float
    slope: float
    characters: float
    paper: float
    ink: float
    light: bool
    sure: bool
    crisp: bool
    level: bool
    down: bool = False
    above: float = 0.0
    below: float = 0.0
    strokes: Strokes | None = None


def measure_row(canvas: Canvas, row: Candidate, *, with_strokes: bool = False) -> TextLine | None:
    """Measure a candidate, or give None where it is not text."""
    strip = cut_strip(canvas, row)
    shape = None if strip is None else shape_of(strip)
    if strip is None or shape is None or not may_be_text(shape) or repeats(strip.cover, shape.extent):
        return None
    cjk = cjk_share(shape)
    em = _em(shape, cjk) * strip.scale
    return TextLine(
        box=_full_box(canvas, row),
        em=em,
        cjk=cjk,
        slope=row.slope,
        characters=shape.length * strip.scale / em * (2 - cjk),
        paper=strip.paper,
        ink=strip.ink,
        light=row.light,
        sure=is_surely_text(shape),
        level=shape.band > 0.87,
        crisp=shape.two_level >= 0.87 and shape.fall >= 11,
        above=shape.above,
        below=shape.below,
        strokes=strokes_of(strip, shape, chinese=cjk >= CHINESE) if with_strokes else None,
    )


def _em(shape: Shape, cjk: float) -> float:
    """Give the em in px of the strip, between the Latin and the Chinese reading of the row."""
    soft = SOFT_END * shape.extent / shape.fall
    extent = shape.extent - 2 * soft
    latin, chinese = max((shape.rise - soft) / LATIN_RISE, extent / LATIN_EXTENT), extent / CJK_EXTENT
    return float(max(1.0, latin) ** (1 - cjk) * max(1.0, chinese) ** cjk)


def _full_box(canvas: Canvas, row: Candidate) -> Box:
    reach = (row.height + abs(row.slope) * (row.right - row.left)) / 2
    box = (row.left, row.middle - reach, row.right, row.middle + reach)
    left, upper, right, lower = (side * canvas.scale for side in box)
    height, width = (side * canvas.scale for side in canvas.work.shape)
    return (max(0.0, left), max(0.0, upper), min(width, right), min(height, lower))
