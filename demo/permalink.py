"""The choices of step 3 as the part of an address after "#", and back. It never names a document.

What comes back is hostile: everything is bounded, and what this page would not offer is left out.
"""

from urllib.parse import parse_qsl, urlencode

from demo.asking import Question
from demo.questions import MAX_QUESTION, names_of, region_of
from demo.words import say
from toolkit.texts import Text

MAX_LINK = 8_000
"""Characters of a link that are read: browsers and chats pass on about as many."""
MAX_INPUTS = 20
MAX_PARTS = 60
MAX_CORNER = 100_000
INPUT = "in."


def to_link(question: Question) -> str:
    """Write the choices as "task=table&region=area:header&…"; what is as usual is left out."""
    parts = {
        "task": question.template or question.task,
        "region": region_of(question),
        "format": question.format,
        "fields": question.fields or "\n".join(names_of(question)),
        "words": question.words,
        "lang": question.lang or "",
    }
    pairs = [(key, value) for key, value in parts.items() if value and value != "whole"]
    pairs += [(INPUT + name, value) for name, value in question.inputs.items() if value]
    return urlencode(pairs)


def from_link(link: str, names: set[str]) -> tuple[Question, list[Text]] | None:
    """Read a link. `names` are the tasks and templates there are.

    Gives the question and sentences on what could not be restored; None for what is no link of this page.
    """
    given = _pairs(link)
    if "task" not in given:
        return None
    if given["task"] not in names:
        return Question(), [say("prompt_step.link.no_template", name=given["task"][:80])]
    question = Question(by_hand=True, words=given.get("words", "")[:MAX_QUESTION])
    _take_task(question, given["task"])
    notes = _take_region(question, given.get("region", "whole"))
    question.format = given.get("format", "")[:40]
    question.fields = given.get("fields", "")[:MAX_QUESTION]
    question.lang = "zh" if given.get("lang") == "zh" else "en" if given.get("lang") == "en" else None
    inputs = {k.removeprefix(INPUT): v[:MAX_QUESTION] for k, v in given.items() if k.startswith(INPUT)}
    question.inputs = {k: v for k, v in list(inputs.items())[:MAX_INPUTS] if k.isidentifier()}
    return question, notes


def _take_task(question: Question, name: str) -> None:
    from prompts import TASKS

    if name in TASKS:
        question.task = name
    else:
        question.template = name


def _pairs(link: str) -> dict[str, str]:
    text = link[:MAX_LINK].removeprefix("#")
    try:
        return dict(parse_qsl(text, max_num_fields=MAX_PARTS, errors="strict"))
    except ValueError:
        return {}


def _take_region(question: Question, written: str) -> list[Text]:
    from prompts import PromptError, Region

    try:
        region = Region.parse(written[:400])
    except PromptError as error:
        return [error.text]
    if region.kind == "area":
        question.region, question.areas = "area", region.names
    elif region.kind == "boxes" and all(0 <= n <= MAX_CORNER for n in region.corners[0]):
        question.region, question.box = "box", region.corners[0]
        question.box_image = region.image or 1
    return []
