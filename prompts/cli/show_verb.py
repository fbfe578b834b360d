"""`python -m prompts show NAME`: one template in full."""

import argparse

from prompts.build import find_template
from prompts.cli.common import add_json, add_prompt_language, add_templates, print_json, words
from toolkit.texts import Language


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the options."""
    parser.add_argument("name", metavar="NAME", help=words("show_name", lang))
    add_prompt_language(parser, lang)
    add_templates(parser, lang)
    add_json(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Print a template's file, or its data with --json."""
    template = find_template(options.name, options.prompt_lang or lang, options.templates)
    if options.json:
        print_json(template.to_dict() | {"body": template.body})
    else:
        print(template.path.read_text(encoding="utf-8"), end="")
    return 0
