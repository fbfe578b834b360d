"""Does a page of Latin text stand upright? Told by its ascenders, which outnumber its descenders.

Of the letters of English, French or German text some 30 % rise above the x-height and 7 % fall below the
baseline. Upside down it is the other way round, further than in any script that stands upright: Cyrillic and
Greek, which have more descenders than Latin, reach 0.031 below the baseline with a lean of -0.5, or 0.027
with more; English upside down has 0.037 and more with -0.66 or less, from 21 px per em on. Chinese, capitals
and figures have neither ascenders nor descenders: of them nothing is said.
"""

from operator import attrgetter
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from toolkit.page_lines import PageLines

Stand = Literal["upright", "upside_down", "reads_down", "reads_up"]
"""`reads_down` lies on its right side, its lines running from top to bottom; `reads_up` on its left one."""

LEAST_LINES, LEAST_CHARACTERS = 4, 120
"""Latin lines and characters in them from which a page is judged."""
LATIN = 0.5
"""Share up to which a line is surely enough not Chinese."""
LEAN, INK = 0.6, 0.022
"""The difference of ascenders and descenders over their sum, and the ink of the greater of them."""
LEAST_EM = 15.0
"""Px per em from which baselines are found well enough; upside down, text is measured a quarter too small."""


def stand_of(page: "PageLines") -> Stand:
    """Tell how a page stands, "upright" where there is no clear sign of anything else."""
    lines = [line for line in page.lines if line.cjk < LATIN]
    characters = sum(line.characters for line in lines)
    most = characters > sum(line.characters for line in page.lines) / 2
    if len(lines) < LEAST_LINES or characters < LEAST_CHARACTERS or not most:
        return "upright"
    em, above, below = (
        sum(value(line) * line.characters for line in lines) / characters
        for value in (attrgetter("em"), attrgetter("above"), attrgetter("below"))
    )
    lean = (above - below) / max(above + below, 1e-6)
    if em < LEAST_EM or max(above, below) < INK or abs(lean) < LEAN:
        return "upright"
    if page.turned_width is not None:
        return "reads_down" if lean > 0 else "reads_up"
    return "upside_down" if lean < 0 else "upright"
