"""`locate MANIFEST --image N --box L U R B`: where a box that a model gave lies on the original page."""

import argparse
import json
import math
from pathlib import Path

from toolkit.errors import UsageError
from toolkit.families import get_family, to_pixels
from toolkit.geometry import Box, intersection_over_union
from toolkit.manifest import ImageRecord, Manifest, SourceRef
from toolkit.manifest_file import read_manifest
from toolkit.texts import Language, say


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the verb's options to `parser`, explained in `lang`."""

    def words(key: str) -> str:
        return say(f"cli_locate.{key}").in_language(lang)

    parser.add_argument("manifest", type=Path, metavar="MANIFEST", help=words("manifest"))
    parser.add_argument("--image", type=int, required=True, metavar="N", help=words("image"))
    parser.add_argument(
        "--box", type=float, nargs=4, required=True, metavar=("L", "U", "R", "B"), help=words("box")
    )
    parser.add_argument(
        "--coordinates", choices=("family", "pixels"), default="family", help=words("coordinates")
    )
    parser.add_argument("--json", action="store_true", help=words("json"))


def run(options: argparse.Namespace, lang: Language) -> int:
    """Print the page and the box on it; give the exit code."""
    manifest = read_manifest(options.manifest)
    image = manifest.image(options.image)
    given: Box = tuple(options.box)
    box = given if options.coordinates == "pixels" else _pixels(given, image, manifest)
    _check(given, box, image, options.coordinates, manifest.family)
    source, found = image.locate(box)
    print(_as_json(source, found) if options.json else _as_words(source, found, lang))
    return 0


def _pixels(box: Box, image: ImageRecord, manifest: Manifest) -> Box:
    return to_pixels(box, image.size, manifest.family)


def _check(given: Box, box: Box, image: ImageRecord, coordinates: str, family: str) -> None:
    """Refuse boxes that cannot be: no numbers, turned over, or not on the image at all."""
    shown = " ".join(f"{number:g}" for number in given)
    if not all(math.isfinite(number) for number in given):
        raise UsageError("box_not_finite", given=shown)
    if given[0] >= given[2] or given[1] >= given[3]:
        raise UsageError("box_turned", given=shown)
    if box[2] <= 0 or box[3] <= 0 or box[0] >= image.width or box[1] >= image.height:
        raise UsageError("box_outside", given=shown, range=_range(image, coordinates, family))
    if image.cells and not any(intersection_over_union(cell.box, box) for cell in image.cells):
        raise UsageError("box_between_cells", given=shown)


def _range(image: ImageRecord, coordinates: str, family: str) -> str:
    if coordinates == "family" and get_family(family).coordinates == "relative":
        return "0 0 1000 1000"
    return f"0 0 {image.width} {image.height}"


def _as_json(source: SourceRef, box: Box) -> str:
    found = {"file": source.file, "page": source.page, "unit": source.unit}
    return json.dumps(found | {"box": [round(n, 3) for n in box]}, ensure_ascii=False)


def _as_words(source: SourceRef, box: Box, lang: Language) -> str:
    numbers = " ".join(f"{number:.1f}" for number in box)
    values = {"file": source.file, "page": source.page, "box": numbers}
    return say(f"cli_locate.found_{source.unit}", **values).in_language(lang)
