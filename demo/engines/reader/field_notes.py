"""What a person should know of values looked for: where they are missing, what was taken. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo.engines.errors import say
from demo.engines.reader.fields import NEAR, Value
from demo.engines.reader.pairs import Pair
from toolkit.texts import Text

if TYPE_CHECKING:
    from prompts.formats import Field

LONGEST = 40
"""Characters of a page's own words that a note shows."""


@dataclass
class Search:
    """What came of looking for values on one image: those found, and labels whose value did not fit."""

    label: int
    values: dict[str, Value] = field(default_factory=dict)
    unfit: dict[str, Pair] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)


def notes_on(fields: "Sequence[Field]", searches: Sequence[Search], *, merged: bool) -> Iterator[Text]:
    """Say what is missing on which images, and what is to be checked.

    `merged` tells that all images give one record, so that a value on any of them will do.
    """
    yield from _not_found(fields, searches, merged=merged)
    for one in searches:
        yield from _other_labels(one)
    if merged:
        yield from _contradictions(fields, searches)


def _not_found(fields: "Sequence[Field]", searches: Sequence[Search], *, merged: bool) -> Iterator[Text]:
    groups: dict[tuple[int, ...], list[str]] = {}
    for one in fields:
        where = [s for s in searches if s.record.get(one.name) in (None, [])]
        if not where or (merged and len(where) < len(searches)):
            continue
        unfit = next(((s.label, s.unfit[one.name]) for s in where if one.name in s.unfit), None)
        if unfit is not None:
            yield _unfit(one, *unfit)
        rest = tuple(s.label for s in where if one.name not in s.unfit)
        if rest:
            groups.setdefault(rest, []).append(one.name)
    for labels, names in groups.items():
        yield say("engines_reader.no_value", names=listed(names), images=images_of(labels))


def _unfit(one: "Field", label: int, pair: Pair) -> Text:
    values = {"name": one.name, "label": _short(pair.label), "text": _short(pair.text)}
    kind = one.type if one.type in ("date", "number") else "other"
    return say(f"engines_reader.unfit_{kind}", images=images_of([label]), **values)


def _other_labels(one: Search) -> Iterator[Text]:
    """Name the labels that were taken though they are only like the name asked for."""
    for name, value in one.values.items():
        if value.sure < NEAR:
            values = {"name": name, "label": _short(value.label)}
            key = "other_label" if value.label else "only_date"
            yield say(f"engines_reader.{key}", images=images_of([one.label]), **values)


def _contradictions(fields: "Sequence[Field]", searches: Sequence[Search]) -> Iterator[Text]:
    """Say where another image has another value than the one that was taken."""
    for one in fields:
        found = [(s.label, s.values[one.name].value) for s in searches if one.name in s.values]
        others = [label for label, value in found[1:] if value != found[0][1]]
        if others:
            values = {"taken": images_of([found[0][0]]), "images": images_of(others)}
            yield say("engines_reader.other_values", name=one.name, **values)


def images_of(labels: Sequence[int]) -> Text:
    """Name images by their numbers: "image 1", "images 1–3 and 5", 图1, 图1至图3、图5."""
    runs: list[list[int]] = []
    for label in sorted(labels):
        if runs and label == runs[-1][-1] + 1:
            runs[-1].append(label)
        else:
            runs.append([label])
    english = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    chinese = [f"图{run[0]}" if len(run) == 1 else f"图{run[0]}至图{run[-1]}" for run in runs]
    shown = english[0] if len(english) == 1 else f"{', '.join(english[:-1])} and {english[-1]}"
    return Text(f"{'image' if len(labels) == 1 else 'images'} {shown}", "、".join(chinese))


def listed(names: Sequence[str]) -> Text:
    """List names as each language does."""
    return Text(", ".join(f"“{name}”" for name in names), "、".join(f"“{name}”" for name in names))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
