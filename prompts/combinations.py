"""Which task, region, format and images go together, and the reason where they do not."""

from collections.abc import Sequence

from prompts.errors import PromptError
from prompts.formats import Format
from prompts.images import ImageRef, find_image
from prompts.regions import Region
from prompts.tasks import Task, get_task
from prompts.words import say
from toolkit.texts import Text

WHOLE_ONLY = ("to-html",)
"""Tasks whose answer is about the whole page."""

ACROSS = ("compare", "differences")
"""Tasks that set one image against another: a box or a number would single one out."""

INSTEAD = {
    "boxes": "read-boxes, locate-objects",
    "points": "point",
    "short": "answer, count, chart-question",
    "markdown-table": "table, chart-data, extract-fields",
    "csv": "table, chart-data, extract-fields",
    "html-table": "table, chart-data, extract-fields",
    "json": "extract-fields",
    "jsonl": "extract-fields, form",
    "markdown": "to-markdown",
    "html": "to-html",
    "text": "read-text",
}
"""For each format the tasks that are made for it."""


def refusal(
    task: str,
    region: Region | str = "whole",
    format: Format | str | None = None,
    images: Sequence[ImageRef] = (),
) -> Text | None:
    """Say why the parts do not go together, in both languages; None where they do.

    Without images the number of images is not judged; a second look counts with its image. Raises
    UnknownNameError and InputError for parts that are no parts at all.
    """
    row, region = get_task(task), Region.parse(region)
    asked = Format.parse(row.formats[0] if format is None else format)
    return _format_refusal(row, asked) or _region_refusal(row, region) or _image_refusal(row, region, images)


def _format_refusal(task: Task, format: Format) -> Text | None:
    if format.name not in task.formats:
        names = {"task": task.name, "format": format.name, "allowed": ", ".join(task.formats)}
        return say("refusals.format", **names, instead=INSTEAD[format.name])
    if format.is_table and any(f.type in ("rows", "records") for f in format.fields):
        return say("refusals.nested", format=format.name)
    return None


def _region_refusal(task: Task, region: Region) -> Text | None:
    if region.kind != "whole" and task.name in WHOLE_ONLY:
        return say("refusals.whole_only", task=task.name)
    if task.name in ACROSS and (region.kind in ("boxes", "marked") or region.image is not None):
        return say("refusals.across", task=task.name)
    return None


def _image_refusal(task: Task, region: Region, images: Sequence[ImageRef]) -> Text | None:
    labels = {image.label for image in images}
    apart = sum(image.copy_of not in labels for image in images)
    if images and apart < task.min_images:
        return say("refusals.images", task=task.name, needed=task.min_images, given=apart)
    if not images:
        return None
    try:
        image = find_image(images, images[0].label if region.image is None else region.image)
    except PromptError as error:
        return error.text
    outside = [
        b for b in region.corners if b[0] >= image.width or b[1] >= image.height or b[2] <= 0 or b[3] <= 0
    ]
    if outside:
        shown = ",".join(f"{n:g}" for n in outside[0])
        return say(
            "refusals.box_outside", box=shown, number=image.label, width=image.width, height=image.height
        )
    return None
