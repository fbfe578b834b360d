"""Pictures that were prepared earlier: a ZIP of a prepared folder, or a folder of this machine.

A ZIP may come from anybody: nothing in it is believed. Only files that its manifest names are written, under
their own names inside a fresh folder, and each must be the PNG of the size and hash that the manifest says.
"""

import shutil
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO

from demo.history import remember_prepared
from demo.session import Session
from demo.settings import Limits
from demo.words import say
from toolkit.errors import ManifestError, PreflightError
from toolkit.families import FAMILIES, visual_tokens
from toolkit.manifest import MANIFEST_NAME, Manifest
from toolkit.manifest_file import MAX_MANIFEST_BYTES, read_manifest
from toolkit.texts import Text

MAX_ENTRIES = 20_000
"""Entries of a ZIP; a prepared folder of 10,000 pages has about as many files."""
UNPACKED = 4
"""A ZIP may unpack to this many times the largest upload: PNG does not shrink, honest ones stay below."""
BLOCK = 1 << 20
_ZIP_HEADS = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE = (b"[Content_Types].xml", b"_rels/.rels", b"mimetypeapplication/vnd.oasis.opendocument")
"""What the first kilobytes of a ZIP hold that is a Word, Excel, PowerPoint or OpenDocument file."""


class OpeningError(PreflightError):
    """A ZIP or folder of prepared pictures that is refused; the sentence says why, and what to do."""

    def __init__(self, key: str, **values: object) -> None:
        self.text: Text = say(f"documents.open.{key}", **values)
        Exception.__init__(self, self.text.en)


def is_zip(path: str | Path) -> bool:
    """Tell a ZIP by its first bytes, whatever it is called."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4) in _ZIP_HEADS
    except OSError:
        return False


def is_office(path: str | Path) -> bool:
    """Tell an office document by its first bytes, whatever it is called: to other eyes it is a ZIP."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return head[:4] in _ZIP_HEADS and any(mark in head for mark in _OFFICE)


def open_zips(session: Session, paths: Sequence[str], limits: Limits) -> list[Text]:
    """Open the last of some uploaded ZIPs in place of the session's pictures; give what went wrong."""
    if not paths:
        return []
    path = Path(paths[-1])
    folder = session.fresh_place("prepared")
    try:
        take(session, unpack(path, path.name, folder, limits), path.name)
    except PreflightError as error:
        shutil.rmtree(folder, ignore_errors=True)
        return [error.text]
    return []


def take(session: Session, manifest: Manifest, name: str) -> None:
    """Let prepared pictures be the session's own; Undo gives the earlier ones back."""
    with session.lock:
        work = session.work
        if work.manifest is not None:
            remember_prepared(work, say("documents.undo.opened", name=name))
        work.take(manifest)
        work.prepared_from = ()
        work.arrangement.roles = {image.label: image.role for image in manifest.images}


def offered(folder: Path | None) -> list[str]:
    """List the prepared folders below the one the page was started with: itself, or those inside it."""
    if folder is None:
        return []
    if (folder / MANIFEST_NAME).is_file():
        return [folder.name]
    try:
        return sorted(one.name for one in folder.iterdir() if (one / MANIFEST_NAME).is_file())
    except OSError:
        return []


def open_server_folder(session: Session, folder: Path, name: str, limits: Limits) -> None:
    """Copy a prepared folder of this machine into the session. Raises OpeningError; `name` is hostile."""
    if name not in offered(folder):
        raise OpeningError("gone", name=folder.name)
    source = folder if name == folder.name and (folder / MANIFEST_NAME).is_file() else folder / name
    target = session.fresh_place("prepared")
    try:
        shutil.copyfile(source / MANIFEST_NAME, target / MANIFEST_NAME)
        manifest = _checked_manifest(target, name, limits)
        for file in _files(manifest):
            with (source / file).open("rb") as opened:
                _write(opened, target / file, _Budget(name, limits))
        take(session, _checked(manifest, name, limits), name)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise OpeningError("gone", name=name) from error
    except PreflightError:
        shutil.rmtree(target, ignore_errors=True)
        raise


def unpack(path: Path, name: str, folder: Path, limits: Limits) -> Manifest:
    """Unpack a ZIP of a prepared folder into `folder` and give its manifest, checked. Raises OpeningError."""
    budget = _Budget(name, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(archive, name)
            top = _top(entries, name)
            _extract(
                archive, entries[top + MANIFEST_NAME], folder / MANIFEST_NAME, budget, MAX_MANIFEST_BYTES
            )
            manifest = _checked_manifest(folder, name, limits)
            for file in _files(manifest):
                entry = entries.get(top + file)
                if entry is not None:
                    _extract(archive, entry, folder / file, budget)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError, RuntimeError) as error:
        raise OpeningError("no_zip", name=name) from error
    return _checked(manifest, name, limits)


