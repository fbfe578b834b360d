"""Do two pictures show the same page, or is one a close-up of a part of the other?

A perceptual hash finds copies, also reduced or recompressed ones. Shots by camera are found by features: SIFT
points of one that lie in the other under one perspective map, spread over all that has any detail. Two copies
of a form that are filled in differently share its frame but not its spread, and stay two pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from toolkit.geometry import Size
from toolkit.picture import Picture, Pixels, to_grey

Kind = Literal["same_page", "close_up"]
Floats = NDArray[np.float64]

HASH_SIDE = 16
"""The hash compares neighbours in a grid of 16 x 16: 256 bits."""
SAME_HASH = 24
"""Bits in which copies differ at most: 0 to 13 when resized or recompressed; two copies of a form filled in
differently reach 34, unlike pages 90."""
SAME_THUMBNAIL = 0.985
"""Correlation of 64 x 64 thumbnails that confirms a hash; pages of one layout reach 0.97."""
WORK_SIDE = 1400
"""Long side in pixels at which features are found. Of ten pages, screens and photos 9 close-ups of 6 % of the
picture were found, at 1,000 px 5; at 1,600 px fewer blurred shots of a page are recognised."""
FEATURES = 4000
RATIO = 0.75
"""Lowe's ratio: a match counts if the second best is clearly worse."""
LEAST_INLIERS = 24
"""Matches under one map; chance gives up to about eight."""
LEAST_SPREAD = 0.55
"""Share of the detailed squares of the common part that hold an inlier."""
SQUARES = 8
SAME_COVER = 0.6
"""Two pictures of one page each show at least this share of the other."""
CLOSE_UP_COVER = 0.5
"""A close-up shows at most this share of its scene, and lies inside it with at least 0.7 of itself."""
CLOSE_UP_INSIDE = 0.7


@dataclass(frozen=True)
class Features:
    """What is compared of a picture: its hash, a thumbnail, and its points with their descriptors."""

    size: Size
    hash: int
    thumbnail: Floats
    points: Floats
    descriptors: NDArray[np.float32]


@dataclass(frozen=True)
class Relation:
    """`second` shows the same page as `first`, or is a close-up of a part of it. Numbers from 0."""

    first: int
    second: int
    kind: Kind


def perceptual_hash(image: Picture) -> int:
    """Hash how brightness changes from left to right over a 16 x 16 grid, as 256 bits (dHash)."""
    return _hash(to_grey(image))


def hash_distance(one: int, other: int) -> int:
    """Count the bits in which two hashes differ, 0 to 256."""
    return (one ^ other).bit_count()


def find_features(image: Picture) -> Features:
    """Take what is compared of a picture; the picture itself is not needed any more."""
    grey = to_grey(image)
    thumbnail = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float64)
    scale = min(1.0, WORK_SIDE / max(image.size))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    # OpenCV's type stubs lack it.
    sift: Any = cv2.SIFT_create(nfeatures=FEATURES)  # type: ignore[attr-defined]
    found, descriptors = sift.detectAndCompute(small, None)
    points = np.array([point.pt for point in found], np.float64).reshape(-1, 2)
    if descriptors is None:
        descriptors = np.empty((0, 128), np.float32)
    size = (int(small.shape[1]), int(small.shape[0]))
    return Features(size, _hash(grey), thumbnail, points, _root(descriptors))


def relate(
    pictures: Sequence[Features] | Mapping[int, Features], pairs: Sequence[tuple[int, int]] | None = None
) -> list[Relation]:
    """Compare `pairs` of pictures by their numbers, by default every two.

    A pair has at most one relation, with the scene first in a close-up.
    """
    if pairs is None:
        pairs = [(i, j) for i in range(len(pictures)) for j in range(i + 1, len(pictures))]
    found = [_relate(i, j, pictures[i], pictures[j]) for i, j in pairs]
    return [relation for relation in found if relation is not None]


def _relate(i: int, j: int, one: Features, other: Features) -> Relation | None:
    if is_copy(one, other):
        return Relation(i, j, "same_page")
    matched = _matches(one, other)
    if len(matched) < LEAST_INLIERS:
        return None
    a, b = one.points[matched[:, 0]], other.points[matched[:, 1]]
    map_ba, inliers = _perspective(b, a)
    if map_ba is None or inliers.sum() < LEAST_INLIERS:
        return None
    return _judged(i, j, one, other, map_ba, b[inliers])


