"""`python -m prompts diff A B`: what sets two templates apart."""

import argparse

from prompts.build import find_template
from prompts.cli.common import add_prompt_language, add_templates, words
from prompts.differ import diff_templates
from prompts.template_file import Template
from toolkit.texts import Language


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the options."""
    parser.add_argument("one", metavar="A", help=words("diff_name", lang))
    parser.add_argument("other", metavar="B", help=words("diff_name", lang))
    add_prompt_language(parser, lang)
    add_templates(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Print the differences; 0 if there are none, 1 if there are, as diff does."""
    prompt_lang = options.prompt_lang or lang
    lines = diff_templates(*(_find(name, prompt_lang, options) for name in (options.one, options.other)))
    print("\n".join(lines) if lines else words("diff_same", lang))
    return 1 if lines else 0


def _find(name: str, lang: Language, options: argparse.Namespace) -> Template:
    bare, _, suffix = name.partition("@")
    return find_template(
        bare, "zh" if suffix == "zh" else "en" if suffix == "en" else lang, options.templates
    )
