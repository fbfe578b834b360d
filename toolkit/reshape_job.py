"""One page resized or split, inside a worker: pictures are written here, figures come back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.geometry import Placement, Size
from toolkit.pages import PageImage, PageRequest, load_page
from toolkit.picture import Picture
from toolkit.png import write_png
from toolkit.raster import Raster
from toolkit.resize import plan_size, resize_image, resized_placement
from toolkit.split import Piece, plan_split, split_image
from toolkit.texts import Text


@dataclass(frozen=True)
class Shape:
    """What is wanted: `long_side` or `tokens` (both None: no resizing), `piece_ratio` (None: no cutting)."""

    family: str
    long_side: int | None = None
    tokens: int | None = None
    enlarge: bool = False
    piece_ratio: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for a job."""
        return {"shape": dict(self.__dict__)}


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Make all pictures of one page. Raises SourceError, PageError or OutputError, naming the file."""
    shape = Shape(**payload["shape"])
    page = load_page(PageRequest.from_dict(payload))
    picture = to_picture(page)
    pieces = _pieces(picture, shape)
    images = []
    for piece, cut, name in zip(pieces, split_image(picture, pieces), _names(payload, pieces), strict=True):
        placement = piece.placement.then(page.placement)
        notes = (*page.notes, piece.note) if piece.note else page.notes
        images.append(_write(cut, placement, page, shape, Path(payload["folder"]) / name, notes))
    return {"images": images, "source_size": page.source_size}


def to_picture(page: PageImage) -> Picture:
    """Take a page's pixels as a Pillow picture of their own."""
    from PIL import Image

    if isinstance(page.pixels, Raster):
        return page.pixels.to_picture()
    return page.pixels if isinstance(page.pixels, Image.Image) else Image.fromarray(page.pixels)


def _pieces(picture: Picture, shape: Shape) -> list[Piece]:
    if shape.piece_ratio is None:
        return [Piece((0, 0, picture.width, picture.height))]
    return plan_split(picture, family=shape.family, piece_ratio=shape.piece_ratio)


def _names(payload: dict[str, Any], pieces: list[Piece]) -> list[str]:
    stem = payload["stem"]
    if len(pieces) == 1:
        return [f"{stem}.png"]
    return [f"{stem}-s{number:02d}.png" for number in range(1, len(pieces) + 1)]


def _write(
    picture: Picture, placement: Placement, page: PageImage, shape: Shape, path: Path, notes: tuple[Text, ...]
) -> dict[str, Any]:
    resized = _resized(picture, shape)
    dpi = None if page.dpi is None else page.dpi * resized.width / picture.width
    written = write_png(resized, path, dpi=dpi)
    placement = resized_placement(picture.size, resized.size).then(placement)
    return {
        "file": path.name,
        "sha256": written.sha256,
        "size": resized.size,
        "before": picture.size,
        "placement": placement.to_list(),
        "dpi": dpi,
        "notes": [[note.en, note.zh] for note in notes],
    }


def _resized(picture: Picture, shape: Shape) -> Picture:
    if shape.tokens is not None:
        return resize_image(picture, tokens=shape.tokens, family=shape.family, enlarge=shape.enlarge)
    if shape.long_side is not None:
        return resize_image(picture, long_side=shape.long_side, family=shape.family, enlarge=shape.enlarge)
    return picture


def planned_size(size: Size, shape: Shape) -> Size:
    """Give the size that `run` would write a picture of `size` at."""
    if shape.tokens is None and shape.long_side is None:
        return size
    return plan_size(
        size,
        long_side=shape.long_side or 1024,
        tokens=shape.tokens,
        family=shape.family,
        enlarge=shape.enlarge,
    )
