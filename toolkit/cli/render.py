"""`render IN... -o DIR`: PDF pages and images to lossless PNG."""

import argparse
from pathlib import Path

from toolkit.cli.common import (
    add_family,
    add_inputs,
    add_output_folder,
    add_verbose,
    read_password,
)
from toolkit.cli.outcome import add_json, listed_files, report_manifest
from toolkit.cli.report import Entry, print_entries
from toolkit.manifest import MANIFEST_NAME, Manifest, notes_in
from toolkit.texts import Language, say


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the verb's options to `parser`, explained in `lang`."""

    def words(key: str) -> str:
        return say(f"cli_render.{key}").in_language(lang)

    add_inputs(parser, lang)
    add_output_folder(parser, lang)
    add_family(parser, lang)
    parser.add_argument("--dpi", type=float, default=300, help=words("dpi"))
    parser.add_argument("--pages", metavar="RANGE", help=words("pages"))
    parser.add_argument("--password-file", type=Path, metavar="F", help=words("password_file"))
    parser.add_argument("--engine", choices=("pdfium", "poppler"), default="pdfium", help=words("engine"))
    parser.add_argument("--box", choices=("crop", "media"), default="crop", help=words("box"))
    parser.add_argument("--redraw-scans", action="store_true", help=words("redraw_scans"))
    parser.add_argument("--compress", choices=("fast", "small"), default="fast", help=words("compress"))
    parser.add_argument("--resume", action="store_true", help=words("resume"))
    parser.add_argument("--jobs", type=int, metavar="N", help=words("jobs"))
    parser.add_argument(
        "--max-megapixels", type=float, default=200.0, metavar="N", help=words("max_megapixels")
    )
    parser.add_argument("--page-timeout", type=float, default=60.0, metavar="S", help=words("page_timeout"))
    add_verbose(parser, lang)
    add_json(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Render the inputs and say what came out; give the exit code."""
    from toolkit.cli.progress import progress_bar
    from toolkit.render import render_pages

    before = listed_files(options.output)
    with progress_bar(lang) as progress:
        manifest = render_pages(
            options.inputs,
            output_dir=options.output,
            dpi=options.dpi,
            pages=options.pages,
            password=read_password(options.password_file),
            engine=options.engine,
            jobs=options.jobs,
            resume=options.resume,
            compress=options.compress,
            max_megapixels=options.max_megapixels,
            page_timeout=options.page_timeout,
            progress=progress,
            box=options.box,
            scans=not options.redraw_scans,
            family=options.family,
        )
    return report_manifest(
        manifest,
        lang,
        lambda: _show(manifest, lang, verbose=options.verbose),
        as_json=options.json,
        before=before,
    )


def _show(manifest: Manifest, lang: Language, *, verbose: bool) -> None:
    """Print what is to be known of single pages, and where all of them are."""
    noted = [(image, tuple(notes_in(image, lang))) for image in manifest.images if image.notes]
    entries = [
        Entry(image.label, tuple(f"{image.file}: {note}" for note in notes), notes) for image, notes in noted
    ]
    print_entries(entries, lang, "pages", verbose=verbose)
    values = {"count": len(manifest.images), "folder": manifest.folder, "manifest": MANIFEST_NAME}
    key = "total_one" if len(manifest.images) == 1 else "total"
    print(say(f"cli_render.{key}", **values).in_language(lang))
