"""`python -m prompts lint "prompt"`: what makes a question hard to answer, and the better wording."""

import argparse
import sys
from pathlib import Path

from prompts.cli.common import add_family, add_json, print_json, words
from prompts.images import images_from_manifest
from prompts.linting import Finding, lint
from toolkit.texts import Language


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the options."""
    parser.add_argument("prompt", metavar="PROMPT", help=words("lint_prompt", lang))
    parser.add_argument("--images", type=Path, metavar="MANIFEST", help=words("images", lang))
    add_family(parser, lang)
    add_json(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Print the findings; 1 if there is an error among them."""
    text = sys.stdin.read() if options.prompt == "-" else options.prompt
    images = None if options.images is None else images_from_manifest(options.images)
    found = lint(text, images=images, family=options.family)
    if options.json:
        print_json([_data(finding, lang) for finding in found])
    for finding in [] if options.json else found:
        print(words(f"lint_{finding.severity}", lang, text=finding.text.in_language(lang)))
        if finding.better != finding.text.in_language(lang):  # of a limit it is the same sentence
            print(words("lint_better", lang, better=finding.better.replace("\n", "\n    ")))
    if not found and not options.json:
        print(words("lint_clean", lang))
    return 1 if any(finding.severity == "error" for finding in found) else 0


def _data(finding: Finding, lang: Language) -> dict[str, str]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "text": finding.text.in_language(lang),
        "better": finding.better,
        "quote": finding.quote,
    }
