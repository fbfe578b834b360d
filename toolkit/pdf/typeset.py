"""Is what can be read on a page all set as text? Then its objects tell more than its pixels would."""

from collections.abc import Sequence
from typing import Any

import pypdfium2.raw as raw

from toolkit.pdf.objects import MAX_OBJECTS, PageObject, displayed_box
from toolkit.pdf.scan import annotated
from toolkit.pdf.text import height_of, visible_text

MOST_IMAGE = 0.02
"""Share of the page that its images may cover: a logo, an icon, a signature's line. What a larger one shows
may be text too."""
MOST_SEGMENTS = 1000
"""Lines and curves in the page's drawings. An outlined letter has about twenty, so that fifty letters turned
into curves, as drawing programs export them, do not go unseen; rules and bars have one to five."""
_SAMPLED = 16
_AGREE = 0.8
"""Share of sampled text objects whose box must fit the size that they name. Bitmap fonts of old TeX name
sizes in units of their own, and a page may name one size and draw another."""
_TALLEST, _LEAST_EXTENT = 1.7, 0.25
"""In em: a line of text is at most so high across, and at least so long, a full stop excepted."""


def is_typeset(page: Any, objects: Sequence[PageObject], *, has_forms: bool) -> bool:
    """Tell whether the text objects of an open pypdfium2 page are all that there is to read on it.

    Pages with annotations that show, images of some size, drawings of many curves, or text whose boxes belie
    the sizes it names are not.
    """
    words = visible_text(objects)
    return (
        len(words) > 0
        and len(objects) < MAX_OBJECTS
        and not annotated(page, has_forms)
        and _segments(objects) <= MOST_SEGMENTS
        and _image_share(page, objects) <= MOST_IMAGE
        and _sizes_agree(page, words)
    )


def _segments(objects: Sequence[PageObject]) -> int:
    paths = (item.handle for item in objects if item.kind == raw.FPDF_PAGEOBJ_PATH)
    return sum(max(0, raw.FPDFPath_CountSegments(handle)) for handle in paths)


def _image_share(page: Any, objects: Sequence[PageObject]) -> float:
    """Give the share of the page that images and shadings cover, each counted whole."""
    kinds = (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING)
    width, height = page.get_width(), page.get_height()
    covered = 0.0
    for item in objects:
        box = displayed_box(item, page) if item.kind in kinds else None
        if box is not None:
            across = min(width, box[2]) - max(0.0, box[0])
            covered += max(0.0, across) * max(0.0, min(height, box[3]) - max(0.0, box[1]))
    return covered / float(max(1e-6, width * height))


def _sizes_agree(page: Any, words: Sequence[PageObject]) -> bool:
    sample = words[:: max(1, len(words) // _SAMPLED)]
    return sum(_fits(page, item) for item in sample) >= _AGREE * len(sample)


def _fits(page: Any, item: PageObject) -> bool:
    box, em = displayed_box(item, page), height_of(item)
    if box is None or em <= 0:
        return False
    sides = (box[2] - box[0], box[3] - box[1])
    return min(sides) <= _TALLEST * em and max(sides) >= _LEAST_EXTENT * em
