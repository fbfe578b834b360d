"""What can be known of an image before it is put in order. Plain values; nothing here opens a picture."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolkit.geometry import Size
from toolkit.manifest import ImageRecord
from toolkit.readability import verdict

_GIVEN_BY_PREPARE = ("main", "second-look", "detail")
"""Roles that a preparation sets by itself; only the others were chosen by a person."""


@dataclass(frozen=True)
class OrderFacts:
    """One image, as far as it is known. Everything but label and size may be missing (None or empty).

    `role` and `weight` are what the user said (a greater weight comes first). `sharpness` and `text_amount`
    grow with what they name and are compared only among the images given (sharpness is infinite for text that
    a PDF draws); `text_height` is that of the
    smallest text in pixels per em as the model will see it. `quality` is good, doubtful or poor, `legible`
    readable, doubtful or unreadable. `document` and `page` (from 1) keep pages together and in order.
    `copy_of`, `same_page_as` and `close_up_of` name labels; `text_sample` is some recognised text.
    """

    label: int
    size: Size
    title: str = ""
    document: str = ""
    page: int = 1
    role: str | None = None
    weight: float | None = None
    quality: str | None = None
    legible: str | None = None
    sharpness: float | None = None
    text_amount: float | None = None
    text_height: float | None = None
    copy_of: int | None = None
    same_page_as: int | None = None
    close_up_of: int | None = None
    text_sample: str = ""


def facts_of(record: ImageRecord) -> OrderFacts:
    """Read the facts that a manifest's record carries; whatever it lacks stays unknown."""
    quality, text = record.quality or {}, record.text_height or {}
    smallest = _number(text, "smallest")
    return OrderFacts(
        label=record.label,
        size=record.size,
        title=record.source.file,
        document=record.source.sha256,
        page=record.source.page,
        role=None if record.role in _GIVEN_BY_PREPARE else record.role,
        quality=_word(quality, "verdict"),
        legible=_word(text, "verdict") or (None if smallest is None else verdict(smallest)),
        sharpness=math.inf if quality.get("source") == "drawn" else _number(quality, "sharpness"),
        text_amount=_number(text, "lines"),
        text_height=smallest,
        copy_of=record.copy_of,
    )


def renumbered(facts: Sequence[OrderFacts], labels: Sequence[int]) -> list[OrderFacts]:
    """Give the facts of the images `labels` in this order, numbered anew from 1, what they name as well."""
    new = {old: number for number, old in enumerate(labels, 1)}
    by_label = {one.label: one for one in facts}

    def named(label: int | None) -> int | None:
        return None if label is None else new.get(label)

    return [
        replace(
            by_label[old],
            label=number,
            copy_of=named(by_label[old].copy_of),
            same_page_as=named(by_label[old].same_page_as),
            close_up_of=named(by_label[old].close_up_of),
        )
        for old, number in new.items()
    ]


def _word(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) else None


def _number(data: Mapping[str, Any], key: str) -> float | None:
    value = data.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
