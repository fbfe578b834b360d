"""Check boxes and points: their keys, their numbers, their bounds, the order of their corners."""

import json
import math
from collections.abc import Sequence
from typing import Any

from prompts.answer_json import Unreadable, read_json, strip_wrapping
from prompts.check_json import MAX_FAULTS, dump, unreadable
from prompts.formats import Format
from prompts.images import ImageRef
from prompts.validation import Found, Validation
from prompts.words import say
from toolkit.families import get_family, processed_size, to_pixels
from toolkit.geometry import Size, clip
from toolkit.texts import Text

_NAMES = {
    "bbox_2d": ("bbox_2d", "bbox", "box_2d", "box", "bounding_box", "coordinates"),
    "point_2d": ("point_2d", "point", "coordinates", "coordinate"),
    "label": ("label", "text_content", "text", "name", "content", "category"),
    "image": ("image", "image_index", "image_id", "图", "图片"),
}
"""Keys that the families are known to write instead (Qwen's OCR examples use text_content)."""

SLACK = 0.005
"""How far past the edge a box may reach, as a part of the side, before it is a fault: rounding takes up to
half a unit, and the models overshoot by one or two of 1000."""


def check_positions(answer: str, format: Format, images: Sequence[ImageRef]) -> Validation:
    """Check an answer of the formats boxes and points."""
    text, stripped = strip_wrapping(answer)
    repairs = dict.fromkeys([say("repairs.fence")] if stripped else [])
    try:
        read = read_json(text)
    except Unreadable as error:
        return unreadable(text, error, format, list(repairs))
    repairs |= dict.fromkeys(read.repairs)
    items = _as_list(read.value, repairs)
    if read.cut_off and items and not _complete(items[-1], format):
        items = items[:-1]  # the last one was cut off in the middle and is no use
    faults: list[Text] = [say("faults.cut_off")] if read.cut_off else []
    found: list[Found] = []
    for number, item in enumerate(items, 1):
        one, wrong = _check_item(item, number, format, images, repairs)
        faults += wrong
        found += [one] if one else []
    value = [_written(one, format, len(images) > 1) for one in found]
    shown = tuple(faults[:MAX_FAULTS])
    return Validation(
        format, value, shown, tuple(repairs), read.cut_off, found=tuple(found), text=dump(value)
    )


def _as_list(value: Any, repairs: dict[Text, None]) -> list[Any]:
    if isinstance(value, dict):
        inner = next(iter(value.values())) if len(value) == 1 else None
        if isinstance(inner, list) and (not inner or isinstance(inner[0], dict)):
            repairs[say("repairs.unwrapped")] = None
            return inner
        repairs[say("repairs.wrapped")] = None
        return [value]
    return list(value) if isinstance(value, list) else [value]


def _complete(item: Any, format: Format) -> bool:
    key = "bbox_2d" if format.name == "boxes" else "point_2d"
    numbers = _pick(item, key)[0] if isinstance(item, dict) else None
    return isinstance(numbers, list) and len(numbers) == (4 if key == "bbox_2d" else 2)


def _pick(item: dict[str, Any], key: str) -> tuple[Any, bool]:
    for name in _NAMES[key]:
        if name in item:
            return item[name], name != key
    return None, False


def _check_item(
    item: Any, number: int, format: Format, images: Sequence[ImageRef], repairs: dict[Text, None]
) -> tuple[Found | None, list[Text]]:
    if not isinstance(item, dict):
        return None, [say("faults.item", number=number, fault=say("faults.not_object", given=str(item)[:60]))]
    key = "bbox_2d" if format.name == "boxes" else "point_2d"
    numbers, renamed = _pick(item, key)
    label, relabelled = _pick(item, "label")
    if renamed or relabelled:
        repairs[say("repairs.keys")] = None
    image, fault = _image(item, images)
    values = _numbers(numbers, 4 if key == "bbox_2d" else 2)
    if values is None:
        wrong = say(
            "faults.numbers", key=key, given=json.dumps(numbers, ensure_ascii=False, default=str)[:60]
        )
        return None, [say("faults.item", number=number, fault=wrong)]
    wrongs = [fault] if fault else []
    if not isinstance(label, str):
        wrongs.append(say("faults.no_label"))
    values, more = _bounds(values, format, image, repairs)
    found = _found(str(label) if label is not None else "", values, image, format)
    return found, [say("faults.item", number=number, fault=f) for f in [*wrongs, *more]]


