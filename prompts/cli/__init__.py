"""The command line: one small module per verb, found by the verb's name and loaded only when it is used."""

import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from prompts.errors import PromptError
from prompts.words import say
from toolkit.command_parser import CommandParser, chosen_language
from toolkit.command_run import run_command
from toolkit.errors import PreflightError
from toolkit.texts import Language
from toolkit.version import VERSION

VERBS = ("list", "show", "build", "route", "lint", "check", "diff")
_PROGRAM = "python -m prompts"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and give its exit code.

    0 done, 1 something is wrong, 2 usage, 130 Ctrl-C, 141 whoever read the output has gone.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    return run_command(lambda: _run(arguments))


def _run(arguments: Sequence[str]) -> int:
    lang, arguments = chosen_language(arguments, _PROGRAM)
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
    except KeyboardInterrupt:
        return 130


def _module(verb: str) -> ModuleType:
    return import_module(f"prompts.cli.{verb}_verb")


def _parser(lang: Language) -> tuple[CommandParser, dict[str, CommandParser]]:
    def words(key: str) -> str:
        return say(f"cli.{key}").in_language(lang)

    parser = CommandParser(lang=lang, prog=_PROGRAM, description=words("description"))
    parser.add_argument(
        "--version", action="version", version=f"vl-preflight {VERSION}", help=words("version")
    )
    parser.add_argument("--lang", choices=("en", "zh"), help=words("lang"))
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB")
    verbs = {v: words(f"verbs.{v}") for v in VERBS}
    return parser, {
        v: subparsers.add_parser(v, lang=lang, help=text, description=text) for v, text in verbs.items()
    }