def _judged(
    i: int, j: int, one: Features, other: Features, map_ba: Floats, inliers: Floats
) -> Relation | None:
    quad = _mapped(_corners(other.size), map_ba)
    area_one, area_quad = float(one.size[0] * one.size[1]), float(cv2.contourArea(quad.astype(np.float32)))
    if area_quad < 1 or not cv2.isContourConvex(quad.astype(np.float32)):
        return None
    shared = float(
        cv2.intersectConvexConvex(quad.astype(np.float32), _corners(one.size).astype(np.float32))[0]
    )
    of_one, of_other = shared / area_one, shared / area_quad
    if _spread(one, other, map_ba, inliers) < LEAST_SPREAD:
        return None
    if of_one >= SAME_COVER and of_other >= SAME_COVER:
        return Relation(i, j, "same_page")
    if of_one <= CLOSE_UP_COVER and of_other >= CLOSE_UP_INSIDE:
        return Relation(i, j, "close_up")
    if of_other <= CLOSE_UP_COVER and of_one >= CLOSE_UP_INSIDE:
        return Relation(j, i, "close_up")
    return None


def is_copy(one: Features, other: Features) -> bool:
    """Tell whether two pictures are the same but for size, compression or brightness."""
    if hash_distance(one.hash, other.hash) > SAME_HASH:
        return False
    ratio = (one.size[0] / one.size[1]) / (other.size[0] / other.size[1])
    return 0.95 < ratio < 1.05 and _correlation(one.thumbnail, other.thumbnail) >= SAME_THUMBNAIL


def _correlation(one: Floats, other: Floats) -> float:
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    # Two empty pictures have nothing by which to call them the same.
    return float((a * b).sum()) / norm if norm > 0 else 0.0


def _hash(grey: Pixels) -> int:
    small = cv2.resize(grey, (HASH_SIDE + 1, HASH_SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = (small[:, 1:] > small[:, :-1] + 1).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _root(descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
    """RootSIFT (Arandjelovic and Zisserman, 2012): the Hellinger distance tells descriptors apart better."""
    total = descriptors.sum(axis=1, keepdims=True) + 1e-7
    return np.asarray(np.sqrt(descriptors / total), np.float32)


def _matches(one: Features, other: Features) -> NDArray[np.int64]:
    """Pair points that are each other's best match and clearly so; (n, 2) indices."""
    if min(len(one.points), len(other.points)) < LEAST_INLIERS:
        return np.empty((0, 2), np.int64)
    similar = one.descriptors @ other.descriptors.T
    forth, back = similar.argmax(axis=1), similar.argmax(axis=0)
    rows = np.arange(len(forth))
    best = similar[rows, forth]
    similar[rows, forth] = -1.0
    second = similar.max(axis=1)
    clear = np.sqrt(np.maximum(0, 2 - 2 * best)) < RATIO * np.sqrt(np.maximum(1e-12, 2 - 2 * second))
    kept = rows[clear & (back[forth] == rows)]
    return np.stack([kept, forth[kept]], axis=1).astype(np.int64)


def _perspective(source: Floats, target: Floats) -> tuple[Floats | None, NDArray[np.bool_]]:
    found, mask = cv2.findHomography(source, target, cv2.USAC_MAGSAC, 4.0, maxIters=3000, confidence=0.999)
    if found is None or mask is None:
        return None, np.zeros(len(source), np.bool_)
    return np.asarray(found, np.float64), mask.ravel().astype(bool)


def _corners(size: Size) -> Floats:
    width, height = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def _mapped(points: Floats, matrix: Floats) -> Floats:
    return np.asarray(cv2.perspectiveTransform(points.reshape(-1, 1, 2), matrix), np.float64).reshape(-1, 2)


def _spread(one: Features, other: Features, map_ba: Floats, inliers: Floats) -> float:
    """Give the share of the other picture's detailed squares in the common part that hold an inlier."""
    inside = _mapped(other.points, map_ba)
    common = ((inside >= 0) & (inside < np.array(one.size))).all(axis=1)
    detailed = _squares(other.points[common], other.size, least=3)
    if not detailed:
        return 0.0
    return len(detailed & _squares(inliers, other.size, least=1)) / len(detailed)


def _squares(points: Floats, size: Size, *, least: int) -> set[int]:
    cells = np.floor(points / np.array(size) * SQUARES).clip(0, SQUARES - 1).astype(int)
    numbers, counts = np.unique(cells[:, 1] * SQUARES + cells[:, 0], return_counts=True)
    return set(numbers[counts >= least].tolist())
