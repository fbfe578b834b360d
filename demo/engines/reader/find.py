"""Where text stands on a picture: the detector's lines, tightened to their ink and cut apart."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from demo.engines.picture import Pixels
from demo.engines.reader.ink import Mask, bounds, gaps, grey_of, ink_mask, line_ink
from demo.engines.reader.model import LINE_HEIGHT, Quads, TextModels
from demo.engines.reader.tiles import Sighting, join_sightings, plan_tiles
from demo.engines.reader.tilt import tilt_of
from toolkit.geometry import Box

LARGE_PICTURE = 4_000_000
"""Pixels above which a first search looks at half the scale, a quarter of the work."""

SMALL_LINE = 16
"""Height in pixels at half the scale below which the search is done again at full scale."""

SPLIT_GAP = 1.5
"""A gap of so many line heights inside a line parts two columns of a table, not two words."""

MARGIN = 0.15
"""Paper around the ink, in heights of it, when a line is read a second time."""

GLUED = 1.4
"""A box so many times as high as is usual on the page may hold two lines."""

LEAST_ROW = 0.3
"""They are two if each has at least this part of the usual height in ink; less is an accent or a stroke."""

TALL = 1.5
"""Height to width from which a piece may be vertical text (RapidOCR turns a crop at the same ratio)."""

SLANT = 0.25
"""A line that rises by more than this part of its height is straightened before it is read."""


@dataclass(frozen=True)
class Spot:
    """A place to be read: its tight box, and the four corners to cut out (clockwise, upper left first)."""

    box: Box
    corners: tuple[tuple[float, float], ...]

    @property
    def tall(self) -> bool:
        """Whether it is so tall that it may hold vertical text."""
        return (self.box[3] - self.box[1]) >= TALL * (self.box[2] - self.box[0])


def find_spots(image: Pixels, models: TextModels) -> tuple[list[Spot], float]:
    """Find the places of a BGR picture where text stands, in no order, and the tilt of its rows.

    The tilt is by how many pixels a row falls for each pixel to the right.
    """
    quads = _search(image, models)
    grey = grey_of(image)
    usual = float(np.median([_height(quad) for quad in quads])) if quads else 0.0
    return [spot for quad in quads for spot in _spots(grey, quad, usual)], tilt_of(quads)


def _search(image: Pixels, models: TextModels) -> list[Quads]:
    if image.shape[0] * image.shape[1] > LARGE_PICTURE:
        half = np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        quads = _search_tiles(half, models)
        heights = [_height(quad) for quad in quads]
        if heights and float(np.quantile(heights, 0.1)) >= SMALL_LINE:
            return [np.asarray(quad * 2, np.float32) for quad in quads]
    return _search_tiles(image, models)


def _search_tiles(image: Pixels, models: TextModels) -> list[Quads]:
    height, width = image.shape[:2]
    tiles = plan_tiles((width, height))
    if len(tiles) == 1:
        return list(models.detect(image))
    quads: dict[Sighting, Quads] = {}
    for tile in tiles:
        left, upper, right, lower = (int(side) for side in tile)
        for quad in models.detect(np.ascontiguousarray(image[upper:lower, left:right])):
            moved = np.asarray(quad + np.asarray((left, upper), np.float32), np.float32)
            quads[Sighting(_around(moved), tile)] = moved
    return [quads.get(seen, _corners(seen.box)) for seen in join_sightings(list(quads))]


def _spots(grey: Pixels, quad: Quads, usual: float) -> list[Spot]:
    """Make spots of one of the detector's boxes; `usual` is the usual height of such a box on this page."""
    if _slanted(quad):
        return [Spot(_slanted_box(grey, quad), _tuples(quad))]
    box = _around(quad)
    ink = line_ink(grey, box)
    if ink is None:
        return [_spot(box, box)]
    mask, corner = ink
    if box[3] - box[1] > GLUED * usual:
        return [spot for part in _rows(mask, usual) for spot in _pieces(mask, corner, box, part)]
    return _pieces(mask, corner, box, (0, mask.shape[0]))


