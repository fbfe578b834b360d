"""Cutting what is too long or too wide into pieces in reading order, between the lines of text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit.cuts import Run, Span, choose_spans
from toolkit.errors import PageTooLargeError, UsageError
from toolkit.families import DEFAULT_FAMILY, MAX_RATIO, Family, get_family
from toolkit.geometry import Placement, Size
from toolkit.picture import Picture, Pixels, cut_out, to_colours, to_grey
from toolkit.texts import Text, say
from toolkit.vertical import LEAST_GAP, runs_down

if TYPE_CHECKING:
    from toolkit.text_gaps import Gaps

PieceBox = tuple[int, int, int, int]

PIECE_RATIO = 2.5
"""Longest to shortest side of a piece: a phone screen is 2.2, so one screen is never cut, and at a long
side of 1024 its 14 sp text keeps about 15 px."""
READABLE_PX = 10.0
"""Pixels per em that a piece keeps where the text height is known (docs: the reader's error is under 0.1 %
down to 9)."""
LEAST_RATIO = 0.1
"""Strips lower than a tenth of the picture's shorter side would be single lines."""
LEAST_SIDE = 8
"""A picture narrower than this many pixels holds no text, and pieces of it could not be shown either."""
OVERLAP_LINES = 2.5
"""Lines that two pieces share where no gap exists, so that a line cut in one is whole in the other."""
OVERLAP_WORDS = 6.0
"""The same between columns, in line heights: a word of ten letters is about five of them long."""
COLUMN_GAP = 1.5
"""Line heights between columns; the space between two words is under half of one."""
NARROW_GAP, LEAST_FREE = 0.3, 3
"""Line heights, and columns, that are enough for a gap beside many lines: as between the cells of a table."""
MANY_LINES = 6
"""Lines in which the spaces between words lie above each other by chance once in 40,000 times: they are about
a sixth of a line."""
COLOUR_CONTEXT = 200
"""Rows around a cut that it takes to tell letters from upright lines."""
USUAL_LINE = 24.0
"""Pixels taken for the height of a line where none was found."""


@dataclass(frozen=True)
class Piece:
    """One piece of a picture: its box there in pixels.

    `overlap` is how many pixels it shares with the piece before it (above, or to the left), 0 for none;
    `clean` is False where it had to begin inside content, which it then shares with the piece before.
    """

    box: PieceBox
    overlap: int = 0
    clean: bool = True

    @property
    def size(self) -> Size:
        """The size in pixels."""
        return (self.box[2] - self.box[0], self.box[3] - self.box[1])

    @property
    def placement(self) -> Placement:
        """The map from pixels of the piece to pixels of the picture."""
        return Placement.offset(float(self.box[0]), float(self.box[1]))

    @property
    def note(self) -> Text | None:
        """What a person should know about this piece: that it overlaps, and by how much."""
        return None if self.clean else say("split.overlaps", pixels=self.overlap)


def plan_split(
    image: Picture,
    *,
    family: str | Family = DEFAULT_FAMILY,
    piece_ratio: float = PIECE_RATIO,
    long_side: int = 1024,
    text_height: float | None = None,
    readable: float = READABLE_PX,
) -> list[Piece]:
    """Decide where to cut a picture; the pieces stand in reading order and cover all of it.

    With `text_height` (pixels per em at full size) a piece is as long as keeps that text at `readable`
    pixels when its longer side is brought to `long_side`; both directions are cut if need be. Without it
    only the longer direction is, into pieces of at most `piece_ratio` times the shorter side (below 1: into
    strips along the lines, as large as that, unless they were thinner than a model takes). Cuts lie between
    lines of text, or between its columns where it runs down, whose pieces then stand from right to left;
    where no gap is in reach the pieces overlap and say so. A picture that needs no cut is one piece.
    Raises UsageError for a ratio below 0.1, PageTooLargeError for a sliver that cannot hold text.
    """
    _check(image.size, piece_ratio)
    longest = longest_piece(
        image.size,
        family=family,
        piece_ratio=piece_ratio,
        long_side=long_side,
        text_height=text_height,
        readable=readable,
    )
    both = text_height is not None
    width, height = image.size
    if max(width, height) <= longest:
        return [Piece((0, 0, width, height))]
    planes = [to_grey(image), *to_colours(image)]  # letters may be as bright as their paper
    strip = longest * height // width
    if text_height is None and piece_ratio < 1 and height < width <= MAX_RATIO // 2 * strip:
        # Strips along the lines, as large as a piece of the asked ratio, rather than cuts across all lines.
        return _cut_rows(planes, (0, 0, width, height), strip, again=False)
    if width > height:
        return _cut_columns(planes, (0, 0, width, height), longest, again=both)
    return _cut_rows(planes, (0, 0, width, height), longest, again=both)


