"""How tall the text of a page is: the smallest and the typical, in pixels per em.

An em is the font's nominal size: 10 pt text on a page at 300 dpi has 10 / 72 * 300 = 41.7 px per em.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from PIL import Image

    from toolkit.text_line import TextLine

SMALLEST_SHARE = 0.02
"""The smallest text is the size that at most 2 % of the text's length falls below: one line of 50 counts,
such as a footnote; a superscript, a page number or a speck that looks like text does not."""
SAME_SIZE = 1.15
"""Lines measured within this ratio of each other count as one size: that is how far the estimate scatters."""


@dataclass(frozen=True)
class TextHeight:
    """The height of a page's text in px per em at the size given; None where no text was found.

    `source` is "pdf" for the sizes that the document itself names, "pixels" for image analysis. `lines` is
    how many lines (of pixels) or sizes (of a PDF) were found, `characters` about how many characters.
    """

    smallest: float | None
    typical: float | None
    source: Literal["pdf", "pixels"]
    lines: int
    characters: int = 0

    @property
    def found(self) -> bool:
        """Whether any text was found."""
        return self.typical is not None

    def at_scale(self, scale: float) -> "TextHeight":
        """Give the heights after the page is resized by `scale` (new side / old side)."""
        smallest = None if self.smallest is None else self.smallest * scale
        typical = None if self.typical is None else self.typical * scale
        return replace(self, smallest=smallest, typical=typical)

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for a manifest: px per em with one decimal."""
        return {
            "smallest": None if self.smallest is None else round(self.smallest, 1),
            "typical": None if self.typical is None else round(self.typical, 1),
            "unit": "px per em",
            "source": self.source,
            "lines": self.lines,
            "characters": self.characters,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "TextHeight":
        """Read the heights back from a manifest."""
        return cls(**{field.name: data[field.name] for field in fields(cls) if field.name in data})


def measure_text_height(image: "Image.Image") -> TextHeight:
    """Measure the text of `image` by image analysis, in px per em of the picture as given.

    Right within 20 % for horizontal lines of 7 px per em and more, skewed by up to 5 degrees, and for
    paragraphs of Chinese that run down; where no text is found the heights are None.
    """
    from toolkit.page_lines import read_lines

    return height_of_lines(read_lines(image).lines)


def height_of_lines(lines: "Sequence[TextLine]") -> TextHeight:
    """Sum up measured lines, each by its number of characters."""
    return _summed_up(sizes_of_lines(lines), "pixels", len(lines))


def sizes_of_lines(lines: "Sequence[TextLine]") -> list[tuple[float, float]]:
    """Give the size of each line in px per em, those that are about alike as one, and its characters."""
    return _joined([(line.em, line.characters) for line in lines])


def height_from_pdf(heights: Iterable[tuple[float, float]], scale: float) -> TextHeight:
    """Sum up the text of a PDF page: pairs of (font size in points, number of characters).

    `scale` is the page's px per point, so that 300 dpi is 300 / 72. Sizes of 0 and runs without
    characters are left out: they draw nothing.
    """
    pairs = sizes_from_pdf(heights, scale)
    return _summed_up(pairs, "pdf", len(pairs))


def sizes_from_pdf(heights: Iterable[tuple[float, float]], scale: float) -> list[tuple[float, float]]:
    """Give the font sizes that a PDF page names in px per em, each with its number of characters."""
    return [(points * scale, count) for points, count in heights if points > 0 and count > 0]


def _summed_up(
    pairs: Sequence[tuple[float, float]], source: Literal["pdf", "pixels"], lines: int
) -> TextHeight:
    """Weigh sizes by the length of their text, characters times size: a line is a line, large or small."""
    if not pairs:
        return TextHeight(None, None, source, lines)
    by_length = [(size, size * count) for size, count in pairs]
    smallest, typical = (weighted_quantile(by_length, share) for share in (SMALLEST_SHARE, 0.5))
    characters = round(sum(count for _, count in pairs))
    return TextHeight(smallest, typical, source, lines, characters)


def weighted_quantile(pairs: Sequence[tuple[float, float]], share: float) -> float:
    """Give the smallest value at which the weights of (value, weight) reach `share` of their sum.

    Raises ValueError for no pairs.
    """
    if not pairs:
        raise ValueError("a quantile needs at least one value")
    target = share * sum(weight for _, weight in pairs)
    reached = 0.0
    ordered = sorted(pairs)
    for value, weight in ordered:
        reached += weight
        if reached > target:
            return value
    return ordered[-1][0]


def _joined(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Give every value the weighted median of its size: runs of values within `SAME_SIZE` of their first."""
    joined: list[tuple[float, float]] = []
    run: list[tuple[float, float]] = []
    for pair in sorted(pairs):
        if run and pair[0] > run[0][0] * SAME_SIZE**2:
            joined += _levelled(run)
            run = []
        run.append(pair)
    return joined + (_levelled(run) if run else [])


def _levelled(run: list[tuple[float, float]]) -> list[tuple[float, float]]:
    middle = weighted_quantile(run, 0.5)
    return [(middle, weight) for _, weight in run]
