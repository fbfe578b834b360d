"""`prepare IN... -o DIR`: the main job."""

import argparse
from pathlib import Path
from typing import get_args

from toolkit.cli.common import (
    add_family,
    add_inputs,
    add_output_folder,
    add_verbose,
    auto_or_number,
    read_password,
)
from toolkit.cli.outcome import add_json, listed_files, report_manifest
from toolkit.cli.report import print_images
from toolkit.manifest import MANIFEST_NAME, ImageRecord, Manifest
from toolkit.recipe import Compression, Recipe, Scenario, SecondLook, SecondLookKind
from toolkit.texts import Language, say


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the verb's options to `parser`, explained in `lang`."""

    def words(key: str) -> str:
        return say(f"cli_prepare.{key}").in_language(lang)

    add_inputs(parser, lang)
    add_output_folder(parser, lang)
    add_family(parser, lang)
    parser.add_argument("--long-side", default="auto", metavar="N", help=words("long_side"))
    parser.add_argument("--dpi", type=int, default=300, help=words("dpi"))
    parser.add_argument("--pages", metavar="RANGE", help=words("pages"))
    parser.add_argument("--password-file", type=Path, metavar="F", help=words("password_file"))
    parser.add_argument("--no-split", action="store_true", help=words("no_split"))
    for option, choices in _CHOICES.items():
        name = option.replace("-", "_")
        parser.add_argument(f"--{option}", choices=choices, help=words(name), default=getattr(Recipe, name))
    parser.add_argument("--merge", metavar="COLUMNS", help=words("merge"))
    parser.add_argument("--keep-pages", action="store_true", help=words("keep_pages"))
    parser.add_argument("--jobs", type=int, metavar="N", help=words("jobs"))
    parser.add_argument(
        "--max-megapixels", type=float, default=200.0, metavar="N", help=words("max_megapixels")
    )
    parser.add_argument("--page-timeout", type=float, default=60.0, metavar="S", help=words("page_timeout"))
    add_verbose(parser, lang)
    add_json(parser, lang)


_CHOICES: dict[str, tuple[str, ...]] = {
    "second-look": get_args(SecondLook),
    "second-look-kind": get_args(SecondLookKind),
    "scenario": get_args(Scenario),
    "compress": get_args(Compression),
}


def run(options: argparse.Namespace, lang: Language) -> int:
    """Prepare the inputs and say what came out; give the exit code."""
    from toolkit.cli.progress import progress_bar
    from toolkit.preparing import Limits, prepare

    limits = Limits(
        max_megapixels=options.max_megapixels, page_timeout=options.page_timeout, jobs=options.jobs
    )
    before = listed_files(options.output)
    with progress_bar(lang) as progress:
        manifest = prepare(
            options.inputs,
            _recipe(options),
            output_dir=options.output,
            pages=options.pages,
            password=read_password(options.password_file),
            limits=limits,
            progress=progress,
            show_images=False,
        )
    return report_manifest(
        manifest,
        lang,
        lambda: _show(manifest, lang, verbose=options.verbose),
        as_json=options.json,
        before=before,
    )


def _recipe(options: argparse.Namespace) -> Recipe:
    merge = None if options.merge is None else auto_or_number(options.merge, "--merge")
    return Recipe(
        dpi=options.dpi,
        long_side=auto_or_number(options.long_side, "--long-side"),
        family=options.family,
        split=not options.no_split,
        second_look=options.second_look,
        second_look_kind=options.second_look_kind,
        merge=None if merge is None else 0 if merge == "auto" else merge,
        scenario=options.scenario,
        compress=options.compress,
        keep_pages=options.keep_pages,
    )


def _show(manifest: Manifest, lang: Language, *, verbose: bool) -> None:
    def line(image: ImageRecord) -> str:
        values = {"label": image.label, "file": image.file, "width": image.width, "height": image.height}
        return say("cli_prepare.image_line", **values, tokens=image.tokens).in_language(lang)

    print_images(manifest.images, lang, line, verbose=verbose)
    total = {"images": len(manifest.images), "tokens": manifest.tokens, "family": manifest.family}
    key = "total_one" if len(manifest.images) == 1 else "total"
    print(say(f"cli_prepare.{key}", **total, manifest=manifest.folder / MANIFEST_NAME).in_language(lang))
    if manifest.failures:
        print(say("cli_prepare.some_failed", count=len(manifest.failures)).in_language(lang))
