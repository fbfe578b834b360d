"""The manifest: the one thing that crosses from preparing to asking. Values, and their JSON form.

Reading one that comes from elsewhere is `manifest_file`: it trusts nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from toolkit.errors import ManifestError, PreflightError
from toolkit.files import as_utf8, write_whole
from toolkit.geometry import Box, Placement, Size, Unit, area, clip
from toolkit.texts import Language, Text
from toolkit.version import VERSION

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True)
class SourceRef:
    """The page an image comes from: `page` counts from 1, the size is in `unit` as the page is displayed."""

    file: str
    sha256: str
    page: int
    width: float
    height: float
    unit: Unit


@dataclass(frozen=True)
class Cell:
    """One picture inside a merged image: its box there in pixels, and the way from there to its source."""

    box: Box
    source: SourceRef
    placement: Placement
    label: int


@dataclass(frozen=True)
class ImageRecord:
    """One prepared image, as it is to be sent.

    `placement` maps its pixels to the source page (for a grid: see `cells`). `label` is its number from 1
    in sending order; `copy_of` the label of the image that this one repeats. `quality` and `text_height`
    are plain data as `Quality` and `TextHeight` give them, None where they were not measured. A page that was
    cut up stands in `pieces` images, of which this is number `piece` in reading order.
    """

    file: str
    sha256: str
    width: int
    height: int
    source: SourceRef
    placement: Placement
    tokens: int
    dpi: float | None = None
    quality: dict[str, Any] | None = None
    text_height: dict[str, Any] | None = None
    role: str = "main"
    label: int = 1
    copy_of: int | None = None
    notes: tuple[Text, ...] = ()
    cells: tuple[Cell, ...] = ()
    page_file: str | None = None
    piece: int = 1
    pieces: int = 1

    @property
    def size(self) -> Size:
        """The size in pixels."""
        return (self.width, self.height)

    def to_dict(self) -> dict[str, Any]:
        """Give the record as plain data, as it stands in the manifest."""
        return _image_data(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ImageRecord":
        """Read a record from a manifest's plain data. Raises KeyError or TypeError where it is malformed."""
        return _image_from(data)

    def locate(self, box: Box) -> tuple[SourceRef, Box]:
        """Map a box in pixels of this image to the page it lies on, cut to that page.

        In a grid the cell that covers most of the box is taken.
        """
        source, placement = self.source, self.placement
        if self.cells:
            cell = max(self.cells, key=lambda c: _overlap(c.box, box))
            source, placement = cell.source, cell.placement
        return source, clip(placement.to_source(box), (source.width, source.height))


@dataclass(frozen=True)
class Failure:
    """A file, or one page of it (from 1), that did not come out."""

    file: str
    page: int | None
    error: str
    text: Text

    @classmethod
    def of(cls, error: PreflightError, file: str, page: int | None = None) -> "Failure":
        """Record `error` for a file or a page."""
        return cls(file=file, page=page, error=type(error).__name__, text=error.text)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Failure":
        """Read a failure from a manifest's plain data. Raises KeyError where it is malformed."""
        text = Text(data["message"], data.get("message_zh", data["message"]))
        return cls(data["file"], data["page"], data["error"], text)

    def to_dict(self) -> dict[str, Any]:
        """Give the failure as plain data, as it stands in the manifest."""
        return {
            "file": self.file,
            "page": self.page,
            "error": self.error,
            "message": self.text.en,
            "message_zh": self.text.zh,
        }


