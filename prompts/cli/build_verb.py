"""`python -m prompts build TASK`: a prompt from task, region and format."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from prompts.build import build_prompt, find_template
from prompts.cli.common import (
    add_family,
    add_json,
    add_prompt_language,
    add_templates,
    read_pairs,
    words,
)
from prompts.errors import InputError
from prompts.exports import DEFAULT_BASE_URL, DEFAULT_MODEL, TARGETS, Server, export, export_notes
from prompts.formats import Field, Format
from prompts.images import images_from_manifest
from prompts.prompt import Prompt
from prompts.steps import plan_steps
from toolkit.texts import Language


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the options."""
    parser.add_argument("task", metavar="TASK", help=words("build_task", lang))
    parser.add_argument("--region", default="whole", help=words("region", lang))
    parser.add_argument("--format", help=words("format", lang))
    parser.add_argument("--field", action="append", default=[], metavar="FIELD", help=words("field", lang))
    parser.add_argument("--schema", type=Path, metavar="FILE", help=words("schema", lang))
    parser.add_argument("--images", type=Path, metavar="MANIFEST", help=words("images", lang))
    parser.add_argument(
        "--input", action="append", default=[], metavar="NAME=VALUE", help=words("input", lang)
    )
    parser.add_argument("--question", help=words("question", lang))
    parser.add_argument("--export", choices=tuple(TARGETS), help=words("export", lang))
    parser.add_argument("--model", default=DEFAULT_MODEL, help=words("model", lang, default=DEFAULT_MODEL))
    parser.add_argument("--base-url", default=DEFAULT_BASE_URL, metavar="URL", help=words("base_url", lang))
    parser.add_argument("--constrain", action="store_true", help=words("constrain", lang))
    parser.add_argument("--steps", action="store_true", help=words("steps", lang))
    add_prompt_language(parser, lang)
    add_family(parser, lang)
    add_templates(parser, lang)
    add_json(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Print the prompt's text, or everything with --json; notes go to stderr."""
    prompt = prompt_from(options, lang)
    print(_shown(prompt, options))
    server = Server(options.model, options.base_url, options.constrain)
    notes = export_notes(prompt, server) if options.export in ("openai", "curl", "python") else []
    for note in (*prompt.notes, *notes):
        print(note.in_language(lang), file=sys.stderr)
    return 0


def _shown(prompt: Prompt, options: argparse.Namespace) -> str:
    if options.export is not None:
        server = Server(options.model, options.base_url, options.constrain)
        return export(prompt, options.export, server=server).rstrip("\n")
    prompts = [step.prompt() for step in plan_steps(prompt)] if options.steps else [prompt]
    if options.json:
        data = [p.to_dict() for p in prompts]
        return json.dumps(data if options.steps else data[0], ensure_ascii=False, indent=1)
    return "\n\n----\n\n".join(p.text for p in prompts)


def prompt_from(options: argparse.Namespace, lang: Language) -> Prompt:
    """Build the prompt that the options ask for."""
    prompt_lang = options.prompt_lang or lang
    inputs: dict[str, Any] = dict(read_pairs(options.input, "--input"))
    if options.question is not None:
        inputs["question"] = options.question
    return build_prompt(
        options.task,
        options.region,
        _format(options, prompt_lang),
        () if options.images is None else images_from_manifest(options.images),
        prompt_lang,
        inputs=inputs,
        family=options.family,
        templates=options.templates,
    )


def _format(options: argparse.Namespace, lang: Language) -> Format | None:
    if options.schema is not None:
        return Format.from_schema(_schema(options.schema))
    if not options.field:
        return None if options.format is None else Format.parse(options.format)
    name = options.format or find_template(options.task, lang, options.templates).format
    return Format.parse(name).with_fields(Field.parse(field) for field in options.field)


def _schema(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("bad_schema", reason=f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise InputError("bad_schema", reason=f"{path}: {type(value).__name__}")
    return value
