"""`python -m prompts route "question"`: the task of a question, and the limits it runs into."""

import argparse
from dataclasses import asdict

from prompts.cli.common import add_json, print_json, words
from prompts.router import Route, route
from prompts.words import say
from toolkit.texts import Language

UNSURE = 0.3
"""Below this the task is a guess: greetings, single words and what has no task at all come to 6 to 25 %."""


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the options."""
    parser.add_argument("question", metavar="QUESTION", help=words("route_question", lang))
    parser.add_argument("--pages", type=int, default=0, metavar="N", help=words("route_pages", lang))
    add_json(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Print task, confidence, runner-up and limits."""
    found = route(options.question, images=options.pages)
    if options.json:
        print_json(_data(found, lang))
        return 0
    print(_line(found.task, found.confidence, lang))
    print(_line(found.runner_up, found.runner_up_confidence, lang))
    if found.cues:
        print(words("route_cues", lang, cues=", ".join(f"“{cue}”" for cue in found.cues)))
    if found.confidence < UNSURE:
        print(words("route_unsure", lang))
    for sentence in found.sentences(lang):
        print(f"! {sentence}")
    return 0


def _line(task: str, confidence: float, lang: Language) -> str:
    return f"{task:16} {confidence:4.0%}  {say(f'tasks.{task}.title').in_language(lang)}"


def _data(found: Route, lang: Language) -> dict[str, object]:
    limits = [{"name": limit.name, "text": limit.text.in_language(lang)} for limit in found.limits]
    return asdict(found) | {"limits": limits}
