"""From a question in plain words to a task, how sure that is, and the limits it runs into.

Two transparent parts are added up: rules (data/cues.toml: regular expressions with weights) and the
likeness of the question's character n-grams to examples of each task (data/questions.toml), as the cosine
of tf-idf vectors with each task's mean. Nothing is downloaded, and `Route.cues` shows what spoke for it.
"""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from prompts.limits import Limit, find_limits
from prompts.patterns import named_formats
from prompts.tasks import TASKS
from prompts.values import Value, find_values, takes_thought, wants_all
from toolkit.texts import Language

DATA = Path(__file__).with_name("data")

LIKENESS_WEIGHT = 10.0
"""Weight of the cosine beside the rules: 5 to 15 are equally good in five-fold cross-validation over the
examples (benchmarks/prompts.py), 0 and 30 are worse."""

TEMPERATURE = 1.1
"""Softens scores into confidences, so that they match how often the router is right (see docs/router.md)."""

FALLBACK = "answer"
"""The task of a question that nothing points away from: a question about the pages."""

VALUES = "extract-fields"
"""The task that looks for single values."""

ASKING = (FALLBACK, "chart-question", "count", "describe", "locate-objects", "point", "ui")
"""Tasks that a question for one value on the page is taken for."""

SURE = 0.5
"""Confidence from which a question is clearly one of the tasks."""

HEAD, TAIL = 400, 200
"""Characters from both ends of a question that are looked at; what lies between is matter, not the wish."""


@dataclass(frozen=True)
class Route:
    """Where a question belongs.

    `values` are those that it asks for by name. `instead_of` is the task that the question itself asks for,
    where whoever answers can't do that one and `task` is the nearest that they can, else "". `confidence` is
    that of the task itself asked for, 0 to 1; `runner_up` the next best task with its own. `format` is the
    answer's format that the question names, None if none or if the task has it not. `limits` are known
    weaknesses that it runs into, each with what to use instead; `cues` the words that decided, longest first.
    """

    task: str
    confidence: float
    runner_up: str
    runner_up_confidence: float
    lang: Language
    format: str | None = None
    limits: tuple[Limit, ...] = ()
    cues: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    instead_of: str = ""

    def sentences(self, lang: Language) -> list[str]:
        """Give the limits in one language."""
        return [limit.text.in_language(lang) for limit in self.limits]


def route(
    question: str,
    *,
    images: int = 0,
    tokens: int = 0,
    window: int = 0,
    able: Collection[str] | None = None,
) -> Route:
    """Name the task of `question`, in Chinese, English or both.

    `images` and `tokens` are those that will be sent, `window` the model's context in tokens (0: 128,000);
    they are only needed for the limit of pages. `able` names the tasks that whoever answers can do, None for
    all: a question for values that a label may carry then goes to the task that looks for them.
    """
    text = _shortened(question)
    points, cues = rule_points(text)
    for task, alike in likeness(text, _examples()).items():
        points[task] += LIKENESS_WEIGHT * alike
    points[FALLBACK] += 0.5
    chances = _chances(points)
    first, second = sorted(chances, key=lambda task: -chances[task])[:2]
    values = find_values(question)
    task = _within(able, first, chances[first], question, values)
    second = first if task != first else second
    return Route(
        task=task,
        confidence=round(chances[first], 3),
        runner_up=second,
        runner_up_confidence=round(chances[second], 3),
        lang=question_language(question),
        format=_named_format(text, task),
        limits=find_limits(text, first, images=images, tokens=tokens, window=window),
        cues=tuple(sorted(cues[first], key=len, reverse=True))[:5],
        values=values,
        instead_of=_meant(question, first) if task == VALUES != first else "",
    )


def _within(
    able: Collection[str] | None, first: str, confidence: float, question: str, values: tuple[Value, ...]
) -> str:
    """Give the task for whoever can only do those in `able`; `first` where none of them is nearer.

    Where questions can't be answered, values asked for by name are looked for, and a question that takes
    thought is one about the pages, whatever task its words remind of; a wish for a whole page is neither.
    """
    if able is None or FALLBACK in able or wants_all(question):
        return first
    if values and VALUES in able:
        return VALUES if first in ASKING or first in able or confidence < SURE else first
    return FALLBACK if first in able and takes_thought(question) else first


_ASKS = re.compile(r"[?？]|\b(?:what|who|whom|when|where|which|how)\b|多少|什么|谁|哪|几", re.IGNORECASE)


