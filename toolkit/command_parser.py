"""argparse with its refusals said in the toolkit's own words, in the language of the person."""

import argparse
import re
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn
from unicodedata import east_asian_width

from toolkit.texts import Language, Text, preferred_language, say

_OPTION = r"argument (?P<option>.+?): "
_REFUSALS: tuple[tuple[str, str], ...] = (
    (_OPTION + r"invalid int value: (?P<given>.+)", "not_whole"),
    (_OPTION + r"invalid float value: (?P<given>.+)", "not_number"),
    (_OPTION + r"invalid choice: (?P<given>.+) \(choose from (?P<choices>.+)\)", "not_among"),
    (_OPTION + r"expected (?P<count>\d+) arguments", "values_missing"),
    (_OPTION + r"expected .*arguments?", "value_missing"),
    (_OPTION + r"not allowed with argument (?P<other>.+)", "not_together"),
    (_OPTION + r"ignored explicit argument (?P<given>.+)", "takes_no_value"),
    (r"the following arguments are required: (?P<names>.+)", "missing"),
    (r"unrecognized arguments: (?P<given>.+)", "unknown"),
    (r"ambiguous option: (?P<given>.+) could match (?P<choices>.+)", "ambiguous"),
)
"""What argparse says in CPython 3.11 to 3.14 (Lib/argparse.py), and the sentence of ours that replaces it."""


class CommandParser(argparse.ArgumentParser):
    """A parser that explains and refuses in `lang`, naming the option and what it takes, with exit code 2."""

    def __init__(self, *, lang: Language, add_help: bool = True, **options: Any) -> None:
        """Take the language beside what argparse takes."""
        super().__init__(add_help=False, formatter_class=partial(_Formatter, lang=lang), **options)
        self.lang: Language = lang
        if add_help:
            text = say("cli_parser.help").in_language(lang)
            self.add_argument("-h", "--help", action="help", default=argparse.SUPPRESS, help=text)

    def error(self, message: str) -> NoReturn:
        """Print one sentence on stderr, and end with exit code 2."""
        self.exit(2, f"{refusal(message, self.prog).in_language(self.lang)}\n")


class _Formatter(argparse.HelpFormatter):
    """Help whose headings are in `lang` too; argparse knows them in the system's language at best."""

    def __init__(self, prog: str, *, lang: Language, **options: Any) -> None:
        super().__init__(prog, **options)
        self._lang: Language = lang

    def start_section(self, heading: str | None) -> None:
        known = {"positional arguments": "arguments", "options": "options"}.get(heading or "")
        super().start_section(say(f"cli_parser.{known}").in_language(self._lang) if known else heading)

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        own = say("cli_parser.usage").in_language(self._lang)
        super().add_usage(usage, actions, groups, own if prefix is None else prefix)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(text, width)


_UNIT = re.compile(r"[\x21-\u02ff]+|\s+|.", re.DOTALL)
"""What stays together in a line: a word or name of Latin letters, white space, any other character."""
_NEVER_FIRST = "，。、；：！？）”》"


def wrapped(text: str, width: int) -> list[str]:
    """Break text into lines of `width` columns, Chinese characters counting two and breaking anywhere.

    argparse's own lines count characters, and break names where no space is in reach.
    """
    lines = [""]
    for unit in _UNIT.findall(" ".join(text.split())):
        if columns(lines[-1] + unit) > width and lines[-1] and unit not in _NEVER_FIRST:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += unit if lines[-1] or not unit.isspace() else ""
    return lines


def columns(text: str) -> int:
    """Count the columns that text takes on a terminal (Unicode, annex 11)."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def chosen_language(arguments: Sequence[str], program: str) -> tuple[Language, list[str]]:
    """Take --lang out of the arguments, wherever it stands: it decides in what language the help speaks."""
    early = CommandParser(lang=preferred_language(), prog=program, add_help=False, allow_abbrev=False)
    early.add_argument("--lang", choices=("en", "zh"))
    end = list(arguments).index("--") if "--" in arguments else len(arguments)  # after it stand only names
    found, others = early.parse_known_args(arguments[:end])
    return found.lang or preferred_language(), [*others, *arguments[end:]]


def refusal(message: str, program: str) -> Text:
    """Put what argparse said in our words; what it never said so far is passed on as it is."""
    for pattern, key in _REFUSALS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return say(f"cli_parser.{key}", program=program, **_plain(found.groupdict()))
    return say("cli_parser.other", message=message, program=program)


def _plain(values: dict[str, str]) -> dict[str, str]:
    """Python 3.11 quotes choices, later ones do not."""
    return {name: value.replace("'", "") if name == "choices" else value for name, value in values.items()}
