"""What a file is, told by its content and never by its name; and the way to an upright picture."""

import os
import re
from pathlib import Path
from typing import Literal, get_args

from toolkit.errors import EmptySourceError, NotADocumentError, SourceMissingError
from toolkit.loading import LoadedPicture, open_picture

__all__ = ["IMAGE_KINDS", "Kind", "LoadedPicture", "identify", "open_picture"]

Kind = Literal["pdf", "png", "jpeg", "webp", "tiff", "bmp", "gif", "heif", "avif"]
IMAGE_KINDS: tuple[Kind, ...] = get_args(Kind)[1:]

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"%PDF-", "pdf"),
)
_PDF_HEAD = 1024
"""Readers find "%PDF-" anywhere in the first 1,024 bytes (ISO 32000-1, annex H.3, implementation note 13)."""
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


def identify(path: Path) -> Kind:
    """Tell what a file is by its first bytes.

    Raises SourceMissingError, EmptySourceError or NotADocumentError, each naming `path`.
    """
    head = _head(path)
    if not head:
        raise EmptySourceError("empty_file", file=path)
    kind = kind_of(head)
    if kind is None:
        raise NotADocumentError("not_a_document", file=path)
    return kind


def _head(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise SourceMissingError(_why_no_file(path), file=path)
        with path.open("rb") as file:
            return file.read(_PDF_HEAD + 8)
    except OSError as error:
        reason = error.strerror or os.strerror(error.errno or 0)
        raise SourceMissingError("file_unreadable", file=path, reason=reason) from error


def _why_no_file(path: Path) -> str:
    """Name the sentence for what is given in place of a file."""
    if path.is_dir():
        return "file_is_folder"
    if path.exists() or path.name == "-":
        return "file_is_stream"
    return "file_is_address" if re.match(r"(?:https?|ftp|file):/", str(path)) else "file_missing"


def kind_of(head: bytes) -> Kind | None:
    """Tell what a file is from its first kilobyte, None if it is nothing known."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:2] == b"BM" and head[6:10] == b"\x00\x00\x00\x00":
        return "bmp"
    if head[4:8] == b"ftyp":
        return _isobmff_kind(head)
    return "pdf" if b"%PDF-" in head[:_PDF_HEAD] else None


def _isobmff_kind(head: bytes) -> Kind | None:
    length = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    if any(brand in _AVIF_BRANDS for brand in brands):
        return "avif"
    return "heif" if any(brand in _HEIF_BRANDS for brand in brands) else None
