"""A picture turned so that its lines become level, and what was found on it put back where it stands."""

import math
from dataclasses import dataclass, replace

from PIL import Image

from toolkit.geometry import Box, Point, Size
from toolkit.text_line import TextLine


@dataclass(frozen=True)
class Turn:
    """A turn by `degrees` counter-clockwise about the middle; sizes in px, `before` and `after`."""

    degrees: float
    before: Size
    after: Size

    def back(self, line: TextLine) -> TextLine:
        """Give a line with its box, upright, on the picture as it was before the turn."""
        left, upper, right, lower = line.box
        corners = [self._point(x, y) for x in (left, right) for y in (upper, lower)]
        box = tuple(pick(point[axis] for point in corners) for pick in (min, max) for axis in (0, 1))
        kept = self._inside((box[0], box[1], box[2], box[3]))
        if abs(abs(self.degrees) - 90) < 45:
            return replace(line, box=kept, down=True)
        return replace(line, box=kept, slope=self._slope(line.slope))

    def _point(self, x: float, y: float) -> Point:
        angle = math.radians(self.degrees)
        right, down = x - self.after[0] / 2, y - self.after[1] / 2
        return (
            self.before[0] / 2 + right * math.cos(angle) - down * math.sin(angle),
            self.before[1] / 2 + right * math.sin(angle) + down * math.cos(angle),
        )

    def _slope(self, slope: float) -> float:
        angle = math.radians(self.degrees)
        return (math.sin(angle) + slope * math.cos(angle)) / (math.cos(angle) - slope * math.sin(angle))

    def _inside(self, box: Box) -> Box:
        width, height = self.before
        left, right = (min(width, max(0.0, round(side, 6))) for side in (box[0], box[2]))
        upper, lower = (min(height, max(0.0, round(side, 6))) for side in (box[1], box[3]))
        return (left, upper, right, lower)


def turned(grey: Image.Image, degrees: float) -> tuple[Image.Image, Turn]:
    """Turn a grey picture counter-clockwise, growing it, on ground of its own brightness."""
    exact = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
    if degrees in exact:
        image = grey.transpose(exact[int(degrees)])
    else:
        ground = grey.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        image = grey.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=ground)
    return image, Turn(degrees, grey.size, image.size)
