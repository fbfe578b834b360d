"""Options on how inputs are opened, shared by the verbs that work on files, and the list of what came out."""

import argparse
from pathlib import Path

from toolkit.cli.common import report_failures
from toolkit.errors import NothingDoneError, SourceMissingError, UsageError
from toolkit.inputs import InputOptions
from toolkit.manifest import Manifest, notes_in
from toolkit.page_ranges import parse_page_ranges
from toolkit.recipe import MAX_DPI, MIN_DPI
from toolkit.texts import Language, say

MAX_PASSWORD_BYTES = 4096
"""A password file longer than this is some other file."""


def add_input_options(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add --dpi, --pages, --password-file, --max-megapixels and --jobs."""

    def words(key: str) -> str:
        return say(f"cli_inputs.{key}").in_language(lang)

    parser.add_argument("--dpi", type=int, default=300, metavar="N", help=words("dpi"))
    parser.add_argument("--pages", metavar="RANGE", help=words("pages"))
    parser.add_argument("--password-file", type=Path, metavar="F", help=words("password_file"))
    parser.add_argument(
        "--max-megapixels", type=float, default=200.0, metavar="N", help=words("max_megapixels")
    )
    parser.add_argument("--jobs", type=int, metavar="N", help=words("jobs"))


def input_options(options: argparse.Namespace) -> InputOptions:
    """Check the options. Raises UsageError, or SourceError for a password file that cannot be read."""
    if not MIN_DPI <= options.dpi <= MAX_DPI:
        raise UsageError("dpi_out_of_range", given=options.dpi, low=MIN_DPI, high=MAX_DPI)
    if not 0 < options.max_megapixels < float("inf"):
        raise UsageError("number_not_positive", option="--max-megapixels", given=options.max_megapixels)
    if options.jobs is not None and options.jobs < 1:
        raise UsageError("number_not_positive", option="--jobs", given=options.jobs)
    spans = None if options.pages is None else parse_page_ranges(options.pages)
    password = None if options.password_file is None else read_password(options.password_file)
    return InputOptions(float(options.dpi), spans, password, options.max_megapixels)


def read_password(path: Path) -> str:
    """Read the first line of a password file. Raises SourceMissingError, naming it."""
    try:
        if not path.is_file():
            raise SourceMissingError("file_missing", file=path)
        with path.open("rb") as file:
            first = file.read(MAX_PASSWORD_BYTES).splitlines()[:1]
        return (first[0] if first else b"").decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise SourceMissingError("file_unreadable", file=path, reason=reason) from error


def report_images(manifest: Manifest, lang: Language) -> int:
    """Print a line for each image and each failure; give the exit code. Raises NothingDoneError."""
    for image in manifest.images:
        values = {"file": image.file, "width": image.width, "height": image.height, "tokens": image.tokens}
        print(say("cli_inputs.image_line", label=image.label, **values).in_language(lang))
        for note in notes_in(image, lang):
            print(f"     {note}")
    report_failures(manifest.failures, lang)
    if not manifest.images:
        raise NothingDoneError("nothing_done")
    total = {"images": len(manifest.images), "tokens": manifest.tokens, "family": manifest.family}
    print(say("cli_inputs.total", **total, folder=manifest.folder).in_language(lang))
    return 1 if manifest.failures else 0
