"""The rules of lint: each looks at one case and yields what it finds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from prompts.format_wording import describe_format
from prompts.formats import Format
from prompts.images import ImageRef
from prompts.patterns import named_formats, pattern
from prompts.prompt import Prompt
from prompts.regions import Region
from prompts.router import Route, route
from prompts.tasks import default_format, get_task
from prompts.wording import name_images, place
from prompts.words import say
from toolkit.families import visual_tokens
from toolkit.texts import Language, Text

Severity = Literal["error", "warning", "hint"]

CROWDED_TOKENS = 1_500
"""Visual tokens of one image from which a page counts as crowded: more than an A4 page at 1,288 px takes
(1,120 to 1,518), so there is more on it than a page of normal print."""

SURE = 0.5
"""Confidence from which a part of a question counts as a task of its own."""

ENOUGH_CHARACTERS = 25
"""So much after a vague verb ("check the …") usually says what is wanted."""


@dataclass(frozen=True)
class Finding:
    """One finding: the rule's name, how bad it is, why (`text`), and the `better` wording.

    `quote` is the piece of the prompt that it is about, "" for the whole. `better` is in the prompt's own
    language, so that it can be copied into it.
    """

    rule: str
    severity: Severity
    text: Text
    better: str
    quote: str = ""


@dataclass(frozen=True)
class Case:
    """What the rules look at: a text, or the words that a person put into the prompt `built`."""

    text: str
    lang: Language
    images: tuple[ImageRef, ...]
    known_images: bool
    family: str
    route: Route
    built: Prompt | None = None

    @property
    def task(self) -> str:
        """The task of the prompt, or the one that the text is most likely meant for."""
        return self.route.task if self.built is None else self.built.task


Rule = Callable[[Case], Iterator[Finding]]


def _finding(rule: str, severity: Severity, better: str, quote: str = "", **values: object) -> Finding:
    return Finding(rule, severity, say(f"lint.{rule}", quote=quote, **values), better, quote)


def vague_verb(case: Case) -> Iterator[Finding]:
    """Find a question that begins with "look at", 看看 and the like and says no more."""
    match = pattern("vague").match(case.text.strip())
    if match is None:
        return
    brief = len(match["rest"].split()) <= 4 and len(match["rest"]) < ENOUGH_CHARACTERS
    if brief or case.route.confidence < SURE:
        yield _finding("vague-verb", "warning", _first_sentence(case), match["verb"])


def _first_sentence(case: Case) -> str:
    from prompts.build import build_prompt

    sure = case.route.confidence >= SURE and not get_task(case.task).inputs
    task = get_task(case.task if sure else "describe")
    images = case.images if len(case.images) >= task.min_images else ()
    bare = [replace(image, title="", role="main", copy_of=None) for image in images]
    text = build_prompt(task.name, images=bare, lang=case.lang, family=case.family).text
    return text.split("\n")[0]


_TOGETHER = (
    {"markdown", "table"}, {"html", "table"}, {"csv", "table"}, {"json", "boxes"}, {"html", "boxes"},
    {"json", "points"}, {"json", "jsonl"},
)  # fmt: skip
"""Formats that go together: a Markdown table is one format, not two."""


def contradictory_formats(case: Case) -> Iterator[Finding]:
    """Find two formats that exclude each other, or "only JSON" beside "explain why"."""
    named = set(named_formats(case.text)) - {"list", "text", "latex"}
    if case.built is not None and named:
        named |= {_kind(case.built.format.name)}
    if len(named) > 1 and not any(named <= pair for pair in _TOGETHER):
        quote = " + ".join(sorted(named))
        yield _finding("contradictory-formats", "error", _format_sentence(case), quote)
        return
    strict, talk = pattern("strict").search(case.text), pattern("talk").search(case.text)
    if strict and talk:
        quote = f"{strict[0]} + {talk[0]}"
        yield _finding("contradictory-formats", "error", _format_sentence(case), quote)


def _kind(format_name: str) -> str:
    return {"markdown-table": "table", "html-table": "table"}.get(format_name, format_name)


_ANY_FORM = ("answer", "chart-question", "describe")
"""Tasks whose answer is a sentence anyway."""


def no_format(case: Case) -> Iterator[Finding]:
    """Find a request that names no form of answer; where the task is doubtful, its form would be a guess."""
    if case.route.confidence >= SURE and not named_formats(case.text) and case.task not in _ANY_FORM:
        yield _finding("no-format", "warning", _format_sentence(case))


def _format_sentence(case: Case) -> str:
    task = get_task(case.task)
    if case.built is not None:
        return describe_format(case.built.format, task, case.images, case.lang)
    wanted = default_format(task, case.lang)
    if case.route.format is not None:
        wanted = Format.parse(case.route.format)
    return describe_format(replace(wanted, family=case.family), task, case.images, case.lang)


def image_not_there(case: Case) -> Iterator[Finding]:
    """Find the number of an image that is not among those given."""
    there = {image.label for image in case.images}
    for match in pattern("image_number").finditer(case.text) if there else ():
        number = int(match["one"] or match["two"])
        # "page 7", "Figure 3" and 第7条 speak of the document, not of an image.
        of_document = (match["noun"] or "").lower() in ("page", "figure") or (
            match["zh"] == "第" and not match["unit"]
        )
        if number not in there and not of_document:
            better = case.text.replace(match[0], name_images(case.images[-1:], case.lang), 1)
            quote = match[0].strip()
            yield _finding("image-not-there", "error", better, quote, number=number, count=len(there))


def images_forgotten(case: Case) -> Iterator[Finding]:
    """Find a question about an image to which none is attached."""
    if not case.known_images or case.images:
        return
    named = pattern("about_images").search(case.text) is not None
    if case.built is not None or named or case.route.confidence >= SURE:
        label = say("labels.label", number=1).in_language(case.lang)
        yield _finding("images-forgotten", "error", f"{label} […]\n\n{case.text or case.task}")


_NEEDS_PLACE = (
    "extract-fields", "answer", "table", "locate-objects", "chart-question", "chart-data", "count", "point",
)  # fmt: skip


def no_region(case: Case) -> Iterator[Finding]:
    """Find a question about one thing on a crowded page that does not say where it stands."""
    crowded = next((i for i in case.images if visual_tokens(i.size, case.family) > CROWDED_TOKENS), None)
    given = case.built is not None and case.built.region.kind != "whole"
    if crowded is None or given or case.task not in _NEEDS_PLACE or pattern("place").search(case.text):
        return
    words = place(Region.area("upper-right", image=crowded.label), case.images, case.lang, case.family)
    better = say("lint.region-better", inside=words["inside"], note=words["note"]).in_language(case.lang)
    tokens = visual_tokens(crowded.size, case.family)
    yield _finding("no-region", "hint", better, number=crowded.label, tokens=tokens)


_ONE_JOB = (
    {"read-text", "handwriting"}, {"read-text", "read-boxes"}, {"read-boxes", "locate-objects"},
    {"extract-fields", "receipt"}, {"extract-fields", "form"}, {"extract-fields", "answer"},
    {"compare", "differences"}, {"chart-question", "answer"}, {"chart-question", "flowchart"},
    {"error-diagnosis", "answer"}, {"table", "chart-data"}, {"table", "receipt"}, {"table", "to-markdown"},
    {"describe", "ui"}, {"to-markdown", "read-text"}, {"to-html", "read-boxes"},
    {"to-html", "locate-objects"}, {"point", "locate-objects"}, {"formula", "handwriting"},
)  # fmt: skip
"""Tasks that shade into one another: two of a pair are no two tasks."""


def two_tasks(case: Case) -> Iterator[Finding]:
    """Find a question that asks for two different tasks, as far as each part is clear by itself."""
    parts = [part.strip(" ,，.。") for part in pattern("joint").split(case.text) if part]
    routed = [(part, route(part)) for part in parts[:6] if len(part) > 3]
    clear: dict[str, str] = {}
    for part, found in routed:
        if found.confidence >= SURE:
            clear.setdefault(found.task, part)
    if len(clear) < 2 or set(list(clear)[:2]) in _ONE_JOB:
        return
    first, second = list(clear)[:2]
    names = {"first": say(f"tasks.{first}.title"), "second": say(f"tasks.{second}.title")}
    yield _finding("two-tasks", "warning", f"1. {clear[first]}\n2. {clear[second]}", "", **names)


def known_limits(case: Case) -> Iterator[Finding]:
    """Find what the models are known to do poorly."""
    for limit in case.route.limits if case.text else ():
        yield Finding(f"limit-{limit.name}", "warning", limit.text, limit.text.in_language(case.lang))


ALWAYS: Sequence[Rule] = (image_not_there, contradictory_formats, known_limits, images_forgotten, no_region)
FOR_TEXTS: Sequence[Rule] = (vague_verb, no_format, two_tasks)
"""Rules for questions typed by hand only: a template says what it wants, and in what form."""