def longest_piece(
    size: Size,
    *,
    family: str | Family = DEFAULT_FAMILY,
    piece_ratio: float = PIECE_RATIO,
    long_side: int = 1024,
    text_height: float | None = None,
    readable: float = READABLE_PX,
) -> int:
    """Give the longest side a piece of a picture of `size` may have, in pixels.

    A piece within `long_side` is not reduced at all, so there is no use in cutting below that.
    """
    factor = get_family(family).factor
    aligned = max(factor, long_side // factor * factor)
    if text_height is None:
        return max(round(piece_ratio * min(size)), min(aligned, MAX_RATIO // 2 * min(size)))
    return max(int(text_height * aligned / readable), aligned)


def split_image(image: Picture, pieces: Sequence[Piece]) -> list[Picture]:
    """Cut the pieces out; put back at their boxes they give the picture, pixel for pixel."""
    return [cut_out(image, piece.box) for piece in pieces]


def _cut_rows(planes: Sequence[Pixels], box: PieceBox, longest: int, *, again: bool) -> list[Piece]:
    left, upper, right, lower = box
    parts = [plane[upper:lower, left:right] for plane in planes]
    gaps = _gaps(parts)
    line = gaps.line or USUAL_LINE
    wide = [run for run in gaps.runs if run[1] - run[0] >= 3]
    spans = _spans(parts, gaps, wide, longest, line, round(OVERLAP_LINES * line), down=True)
    pieces: list[Piece] = []
    for span in spans:
        row = (left, upper + span.start, right, upper + span.end)
        if again and right - left > longest:
            pieces += _cut_columns(planes, row, longest, again=False)
        else:
            pieces.append(Piece(row, span.overlap, span.clean))
    return pieces


def _cut_columns(planes: Sequence[Pixels], box: PieceBox, longest: int, *, again: bool) -> list[Piece]:
    left, upper, right, lower = box
    parts = [plane[upper:lower, left:right] for plane in planes]
    if again and lower - upper > longest:
        return _cut_rows(planes, box, longest, again=True)
    across = [part.T for part in parts]
    gaps = _gaps(across)
    down = runs_down(parts[0], gaps)
    line = (gaps if down else _gaps(parts)).line or USUAL_LINE
    wide = _columns(parts[0], gaps, line, down=down)
    spans = _spans(across, gaps, wide, longest, line, round(OVERLAP_WORDS * line), down=False)
    pieces = [
        Piece((left + span.start, upper, left + span.end, lower), span.overlap, span.clean) for span in spans
    ]
    return pieces[::-1] if down and all(piece.clean for piece in pieces) else pieces


def _columns(part: Pixels, gaps: "Gaps", line: float, *, down: bool) -> list[Run]:
    """List the gaps between columns: wide ones, and narrow ones that run through many lines."""
    if down:
        return [run for run in gaps.runs if run[1] - run[0] >= round(LEAST_GAP * line)]
    from toolkit.text_gaps import lines_beside, runs_of

    narrow = max(LEAST_FREE, round(NARROW_GAP * line))
    return [
        run
        for run in runs_of(gaps.ink == 0)
        if run[1] - run[0] >= round(COLUMN_GAP * line)
        or (run[1] - run[0] >= narrow and lines_beside(part, run, line) >= MANY_LINES)
    ]


def _spans(
    planes: Sequence[Pixels],
    gaps: "Gaps",
    wide: Sequence[Run],
    longest: int,
    line: float,
    overlap: int,
    *,
    down: bool,
) -> list[Span]:
    """Choose the spans; rows of the planes lie across the direction of the cuts, `down` for rows of text."""
    from toolkit.paper_rows import paper_shares, parted

    along = planes[0]
    shares, length = paper_shares(along, wide), len(along)

    def hidden(low: int, high: int, ideal: float) -> Run | None:
        from toolkit.hidden_gaps import hidden_cut

        found = hidden_cut(along, low, min(high, length), ideal) if down else None
        if found is None or (found.start == found.end and _coloured(planes[1:], found.start)):
            return None
        return (found.start, found.end)

    def forced(low: int, high: int) -> Run:
        from toolkit.forced_cuts import forced_cut

        part = along[low:high]
        found = forced_cut(
            part if down else part.T, gaps.ink[low:high], min(overlap, longest // 4), down=down
        )
        return (low + found[0], low + found[1])

    return choose_spans(
        length,
        longest,
        gaps=parted(wide, shares),
        line=line,
        forced=forced,
        hidden=hidden,
        paper=lambda row: float(shares[min(row, length - 1)]),
    )


def _gaps(planes: Sequence[Pixels]) -> "Gaps":
    import numpy as np

    from toolkit.text_gaps import find_gaps

    return find_gaps(*(np.ascontiguousarray(plane) for plane in planes))


def _coloured(colours: Sequence[Pixels], row: int) -> bool:
    """Tell whether letters of another colour, as bright as their paper, stand where a piece is to end."""
    from toolkit.text_gaps import row_ink

    top = max(0, row - COLOUR_CONTEXT)
    inked = (row_ink(plane[top : row + COLOUR_CONTEXT])[row - top - 1 : row - top + 1] for plane in colours)
    return any(bool(ink.any()) for ink in inked)


def _check(size: Size, piece_ratio: float) -> None:
    if not piece_ratio >= LEAST_RATIO:
        raise UsageError("piece_ratio_too_small", given=piece_ratio, least=LEAST_RATIO)
    if min(size) < LEAST_SIDE and max(size) > MAX_RATIO * min(size):
        raise PageTooLargeError("too_narrow", width=size[0], height=size[1], least=LEAST_SIDE)
