"""An answer as the page shows it: checked, and its places laid onto the pages they come from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo.engines import Result, Usage
from demo.markdown import render
from demo.words import say
from toolkit.errors import PreflightError
from toolkit.geometry import Box
from toolkit.manifest import ImageRecord, Manifest, SourceRef
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from prompts import Prompt, Validation

MAX_ROWS = 500
MAX_PLACES = 600
"""Rows of a table and boxes on a page that are drawn; a browser stays quick."""
MAX_SHOWN = 60_000
"""Characters of an answer that are shown as text."""


@dataclass(frozen=True)
class Mark:
    """A place on a page: `box` in the page's own unit. `unsure` marks what a person should check."""

    text: str
    box: Box
    label: str = ""
    unsure: bool = False


@dataclass(frozen=True)
class MarkedPage:
    """A page of a document with the places that an answer names on it."""

    source: SourceRef
    marks: tuple[Mark, ...]


@dataclass
class Answer:
    """One answer: the prompt it answers, the images it saw, what came, and what the check said."""

    prompt: "Prompt"
    manifest: Manifest
    result: Result
    checked: "Validation"
    chosen_page: int = 0
    pages: tuple[MarkedPage, ...] = field(default=())


def check(prompt: "Prompt", manifest: Manifest, result: Result, *, loose: bool = False) -> Answer:
    """Check an answer against the format that was asked for, and find its places on the pages.

    A `loose` answer, to a follow-up in free words, may have that form or be plain text.
    """
    from prompts.validation import validate

    checked = validate(result.text, prompt.format, prompt.images)
    if loose and checked.faults:
        checked = validate(result.text, "text", prompt.images)
    return Answer(prompt, manifest, result, checked, pages=marked_pages(manifest, result, checked))


def marked_pages(manifest: Manifest, result: Result, checked: "Validation") -> tuple[MarkedPage, ...]:
    """Lay the engine's places, or those written in the answer, onto the original pages; in sending order."""
    marks: dict[SourceRef, list[Mark]] = {}
    for number, box, mark in _boxes(result, checked):
        try:
            source, placed = manifest.image(number).locate(box)
        except PreflightError:
            continue
        marks.setdefault(source, []).append(Mark(mark.text, placed, mark.label, mark.unsure))
    return tuple(MarkedPage(source, tuple(found)) for source, found in marks.items())


def _boxes(result: Result, checked: "Validation") -> list[tuple[int, Box, Mark]]:
    if result.found:
        return [(f.image, f.box, Mark(f.text, f.box, f.label, f.doubtful)) for f in result.found]
    written = []
    for place in checked.found:
        box = place.box or _around(place.point)
        if box is not None:
            written.append((place.image, box, Mark(place.label, box)))
    return written


def _around(point: tuple[float, float] | None, reach: float = 6.0) -> Box | None:
    if point is None:
        return None
    return (point[0] - reach, point[1] - reach, point[0] + reach, point[1] + reach)


def describe(answer: Answer, lang: Language) -> dict[str, Any]:
    """Give what views/reply.html shows: the answer's panes, the best first, and what the check said."""
    checked = answer.checked
    header, rows = _table(checked)
    return {
        "notices": [(kind, text.in_language(lang)) for kind, text in _notices(answer)],
        "faults": checked.sentences(lang),
        "repairs": [text.in_language(lang) for text in checked.repairs],
        "figures": figures(answer.result.usage, lang),
        "panes": [(name, say(f"ask_step.pane.{name}").in_language(lang)) for name in _panes(answer)],
        "header": header,
        "rows": rows[:MAX_ROWS],
        "upright": bool(rows) and not header and not checked.rows,
        "rows_cut": MAX_ROWS if len(rows) > MAX_ROWS else 0,
        "tree": checked.value if isinstance(checked.value, (dict, list)) else None,
        "markdown": render(answer.result.text[:MAX_SHOWN]) if is_markdown(answer) else "",
        "text": answer.result.text[:MAX_SHOWN],
        "nothing": not answer.result.text.strip(),
    }


