"""Check plain text, Markdown, HTML and answers of one word."""

import re
from collections import Counter
from collections.abc import Sequence
from html.parser import HTMLParser

from prompts.answer_html import parseable
from prompts.answer_json import strip_thinking, strip_wrapping
from prompts.formats import Format
from prompts.images import ImageRef
from prompts.validation import Validation
from prompts.words import say
from toolkit.texts import Text

MAX_SHORT = 60
"""Characters of "one word or one number": leaves room for long names and an amount with its currency."""

LOOP_REPEATS = 8
_LOOP = re.compile(r"([^\n]{4,200}?)\1{%d,}\s*\Z" % (LOOP_REPEATS - 1))  # noqa: UP031


def check_text(answer: str, format: Format, images: Sequence[ImageRef]) -> Validation:
    """Check an answer of the formats text, markdown, html and short."""
    text = _fence_off(answer)
    repairs = [say("repairs.fence")] if text != answer.strip() else []
    faults: list[Text] = []
    if format.name == "short":
        text, tidied = _tidy(text)
        repairs += [say("repairs.full_stop")] if tidied else []
        faults += _short_faults(text)
    if format.name == "html":
        faults += _html_faults(text)
    looped = loops(text)
    faults += [say("faults.loop", piece=looped[:40])] if looped else []
    open_fence = format.name == "markdown" and text.count("```") % 2 == 1
    faults += [say("faults.cut_off")] if open_fence else []
    if not text.strip():
        faults = [say("faults.empty")]
    return Validation(format, text, tuple(faults), tuple(repairs), open_fence, text=text)


def loops(text: str) -> str:
    """Give the piece that an answer repeats to its end, at least eight times over; "" if there is none."""
    tail = text[-4_000:]
    lines = [line.strip() for line in tail.split("\n") if line.strip()]
    if len(lines) > LOOP_REPEATS and len(set(lines[-LOOP_REPEATS:])) == 1 and len(lines[-1]) > 3:
        return lines[-1]
    match = _LOOP.search(tail[-1_600:])
    return match[1] if match and len(set(match[1])) > 1 else ""


_OPENING = re.compile(r"(?:[^\n]{0,200}[:：]\s*\n)?\s*```")
"""How an answer begins that is wrapped as a whole: a fence, after one line with a colon at most."""


def _fence_off(answer: str) -> str:
    bare = strip_thinking(answer)
    # Words behind the fence are part of the answer, and then the fence is, too.
    whole = bare.endswith("```") or bare.count("```") == 1
    return strip_wrapping(bare)[0] if whole and _OPENING.match(bare) else bare


def _tidy(text: str) -> tuple[str, bool]:
    tidy = text.strip().strip("\"'“”‘’`*").rstrip("。.").strip()
    return tidy, tidy != text.strip()


def _short_faults(text: str) -> list[Text]:
    if "\n" in text or len(text) > MAX_SHORT or len(text.split()) > 6:
        return [say("faults.not_short", given=len(text))]
    return []


class _Tags(HTMLParser):
    """Notes which elements stay open, and what should not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.count: Counter[str] = Counter()  # of self.open, which may hold 100,000 tags
        self.active: set[str] = set()
        self.bad_boxes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
            self.count[tag] += 1
        if tag in ("script", "iframe", "object", "embed") or any(name.startswith("on") for name, _ in attrs):
            self.active.add(tag)
        box = dict(attrs).get("data-bbox")
        if box is not None and not _is_box(box):
            self.bad_boxes += 1

    def handle_endtag(self, tag: str) -> None:
        if self.count[tag]:
            while (last := self.open.pop()) != tag:
                self.count[last] -= 1
            self.count[tag] -= 1


_VOID = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr")


def _is_box(text: str) -> bool:
    numbers = re.findall(r"-?\d+(?:\.\d+)?", text)
    if len(numbers) != 4:
        return False
    left, upper, right, lower = map(float, numbers)
    return 0 <= left <= right and 0 <= upper <= lower


def _html_faults(text: str) -> list[Text]:
    parser = _Tags()
    parser.feed(parseable(text))
    parser.close()
    faults = []
    if "<" not in text or not re.search(r"<[a-zA-Z]", text):
        faults.append(say("faults.no_html"))
    if [tag for tag in parser.open if tag not in ("p", "li", "td", "th", "tr", "tbody", "thead")]:
        faults.append(say("faults.html_open", tag=parser.open[0]))
    if parser.active:
        faults.append(say("faults.html_active", tags=", ".join(sorted(parser.active))))
    if parser.bad_boxes:
        faults.append(say("faults.html_boxes", count=parser.bad_boxes))
    return faults
