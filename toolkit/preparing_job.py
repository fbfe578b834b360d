"""Preparing one page, inside a worker: judged, planned, cut, resized, written. Only figures go back."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.families import visual_tokens
from toolkit.geometry import Placement, Size
from toolkit.judged import Judged, judge_page
from toolkit.manifest import ImageRecord, SourceRef
from toolkit.pages import PageImage, PageRequest, load_page
from toolkit.pdf.limits import POINTS_PER_INCH
from toolkit.picture import cut_out
from toolkit.plan import PagePlan, piece_size, plan_page, second_look_wanted
from toolkit.png import write_png
from toolkit.readability import verdict
from toolkit.recipe import PAGES_FOLDER, Recipe
from toolkit.resize import resize_to, resized_placement
from toolkit.second_look import second_look
from toolkit.split import Piece, plan_split
from toolkit.texts import Text, say
from toolkit.work.guard import guard_memory

if TYPE_CHECKING:
    from PIL.Image import Image

_BYTES_A_PIXEL = 24
"""Memory beside the worker's own, for each pixel of the full-size page: the drawn page (4), its picture (3),
grey and floating-point copies while it is judged (9), the part cut out (3), and a quarter to spare."""


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Prepare one page; give its records, numbered from 1 within the page, first looks before second ones."""
    recipe = Recipe.from_dict(payload["recipe"])
    page = load_page(PageRequest.from_dict(payload))
    guard_memory(_BYTES_A_PIXEL * page.size[0] * page.size[1])
    work = _Page(page, recipe, Path(payload["folder"]), payload["stem"], _source(payload, page))
    return {"images": [record.to_dict() for record in work.records()]}


def _source(payload: dict[str, Any], page: PageImage) -> SourceRef:
    width, height = page.source_size
    return SourceRef(payload["name"], payload["sha256"], payload["page"], width, height, page.unit)


@dataclass
class _Page:
    """One page on its way: full-size pixels in, files and records out."""

    page: PageImage
    recipe: Recipe
    folder: Path
    stem: str
    source: SourceRef

    @cached_property
    def picture(self) -> "Image":
        return self.page.picture()

    @cached_property
    def judged(self) -> Judged:
        scale = (self.page.dpi or POINTS_PER_INCH) / POINTS_PER_INCH
        return judge_page(self.picture, self.page.text_heights, scale)

    @cached_property
    def plan(self) -> PagePlan:
        return plan_page(self.picture.size, self.judged.text.smallest, self.recipe)

    def records(self) -> list[ImageRecord]:
        """Write all images of the page and describe them."""
        page_file = self._keep_page()
        pieces = self._pieces()
        records: list[ImageRecord] = []
        for number, piece in enumerate(pieces, 1):
            cut = self.picture if len(pieces) == 1 else cut_out(self.picture, piece.box)
            size = self.plan.size if self.plan.piece_ratio is None else self._piece_size(piece)
            ending = "" if len(pieces) == 1 else f"-t{number:02d}"
            placement = self._placement(piece, size)
            first = self._write(resize_to(cut, size), ending, placement, len(records) + 1)
            first = replace(first, notes=(*self.page.notes, *self._notes(piece, number, len(pieces))))
            records.append(first)
            if second_look_wanted(self.judged.quality.verdict, self.recipe):
                records.append(self._second(cut, piece, first))
        return [replace(record, page_file=page_file) for record in records]

    def _keep_page(self) -> str | None:
        if not self.recipe.keep_pages:
            return None
        name = f"{PAGES_FOLDER}/{self.stem}.png"
        write_png(self.page.pixels, self.folder / name, dpi=self.page.dpi, compress=self.recipe.compress)
        return name

    def _pieces(self) -> list[Piece]:
        if self.plan.piece_ratio is None:
            return [Piece((0, 0, *self.picture.size))]
        return plan_split(self.picture, family=self.recipe.family, piece_ratio=self.plan.piece_ratio)

    def _piece_size(self, piece: Piece) -> Size:
        return piece_size(piece.size, self.plan, self.recipe.family)

    def _placement(self, piece: Piece, size: Size) -> Placement:
        to_page = Placement.offset(piece.box[0], piece.box[1]).then(self.page.placement)
        return resized_placement(piece.size, size).then(to_page)

    def _notes(self, piece: Piece, number: int, count: int) -> list[Text]:
        notes = [self.plan.note(count)] if number == 1 else []
        if count > 1:
            notes.append(say("plan.piece", number=number, count=count))
            overlap = piece.note
            notes += [overlap] if overlap else []
        quality = self.judged.quality
        return notes if quality.verdict == "good" else [*notes, quality.reason, quality.mend]

    def _second(self, cut: "Image", piece: Piece, first: ImageRecord) -> ImageRecord:
        look = second_look(cut, first.size, kind=self.recipe.second_look_kind, family=self.recipe.family)
        to_page = Placement.offset(piece.box[0], piece.box[1]).then(self.page.placement)
        ending = first.file.removeprefix(self.stem).removesuffix(".png") + "-look"
        record = self._write(look.image, ending, look.placement.then(to_page), first.label + 1)
        return replace(record, role="second-look", copy_of=first.label, notes=(look.note,))

    def _write(self, image: "Image", ending: str, placement: Placement, label: int) -> ImageRecord:
        scale = self._scale(placement)
        dpi = None if self.page.dpi is None else self.page.dpi * scale
        path = self.folder / f"{self.stem}{ending}.png"
        written = write_png(image, path, dpi=dpi, compress=self.recipe.compress)
        return ImageRecord(
            file=path.name,
            sha256=written.sha256,
            width=image.width,
            height=image.height,
            source=self.source,
            placement=placement,
            tokens=visual_tokens(image.size, self.recipe.family),
            dpi=None if dpi is None else round(dpi, 1),
            quality=self.judged.quality.to_dict(),
            text_height=self._text_height(scale),
            label=label,
        )

    def _scale(self, placement: Placement) -> float:
        """Give the reduction from the full-size page, by the area that a pixel covers on the source."""
        return float((self.page.placement.determinant / placement.determinant) ** 0.5)

    def _text_height(self, scale: float) -> dict[str, Any]:
        full, seen = self.judged.text, self.judged.text.at_scale(scale)
        judged = None if seen.smallest is None else verdict(seen.smallest)
        return {**seen.to_dict(), "verdict": judged, "full_size": full.to_dict()}
