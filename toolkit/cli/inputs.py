"""Options on how inputs are opened, shared by the verbs that work on files, and the list of what came out."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.cli.common import read_password
from toolkit.cli.outcome import listed_files, report_manifest
from toolkit.cli.report import print_images
from toolkit.errors import UsageError
from toolkit.inputs import InputOptions
from toolkit.manifest import ImageRecord, Manifest
from toolkit.page_ranges import parse_page_ranges
from toolkit.recipe import MAX_DPI, MIN_DPI
from toolkit.texts import Language, say

if TYPE_CHECKING:
    from toolkit.reshape_job import Shape


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
    password = read_password(options.password_file)
    return InputOptions(float(options.dpi), spans, password, options.max_megapixels)


def reshape_and_report(options: argparse.Namespace, shape: "Shape", lang: Language) -> int:
    """Resize or split the inputs into the output folder and say what came out; give the exit code."""
    from toolkit.cli.progress import progress_bar
    from toolkit.reshape import reshape_files

    opened, before = input_options(options), listed_files(options.output)
    with progress_bar(lang) as progress:
        manifest = reshape_files(
            options.inputs,
            shape,
            output_dir=options.output,
            options=opened,
            jobs=options.jobs,
            progress=progress,
        )
    return report_manifest(
        manifest,
        lang,
        lambda: _show(manifest, lang, verbose=options.verbose),
        as_json=options.json,
        before=before,
    )


def _show(manifest: Manifest, lang: Language, *, verbose: bool) -> None:
    """Print a line for each image; a long list is cut short and its notes counted, unless `verbose`."""

    def line(image: ImageRecord) -> str:
        values = {"file": image.file, "width": image.width, "height": image.height, "tokens": image.tokens}
        return say("cli_inputs.image_line", label=image.label, **values).in_language(lang)

    print_images(manifest.images, lang, line, verbose=verbose)
    values = {"tokens": manifest.tokens, "family": manifest.family, "folder": manifest.folder}
    key = "total_one" if len(manifest.images) == 1 else "total"
    print(say(f"cli_inputs.{key}", **values, images=len(manifest.images)).in_language(lang))
