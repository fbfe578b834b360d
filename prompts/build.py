"""Task, region and format to a prompt: the one way in which prompts are made."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2.environment import Template as Compiled

from prompts.combinations import refusal
from prompts.errors import CombinationError
from prompts.format_wording import describe_format
from prompts.formats import Format
from prompts.images import ImageRef, check_labels
from prompts.inputs import fill_inputs
from prompts.library import list_templates, load_template
from prompts.neutral import is_changed, neutralise
from prompts.prompt import Prompt, first_turns
from prompts.regions import Region
from prompts.sandbox import SandboxError, compile_body, render
from prompts.tasks import TASKS, fill_fields, get_task
from prompts.template_file import Template, sandbox_error
from prompts.wording import describe_images, meant_images, place
from prompts.words import say
from toolkit.families import DEFAULT_FAMILY, get_family
from toolkit.geometry import clip
from toolkit.texts import Language, Text


def build_prompt(
    task: str,
    region: Region | str = "whole",
    format: Format | str | None = None,
    images: Sequence[ImageRef] = (),
    lang: Language = "en",
    *,
    inputs: Mapping[str, Any] | None = None,
    family: str = DEFAULT_FAMILY,
    templates: Path | str | None = None,
) -> Prompt:
    """Build a prompt from its three parts.

    `task` is the name of a task or of a template; `region` and `format` are values or strings as their
    `parse` reads them, `format` None for the template's own. `images` stand in sending order; none gives
    the text for a picture still to come. `inputs` answers the template's inputs, such as the question.
    `templates` is a folder with templates of the user's own.

    Raises CombinationError with the reason where the parts do not go together, UnknownNameError and
    InputError for what cannot be, TemplateError for a template that breaks a limit.
    """
    template = find_template(task, lang, templates)
    region, given = Region.parse(region), Format.parse(template.format if format is None else format)
    check_labels(images)
    reason = refusal(template.task, region, given, images)
    if reason is not None:
        raise CombinationError("refused", reason=reason)
    asked = _asked(template, given, len(images), family)
    region, notes = _fit_region(region, images)
    filled = fill_inputs(template.inputs, inputs or {})
    text = _text(template, region, asked, tuple(images), filled, family)
    return Prompt(
        task=template.task,
        region=region,
        format=asked,
        lang=lang,
        images=tuple(images),
        inputs=filled,
        messages=first_turns(images, text, lang),
        template=template.name,
        family=get_family(family).name,
        sampling=template.sampling,
        recipe=template.recipe,
        notes=(*notes, *_notes(template, inputs or {})),
    )


def find_template(name: str, lang: Language, folder: Path | str | None = None) -> Template:
    """Find the template called `name`, or the first one of the task `name`. Raises UnknownNameError."""
    if name in TASKS:
        found = list_templates(task=name, lang=lang, folder=folder)
        exact = [t for t in found if t.name == name]
        if found:
            return (exact or found)[0]
    return load_template(name, lang, folder=folder)


def _asked(template: Template, given: Format, images: int, family: str) -> Format:
    filled = fill_fields(given, get_task(template.task), template.lang, images)
    return replace(filled, family=get_family(family).name)


def _fit_region(region: Region, images: Sequence[ImageRef]) -> tuple[Region, list[Text]]:
    if region.kind != "boxes" or not images:
        return region, []
    image = meant_images(region, images)[0]
    inside = tuple(clip(box, image.size) for box in region.corners)
    notes = [] if inside == region.corners else [say("notes.box_clipped", number=image.label)]
    return replace(region, corners=inside, image=image.label), notes


def _text(
    template: Template,
    region: Region,
    format: Format,
    images: tuple[ImageRef, ...],
    inputs: Mapping[str, Any],
    family: str,
) -> str:
    lang = template.lang
    words = place(region, images, lang, family)
    values: dict[str, Any] = {
        "where": words["where"],
        "inside": words["inside"],
        "images": len(images),
        "format": format.name,
        "format_note": describe_format(format, get_task(template.task), images, lang),
        "region_note": words["note"],
        "lang": lang,
        "fields": [f.name for f in format.fields],
    }
    body = _render(template, values | dict(inputs))
    parts = [describe_images(images, lang), body, *_missing(template, values)]
    return neutralise(re.sub(r"\n{3,}", "\n\n", "\n\n".join(part.strip() for part in parts if part.strip())))


def _missing(template: Template, values: Mapping[str, Any]) -> list[str]:
    _, names = _compiled(template.body)
    return [str(values[name]) for name in ("region_note", "format_note") if name not in names]


def _render(template: Template, values: Mapping[str, Any]) -> str:
    try:
        return render(_compiled(template.body)[0], values)
    except SandboxError as error:
        raise sandbox_error(error, template.path) from error


@lru_cache(maxsize=512)
def _compiled(body: str) -> tuple[Compiled, frozenset[str]]:
    return compile_body(body)


def _notes(template: Template, given: Mapping[str, Any]) -> list[Text]:
    notes = []
    for name in get_task(template.task).inputs:
        spec = next((i for i in template.inputs if i.name == name), None)
        if spec is not None and given.get(name) in (None, "", []):
            shown = ", ".join(spec.default) if isinstance(spec.default, list) else str(spec.default)
            notes.append(say("notes.default_used", name=name, default=shown))
    changed = [name for name, value in given.items() if isinstance(value, str) and is_changed(value)]
    return [*notes, *(say("notes.neutralised", name=name) for name in changed)]
