"""What the verbs share: messages on stderr and the options that several of them take."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from toolkit.errors import SourceMissingError, UsageError
from toolkit.families import DEFAULT_FAMILY, FAMILIES
from toolkit.manifest import Failure
from toolkit.texts import Language, Text, say


def say_on_stderr(text: Text, lang: Language) -> None:
    """Print one sentence for a person."""
    print(text.in_language(lang), file=sys.stderr)


def report_failures(failures: Iterable[Failure], lang: Language) -> None:
    """Print one line per failure on stderr; the file stands before a sentence that does not name it."""
    for failure in failures:
        said = failure.text.in_language(lang)
        name = Path(failure.file).name
        print(said if name in said else f"{_where(failure, name, lang)}: {said}", file=sys.stderr)


def _where(failure: Failure, name: str, lang: Language) -> str:
    if failure.page is None:
        return name
    return say("progress.where", file=name, page=failure.page).in_language(lang)


def add_inputs(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the positional IN... argument."""
    text = say("cli.inputs").in_language(lang)
    parser.add_argument("inputs", nargs="+", type=Path, metavar="IN", help=text)


def add_output_folder(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add -o DIR."""
    text = say("cli.output_folder").in_language(lang)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help=text)


def add_family(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add --family."""
    text = say("cli.family", default=DEFAULT_FAMILY).in_language(lang)
    parser.add_argument("--family", choices=tuple(FAMILIES), default=DEFAULT_FAMILY, help=text)


def add_verbose(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add --verbose."""
    text = say("cli_report.verbose_help").in_language(lang)
    parser.add_argument("--verbose", action="store_true", help=text)


def auto_or_number(word: str, option: str) -> int | Literal["auto"]:
    """Read the value of an option that takes a whole number or "auto". Raises UsageError, naming it."""
    if word == "auto":
        return "auto"
    try:
        return int(word)
    except ValueError as error:
        text = say("cli_report.not_auto_or_number", option=option, given=word)
        raise UsageError.from_text(text) from error


def read_password(path: Path | None) -> str | None:
    """Read the first line of a password file, None without one. Raises SourceMissingError, naming it."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            first = file.read(_PASSWORD_BYTES).splitlines()[:1]
        return first[0].decode("utf-8-sig") if first else ""
    except FileNotFoundError as error:
        raise SourceMissingError("file_missing", file=path) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise SourceMissingError("file_unreadable", file=path, reason=reason) from error


_PASSWORD_BYTES = 4096
"""A password file longer than this is some other file."""
