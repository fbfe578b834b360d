"""Reading a manifest from disk. It may come from anywhere, so that nothing in it is believed unchecked."""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from toolkit.errors import ManifestError
from toolkit.manifest import MANIFEST_NAME, Failure, ImageRecord, Manifest

MAX_MANIFEST_BYTES = 64 * 2**20
"""A manifest of 10,000 pages takes about 12 MB; anything over this is refused unread."""


def read_manifest(path: Path) -> Manifest:
    """Read a manifest file, or the one in a folder, and check it against its schema.

    Raises ManifestError if it is missing, malformed, or names files outside its folder.
    """
    path = path / MANIFEST_NAME if path.is_dir() else path
    if not path.is_file():
        raise ManifestError("manifest_missing", file=path)
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        raise ManifestError("manifest_malformed", file=path, reason=f"over {MAX_MANIFEST_BYTES // 2**20} MiB")
    try:
        raw = path.read_bytes()
        data = json.loads(raw, parse_constant=_refuse_constant)
        if _SURROGATE.search(raw):
            json.dumps(data, ensure_ascii=False).encode()
    except OSError as error:
        raise ManifestError("file_unreadable", file=path, reason=error.strerror) from error
    except (ValueError, RecursionError) as error:
        raise ManifestError("manifest_malformed", file=path, reason=str(error)[:200]) from error
    return parse_manifest(data, path)


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half a character is no text: it could be neither printed nor saved again."""


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def parse_manifest(data: Any, path: Path) -> Manifest:
    """Check a manifest's plain data, read from `path`, and turn it into values. Raises ManifestError."""
    _check_schema(data, path)
    images = tuple(ImageRecord.from_dict(item) for item in data["images"])
    if len({image.label for image in images}) < len(images):
        raise ManifestError("manifest_malformed", file=path, reason="two images have the same label")
    for image in images:
        placements = [image.placement, *(cell.placement for cell in image.cells)]
        if not all(placement.determinant for placement in placements):
            raise ManifestError("manifest_malformed", file=path, reason=f"{image.file} is placed on a line")
        _check_inside(image.file, path)
        if image.page_file is not None:
            _check_inside(image.page_file, path)
    failures = tuple(Failure.from_dict(item) for item in data["failures"])
    return Manifest(data["family"], data["recipe"], images, failures, path.parent)


def _check_schema(data: Any, path: Path) -> None:
    from jsonschema import exceptions

    error = exceptions.best_match(_validator().iter_errors(data))
    if error is not None:
        where = "/".join(str(part) for part in error.absolute_path) or "the top level"
        raise ManifestError("manifest_malformed", file=path, reason=f"{where}: {error.message[:200]}")


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(Path(__file__).with_name("manifest.schema.json").read_bytes()))


def _check_inside(name: str, manifest: Path) -> None:
    pure = PurePath(name)
    printable = not any(unicodedata.category(c) == "Cc" for c in name)
    inside = printable and (manifest.parent / pure).resolve().is_relative_to(manifest.parent.resolve())
    if pure.is_absolute() or ".." in pure.parts or "\\" in name or not inside:
        raise ManifestError("manifest_outside", file=manifest, name=name)
