"""Which measured rows are believed to be lines of text, weighed against each other."""

import numpy as np

from toolkit.text_line import TextLine

ENOUGH_CHARACTERS = 8
"""A picture with fewer characters than this is called free of text, or with half as many that are as crisp as
drawn ones: windows and leaves reach three or four, and soft ones."""

NEARLY_ALL = 0.75
"""Share of the text's length from which sure lines speak for the page alone."""
PARAGRAPHS = ((3, 60), (4, 45))
"""Parallel rows of one size, and the characters in them, from which unsure rows are a paragraph. Of 95 drawn
scenes without text the closest has two such rows with 25."""
NEAR = 4.0
"""Em between rows of one paragraph at most; rows between them may have been missed."""
SAME_SLOPE = 0.03
"""Lines of one page are parallel within this slope, 1.7 degrees: more would be a strongly bent page."""


def believable(lines: list[TextLine]) -> list[TextLine]:
    """Keep what can be believed, and nothing where that is too little to call it text.

    Unsure lines count where they agree with each other, or lie beside sure ones at about their slope. Where
    nearly all text is sure they are left out: they are the insides of pictures.
    """
    sure = [line for line in lines if line.sure]
    if not sure and not agree(lines):
        return []
    slope = float(np.median([line.slope for line in sure or lines]))
    kept = [line for line in lines if line.sure or abs(line.slope - slope) < SAME_SLOPE]
    if _length(sure) > NEARLY_ALL * _length(kept):
        kept = sure
    evidence = sum(line.characters * (2 if line.crisp else 1) for line in kept)
    return kept if evidence >= ENOUGH_CHARACTERS else []


def inside(found: list[TextLine], kept: list[TextLine]) -> list[TextLine]:
    """Find paragraphs among the rows that were left out: close together, parallel, and of one size."""
    outside = {id(line) for line in kept}
    rest = sorted((line for line in found if id(line) not in outside), key=lambda line: line.box[1])
    groups: list[list[TextLine]] = []
    for line in rest:
        near = next((group for group in groups if any(_near(line, other) for other in group)), None)
        groups.append([line]) if near is None else near.append(line)
    return [line for group in groups if agree(group) for line in group]


def _near(line: TextLine, other: TextLine) -> bool:
    reach = NEAR * max(line.em, other.em)
    apart = [max(line.box[i] - other.box[i + 2], other.box[i] - line.box[i + 2]) for i in (0, 1)]
    return max(apart) < reach


def _length(lines: list[TextLine]) -> float:
    return sum(line.characters * line.em for line in lines)


def agree(lines: list[TextLine]) -> bool:
    """Tell whether lines are a paragraph: long, of one size, and parallel."""
    if not lines:
        return False
    slope, em = np.median([line.slope for line in lines]), np.median([line.em for line in lines])
    alike = [line for line in lines if abs(line.slope - slope) < SAME_SLOPE and em / 1.3 < line.em < 1.3 * em]
    characters = sum(line.characters for line in alike)
    return any(len(alike) >= rows and characters >= enough for rows, enough in PARAGRAPHS)
