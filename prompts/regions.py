"""Where to look: the whole image, named areas, boxes in pixels, or a box marked in the picture."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from prompts.errors import InputError, UnknownNameError
from toolkit.geometry import Box, Size

RegionKind = Literal["whole", "area", "boxes", "marked"]

AREAS: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "upper-left": ((0, 0, 1 / 2, 1 / 2),),
    "upper": ((0, 0, 1, 1 / 2),),
    "upper-right": ((1 / 2, 0, 1, 1 / 2),),
    "left": ((0, 0, 1 / 2, 1),),
    "center": ((1 / 4, 1 / 4, 3 / 4, 3 / 4),),
    "right": ((1 / 2, 0, 1, 1),),
    "lower-left": ((0, 1 / 2, 1 / 2, 1),),
    "lower": ((0, 1 / 2, 1, 1),),
    "lower-right": ((1 / 2, 1 / 2, 1, 1),),
    "header": ((0, 0, 1, 0.12),),
    "footer": ((0, 0.88, 1, 1),),
    "left-margin": ((0, 0, 0.12, 1),),
    "right-margin": ((0.88, 0, 1, 1),),
    "margins": ((0, 0, 0.12, 1), (0.88, 0, 1, 1)),
}
"""Named areas as boxes in fractions of the image. Headers, footers and margins of A4 and Letter take
20 to 36 mm of 297 and up to 25 mm of 210: 12 % of either side."""

COLOURS = ("red", "green", "blue", "yellow")
MAX_BOXES = 32


@dataclass(frozen=True)
class Region:
    """Where a task is to look. Make one with `whole`, `area`, `boxes`, `marked` or `parse`.

    `names` are keys of AREAS; `corners` are boxes in pixels of the image that is sent; `image` is the
    number of the image meant, None for every image (for boxes and marks: the only one, or the first);
    `colour` is that of a box drawn into the picture, "" if any.
    """

    kind: RegionKind = "whole"
    names: tuple[str, ...] = ()
    corners: tuple[Box, ...] = ()
    image: int | None = None
    colour: str = ""

    @classmethod
    def whole(cls, image: int | None = None) -> "Region":
        """The whole of every image, or of one."""
        return cls("whole", image=image)

    @classmethod
    def area(cls, *names: str, image: int | None = None) -> "Region":
        """One or several named areas. Raises UnknownNameError with the known names."""
        for name in names or ("",):
            if name not in AREAS:
                raise UnknownNameError("unknown_area", given=name, allowed=", ".join(AREAS))
        return cls("area", names=names, image=image)

    @classmethod
    def boxes(cls, boxes: Sequence[Sequence[float]], image: int | None = None) -> "Region":
        """One or several boxes (left, upper, right, lower) in pixels of the image that is sent.

        Raises InputError for a box without four numbers, without area, or more than 32 boxes.
        """
        if not 1 <= len(boxes) <= MAX_BOXES:
            raise InputError("box_count", given=len(boxes), limit=MAX_BOXES)
        return cls("boxes", corners=tuple(_box(box) for box in boxes), image=image)

    @classmethod
    def marked(cls, colour: str = "", image: int | None = None) -> "Region":
        """The box that is drawn into the picture, in `colour` if that helps to find it."""
        if colour and colour not in COLOURS:
            raise UnknownNameError("unknown_colour", given=colour, allowed=", ".join(COLOURS))
        return cls("marked", colour=colour, image=image)

    @classmethod
    def parse(cls, text: "str | Region") -> "Region":
        """Read "whole", "area:header,footer", "box:10,20,300,400;…" or "marked:red", with "@2" for image 2.

        A Region is given back as it is. Raises InputError or UnknownNameError.
        """
        if isinstance(text, Region):
            return text
        match = _WRITTEN.fullmatch(text.strip())
        if match is None:
            raise InputError("region_unreadable", given=text[:80])
        image = int(match["image"]) if match["image"] else None
        rest = match["rest"] or ""
        match match["kind"]:
            case "area":
                return cls.area(*(name.strip() for name in rest.split(",")), image=image)
            case "box":
                return cls.boxes([box.split(",") for box in rest.split(";")], image=image)  # type: ignore[misc]
            case "marked":
                return cls.marked(rest, image=image)
        return cls.whole(image=image)

    def __str__(self) -> str:
        """Write the region as `parse` reads it."""
        rest = {
            "area": ":" + ",".join(self.names),
            "boxes": ":" + ";".join(",".join(f"{n:g}" for n in box) for box in self.corners),
            "marked": f":{self.colour}" if self.colour else "",
        }.get(self.kind, "")
        kind = "box" if self.kind == "boxes" else self.kind
        return f"{kind}{rest}" + (f"@{self.image}" if self.image else "")

    def pixel_boxes(self, size: Size) -> tuple[Box, ...] | None:
        """Give the boxes meant in pixels of an image of `size`; None for a box marked in the picture."""
        width, height = size
        if self.kind == "marked":
            return None
        if self.kind == "boxes":
            return self.corners
        parts = [part for name in self.names for part in AREAS[name]] or [(0.0, 0.0, 1.0, 1.0)]
        return tuple((a * width, b * height, c * width, d * height) for a, b, c, d in parts)


_WRITTEN = re.compile(
    r"(?P<kind>whole|area|box|marked)(:(?P<rest>[a-z0-9 ,;.eE+-]+))?(@(?P<image>\d{1,4}))?", re.ASCII
)


def _box(numbers: Sequence[float | str]) -> Box:
    try:
        left, upper, right, lower = (float(n) for n in numbers)
    except (TypeError, ValueError) as error:
        raise InputError("box_numbers", given=",".join(map(str, numbers))[:80]) from error
    if not all(map(math.isfinite, (left, upper, right, lower))) or right <= left or lower <= upper:
        raise InputError("box_empty", given=f"{left:g},{upper:g},{right:g},{lower:g}")
    return (left, upper, right, lower)
