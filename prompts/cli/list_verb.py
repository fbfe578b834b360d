"""`python -m prompts list`: the templates there are."""

import argparse

from prompts.cli.common import add_json, add_prompt_language, add_templates, print_json, report_broken, words
from prompts.formats import FORMATS
from prompts.library import list_templates
from prompts.tasks import TASKS
from toolkit.texts import Language


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the options."""
    parser.add_argument("--task", choices=tuple(TASKS), metavar="TASK", help=words("list_task", lang))
    parser.add_argument("--format", choices=FORMATS, metavar="FORMAT", help=words("list_format", lang))
    add_prompt_language(parser, lang)
    add_templates(parser, lang)
    add_json(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """List the templates; 1 if a file of the user's folder is broken."""
    found = list_templates(
        task=options.task, lang=options.prompt_lang, format=options.format, folder=options.templates
    )
    if options.json:
        print_json([template.to_dict() for template in found])
    else:
        width = max((len(t.name) for t in found), default=0)
        for t in found:
            print(f"{t.name:{width}}  {t.lang}  {t.format:14}  {t.title}: {t.description}")
    return report_broken(options.templates, lang)