def _rows(mask: Mask, usual: float) -> list[tuple[int, int]]:
    """Part lines that the detector took together, where nearly no ink lies between them."""
    count = mask.sum(axis=1)
    filled = count > 0.1 * count[count > 0].mean()
    cuts = [(start + end) // 2 for start, end in gaps(filled, 1)]
    edges = [0, *cuts, len(filled)]
    parts = list(pairwise(edges))
    heights = [np.flatnonzero(filled[start:end]) for start, end in parts]
    low = any(len(rows) < 2 or rows[-1] - rows[0] < LEAST_ROW * usual for rows in heights)
    return [(0, len(filled))] if low else parts


def _pieces(mask: Mask, corner: tuple[int, int], box: Box, rows: tuple[int, int]) -> list[Spot]:
    """Part one row of ink at its wide gaps."""
    part = mask[rows[0] : rows[1]]
    corner = (corner[0], corner[1] + rows[0])
    box = (box[0], max(box[1], corner[1]), box[2], min(box[3], corner[1] + part.shape[0]))
    tight = bounds(part, corner)
    height = tight[3] - tight[1]
    if height >= TALL * (tight[2] - tight[0]):
        return [_spot(tight, box)]
    filled = np.asarray(part.any(axis=0), np.bool_)
    cuts = [(start + end) // 2 for start, end in gaps(filled, SPLIT_GAP * height)]
    return [
        _piece(part[:, start:end], (corner[0] + start, corner[1]), box)
        for start, end in pairwise([0, *cuts, len(filled)])
    ]


def _piece(part: Mask, corner: tuple[int, int], box: Box) -> Spot:
    loose = (max(box[0], corner[0]), box[1], min(box[2], corner[0] + part.shape[1]), box[3])
    return _spot(bounds(part, corner), loose)


def _spot(tight: Box, loose: Box) -> Spot:
    """Cut out the detector's box, but no more than half a height of paper at either end."""
    margin = 0.4 * (tight[3] - tight[1])
    left, right = max(loose[0], tight[0] - margin), min(loose[2], tight[2] + margin)
    cut = (min(left, tight[0]), min(loose[1], tight[1]), max(right, tight[2]), max(loose[3], tight[3]))
    return Spot(tight, _tuples(_corners(cut)))


def _tuples(quad: Quads) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in quad)


def _slanted_box(grey: Pixels, quad: Quads) -> Box:
    """Tighten a slanted line's upright box to the ink between its four corners."""
    height, width = grey.shape
    around = _around(quad)
    left, upper = max(0, int(around[0])), max(0, int(around[1]))
    right, lower = min(width, int(around[2]) + 1), min(height, int(around[3]) + 1)
    mask = ink_mask(grey[upper:lower, left:right])
    if mask is None:
        return around
    inside = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(inside, (quad - (left, upper)).astype(np.int32), 1)
    mask &= inside.astype(bool)
    return bounds(mask, (left, upper)) if mask.any() else around


def nearer(spot: Spot, size: tuple[int, int]) -> Spot:
    """Give the same spot with a narrow, even margin around its ink, for a second reading."""
    margin = MARGIN * (spot.box[3] - spot.box[1])
    left, upper, right, lower = spot.box
    cut = (
        max(0.0, left - margin),
        max(0.0, upper - margin),
        min(float(size[0]), right + margin),
        min(float(size[1]), lower + margin),
    )
    return Spot(spot.box, _tuples(_corners(cut)))


def crop(image: Pixels, spot: Spot) -> Pixels:
    """Cut a spot out of its picture, straightened, and no higher than the recogniser reads.

    The reduction averages: without that, large letters lose their thin strokes.
    """
    corners = np.asarray(spot.corners, np.float32)
    if _slanted(corners):
        cut = _straighten(image, corners)
    else:
        left, upper, right, lower = _around(corners)
        cut = image[int(upper) : int(np.ceil(lower)), int(left) : int(np.ceil(right))]
    side = min(cut.shape[:2]) if spot.tall else cut.shape[0]
    if side > LINE_HEIGHT:
        scale = LINE_HEIGHT / side
        cut = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cut, np.uint8)


def _straighten(image: Pixels, corners: Quads) -> Pixels:
    width = int(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[2] - corners[3])))
    height = int(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2])))
    target = np.asarray([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    cut = cv2.warpPerspective(
        image, matrix, (max(1, width), max(1, height)), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cut, np.uint8)


def _slanted(quad: Quads) -> bool:
    rise = max(abs(quad[1][1] - quad[0][1]), abs(quad[2][1] - quad[3][1]))
    drift = max(abs(quad[3][0] - quad[0][0]), abs(quad[2][0] - quad[1][0]))
    wide = abs(quad[1][0] - quad[0][0]) >= abs(quad[3][1] - quad[0][1])
    return bool((rise if wide else drift) > SLANT * _height(quad) if wide else drift > SLANT * _width(quad))


def _height(quad: Quads) -> float:
    return float(np.linalg.norm(quad[3] - quad[0]))


def _width(quad: Quads) -> float:
    return float(np.linalg.norm(quad[1] - quad[0]))


def _around(quad: Quads) -> Box:
    xs, ys = quad[:, 0], quad[:, 1]
    return (float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max()))


def _corners(box: Box) -> Quads:
    left, upper, right, lower = box
    return np.asarray([(left, upper), (right, upper), (right, lower), (left, lower)], np.float32)
