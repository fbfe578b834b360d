"""What could be done with the images before they are sent, and what it would cost. Pure.

A grid saves tokens only as far as its cells shrink, so that it is offered where the text stays readable, and
elsewhere only shown with its price. Step by step keeps every image whole and asks about one at a time. A
second look is no other page: it goes with its page, and alone it offers nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from toolkit.errors import PreflightError
from toolkit.families import Family
from toolkit.grid import Grid, plan_grid
from toolkit.manifest import ImageRecord
from toolkit.readability import READABLE_PX, Readability, verdict

SIDES = (1024, 1280, 1536, 2048)
"""Long sides of a grid that are tried, the cheapest first."""
MOST = 9
"""Pictures to one grid: three by three. One study saw answers fall from 97 to 27 % with sixteen."""
WORTH = 0.75
"""A grid is worth offering where it takes at most this share of what its pictures take apart."""
FULL = 0.5
"""Step by step is worth offering where the images take more than this share of the window."""


class _Image(Protocol):
    @property
    def label(self) -> int: ...
    @property
    def copy_of(self) -> int | None: ...


Image = TypeVar("Image", bound=_Image)


def pages_of(images: Sequence[Image]) -> list[Image]:
    """Leave out second looks at images that are there themselves."""
    labels = {image.label for image in images}
    return [image for image in images if image.copy_of not in labels]


@dataclass(frozen=True)
class GridOffer:
    """A grid of the images called `labels`: what it takes, what they take apart, what each shrinks to.

    `text_height` is that of the smallest text in it, px per em, None where no text was found. `helps` tells
    that it saves tokens and that all text stays readable.
    """

    labels: tuple[int, ...]
    side: int
    columns: int
    tokens: int
    tokens_apart: int
    smallest_scale: float
    text_height: float | None
    helps: bool

    @property
    def count(self) -> int:
        """How many images it holds."""
        return len(self.labels)

    @property
    def reading(self) -> Readability | None:
        """How well the smallest text could be read."""
        return None if self.text_height is None else verdict(self.text_height)


@dataclass(frozen=True)
class StepsOffer:
    """One round a page: the most that a round takes, and what all take at once; in visual tokens."""

    rounds: int
    most: int
    at_once: int
    helps: bool


def grid_offer(images: Sequence[ImageRecord], family: str | Family) -> GridOffer | None:
    """Plan one grid of the first pages, the cheapest in which all text stays readable, else the cheapest.

    None for fewer than two pages, for grids, and where no grid can be.
    """
    single = pages_of(images)[:MOST]
    if len(single) < 2 or any(image.cells for image in single):
        return None
    plans = [(side, _plan(single, family, side)) for side in SIDES]
    offers = [_offer(single, side, grid) for side, grid in plans if grid is not None]
    cheaper = [offer for offer in offers if offer.tokens < offer.tokens_apart]
    helpful = [offer for offer in cheaper if offer.helps]
    return next(iter(helpful), cheaper[-1] if cheaper else None)


def steps_offer(images: Sequence[ImageRecord], window: int) -> StepsOffer | None:
    """Say what one round a page would take, each with its second look; None for a single page."""
    pages = pages_of(images)
    if len(pages) < 2:
        return None
    rounds = [sum(one.tokens for one in images if page.label in (one.label, one.copy_of)) for page in pages]
    at_once = sum(image.tokens for image in images)
    return StepsOffer(len(pages), max(rounds), at_once, at_once > FULL * window)


def _plan(images: Sequence[ImageRecord], family: str | Family, side: int) -> Grid | None:
    try:
        return plan_grid(
            [image.size for image in images],
            family=family,
            max_long_side=side,
            text_heights=[smallest_text(image) for image in images],
        )
    except PreflightError:
        return None


def _offer(images: Sequence[ImageRecord], side: int, grid: Grid) -> GridOffer:
    heights = [cell.text_height for cell in grid.cells if cell.text_height is not None]
    smallest = min(heights, default=None)
    readable = smallest is None or smallest >= READABLE_PX
    return GridOffer(
        labels=tuple(image.label for image in images),
        side=side,
        columns=grid.columns,
        tokens=grid.tokens,
        tokens_apart=grid.tokens_apart,
        smallest_scale=grid.smallest_scale,
        text_height=smallest,
        helps=readable and grid.tokens <= WORTH * grid.tokens_apart,
    )


def smallest_text(image: ImageRecord) -> float | None:
    """Give the height of an image's smallest text as it is sent, px per em, None where it is not known."""
    value = (image.text_height or {}).get("smallest")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
