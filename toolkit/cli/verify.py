"""`verify DIR`: a folder of results against its manifest."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.cli.common import read_password, report_failures
from toolkit.texts import Language, say

if TYPE_CHECKING:
    from toolkit.verify import Verification


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
    parser.add_argument("--json", action="store_true", help=words("json"))


def run(options: argparse.Namespace, lang: Language) -> int:
    """Verify the folder and say what was found; give the exit code: 0 whole, 1 faults."""
    from toolkit.cli.progress import progress_bar
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
    if options.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
    report_failures(found.faults, lang)
    if not options.json:
        _show(found, lang, compared=against is not None)
    return 1 if found.faults else 0


def _show(found: "Verification", lang: Language, *, compared: bool) -> None:
    key = "faulty" if found.faults else "whole_compared" if compared else "whole"
    values = {"files": found.files, "compared": found.compared, "faults": len(found.faults)}
    print(say(f"cli_verify.{key}", **values).in_language(lang))
    if compared and not found.compared and not found.faults:
        print(say("cli_verify.nothing_to_compare").in_language(lang))
