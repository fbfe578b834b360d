"""What the verbs share: options and output."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from prompts.errors import InputError
from prompts.library import read_library
from prompts.words import say
from toolkit.families import DEFAULT_FAMILY, FAMILIES
from toolkit.texts import Language


def words(key: str, lang: Language, **values: object) -> str:
    """Give a sentence of cli.toml."""
    return say(f"cli.{key}", **values).in_language(lang)


def add_prompt_language(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add --prompt-lang: the language of prompts, apart from that of messages (--lang)."""
    parser.add_argument("--prompt-lang", choices=("en", "zh"), help=words("prompt_lang", lang))


def add_templates(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add --templates DIR."""
    parser.add_argument("--templates", type=Path, metavar="DIR", help=words("templates", lang))


def add_json(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help=words("json", lang))


def add_family(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add --family."""
    help_text = words("family", lang, default=DEFAULT_FAMILY)
    parser.add_argument("--family", choices=tuple(FAMILIES), default=DEFAULT_FAMILY, help=help_text)


def print_json(value: Any) -> None:
    """Print plain data as JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def report_broken(folder: Path | None, lang: Language) -> int:
    """Name the broken files of a template folder on stderr; give 1 if there are any, else 0."""
    if folder is None:
        return 0
    broken = read_library(folder).broken
    for file in broken:
        print(file.text.in_language(lang), file=sys.stderr)
    return 1 if broken else 0


def read_pairs(pairs: list[str], option: str) -> dict[str, str]:
    """Read NAME=VALUE options. Raises InputError for one without "="."""
    found = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise InputError("no_pair", option=option, given=pair[:80])
        found[name.strip()] = value
    return found