@dataclass(frozen=True)
class Manifest:
    """Everything a preparation made. `images` stand in the order in which they are to be sent."""

    family: str
    recipe: dict[str, Any]
    images: tuple[ImageRecord, ...]
    failures: tuple[Failure, ...] = ()
    folder: Path = field(default=Path(), compare=False)

    @property
    def tokens(self) -> int:
        """The visual tokens of all images together."""
        return sum(image.tokens for image in self.images)

    def path(self, image: ImageRecord) -> Path:
        """Give the path of an image's file."""
        return self.folder / image.file

    def page_path(self, image: ImageRecord) -> Path | None:
        """Give the path of the full-size page that an image was made from, if it was kept."""
        return None if image.page_file is None else self.folder / image.page_file

    def image(self, number: int) -> ImageRecord:
        """Find an image by its number from 1. Raises ManifestError if it is not there."""
        for image in self.images:
            if image.label == number:
                return image
        file = str(self.folder / MANIFEST_NAME)
        raise ManifestError("no_such_image", file=file, count=len(self.images), number=number)

    def reordered(self, labels: list[int], roles: Mapping[int, str] | None = None) -> "Manifest":
        """Give the manifest with its images in the order of `labels` (old numbers), numbered anew from 1.

        Images that are not named are left out; `roles` gives new roles by old number.
        """
        roles = roles or {}
        new = {old: number for number, old in enumerate(labels, 1)}
        images = []
        for old in labels:
            image = self.image(old)
            copy_of = new.get(image.copy_of) if image.copy_of is not None else None
            images.append(replace(image, label=new[old], role=roles.get(old, image.role), copy_of=copy_of))
        return replace(self, images=tuple(images))

    def to_json(self) -> str:
        """Write the manifest as JSON text, version 1."""
        data = {
            "version": 1,
            "tool": f"vl-preflight {VERSION}",
            "recipe": self.recipe,
            "family": self.family,
            "images": [_image_data(image) for image in self.images],
            "failures": [failure.to_dict() for failure in self.failures],
        }
        return as_utf8(json.dumps(data, ensure_ascii=False, indent=1) + "\n").decode()

    def save(self) -> Path:
        """Write manifest.json into the manifest's folder, whole or not at all, and give its path."""
        path = self.folder / MANIFEST_NAME
        write_whole(path, self.to_json().encode())
        return path


def _image_data(image: ImageRecord) -> dict[str, Any]:
    data = {name: getattr(image, name) for name in _PLAIN_FIELDS}
    data["source"] = asdict(image.source)
    data["placement"] = image.placement.to_list()
    data["notes"] = [note.en for note in image.notes]
    data["notes_zh"] = [note.zh for note in image.notes]
    if image.cells:
        data["cells"] = [_cell_data(cell) for cell in image.cells]
    if image.page_file is not None:
        data["page_file"] = image.page_file
    if image.pieces > 1:
        data |= {"piece": image.piece, "pieces": image.pieces}
    return data


_PLAIN_FIELDS = (
    "file", "sha256", "width", "height", "source", "placement", "tokens", "dpi", "quality", "text_height",
    "role", "label", "copy_of",
)  # fmt: skip


def _cell_data(cell: Cell) -> dict[str, Any]:
    return {
        "box": list(cell.box),
        "label": cell.label,
        "source": asdict(cell.source),
        "placement": cell.placement.to_list(),
    }


def _image_from(data: dict[str, Any]) -> ImageRecord:
    english = data.get("notes", [])
    chinese = data.get("notes_zh", english)
    cells = tuple(
        Cell(tuple(c["box"]), SourceRef(**c["source"]), Placement.from_list(c["placement"]), c["label"])
        for c in data.get("cells", [])
    )
    plain = {name: data[name] for name in _PLAIN_FIELDS if name in data}
    plain |= {
        "source": SourceRef(**data["source"]),
        "placement": Placement.from_list(data["placement"]),
        "notes": tuple(Text(en, zh) for en, zh in zip(english, chinese, strict=False)),
        "cells": cells,
        "page_file": data.get("page_file"),
        "piece": data.get("piece", 1),
        "pieces": data.get("pieces", 1),
    }
    return ImageRecord(**plain)


def _overlap(one: Box, other: Box) -> float:
    left, upper, right, lower = (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )
    return area((left, upper, right, lower)) if right > left and lower > upper else 0.0


def notes_in(image: ImageRecord, lang: Language) -> list[str]:
    """Give an image's notes in one language."""
    return [note.in_language(lang) for note in image.notes]
