"""What is known of how a page reads: a value, so that it can be had without looking at pixels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit.quality import Quality
from toolkit.text_height import TextHeight

if TYPE_CHECKING:
    from toolkit.text_line import TextLine


@dataclass(frozen=True)
class Judged:
    """What is known of a page at full size; `lines` are those that its pixels show, where those were seen.

    `inside` is the height in px per em of small paragraphs inside pictures on it, None where there are none;
    `sizes` are the heights of all its text in px per em, each with its number of characters.
    """

    text: TextHeight
    quality: Quality
    lines: "tuple[TextLine, ...]" = ()
    inside: float | None = None
    sizes: tuple[tuple[float, float], ...] = ()
