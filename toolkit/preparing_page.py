"""One page prepared, inside a worker: planned, cut, resized and written, with a record of each file."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.blank import is_blank
from toolkit.cells import cell_path, write_cell
from toolkit.families import visual_tokens
from toolkit.geometry import Placement, Size
from toolkit.manifest import ImageRecord, SourceRef
from toolkit.page_views import PageView
from toolkit.picture import cut_out
from toolkit.plan import PagePlan, piece_size, plan_page, second_look_wanted
from toolkit.png import write_png
from toolkit.raster import Raster
from toolkit.readability import READABLE_PX, verdict
from toolkit.recipe import PAGES_FOLDER, Recipe
from toolkit.resize import resize_to, resized_placement
from toolkit.second_look import second_look
from toolkit.split import Piece, plan_split
from toolkit.texts import Text, say

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass
class PreparedPage:
    """One page on its way: a view of it in, files in `folder` and their records out.

    `written` are the paths of the files so far, also when a later one fails. With `cells`, the number of the
    page and of the process that wants them, the images are on their way into a grid: their pixels are written
    as `cell_path` says, and their records have no hash.
    """

    page: PageView
    recipe: Recipe
    folder: Path
    stem: str
    source: SourceRef
    cells: tuple[int, int] | None = None
    written: list[Path] = field(default_factory=list)

    @cached_property
    def plan(self) -> PagePlan:
        """What is to happen to the page."""
        judged = self.page.judged
        smallest, sizes = judged.text.smallest, judged.sizes
        return plan_page(self.page.size, smallest, self.recipe, inside=judged.inside, sizes=sizes)

    def records(self) -> list[ImageRecord]:
        """Write all images of the page and describe them, numbered from 1, first looks before second ones."""
        page_file = self._keep_page()
        pieces = self._pieces()
        records: list[ImageRecord] = []
        for number, piece in enumerate(pieces, 1):
            ending = "" if len(pieces) == 1 else f"-t{number:02d}"
            image = self._image(piece)
            first = self._write(image, ending, self._placement(piece, image.size), len(records) + 1)
            notes = (*self.page.notes, *self._notes(piece, number, len(pieces)))
            first = replace(first, notes=notes, piece=number, pieces=len(pieces))
            looks = [first]
            if second_look_wanted(self.page.judged.quality.verdict, self.recipe):
                looks.append(self._second(image, piece, first, ending))
            if len(pieces) > 1 and is_blank(_as_picture(image)):
                looks[0] = replace(first, notes=(*notes, self._blank(looks)))
            records += looks
        return [replace(record, page_file=page_file) for record in records]

    def _keep_page(self) -> str | None:
        if not self.recipe.keep_pages:
            return None
        name = f"{PAGES_FOLDER}/{self.stem}.png"
        self._put(self.page.pixels, name, self.page.dpi)
        return name

    def _pieces(self) -> list[Piece]:
        if self.plan.piece_ratio is None:
            return [Piece((0, 0, *self.page.size))]
        family, side = self.recipe.family, self.plan.piece_side
        if side is not None:
            picture, least = self.page.picture, READABLE_PX
            return plan_split(picture, family=family, long_side=side, text_height=least, readable=least)
        return plan_split(self.page.picture, family=family, piece_ratio=self.plan.piece_ratio)

    def _image(self, piece: Piece) -> "Raster | Image":
        """Give a piece at the size at which it is sent."""
        if self.plan.piece_ratio is None:
            return self.page.at(self.plan.size)
        size = piece_size(piece.size, self.plan, self.recipe.family)
        return resize_to(cut_out(self.page.picture, piece.box), size)

    def _placement(self, piece: Piece, size: Size) -> Placement:
        return resized_placement(piece.size, size).then(self._on_page(piece))

    def _on_page(self, piece: Piece) -> Placement:
        return Placement.offset(piece.box[0], piece.box[1]).then(self.page.placement)

    def _notes(self, piece: Piece, number: int, count: int) -> list[Text]:
        notes = self.plan.notes(count) if number == 1 else []
        if count > 1:
            notes.append(say("plan.piece", number=number, count=count))
            overlap = piece.note
            notes += [overlap] if overlap else []
        quality = self.page.judged.quality
        return notes if quality.verdict == "good" else [*notes, quality.reason, quality.mend]

    def _blank(self, looks: list[ImageRecord]) -> Text:
        """Say that a piece is blank, and what leaving it out, and its second look, would save."""
        if self.recipe.merge is not None:
            return say("split.blank_in_grid")
        return say("split.blank", tokens=sum(look.tokens for look in looks))

    def _second(self, image: "Raster | Image", piece: Piece, first: ImageRecord, ending: str) -> ImageRecord:
        """Write the second look at a piece; a copy has the very pixels of the first."""
        image = _as_picture(image)  # the page may be drawn again
        placement, note = first.placement, say("second_look.copy", tokens=first.tokens)
        if self.recipe.second_look_kind == "enlarged":
            cut = cut_out(self.page.picture, piece.box)
            look = second_look(cut, image.size, kind="enlarged", family=self.recipe.family)
            note = look.note
            if look.kind == "enlarged":
                image, placement = look.image, look.placement.then(self._on_page(piece))
        record = self._write(image, f"{ending}-look", placement, first.label + 1)
        return replace(record, role="second-look", copy_of=first.label, notes=(note,))

    def _write(self, image: "Raster | Image", ending: str, placement: Placement, label: int) -> ImageRecord:
        scale = self._scale(placement)
        dpi = None if self.page.dpi is None else self.page.dpi * scale
        name = f"{self.stem}{ending}.png"
        return ImageRecord(
            file=name,
            sha256=self._put(image, name, dpi) if self.cells is None else self._put_cell(image, name, label),
            width=image.size[0],
            height=image.size[1],
            source=self.source,
            placement=placement,
            tokens=visual_tokens(image.size, self.recipe.family),
            dpi=None if dpi is None else round(dpi, 1),
            quality=self.page.judged.quality.to_dict(),
            text_height=self._text_height(scale),
            label=label,
        )

    def _put(self, pixels: Any, name: str, dpi: float | None) -> str:
        """Write a file; give its hash."""
        path = self.folder / name
        written = write_png(pixels, path, dpi=dpi, compress=self.recipe.compress)
        self.written.append(path)
        return written.sha256

    def _put_cell(self, image: "Raster | Image", name: str, number: int) -> str:
        """Write an image's pixels for a grid; there is no hash of what nobody keeps."""
        page, owner = self.cells or (0, 0)
        path = cell_path(self.folder, owner, page, number)
        self.written.append(path)
        write_cell(image, path, name=self.folder / name)
        return ""

    def _scale(self, placement: Placement) -> float:
        """Give the reduction from the full-size page, by the area that a pixel covers on the source."""
        return float((self.page.placement.determinant / placement.determinant) ** 0.5)

    def _text_height(self, scale: float) -> dict[str, Any]:
        full, seen = self.page.judged.text, self.page.judged.text.at_scale(scale)
        judged = None if seen.smallest is None else verdict(seen.smallest)
        return {**seen.to_dict(), "verdict": judged, "full_size": full.to_dict()}


def _as_picture(image: "Raster | Image") -> "Image":
    return image.to_picture() if isinstance(image, Raster) else image
