"""`render IN... -o DIR`: PDF pages and images to lossless PNG."""

import argparse
from pathlib import Path

from toolkit.cli.common import add_family, add_inputs, add_output_folder, report_failures
from toolkit.errors import NothingDoneError, SourceMissingError
from toolkit.manifest import MANIFEST_NAME, Manifest
from toolkit.texts import Language, say

_PASSWORD_BYTES = 4096


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


def run(options: argparse.Namespace, lang: Language) -> int:
    """Render the inputs and say what came out; give the exit code."""
    from toolkit.cli.progress import progress_bar
    from toolkit.render import render_pages

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
    _report(manifest, lang)
    return 1 if manifest.failures else 0


def _report(manifest: Manifest, lang: Language) -> None:
    noted = [image for image in manifest.images if image.notes]
    for image in noted[:20]:
        for note in image.notes:
            print(f"{image.file}: {note.in_language(lang)}")
    if len(noted) > 20:
        print(say("cli_render.more_notes", count=len(noted) - 20).in_language(lang))
    report_failures(manifest.failures, lang)
    if not manifest.images:
        raise NothingDoneError("nothing_done")
    values = {"count": len(manifest.images), "folder": manifest.folder, "manifest": MANIFEST_NAME}
    key = "total_one" if len(manifest.images) == 1 else "total"
    print(say(f"cli_render.{key}", **values).in_language(lang))


def read_password(path: Path | None) -> str | None:
    """Read the first line of a password file, None without one. Raises SourceMissingError."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            line = file.read(_PASSWORD_BYTES).split(b"\n", 1)[0].rstrip(b"\r")
    except OSError as error:
        raise SourceMissingError("file_unreadable", file=path, reason=error.strerror) from error
    return line.decode("utf-8", "replace").removeprefix("\ufeff")
