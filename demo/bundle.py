"""Prepared images and their manifest as one ZIP, written to a file piece by piece, whole or not at all."""

import zipfile
from pathlib import Path

from toolkit.files import part_file
from toolkit.manifest import MANIFEST_NAME, Manifest

BUNDLE_NAME = "vl-preflight.zip"


def write_bundle(manifest: Manifest, folder: Path) -> Path:
    """Write the images, the full-size pages that were kept and the manifest, in sending order.

    PNG is compressed already, so that the files are only stored. Raises OutputError.
    """
    target = folder / BUNDLE_NAME
    with part_file(target) as part, zipfile.ZipFile(part, "w") as bundle:
        for name in _names(manifest):
            bundle.write(manifest.folder / name, name, zipfile.ZIP_STORED)
        bundle.writestr(MANIFEST_NAME, manifest.to_json(), zipfile.ZIP_DEFLATED)
    return target


def _names(manifest: Manifest) -> list[str]:
    names = [image.file for image in manifest.images]
    pages = [image.page_file for image in manifest.images if image.page_file is not None]
    return list(dict.fromkeys([*names, *pages]))
