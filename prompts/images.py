"""An image as prompts know it: a number, a size and a reference. Never its pixels."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prompts.errors import InputError
from toolkit.geometry import Size
from toolkit.manifest import ImageRecord, Manifest, SourceRef
from toolkit.manifest_file import read_manifest


@dataclass(frozen=True)
class GridPart:
    """One picture in a grid: its number there, and the page (from 1) of `title` that it shows."""

    label: int
    title: str = ""
    page: int | None = None


@dataclass(frozen=True)
class ImageRef:
    """One image of a prompt.

    `label` is its number from 1 in sending order; `width` and `height` are the pixels of the file that is
    sent. `page` is the page of `title` (the document's name) it shows, from 1. `copy_of` is the label of
    the image that it repeats or enlarges. It is number `piece` (from 1) of the `pieces` that its page or
    picture was cut into, in reading order. A grid has `parts`, and no page or title of its own.
    """

    label: int
    width: int
    height: int
    path: Path | None = None
    role: str = "main"
    sha256: str = ""
    page: int | None = None
    title: str = ""
    copy_of: int | None = None
    piece: int = 1
    pieces: int = 1
    parts: tuple[GridPart, ...] = ()

    @property
    def size(self) -> Size:
        """The size in pixels."""
        return (self.width, self.height)

    @classmethod
    def from_record(cls, record: ImageRecord, folder: Path | None = None) -> "ImageRef":
        """Take an image of a manifest; `folder` is the manifest's, for the path."""
        title, page = ("", None) if record.cells else _origin(record.source)
        return cls(
            label=record.label,
            width=record.width,
            height=record.height,
            path=None if folder is None else folder / record.file,
            role=record.role,
            sha256=record.sha256,
            page=page,
            title=title,
            copy_of=record.copy_of,
            piece=record.piece,
            pieces=record.pieces,
            parts=tuple(GridPart(cell.label, *_origin(cell.source)) for cell in record.cells),
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the image as plain data."""
        path = None if self.path is None else str(self.path)
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return plain | {"path": path, "parts": [asdict(part) for part in self.parts]}


def _origin(source: SourceRef) -> tuple[str, int | None]:
    """Give a document's name, and the page where it is one that has pages."""
    return source.file, source.page if source.unit == "pt" else None


def images_from_manifest(manifest: Manifest | Path | str) -> tuple[ImageRef, ...]:
    """Give the images of a manifest (a value, a file or a folder) in sending order.

    Raises toolkit's ManifestError for a file that is missing or malformed.
    """
    if not isinstance(manifest, Manifest):
        manifest = read_manifest(Path(manifest))
    return tuple(ImageRef.from_record(record, manifest.folder) for record in manifest.images)


def find_image(images: Sequence[ImageRef], label: int) -> ImageRef:
    """Find an image by its number. Raises InputError, naming those that are there."""
    for image in images:
        if image.label == label:
            return image
    there = ", ".join(str(image.label) for image in images)
    raise InputError("no_such_image", number=label, count=len(images), there=there or "–")


def check_labels(images: Sequence[ImageRef]) -> None:
    """Check that each number is given once and each size is at least 1. Raises InputError."""
    seen: set[int] = set()
    for image in images:
        if image.label in seen or image.label < 1:
            raise InputError("label_twice", number=image.label)
        if image.width < 1 or image.height < 1:
            raise InputError("image_size", number=image.label, width=image.width, height=image.height)
        seen.add(image.label)
