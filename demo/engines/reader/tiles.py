"""Large pictures are searched in overlapping tiles; what was found twice or in parts becomes one. Pure."""

from dataclasses import dataclass
from itertools import product
from math import ceil

from toolkit.geometry import Box, Size

TILE_SIDE = 1600
"""Longest side in pixels of what the detector sees at once: 2.5 megapixels take it 1 s and 0.5 GB."""

OVERLAP = 192
"""Pixels that neighbouring tiles share; a line up to this height is whole in one of them."""

EDGE = 3
"""A box that comes this near to a cut, in pixels, was cut."""


@dataclass(frozen=True)
class Sighting:
    """A box in pixels of the whole picture, and the tile in which it was seen."""

    box: Box
    tile: Box


def plan_tiles(size: Size) -> list[Box]:
    """Cover a picture of `size` with overlapping tiles, row by row; one tile where that is enough."""
    columns, rows = _cuts(size[0]), _cuts(size[1])
    return [(left, upper, right, lower) for (upper, lower), (left, right) in product(rows, columns)]


def _cuts(length: int) -> list[tuple[int, int]]:
    if length <= TILE_SIDE:
        return [(0, length)]
    count = ceil((length - OVERLAP) / (TILE_SIDE - OVERLAP))
    side = ceil((length + (count - 1) * OVERLAP) / count)
    starts = [(length - side) * i // (count - 1) for i in range(count)]
    return [(start, start + side) for start in starts]


def join_sightings(sightings: list[Sighting]) -> list[Sighting]:
    """Make one of what several tiles saw of the same line: the whole sighting, or the union of its parts."""
    kept: list[Sighting] = []
    for new in sorted(sightings, key=_was_cut_across):
        twin = next((i for i, old in enumerate(kept) if _same_line(old, new)), None)
        if twin is None:
            kept.append(new)
        elif not _was_cut_across(new):
            kept[twin] = Sighting(_union(kept[twin].box, new.box), kept[twin].tile)
    return kept


def _was_cut_across(seen: Sighting) -> bool:
    """Whether the upper or lower edge of a tile runs through the line: part of its height is missing."""
    box, tile = seen.box, seen.tile
    return (tile[1] > 0 and box[1] - tile[1] < EDGE) or tile[3] - box[3] < EDGE


def _same_line(one: Sighting, other: Sighting) -> bool:
    if one.tile == other.tile:
        return False
    a, b = one.box, other.box
    shared_width = min(a[2], b[2]) - max(a[0], b[0])
    shared_height = min(a[3], b[3]) - max(a[1], b[1])
    return shared_width > 0 and shared_height > 0.5 * min(a[3] - a[1], b[3] - b[1])


def _union(a: Box, b: Box) -> Box:
    return (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
