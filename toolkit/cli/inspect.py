"""`inspect IN...`: what a model will see of each page, and what to do about it."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.cli.common import add_family, add_inputs, add_verbose, report_failures
from toolkit.cli.inputs import add_input_options, input_options
from toolkit.cli.report import Entry, print_entries
from toolkit.errors import NothingDoneError
from toolkit.texts import Language, Text, say

if TYPE_CHECKING:
    from toolkit.inspecting import PageReport
    from toolkit.text_height import TextHeight


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the verb's options to `parser`, explained in `lang`."""

    def words(key: str) -> str:
        return say(f"cli_inspect.{key}").in_language(lang)

    add_inputs(parser, lang)
    add_family(parser, lang)
    parser.add_argument("--long-side", type=int, default=1024, metavar="N", help=words("long_side"))
    parser.add_argument("--json", action="store_true", help=words("json"))
    parser.add_argument("--plot", type=Path, metavar="DIR", help=words("plot"))
    add_input_options(parser, lang)
    add_verbose(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Inspect the inputs and print the reports; give the exit code."""
    from toolkit.cli.progress import progress_bar
    from toolkit.inspecting import View, inspect_files, to_plain

    view = View(options.family, options.long_side, options.plot, lang)
    opened = input_options(options)
    with progress_bar(lang) as progress:
        reports, failures = inspect_files(
            options.inputs, view, options=opened, jobs=options.jobs, progress=progress
        )
    if options.json:
        print(json.dumps(to_plain(reports, failures), ensure_ascii=False, indent=1))
    else:
        print_entries([_entry(report, lang) for report in reports], lang, "pages", verbose=options.verbose)
    report_failures(failures, lang)
    if not reports:
        raise NothingDoneError("nothing_done")
    return 1 if failures else 0


def _entry(report: "PageReport", lang: Language) -> Entry:
    notes = tuple(text.in_language(lang) for text in (*report.notes, *report.advice))
    lines = tuple(text.in_language(lang) for text in _described(report))
    return Entry(report.page, lines, notes, group=Path(report.file).name)


def _described(report: "PageReport") -> list[Text]:
    """Say all that is known of a page, a line each."""
    lines = [_head(report), _quality(report), _text(report.text), _seen(report), _tokens(report)]
    lines += [say("cli_inspect.note", note=note) for note in report.notes]
    lines += [say("cli_inspect.advice", advice=advice) for advice in report.advice]
    if report.plot is not None:
        lines.append(say("cli_inspect.plotted", file=report.plot))
    return lines


def _head(report: "PageReport") -> Text:
    values = {"file": report.file, "page": report.page, "width": report.size[0], "height": report.size[1]}
    if report.dpi is None:
        return say("cli_inspect.head", **values)
    return say("cli_inspect.head_dpi", **values, dpi=report.dpi)


def _quality(report: "PageReport") -> Text:
    quality = report.quality
    word = say(f"cli_inspect.quality_{quality.verdict}")
    if quality.sharpness is None or quality.contrast is None:
        return say("cli_inspect.quality_without_text", verdict=word)
    values = {
        "sharpness": quality.sharpness,
        "percent": 100 * quality.contrast,
        "noise": quality.noise or 0.0,
    }
    skew = quality.skew_degrees or 0.0
    return say("cli_inspect.quality", verdict=word, **values, blocking=quality.blocking, skew=skew)


def _text(text: "TextHeight") -> Text:
    if text.smallest is None or text.typical is None:
        return say("cli_inspect.no_text")
    source = say(f"cli_inspect.from_{text.source}")
    return say("cli_inspect.text", smallest=text.smallest, typical=text.typical, source=source)


def _seen(report: "PageReport") -> Text:
    values = {"width": report.seen[0], "height": report.seen[1], "family": report.family}
    if report.seen_text.smallest is None or report.seen_text.typical is None:
        return say("cli_inspect.seen_without_text", **values)
    word = say(f"cli_inspect.{report.verdict}")
    heights = {"smallest": report.seen_text.smallest, "typical": report.seen_text.typical}
    return say("cli_inspect.seen", **values, **heights, verdict=word)


def _tokens(report: "PageReport") -> Text:
    listed = ", ".join(f"{family} {count}" for family, count in report.tokens.items())
    return say("cli_inspect.tokens", listed=listed)
