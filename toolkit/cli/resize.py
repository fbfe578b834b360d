"""`resize IN... -o DIR`: pictures and pages at a size that the model's processor keeps."""

import argparse

from toolkit.cli.common import add_family, add_inputs, add_output_folder, add_verbose
from toolkit.cli.inputs import add_input_options, reshape_and_report
from toolkit.cli.outcome import add_json
from toolkit.families import fit_long_side, fit_visual_tokens
from toolkit.texts import Language, say


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the verb's options to `parser`, explained in `lang`."""

    def words(key: str) -> str:
        return say(f"cli_resize.{key}").in_language(lang)

    add_inputs(parser, lang)
    add_output_folder(parser, lang)
    add_family(parser, lang)
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--long-side", type=int, default=1024, metavar="N", help=words("long_side"))
    either.add_argument("--tokens", type=int, metavar="N", help=words("tokens"))
    parser.add_argument("--enlarge", action="store_true", help=words("enlarge"))
    add_input_options(parser, lang)
    add_verbose(parser, lang)
    add_json(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Resize the inputs and say what came out; give the exit code."""
    from toolkit.reshape_job import Shape

    shape = Shape(options.family, options.long_side, options.tokens, options.enlarge)
    _check(shape.family, shape.long_side, shape.tokens)
    return reshape_and_report(options, shape, lang)


def _check(family: str, long_side: int | None, tokens: int | None) -> None:
    """Refuse an impossible size once, before a folder is made, and not once for each page."""
    if tokens is not None:
        fit_visual_tokens((1000, 1000), tokens=tokens, family=family)
    elif long_side is not None:
        fit_long_side((1000, 1000), long_side=long_side, family=family)
