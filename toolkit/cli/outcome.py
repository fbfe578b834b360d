"""What a verb says of the manifest it made: JSON or sentences, what failed, and what it did not touch."""

import argparse
from collections.abc import Callable
from pathlib import Path

from toolkit.cli.common import report_failures, say_on_stderr
from toolkit.errors import NothingDoneError, PreflightError
from toolkit.manifest import Manifest
from toolkit.manifest_file import read_manifest
from toolkit.texts import Language, say


def add_json(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add --json, for verbs that write a manifest."""
    text = say("cli_report.json_help").in_language(lang)
    parser.add_argument("--json", action="store_true", help=text)


def listed_files(folder: Path) -> frozenset[str]:
    """Name the files that the manifest of a folder lists, none without a manifest that can be read."""
    try:
        return frozenset(image.file for image in read_manifest(folder).images)
    except (PreflightError, OSError):
        return frozenset()


def report_manifest(
    manifest: Manifest,
    lang: Language,
    show: Callable[[], None],
    *,
    as_json: bool,
    before: frozenset[str] = frozenset(),
) -> int:
    """Print a manifest as JSON, or `show` it to people; failures go to stderr either way; give the exit code.

    Of the files that were listed `before`, those that still lie beside the new ones are counted, for whoever
    takes all pictures of the folder would take them too. Raises NothingDoneError for one without images.
    """
    if as_json:
        print(manifest.to_json(), end="")
    elif manifest.images:
        show()
    report_failures(manifest.failures, lang)
    stay = before - {image.file for image in manifest.images}
    stay = frozenset(name for name in stay if (manifest.folder / name).is_file())
    if stay:
        values = {"count": len(stay), "folder": manifest.folder, "example": min(stay)}
        say_on_stderr(say("cli_report.left_over", **values), lang)
    if not manifest.images:
        raise NothingDoneError("nothing_done")
    return 1 if manifest.failures else 0
