"""A page judged once: its lines of text found, and from them its text height and its quality."""

from typing import TYPE_CHECKING

from toolkit.judgement import Judged
from toolkit.page_lines import read_lines
from toolkit.quality import judge
from toolkit.quality_measures import measure
from toolkit.text_height import height_from_pdf, height_of_lines, sizes_from_pdf, sizes_of_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

MOST_OF_THE_TEXT = 0.5
"""A PDF that names fewer characters than this share of those seen on the page is a scan with a stamp or a
header on it: the sizes it names are not those of the text."""


def judge_page(
    picture: "Image", text_heights: "Sequence[tuple[float, float]]" = (), px_per_point: float = 1.0
) -> Judged:
    """Judge a page of full size.

    `text_heights` are the (points per em, characters) that a PDF page names, `px_per_point` its scale. They
    are believed where they are most of the text that the pixels show.
    """
    found = read_lines(picture)
    seen = height_of_lines(found.lines)
    named = height_from_pdf(text_heights, px_per_point)
    characters = sum(count for _, count in text_heights)
    most = characters >= MOST_OF_THE_TEXT * sum(line.characters for line in found.lines)
    text, lines = named if named.found and most else seen, (*found.on_picture, *found.inside)
    own = sizes_from_pdf(text_heights, px_per_point) if text is named else sizes_of_lines(found.lines)
    return Judged(text, judge(measure(found)), lines, height_of_lines(found.inside).smallest, tuple(own))