def _entries(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """List the files of a ZIP by name. Refuses what would be written elsewhere, links, and encryption."""
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise OpeningError("too_many", name=name, count=len(infos), limit=MAX_ENTRIES)
    for info in infos:
        _refuse_outside(info.orig_filename, name)
        _refuse_outside(info.filename, name)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise OpeningError("link", name=name, entry=_short(info.filename))
        if info.flag_bits & 0x1:
            raise OpeningError("encrypted", name=name)
    return {info.filename: info for info in infos if not info.is_dir()}


def _refuse_outside(entry: str, name: str) -> None:
    pure = PurePosixPath(entry)
    odd = "\\" in entry or ":" in entry or any(ord(c) < 32 for c in entry)
    if odd or pure.is_absolute() or ".." in pure.parts:
        raise OpeningError("bad_name", name=name, entry=_short(entry))


def _short(entry: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in entry)[:80]


def _top(entries: dict[str, zipfile.ZipInfo], name: str) -> str:
    """Find the folder that holds the manifest: the ZIP's root, or its one folder."""
    if MANIFEST_NAME in entries:
        return ""
    tops = {entry.split("/", 1)[0] + "/" for entry in entries if entry.count("/") == 1}
    found = [top for top in sorted(tops) if top + MANIFEST_NAME in entries]
    if len(found) != 1:
        raise OpeningError("no_manifest", name=name)
    return found[0]


class _Budget:
    """The bytes that one archive may still write."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name, self.megabytes = name, UNPACKED * limits.max_file_mb
        self.left = int(self.megabytes * 10**6)

    def spend(self, count: int) -> None:
        """Count bytes. Raises OpeningError where they are too many: what an entry says of itself may lie."""
        self.left -= count
        if self.left < 0:
            raise OpeningError("too_large", name=self.name, limit=self.megabytes)


def _extract(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, budget: _Budget, most: int | None = None
) -> None:
    if entry.file_size > (budget.left if most is None else min(most, budget.left)):
        raise OpeningError("too_large", name=budget.name, limit=budget.megabytes)
    with archive.open(entry) as opened:
        _write(opened, target, budget)


def _write(source: IO[bytes], target: Path, budget: _Budget) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        while block := source.read(BLOCK):
            budget.spend(len(block))
            file.write(block)


def _checked_manifest(folder: Path, name: str, limits: Limits) -> Manifest:
    """Read the manifest with no trust, and refuse what is over the limits before anything is unpacked."""
    try:
        manifest = read_manifest(folder)
    except ManifestError as error:
        raise OpeningError("manifest", name=name, reason=_without(error.text, f"{folder}/")) from error
    if manifest.family not in FAMILIES:
        raise OpeningError("unknown_family", name=name, family=_short(manifest.family))
    if len(manifest.images) > limits.max_pages:
        count = len(manifest.images)
        raise OpeningError("too_many_images", name=name, count=count, limit=limits.max_pages)
    for image in manifest.images:
        _refuse_large(image.width * image.height / 1e6, image.file, name, limits)
    return manifest


def _refuse_large(megapixels: float, entry: str, name: str, limits: Limits) -> None:
    if megapixels > limits.max_megapixels:
        values = {"megapixels": megapixels, "limit": limits.max_megapixels}
        raise OpeningError("image_too_large", name=name, entry=_short(entry), **values)


def _without(text: Text, place: str) -> Text:
    """Take a path of this machine out of a sentence: it is nobody's business."""
    return Text(text.en.replace(place, ""), text.zh.replace(place, ""))


def _files(manifest: Manifest) -> list[str]:
    names = [name for image in manifest.images for name in (image.file, image.page_file) if name]
    return [name for name in dict.fromkeys(names) if name != MANIFEST_NAME]


def _checked(manifest: Manifest, name: str, limits: Limits) -> Manifest:
    """Hold every file against the manifest; count tokens anew. Raises OpeningError for the first fault."""
    from toolkit.verify import png_size, verify_folder

    faults = verify_folder(manifest.folder).faults
    if faults:
        raise OpeningError("fault", name=name, reason=_without(faults[0].text, f"{manifest.folder}/"))
    for image in manifest.images:
        path = manifest.page_path(image)
        size = png_size(path) if path is not None and path.is_file() else None
        if path is not None and path.is_file() and size is None:
            raise OpeningError("not_png", name=name, entry=_short(str(image.page_file)))
        if size is not None:
            _refuse_large(size[0] * size[1] / 1e6, str(image.page_file), name, limits)
    images = [replace(i, tokens=visual_tokens(i.size, manifest.family)) for i in manifest.images]
    return replace(manifest, images=tuple(images))
