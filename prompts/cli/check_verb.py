"""`python -m prompts check FILE --format F`: an answer against the format that was asked for."""

import argparse
import sys
from pathlib import Path

from prompts.cli.common import add_family, add_json, print_json, words
from prompts.errors import InputError
from prompts.formats import Format
from prompts.images import images_from_manifest
from prompts.validation import MAX_ANSWER, Validation, validate
from toolkit.texts import Language


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the options."""
    parser.add_argument("answer", metavar="FILE", help=words("check_answer", lang))
    parser.add_argument("--format", required=True, help=words("format", lang))
    parser.add_argument("--images", type=Path, metavar="MANIFEST", help=words("images", lang))
    add_family(parser, lang)
    add_json(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Print the mended answer; faults and repairs go to stderr; 1 if faults are left."""
    from dataclasses import replace

    asked = replace(Format.parse(options.format), family=options.family)
    images = () if options.images is None else images_from_manifest(options.images)
    checked = validate(_read(options.answer), asked, images)
    if options.json:
        print_json(_data(checked, lang))
    else:
        print(checked.text)
        for sentence in [*checked.sentences(lang), *(r.in_language(lang) for r in checked.repairs)]:
            print(sentence, file=sys.stderr)
    return 0 if checked.ok else 1


def _read(name: str) -> str:
    try:
        # Four bytes a character at most, and one more to see that it is too long.
        raw = sys.stdin.buffer.read(MAX_ANSWER * 4 + 4) if name == "-" else _head(Path(name))
        return raw.decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise InputError("answer_unreadable", file=name, reason=error.strerror or str(error)) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_ANSWER * 4 + 4)


def _data(checked: Validation, lang: Language) -> dict[str, object]:
    return {
        "ok": checked.ok,
        "value": checked.value,
        "faults": checked.sentences(lang),
        "repairs": [repair.in_language(lang) for repair in checked.repairs],
        "cut_off": checked.cut_off,
        "header": checked.header,
        "rows": checked.rows,
    }
