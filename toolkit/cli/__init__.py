"""The command line: one small module per verb, found by the verb's name and loaded only when it is used."""

import sys
from collections.abc import Sequence
from importlib import import_module

from toolkit.cli.common import say_on_stderr
from toolkit.command_parser import CommandParser, chosen_language
from toolkit.command_run import run_command
from toolkit.errors import PreflightError
from toolkit.texts import Language, say
from toolkit.version import VERSION

VERBS = ("prepare", "render", "resize", "split", "merge", "inspect", "order", "locate", "verify")
_PROGRAM = "python -m toolkit"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and give its exit code.

    0 done, 1 some pages failed, 2 usage, 3 nothing, 130 Ctrl-C, 141 whoever read the output has gone.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    return run_command(lambda: _run(arguments))


def _run(arguments: Sequence[str]) -> int:
    lang, arguments = chosen_language(arguments, _PROGRAM)
    parser, verb_parsers = _parser(lang)
    verb = next((word for word in arguments if word in verb_parsers), None)
    if verb is not None:
        import_module(f"toolkit.cli.{verb}").configure(verb_parsers[verb], lang)
    options = parser.parse_args(arguments)
    if options.verb is None:
        parser.print_help()
        return 0
    try:
        return int(import_module(f"toolkit.cli.{options.verb}").run(options, lang))
    except PreflightError as error:
        say_on_stderr(error.text, lang)
        return error.exit_code
    except KeyboardInterrupt:
        say_on_stderr(say("cli.stopped"), lang)
        return 130


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
