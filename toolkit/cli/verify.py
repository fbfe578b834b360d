"""`verify DIR`: a folder of results against its manifest."""

import argparse
from pathlib import Path

from toolkit.cli.common import report_failures
from toolkit.texts import Language, say


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the verb's options to `parser`, explained in `lang`."""

    def words(key: str) -> str:
        return say(f"cli_verify.{key}").in_language(lang)

    parser.add_argument("folder", type=Path, metavar="DIR", help=words("folder"))
    parser.add_argument(
        "--against-source", nargs="*", type=Path, metavar="PATH", help=words("against_source")
    )
    parser.add_argument("--password-file", type=Path, metavar="F", help=words("password_file"))
    parser.add_argument("--jobs", type=int, metavar="N", help=words("jobs"))
    parser.add_argument("--page-timeout", type=float, default=60.0, metavar="S", help=words("page_timeout"))


def run(options: argparse.Namespace, lang: Language) -> int:
    """Verify the folder and say what was found; give the exit code: 0 whole, 1 faults."""
    from toolkit.cli.progress import progress_bar
    from toolkit.cli.render import read_password
    from toolkit.verify import verify_folder

    against = options.against_source
    if against == []:
        against = [Path(), options.folder, options.folder.resolve().parent]
    with progress_bar(lang) as progress:
        found = verify_folder(
            options.folder,
            against=against,
            password=read_password(options.password_file),
            jobs=options.jobs,
            page_timeout=options.page_timeout,
            progress=progress if against is not None else None,
        )
    report_failures(found.faults, lang)
    key = "faulty" if found.faults else "whole" if against is None else "whole_compared"
    values = {"files": found.files, "compared": found.compared, "faults": len(found.faults)}
    print(say(f"cli_verify.{key}", **values).in_language(lang))
    return 1 if found.faults else 0
