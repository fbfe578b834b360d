"""Known limits of the models that a question runs into, each with what to use instead."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prompts.words import say
from toolkit.texts import Text

DEFAULT_WINDOW = 128_000
"""Tokens that the published Qwen-VL configurations take by default on common servers (vLLM, DashScope)."""

PAGE_TOKENS = 1_000
"""Visual tokens of an A4 page at a readable size (736 to 1,518, see docs of the toolkit)."""

ANSWER_ROOM = 4_000
"""Tokens kept free for question and answer."""


@dataclass(frozen=True)
class Limit:
    """One limit: its name, and a sentence that says what goes wrong and what to use instead."""

    name: str
    text: Text


def find_limits(
    question: str, task: str, *, images: int = 0, tokens: int = 0, window: int = 0
) -> tuple[Limit, ...]:
    """Find the limits that a question (in lower case) runs into; see `route` for the figures."""
    found = [Limit(name, say(f"limits.{name}")) for name, rule in _rules().items() if rule.search(question)]
    found = [limit for limit in found if _applies(limit.name, task)]
    pages = _too_many(question, images, tokens, window or DEFAULT_WINDOW)
    return (*found, *([pages] if pages else []))


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads((Path(__file__).parent / "data" / "limits.toml").read_text(encoding="utf-8"))
    return {name: re.compile(rule) for name, rule in data.items()}


_NOT_WITH = {
    "symbolic-mathematics": ("chart-data", "table", "error-diagnosis", "code"),
    "pixel-exact": ("read-text", "translate", "summarize", "error-diagnosis"),
    "many-objects": ("summarize", "translate", "read-text", "chart-data"),
}


def _applies(name: str, task: str) -> bool:
    return task not in _NOT_WITH.get(name, ())


def _too_many(question: str, images: int, tokens: int, window: int) -> Limit | None:
    if tokens + ANSWER_ROOM > window:
        text = say("limits.too-many-pages", given=images, tokens=tokens, window=window)
        return Limit("too-many-pages", text)
    named = [int(n.replace(",", "")) for n in _PAGES.findall(question)]
    pages = max([*named, images if not tokens else 0])
    if pages * PAGE_TOKENS + ANSWER_ROOM > window:
        return Limit("too-many-pages", say("limits.pages-named", given=pages, window=window))
    return None


_PAGES = re.compile(r"(\d[\d,]{0,6})[ -]?(?:pages?|pp\.|页|张图|images|scans|photos|screenshots)")
