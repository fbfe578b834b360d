"""The command line: one small module per verb, found by the verb's name and loaded only when it is used."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from prompts.errors import PromptError
from prompts.words import say
from toolkit.errors import PreflightError
from toolkit.texts import Language, preferred_language
from toolkit.version import VERSION

VERBS = ("list", "show", "build", "route", "lint", "check", "diff")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and give its exit code: 0 done, 1 something is wrong, 2 usage, 130 Ctrl-C."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    lang = _language(arguments)
    parser, verb_parsers = _parser(lang)
    verb = next((word for word in arguments if word in verb_parsers), None)
    if verb is not None:
        _module(verb).configure(verb_parsers[verb], lang)
    options = parser.parse_args(arguments)
    if options.verb is None:
        parser.print_help()
        return 0
    try:
        return int(_module(options.verb).run(options, lang))
    except (PromptError, PreflightError) as error:
        print(error.text.in_language(lang), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone (| head): nothing to tell anybody
        return 0
    except KeyboardInterrupt:
        return 130


def _module(verb: str) -> ModuleType:
    return import_module(f"prompts.cli.{verb}_verb")


def _language(arguments: Sequence[str]) -> Language:
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--lang", choices=("en", "zh"))
    return early.parse_known_args(arguments)[0].lang or preferred_language()


def _parser(lang: Language) -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    def words(key: str) -> str:
        return say(f"cli.{key}").in_language(lang)

    parser = argparse.ArgumentParser(prog="python -m prompts", description=words("description"))
    parser.add_argument("--version", action="version", version=f"vl-preflight {VERSION}")
    parser.add_argument("--lang", choices=("en", "zh"), help=words("lang"))
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB")
    verbs = {v: words(f"verbs.{v}") for v in VERBS}
    found = {v: subparsers.add_parser(v, help=text, description=text) for v, text in verbs.items()}
    for verb_parser in found.values():  # --lang is understood after the verb too
        verb_parser.add_argument(
            "--lang", choices=("en", "zh"), default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )
    return parser, found