def _image(item: dict[str, Any], images: Sequence[ImageRef]) -> tuple[ImageRef | None, Text | None]:
    number, _ = _pick(item, "image")
    if number is None:
        one = images[0] if len(images) == 1 else None
        return one, say("faults.no_image") if len(images) > 1 else None
    known = {image.label: image for image in images}
    if isinstance(number, str) and number.strip("Image图 ").isdecimal():
        number = int(number.strip("Image图 "))
    if not isinstance(number, (int, float)) or isinstance(number, bool):
        return None, say("faults.image", given=str(number)[:20], count=len(images)) if images else None
    if images and number not in known:
        return None, say("faults.image", given=str(number)[:20], count=len(images))
    return known.get(int(number)) if number in known else None, None


def _numbers(value: Any, count: int) -> tuple[float, ...] | None:
    if isinstance(value, list) and len(value) == 2 and count == 4 and all(isinstance(v, list) for v in value):
        value = [*value[0], *value[1]]  # [[x1, y1], [x2, y2]]
    if isinstance(value, str):
        value = value.replace(",", " ").strip("[]() ").split()
    if not isinstance(value, list) or len(value) != count:
        return None
    try:
        numbers = tuple(float(v) for v in value if not isinstance(v, bool))
    except (TypeError, ValueError, OverflowError):
        return None
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None


def limits(format: Format, image: ImageRef | None) -> Size | None:
    """Give the largest x and y in the family's coordinates; None where they depend on an unknown size."""
    row = get_family(format.family)
    if row.coordinates == "relative":
        return (1000, 1000)
    return None if image is None else processed_size(image.size, row)


def _bounds(
    values: tuple[float, ...], format: Format, image: ImageRef | None, repairs: dict[Text, None]
) -> tuple[tuple[float, ...], list[Text]]:
    given = "[" + ", ".join(f"{v:g}" for v in values) + "]"
    faults = []
    if len(values) == 4:
        left, upper, right, lower = values
        ordered = (min(left, right), min(upper, lower), max(left, right), max(upper, lower))
        if ordered != values:
            repairs[say("repairs.corners")] = None
        values = ordered
        if ordered[0] == ordered[2] or ordered[1] == ordered[3]:
            faults.append(say("faults.no_area", given=given))
    size = limits(format, image)
    if size is not None:
        inside = _inside(values, size)
        if any(abs(a - b) > SLACK * max(size) for a, b in zip(values, inside, strict=True)):
            faults.append(say("faults.outside", given=given, width=size[0], height=size[1]))
        elif inside != values:
            repairs[say("repairs.rounding")] = None
            values = inside
    elif min(values) < 0:
        faults.append(say("faults.negative", given=given))
    return values, faults


def _inside(values: tuple[float, ...], size: Size) -> tuple[float, ...]:
    if len(values) == 4:
        return clip((values[0], values[1], values[2], values[3]), size)
    return (min(max(values[0], 0.0), size[0]), min(max(values[1], 0.0), size[1]))


def _found(label: str, values: tuple[float, ...], image: ImageRef | None, format: Format) -> Found:
    if image is None:
        return Found(label, 0, values)
    padded = (values * 2)[:4] if len(values) == 2 else values
    box = to_pixels((padded[0], padded[1], padded[2], padded[3]), image.size, format.family)
    if len(values) == 2:
        return Found(label, image.label, values, point=(box[0], box[1]))
    return Found(label, image.label, values, box=clip(box, image.size))


def _written(one: Found, format: Format, several: bool) -> dict[str, Any]:
    key = "bbox_2d" if format.name == "boxes" else "point_2d"
    numbers = [int(v) if v == int(v) else v for v in one.given]
    return ({"image": one.image} if several and one.image else {}) | {key: numbers, "label": one.label}
