"""Whether a text is the label of a field: in Chinese and English, whatever its width and spacing. Pure."""

import re
import tomllib
import unicodedata
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from demo.engines.reader.lines import is_cjk
from prompts.values import is_value_name, value_of

if TYPE_CHECKING:
    from prompts.formats import Field

ALIKE = 0.84
"""Similarity from which a label that was misread in a character still counts (6 of 7 characters)."""

PART = 0.6
"""A label that contains the word counts if the word is at least this part of it."""

LONGEST = 40
"""Characters of a label; what is longer is a sentence."""


_NUMBER_WORD = re.compile(r"(?<=[a-z])[\s.]+(?:no|nr|num)\b")
_REMARK = re.compile(r"[(（\[【][^()（）\[\]【】]{0,20}[)）\]】]")


def plain(text: str) -> str:
    """Reduce a text to what matters: width, case, spaces and short words for "number" made equal."""
    folded = _NUMBER_WORD.sub("number", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in folded if c.isalnum() or c in "#%")


def without_remarks(text: str) -> str:
    """Take what stands in brackets off a label: "Total (EUR)", "合计（小写）"."""
    return _REMARK.sub(" ", text).strip() or text


def words_for(field: "Field") -> list[str]:
    """List the words a field may be called by, the surest first: name, description, common synonyms."""
    name = field.name
    spoken = re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-]+", " ", name)
    described = re.split(r"[,，、;；/|()（）]| or | 或 |或", field.description)
    key = spoken.casefold().strip().replace(" ", "_")
    common = _common()
    found = (
        common.get(key) or common.get(value_of(spoken).kind or value_of(name).kind) or _by_word(plain(name))
    )
    words = [spoken, *(part for part in described if 0 < len(plain(part)) <= LONGEST), *found]
    return list(dict.fromkeys(word for word in map(plain, words) if word))


@cache
def _common() -> dict[str, list[str]]:
    return tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))


def _by_word(name: str) -> list[str]:
    """Find the group of synonyms in which a name stands first or nearly so."""
    for words in _common().values():
        if name in [plain(word) for word in words]:
            return words
    return []


@cache
def _all_common() -> frozenset[str]:
    return frozenset(plain(word) for words in _common().values() for word in words)


def is_common(text: str) -> bool:
    """Tell whether a text, or its Chinese or its Latin half, is a common label."""
    return any(half in _all_common() for half in _halves(text) if half)


def looks_like_label(text: str) -> bool:
    """Tell whether a text is a common label, or ends as labels do; one with figures is none."""
    bare = without_remarks(text).rstrip(" :：.…")
    if any(c.isdigit() for c in bare) or not 0 < len(bare) <= LONGEST:
        return False
    return is_common(bare) or bool(value_of(bare).kind) or is_value_name(bare)


def likeness(label: str, words: list[str]) -> float:
    """Tell how surely `label` is one of `words`: 1 for the same, 0 for another; earlier words weigh more.

    A bilingual label ("发票号码 Invoice no.") counts by its better half. A label that names another amount
    or date than the one looked for ("Subtotal" for the total) is none, however like it is.
    """
    if len(label) > LONGEST:
        return 0.0
    halves = [half for half in _halves(label) if half]
    best = 0.0
    for place, word in enumerate(words):
        near = max((_near(half, word) for half in halves), default=0.0)
        near = near or (ENDING if _ends_in(label, word) else 0.0)
        best = max(best, near - 0.005 * place if near else 0.0)
    return best if best >= 1 - 0.005 * len(words) else _among_rivals(label, words, best)


ENDING = 0.75
"""Likeness of a label whose last word is the one looked for: "Sales tax", "客人姓名"."""

SAME_KIND = 0.88
"""Likeness of a label that names the same value in words which no list has."""

RIVALS = (
    "total", "subtotal", "tax", "discount", "change", "cash", "quantity", "unit_price", "date", "due_date",
    "birthday",
)  # fmt: skip
"""Kinds of which a page has several that look alike, so that one must not be taken for another."""


def _among_rivals(label: str, words: list[str], best: float) -> float:
    kind = value_of(without_remarks(label)).kind
    if not kind:
        return best
    if {plain(word) for word in _common().get(kind, ())} & set(words):
        return max(best, SAME_KIND)
    return 0.0 if kind in RIVALS else best


def _ends_in(label: str, word: str) -> bool:
    """Tell whether the last words of a label, or the end of a Chinese one, are the word."""
    folded = unicodedata.normalize("NFKC", label).casefold()
    if word and is_cjk(word[-1]):
        return len(word) > 1 and plain(folded).endswith(word)
    parts = re.findall(r"[a-z0-9#%-]+", folded)
    return any("".join(parts[i:]) == word for i in range(1, len(parts)))


def _halves(label: str) -> list[str]:
    chinese = "".join(c for c in label if is_cjk(c))
    latin = "".join(c for c in label if not is_cjk(c))
    return list(dict.fromkeys((plain(label), plain(chinese), plain(latin))))


def _near(label: str, word: str) -> float:
    if label == word:
        return 1.0
    if len(word) > 1 and word in label and len(word) >= PART * len(label):
        return 0.5 + 0.45 * len(word) / len(label)
    if len(word) > 3:
        ratio = SequenceMatcher(None, label, word, autojunk=False).ratio()
        return ratio - 0.1 if ratio >= ALIKE else 0.0
    return 0.0
