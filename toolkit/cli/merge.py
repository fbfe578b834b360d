"""`merge IN... -o OUT.png`: several pictures in one labelled grid, with what it costs and shrinks."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.cli.common import (
    add_family,
    add_inputs,
    add_verbose,
    auto_or_number,
    say_on_stderr,
)
from toolkit.cli.inputs import add_input_options, input_options
from toolkit.cli.outcome import add_json, report_manifest
from toolkit.cli.report import Entry, print_entries
from toolkit.errors import UsageError
from toolkit.texts import Language, Text, say

if TYPE_CHECKING:
    from toolkit.grid import GridCell
    from toolkit.merge import MergedFile


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the verb's options to `parser`, explained in `lang`."""

    def words(key: str) -> str:
        return say(f"cli_merge.{key}").in_language(lang)

    add_inputs(parser, lang)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.png", help=words("output"))
    add_family(parser, lang)
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--columns", default="auto", metavar="N", help=words("columns"))
    either.add_argument("--rows", type=int, default=0, metavar="N", help=words("rows"))
    parser.add_argument("--gap", type=int, default=16, metavar="PX", help=words("gap"))
    parser.add_argument("--labels", action=argparse.BooleanOptionalAction, default=True, help=words("labels"))
    parser.add_argument("--label-lang", choices=("en", "zh", "none"), default=lang, help=words("label_lang"))
    parser.add_argument("--max-long-side", type=int, metavar="N", help=words("max_long_side"))
    parser.add_argument("--match", choices=("height", "scale"), default="height", help=words("match"))
    add_input_options(parser, lang)
    add_verbose(parser, lang)
    add_json(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Merge the inputs and say what became of each; give the exit code."""
    from toolkit.cli.progress import progress_bar
    from toolkit.merge import GridOptions, grid_warnings, merge_files

    if options.output.suffix.lower() != ".png":
        raise UsageError("output_not_png", file=options.output)
    columns = auto_or_number(options.columns, "--columns")
    grid_options = GridOptions(
        columns=0 if columns == "auto" else columns,
        rows=options.rows,
        gap=options.gap,
        labels=options.labels,
        label_lang=None if options.label_lang == "none" else options.label_lang,
        family=options.family,
        max_long_side=options.max_long_side,
        match=options.match,
    )
    opened = input_options(options)
    with progress_bar(lang) as progress:
        merged = merge_files(
            options.inputs,
            options.output,
            grid_options,
            options=opened,
            jobs=options.jobs,
            progress=progress,
        )
    for warning in grid_warnings(merged.grid):
        say_on_stderr(warning, lang)
    return report_manifest(
        merged.manifest,
        lang,
        lambda: _show(merged, options.output, lang, verbose=options.verbose),
        as_json=options.json,
    )


def _show(merged: "MergedFile", output: Path, lang: Language, *, verbose: bool) -> None:
    grid = merged.grid
    values = {"width": grid.size[0], "height": grid.size[1], "columns": grid.columns, "rows": grid.rows}
    print(say("merge.head", file=output, **values).in_language(lang))
    entries = [_entry(cell, page.stem, lang) for cell, page in zip(grid.cells, merged.pages, strict=True)]
    print_entries(entries, lang, "images", verbose=verbose)
    print(merged.manifest.images[0].notes[0].in_language(lang))


def _entry(cell: "GridCell", name: str, lang: Language) -> Entry:
    state = _state(cell).in_language(lang)
    return Entry(cell.label, (f"{cell.label:>3}  {name}  {state}",), (state,))


def _state(cell: "GridCell") -> Text:
    """Say what a picture shrank to, and what is left of its text."""
    from toolkit.readability import verdict

    percent = 100 * cell.scale
    if cell.text_height is None:
        return say("merge.cell", percent=percent)
    word = say(f"budget.{verdict(cell.text_height)}")
    return say("merge.cell_text", percent=percent, height=cell.text_height, verdict=word)
