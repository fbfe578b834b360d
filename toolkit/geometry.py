"""Sizes, boxes and the affine map from a prepared image back to its source. Pure arithmetic.

A size is (width, height) in pixels. A box is (left, upper, right, lower) with the origin at the upper
left, edges inclusive-exclusive as in Pillow. Everything here takes and returns numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Size = tuple[int, int]
Box = tuple[float, float, float, float]
Point = tuple[float, float]
Unit = Literal["pt", "px"]


@dataclass(frozen=True)
class Placement:
    """Where a prepared image lies on its source page.

    A pixel (x, y) of the image is at (a*x + c*y + e, b*x + d*y + f) on the page, in the page's unit
    (points for PDF, pixels for images), both origins at the upper left. The six numbers stand in the
    order of the PDF and SVG matrices.
    """

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    @classmethod
    def scaling(cls, image: Size, source: tuple[float, float]) -> "Placement":
        """Map an image of size `image` onto the whole of a source of size `source`."""
        return cls(a=source[0] / image[0], d=source[1] / image[1])

    @classmethod
    def offset(cls, x: float, y: float) -> "Placement":
        """Map an image that was cut out with its upper left corner at (x, y)."""
        return cls(e=x, f=y)

    @classmethod
    def from_list(cls, numbers: Sequence[float]) -> "Placement":
        """Read the six numbers of a manifest. Raises ValueError unless there are six."""
        if len(numbers) != 6:
            raise ValueError(f"a placement has 6 numbers, not {len(numbers)}")
        return cls(*(float(n) for n in numbers))

    def to_list(self) -> list[float]:
        """Give the six numbers for a manifest."""
        return [self.a, self.b, self.c, self.d, self.e, self.f]

    def then(self, outer: "Placement") -> "Placement":
        """Compose: this map first, `outer` after it (image → middle, middle → source)."""
        return Placement(
            a=outer.a * self.a + outer.c * self.b,
            b=outer.b * self.a + outer.d * self.b,
            c=outer.a * self.c + outer.c * self.d,
            d=outer.b * self.c + outer.d * self.d,
            e=outer.a * self.e + outer.c * self.f + outer.e,
            f=outer.b * self.e + outer.d * self.f + outer.f,
        )

    @property
    def determinant(self) -> float:
        """The signed area on the source, in its unit squared, that one pixel covers."""
        return self.a * self.d - self.b * self.c

    def inverse(self) -> "Placement":
        """Give the map from the source back to the image. Raises ValueError if it collapses an axis."""
        det = self.determinant
        if det == 0:
            raise ValueError("the placement has no inverse: it maps the image onto a line")
        return Placement(
            a=self.d / det,
            b=-self.b / det,
            c=-self.c / det,
            d=self.a / det,
            e=(self.c * self.f - self.d * self.e) / det,
            f=(self.b * self.e - self.a * self.f) / det,
        )

    def point_to_source(self, point: Point) -> Point:
        """Map one point of the image to the source."""
        x, y = point
        return (self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)

    def to_source(self, box: Box) -> Box:
        """Map a box in pixels of the image to the upright box around it on the source page."""
        left, upper, right, lower = box
        corners = [
            self.point_to_source(p) for p in ((left, upper), (right, upper), (right, lower), (left, lower))
        ]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return (min(xs), min(ys), max(xs), max(ys))

    def from_source(self, box: Box) -> Box:
        """Map a box on the source page to the upright box around it in pixels of the image."""
        return self.inverse().to_source(box)


def exif_placement(orientation: int, stored: Size) -> Placement:
    """Map the upright picture back to the stored pixels of a photo.

    `orientation` is the EXIF tag 0x0112, 1 to 8 (JEITA CP-3451, 4.6.4); any other value counts as 1.
    `stored` is the size of the file's own pixels.
    """
    width, height = stored
    table = {
        2: Placement(-1, 0, 0, 1, width, 0),
        3: Placement(-1, 0, 0, -1, width, height),
        4: Placement(1, 0, 0, -1, 0, height),
        5: Placement(0, 1, 1, 0, 0, 0),
        6: Placement(0, -1, 1, 0, 0, height),
        7: Placement(0, -1, -1, 0, width, height),
        8: Placement(0, 1, -1, 0, width, 0),
    }
    return table.get(orientation, Placement())


def clip(box: Box, size: tuple[float, float]) -> Box:
    """Cut `box` to the area (0, 0) to `size`; corners are put in order first."""
    left, right = sorted((min(max(box[0], 0.0), size[0]), min(max(box[2], 0.0), size[0])))
    upper, lower = sorted((min(max(box[1], 0.0), size[1]), min(max(box[3], 0.0), size[1])))
    return (left, upper, right, lower)


def intersection_over_union(one: Box, other: Box) -> float:
    """Give the shared area of two boxes divided by the area they cover together, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (area(one) + area(other) - shared)


def area(box: Box) -> float:
    """Give the area of a box."""
    return (box[2] - box[0]) * (box[3] - box[1])
