"""Several pictures in one: laying out a grid, drawing it, and finding the way back from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from toolkit.errors import UsageError
from toolkit.families import DEFAULT_FAMILY, Family, get_family, visual_tokens
from toolkit.geometry import Placement, Size
from toolkit.grid_layout import CellBox, Layout, Limits, Match, fit_layout
from toolkit.picture import Picture, Pixels
from toolkit.texts import Language

if TYPE_CHECKING:
    from toolkit.framed import Framed

MAX_PICTURES = 100
"""One grid of more pictures than this leaves nothing to see of them."""
BACKGROUND = 214
"""Grey level between the pictures, so that white pages do not run together."""


@dataclass(frozen=True)
class GridCell:
    """One picture in a grid. Boxes are in pixels of the grid.

    `box` is the picture's content, `label_box` the strip above it (None without labels), `scale` how much
    the picture shrank (1.0 is its own size), `placement` the map from the grid to the picture's pixels.
    `text_height` is what its text is left with, in pixels per em, None where that is not known.
    """

    label: int
    box: CellBox
    label_box: CellBox | None
    scale: float
    placement: Placement
    text_height: float | None = None


@dataclass(frozen=True)
class Grid:
    """A grid that is decided but not drawn. `tokens_apart` is what the pictures cost one by one.

    `label_lang` is the language of the labels (图1, Image 1), None for bare numbers.
    """

    size: Size
    cells: tuple[GridCell, ...]
    columns: int
    rows: int
    tokens: int
    tokens_apart: int
    family: str
    label_lang: Language | None = None

    @property
    def smallest_scale(self) -> float:
        """The scale of the picture that shrank most."""
        return min(cell.scale for cell in self.cells)


@dataclass(frozen=True)
class Merged:
    """A drawn grid and its plan."""

    image: Picture
    grid: Grid


def plan_grid(
    sizes: Sequence[Size],
    *,
    columns: int = 0,
    rows: int = 0,
    gap: int = 16,
    labels: bool = True,
    label_lang: Language | None = None,
    family: str | Family = DEFAULT_FAMILY,
    max_long_side: int | None = None,
    match: Match = "height",
    text_heights: Sequence[float | None] | None = None,
) -> Grid:
    """Lay out pictures of `sizes` in one grid that the family's processor keeps as it is.

    With `columns` and `rows` 0 the layout is taken that leaves the most reduced picture the largest, then
    the cheapest one; `rows` asks for at most so many, filled from the left. `match` "height" gives all
    pictures the same height (none is enlarged), "scale" reduces all by the same factor. `gap` is in pixels,
    around and between the cells; `max_long_side` bounds the whole grid. `label_lang` puts 图1 or Image 1
    above each picture, None the bare number.
    `text_heights` in pixels per em of each picture become those in the grid.
    Raises PageTooLargeError for a picture whose side ratio no model takes alone,
    UsageError for no pictures, too many, a negative gap or count, columns and rows at once, or a gap that
    fills the grid.
    """
    row = get_family(family)
    _check(sizes, columns, rows, gap)
    limits = Limits.of(row, max_long_side)
    columns = columns or (-(-len(sizes) // rows) if rows else 0)
    choices = [columns] if columns else range(1, len(sizes) + 1)
    layouts = [fit_layout(Layout.of(sizes, min(n, len(sizes)), gap, labels, match), limits) for n in choices]
    fitting = [layout for layout in layouts if layout is not None]
    if not fitting:
        raise UsageError("grid_too_small", count=len(sizes), side=limits.long_side)
    best = max(fitting, key=lambda layout: layout.merit(limits))
    grid = _grid(best, row, limits, text_heights or [None] * len(sizes))
    return replace(grid, label_lang=label_lang)


def merge_images(
    images: Sequence[Picture],
    *,
    columns: int = 0,
    rows: int = 0,
    labels: bool = True,
    label_lang: Language | None = None,
    gap: int = 16,
    family: str | Family = DEFAULT_FAMILY,
    max_long_side: int | None = None,
    match: Match = "height",
    text_heights: Sequence[float | None] | None = None,
) -> Merged:
    """Draw the pictures into one grid, numbered from 1 in a strip above each; see `plan_grid`.

    The grid is grey if all pictures are, else in colour.
    """
    grid = plan_grid(
        [image.size for image in images],
        columns=columns,
        rows=rows,
        gap=gap,
        labels=labels,
        label_lang=label_lang,
        family=family,
        max_long_side=max_long_side,
        match=match,
        text_heights=text_heights,
    )
    return Merged(draw_grid(images, grid).to_picture(), grid)


def draw_grid(images: Iterable[Picture | Pixels], grid: Grid) -> "Framed":
    """Draw a grid that was planned for these pictures; each is asked for only when it is its turn.

    It stays grey until a picture in colour comes. Raises ValueError if there are more or fewer pictures
    than cells.
    """
    from toolkit.grid_canvas import GridCanvas

    canvas = GridCanvas(grid.size)
    for image, cell in zip(images, grid.cells, strict=True):
        canvas.put(image, cell.box)
        if cell.label_box is not None:
            canvas.label(cell.label, cell.label_box, grid.label_lang)
    return canvas.framed


def _grid(layout: Layout, row: Family, limits: Limits, text_heights: Sequence[float | None]) -> Grid:
    size = limits.canvas(*layout.content())
    cells = [
        _cell(number, box, layout.strip(), own, text)
        for number, (box, own, text) in enumerate(
            zip(layout.boxes(), layout.sizes, text_heights, strict=True), 1
        )
    ]
    apart = sum(visual_tokens(own, row) for own in layout.sizes)
    return Grid(size, tuple(cells), layout.columns, layout.rows, visual_tokens(size, row), apart, row.name)


def _cell(number: int, box: CellBox, strip: int, own: Size, text: float | None) -> GridCell:
    left, upper, right, lower = box
    placement = Placement.offset(-left, -upper).then(
        Placement.scaling((right - left, lower - upper), (float(own[0]), float(own[1])))
    )
    scale = min(1.0, (lower - upper) / own[1], (right - left) / own[0])
    label_box = (left, upper - strip, right, upper) if strip else None
    left_over = None if text is None else text * scale
    return GridCell(number, box, label_box, scale, placement, left_over)


def check_count(count: int) -> None:
    """Refuse more pictures than one grid may hold. Raises UsageError."""
    if count > MAX_PICTURES:
        raise UsageError("grid_too_many", given=count, limit=MAX_PICTURES)


def _check(sizes: Sequence[Size], columns: int, rows: int, gap: int) -> None:
    if not sizes:
        raise UsageError("grid_empty")
    check_count(len(sizes))
    if columns < 0:
        raise UsageError("columns_below_zero", given=columns)
    if rows < 0 or (rows and columns):
        raise UsageError("rows_impossible", given=rows, columns=columns)
    if gap < 0:
        raise UsageError("gap_below_zero", given=gap)
    for width, height in sizes:
        if min(width, height) < 1:
            raise UsageError("size_below_one", width=width, height=height)
