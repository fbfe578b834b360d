"""One page resized or split, inside a worker: pictures are written here, figures come back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.blank import is_blank
from toolkit.families import visual_tokens
from toolkit.geometry import Placement
from toolkit.pages import PageImage, PageRequest, load_page
from toolkit.picture import Picture
from toolkit.png import write_png
from toolkit.resize import resize_image, resized_placement
from toolkit.split import Piece, plan_split, split_image
from toolkit.texts import Text, say
from toolkit.work.guard import guard_memory

WORK_BYTES = 16
"""Memory for each pixel of a page: the picture (4), a piece of it (4), grey copies (2), a resize (4)."""


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
    page, picture = load_picture(PageRequest.from_dict(payload))
    pieces = _pieces(picture, shape)
    images = []
    for piece, cut, name in zip(pieces, split_image(picture, pieces), _names(payload, pieces), strict=True):
        placement = piece.placement.then(page.placement)
        notes = (*page.notes, piece.note) if piece.note else page.notes
        path = Path(payload["folder"]) / name
        images.append(_write(cut, placement, page, shape, path, notes, part=len(pieces) > 1))
    return {"images": images, "source_size": page.source_size}


def load_picture(request: PageRequest, extra_bytes: int = 0) -> tuple[PageImage, Picture]:
    """Load a page as a picture of its own, and allow the memory that work on it takes, plus `extra_bytes`.

    Raises SourceError or PageError, naming the file.
    """
    page = load_page(request)
    guard_memory(WORK_BYTES * page.size[0] * page.size[1] + extra_bytes)
    return page, page.picture()


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
    picture: Picture,
    placement: Placement,
    page: PageImage,
    shape: Shape,
    path: Path,
    notes: tuple[Text, ...],
    *,
    part: bool,
) -> dict[str, Any]:
    resized = _resized(picture, shape)
    if part and is_blank(resized):
        notes = (*notes, say("split.blank", tokens=visual_tokens(resized.size, shape.family)))
    dpi = None if page.dpi is None else page.dpi * resized.width / picture.width
    written = write_png(resized, path, dpi=dpi)
    placement = resized_placement(picture.size, resized.size).then(placement)
    return {
        "file": path.name,
        "sha256": written.sha256,
        "size": resized.size,
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
