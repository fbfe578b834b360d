"""`split IN... -o DIR`: long pictures into pieces in reading order, cut between lines of text."""

import argparse

from toolkit.cli.common import add_family, add_inputs, add_output_folder, add_verbose
from toolkit.cli.inputs import add_input_options, reshape_and_report
from toolkit.cli.outcome import add_json
from toolkit.errors import UsageError
from toolkit.families import fit_long_side
from toolkit.split import LEAST_RATIO, PIECE_RATIO
from toolkit.texts import Language, say


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the verb's options to `parser`, explained in `lang`."""

    def words(key: str, **values: object) -> str:
        return say(f"cli_split.{key}", **values).in_language(lang)

    add_inputs(parser, lang)
    add_output_folder(parser, lang)
    add_family(parser, lang)
    parser.add_argument(
        "--ratio", type=float, default=PIECE_RATIO, metavar="R", help=words("ratio", default=PIECE_RATIO)
    )
    parser.add_argument("--long-side", type=int, metavar="N", help=words("long_side"))
    add_input_options(parser, lang)
    add_verbose(parser, lang)
    add_json(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Split the inputs and say what came out; give the exit code."""
    from toolkit.reshape_job import Shape

    if not options.ratio >= LEAST_RATIO:
        raise UsageError("piece_ratio_too_small", given=options.ratio, least=LEAST_RATIO)
    if options.long_side is not None:
        fit_long_side((1000, 1000), long_side=options.long_side, family=options.family)
    shape = Shape(options.family, options.long_side, piece_ratio=options.ratio)
    return reshape_and_report(options, shape, lang)