def _meant(question: str, first: str) -> str:
    """Give the task that a question for values was meant for: an answer; "" for a wish to get them out."""
    return first if first in ASKING else FALLBACK if _ASKS.search(question) else ""


def question_language(question: str) -> Language:
    """Tell whether a question is Chinese (a fifth of its letters at least) or English."""
    letters = [c for c in question if c.isalpha()]
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in letters)
    return "zh" if chinese * 5 >= max(len(letters), 1) else "en"


def _shortened(question: str) -> str:
    text = " ".join(question.lower().split())
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def rule_points(text: str) -> tuple[dict[str, float], dict[str, set[str]]]:
    """Give each task the points of the rules that match `text` (in lower case), and what they matched."""
    points = dict.fromkeys(TASKS, 0.0)
    cues: dict[str, set[str]] = {task: set() for task in TASKS}
    for task, rules in _rules().items():
        for pattern, weight in rules:
            match = pattern.search(text)
            if match:
                points[task] += weight
                cues[task] |= {match[0].strip()} if match[0].strip() and weight > 0 else set()
    return points, cues


@cache
def _rules() -> dict[str, list[tuple[re.Pattern[str], float]]]:
    data = tomllib.loads((DATA / "cues.toml").read_text(encoding="utf-8"))
    return {
        task: [(_anchored(rule), float(weight)) for rule, weight in rules] for task, rules in data.items()
    }


def _anchored(rule: str) -> re.Pattern[str]:
    # A rule that begins with a look-ahead over everything needs one try, not one for each character.
    return re.compile(("^" if rule.startswith("(?=.*") else "") + rule)


def _chances(points: Mapping[str, float]) -> dict[str, float]:
    top = max(points.values())
    parts = {task: math.exp((value - top) / TEMPERATURE) for task, value in points.items()}
    total = sum(parts.values())
    return {task: part / total for task, part in parts.items()}


def likeness(text: str, examples: "Examples") -> dict[str, float]:
    """Give the cosine of `text` with each task's mean, 0 to 1."""
    vector = _weighted(Counter(_grams(text)), examples.rarity)
    return {
        task: sum(value * mean.get(gram, 0.0) for gram, value in vector.items())
        for task, mean in examples.means.items()
    }


@dataclass(frozen=True)
class Examples:
    """What was learnt from questions: how rare each n-gram is, and the mean direction of each task."""

    rarity: Mapping[str, float]
    means: Mapping[str, Mapping[str, float]]


@cache
def _examples() -> Examples:
    data = tomllib.loads((DATA / "questions.toml").read_text(encoding="utf-8"))
    return learn([(q, task) for task, by_lang in data.items() for qs in by_lang.values() for q in qs])


def learn(examples: list[tuple[str, str]]) -> Examples:
    """Learn from (question, task) pairs."""
    counted = [(Counter(_grams(_shortened(question))), task) for question, task in examples]
    seen = Counter(gram for grams, _ in counted for gram in grams)
    rarity = {gram: math.log(len(counted) / count) for gram, count in seen.items()}
    sums: dict[str, Counter[str]] = {}
    for grams, task in counted:
        sums.setdefault(task, Counter()).update(_weighted(grams, rarity))
    return Examples(rarity, {task: _unit(dict(total)) for task, total in sums.items()})


def _weighted(grams: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    return _unit({g: (1 + math.log(count)) * rarity[g] for g, count in grams.items() if g in rarity})


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {gram: value / length for gram, value in vector.items()}


def _grams(text: str) -> Iterator[str]:
    """Cut a text into words, pairs of words, and n-grams (3 to 5 letters, 1 to 4 Chinese characters)."""
    words = re.findall(r"[a-z0-9_']+", text)
    for word in words:
        yield f"={word}"
        yield from _pieces(f" {word} ", 3, 5)
    yield from (f"{one} {two}" for one, two in pairwise(words))
    for run in re.findall(r"[\u4e00-\u9fff]+", text):
        yield from _pieces(f"^{run}$", 1, 4)


def _pieces(text: str, shortest: int, longest: int) -> Iterator[str]:
    for size in range(shortest, longest + 1):
        yield from (text[start : start + size] for start in range(len(text) - size + 1))


_NAMED = {"table": "markdown-table", "list": "", "latex": ""}


def _named_format(text: str, task: str) -> str | None:
    for kind in named_formats(text):
        table = "html-table" if kind == "html" else _NAMED.get(kind, kind)
        for name in (_NAMED.get(kind, kind), table):
            if name in TASKS[task].formats:
                return name
    return None
