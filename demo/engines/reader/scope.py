"""What a question is about: which of its images, and which part of each. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from demo.engines.reader.lines import Line, Word, text_of, union
from toolkit.geometry import Box

if TYPE_CHECKING:
    from prompts import ImageRef, Prompt


def images_to_read(prompt: "Prompt") -> list["ImageRef"]:
    """List the images meant: the one that the region names, or all but repeats of others that are there."""
    images = list(prompt.images)
    region = prompt.region
    if region.image is not None:
        return [image for image in images if image.label == region.image]
    if region.kind == "boxes":
        return images[:1]
    labels = {image.label for image in images}
    return [image for image in images if image.copy_of is None or image.copy_of not in labels]


def boxes_of(prompt: "Prompt", image: "ImageRef") -> tuple[Box, ...] | None:
    """Give the boxes meant in pixels of `image`, None for the whole of it."""
    if prompt.region.kind == "whole":
        return None
    boxes: tuple[Box, ...] | None = prompt.region.pixel_boxes(image.size)
    return boxes


def within(row: Sequence[Line], boxes: Sequence[Box] | None) -> tuple[Line, ...]:
    """Keep of a row what lies inside one of `boxes`: whole lines, or words of a line that crosses an edge."""
    if boxes is None:
        return tuple(row)
    kept = [part for line in row if (part := _part(line, boxes)) is not None]
    return tuple(kept)


def boxes_within(places: Sequence[Box], boxes: Sequence[Box] | None) -> tuple[Box, ...]:
    """Keep the places whose middle lies inside one of `boxes`."""
    return tuple(place for place in places if boxes is None or _inside(place, boxes))


def _part(line: Line, boxes: Sequence[Box]) -> Line | None:
    words = [word for word in line.words or (Word(line.text, line.box),) if _inside(word.box, boxes)]
    if len(words) == len(line.words):
        return line
    if not words:
        return None
    return replace(line, text=text_of(words), box=union([word.box for word in words]), words=tuple(words))


def _inside(box: Box, boxes: Sequence[Box]) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(left <= x <= right and upper <= y <= lower for left, upper, right, lower in boxes)