def _panes(answer: Answer) -> list[str]:
    """Name the ways in which an answer can be looked at, the most telling first."""
    checked, form = answer.checked, answer.checked.format.name
    header, rows = _table(checked)
    there = {
        "places": bool(answer.pages),
        "table": bool(header or rows),
        "markdown": is_markdown(answer),
        "tree": isinstance(checked.value, (dict, list)) and bool(checked.value),
    }
    order = ["places", "table", "markdown", "tree"] if form in ("boxes", "points") else _ORDER
    panes = [name for name in order if there[name]]
    plain_first = form in ("text", "short", "html") and "table" not in panes
    return ["text", *panes] if plain_first else [*panes, "text"]


_ORDER = ["table", "markdown", "tree", "places"]


def is_markdown(answer: Answer) -> bool:
    """Tell whether the answer is a text that is to be rendered as Markdown."""
    return bool(answer.checked.format.name == "markdown")


def _table(checked: "Validation") -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Give header and rows; a single record stands upright, a name and its value in each row."""
    if checked.header or checked.rows:
        return checked.header, checked.rows
    records = checked.records() if checked.format.name in ("json", "jsonl") else []
    flat = [r for r in records if all(not isinstance(v, (dict, list)) for v in r.values())]
    if not records or len(flat) != len(records):
        return (), ()
    if len(records) == 1:
        return (), [[name, _cell(value)] for name, value in records[0].items()]
    names = list(dict.fromkeys(name for record in flat for name in record))
    return names, [[_cell(record.get(name)) for name in names] for record in flat]


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _notices(answer: Answer) -> list[tuple[str, Text]]:
    reason = answer.result.stop_reason
    endings = {"cancelled": "stopped", "length": "length", "repetition": "repetition"}
    notices = [("warn", say(f"messages.ask.{endings[reason]}"))] if reason in endings else []
    as_asked = answer.checked.format.name == answer.prompt.format.name
    if answer.checked.ok and as_asked and reason == "done" and answer.result.text.strip():
        empty = _is_empty(answer.checked.value)
        fine = "note" if _is_mostly_doubtful(answer.result) else "good"
        notices.append(("note", say("ask_step.fine_empty")) if empty else (fine, say("messages.ask.fine")))
    return notices + [("note", note) for note in answer.result.notes]


def _is_mostly_doubtful(result: Result) -> bool:
    """Tell whether at least half of what was read may be wrong: then nothing of it is praised in green."""
    return bool(result.found) and 2 * sum(place.doubtful for place in result.found) >= len(result.found)


def _is_empty(value: Any) -> bool:
    """Tell whether an answer is a record in which every value is missing."""
    return isinstance(value, dict) and bool(value) and all(one is None for one in value.values())


def figures(usage: Usage, lang: Language) -> list[str]:
    """Say what an answer took, and what the caches spared; only what the engine really counted."""
    shown = [say("messages.ask.seconds", seconds=usage.seconds)]
    if usage.seconds_to_first_piece is not None:
        shown.append(say("ask_step.first_word", seconds=usage.seconds_to_first_piece))
    if usage.output_tokens:
        shown.append(say("ask_step.written", count=f"{usage.output_tokens:,}"))
    else:
        shown.append(say("messages.ask.characters", count=f"{usage.output_characters:,}"))
    if usage.images:
        fresh = max(0, usage.images - usage.cached_images)
        shown.append(say("ask_step.reused", reused=usage.cached_images, fresh=fresh))
    if usage.prompt_tokens and usage.cached_tokens is not None:
        values = {"cached": f"{usage.cached_tokens:,}", "total": f"{usage.prompt_tokens:,}"}
        shown.append(say("ask_step.from_cache", **values))
    return [text.in_language(lang) for text in shown]


def count_images(count: int) -> Text:
    """Say how many pictures."""
    return say("messages.ask.image" if count == 1 else "messages.ask.images", count=count)


def same_images(one: Manifest, other: Manifest | None) -> bool:
    """Tell whether two manifests send the same images in the same order with the same roles."""
    if other is None:
        return False

    def key(images: Sequence[ImageRecord]) -> list[tuple[str, str]]:
        return [(image.sha256, image.role) for image in images]

    return key(one.images) == key(other.images)
