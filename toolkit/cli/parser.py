"""argparse with its refusals said in the toolkit's own words, in the language of the person."""

import argparse
import re
import sys
from typing import Any, NoReturn

from toolkit.texts import Language, Text, say

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


class Parser(argparse.ArgumentParser):
    """A parser that refuses in `lang`, naming the option and what it takes, with exit code 2."""

    def __init__(self, *, lang: Language, **options: Any) -> None:
        """Take the language beside what argparse takes."""
        super().__init__(**options)
        self.lang: Language = lang

    def error(self, message: str) -> NoReturn:
        """Print the usage and one sentence on stderr, and end with exit code 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{refusal(message, self.prog).in_language(self.lang)}\n")


def refusal(message: str, program: str) -> Text:
    """Put what argparse said in our words; what it never said so far is passed on as it is."""
    for pattern, key in _REFUSALS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return say(f"cli_parser.{key}", program=program, **_plain(found.groupdict()))
    return say("cli_parser.other", message=message, program=program)


def _plain(values: dict[str, str]) -> dict[str, str]:
    """Python 3.11 quotes choices, later ones do not."""
    return {name: value.replace("'", "") if name == "choices" else value for name, value in values.items()}
