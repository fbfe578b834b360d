"""The values that a question asks for by name: "the date and the total as JSON", "一共花了多少钱".

Such a value may stand beside a label on the page, so that an engine without a language model can look for
it. Rules alone (data/values.toml): what a name ends in, how questions ask without naming, and what shows that
a question takes thought. Nothing here knows what is on the page.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from prompts.formats import MAX_NAME, Field, FieldType
from toolkit.texts import Language

MAX_VALUES = 12
"""Values of one question that are looked for; who wants more names them one by one."""

LONGEST = 600
"""Characters of a question that are looked at: what is longer holds matter, not wishes."""

WORDS, HAN = 4, 8
"""The longest name of one's own: words of English, characters of Chinese."""

_FLAGS = re.IGNORECASE | re.VERBOSE


@dataclass(frozen=True)
class Value:
    """One value asked for: what to call it, its type, and its kind in data/values.toml, "" for any other."""

    name: str
    type: FieldType = "string"
    kind: str = ""

    @property
    def field(self) -> Field:
        """The value as a field of a format."""
        return Field(self.name, self.type)


_Found = tuple[int, Value]
"""A value, and where in the question it is asked for."""


def takes_thought(question: str) -> bool:
    """Tell whether a question asks for a judgement, a comparison or an account, which no label carries."""
    text = " ".join(question.split())[:LONGEST]
    thought = _data()["thought"]
    if _pattern("thought", "start").search(text) or re.search(thought["en"], text, _FLAGS):
        return True
    without = _pattern("thought", "polite").sub("", text)
    found = _pattern("thought", "zh").search(text)
    return bool(found and (without == text or _pattern("thought", "zh").search(without)))


def wants_all(question: str) -> bool:
    """Tell whether a question wants a whole page, rows or goods rather than single values."""
    return bool(_pattern("whole", "any").search(question[:LONGEST]))


def find_values(question: str) -> tuple[Value, ...]:
    """List the values that `question` asks for, in its order; none where it takes thought.

    A value is called as the question calls it, or by the usual name in the question's language.
    """
    text = " ".join(question.split())[:LONGEST]
    if takes_thought(text):
        return ()
    found = list(_quoted(text)) or [*_literal(text), *_pieces(_masked(text))]
    found += _asked(text, [start for start, _ in found])
    once: dict[str, Value] = {}
    for _, value in sorted(found, key=lambda entry: entry[0]):
        if value.name.strip() and value.name.isprintable():
            once.setdefault(value.name.strip().casefold(), value)
    return tuple(once.values())[:MAX_VALUES]


def value_of(name: str) -> Value:
    """Make a value of a name as it was typed; its type is known where the name is."""
    kind = _aliases().get(_plain(name), "")
    return Value(name[:MAX_NAME], _type(kind), kind)


OWNERS = frozenset(
    {"company", "shop", "store", "bank", "branch", "school", "street", "city", "town", "country", "station"}
    | {"department", "class", "公司", "学校", "支行", "银行", "部门", "机关", "机构", "单位"}
    | set("站人员方号期日率级")
)
"""Ends of names of values that as often end a value: "Meyer Company", "远航科技有限公司"."""


def is_value_name(text: str) -> bool:
    """Tell whether a short text ends as the names of values do, and not as values themselves do."""
    if re.search(r"[\u4e00-\u9fff]", text):
        return 1 < len(text) <= HAN and any(text.endswith(head) for head in _heads("zh") - OWNERS)
    words = re.findall(r"[a-z-]+", text.lower())
    return 0 < len(words) <= WORDS and words[-1] in _heads("en") - OWNERS and not set(words) & _stops_en()


_QUOTES = re.compile(
    r"(?:beside|next to|under|below|after|behind|near|labell?ed|called|named|right of|says?)\W{0,3}"
    r"[\"'“‘「](?P<en>[^\"'”’」]{1,40})[\"'”’」]"
    r"|^\W*(?:under|beside|next to|after)\W{0,3}[\"'“‘](?P<first>[^\"'”’]{1,40})[\"'”’]"
    r"|[“\"「『‘'](?P<zh>[^”\"」』’']{1,20})[”\"」』’'](?=.{0,4}(?:旁|后|下|右|前|一栏|那栏|这栏|一项|对应|是|写|的值))",
    re.IGNORECASE,
)
_KEYS = re.compile(r"\{(?P<inside>[^{}]{2,300})\}")


def _quoted(text: str) -> Iterator[_Found]:
    """Give the names that stand in quotation marks beside a word for a place, or as keys in braces."""
    for match in _QUOTES.finditer(text):
        name = next(part for part in match.groups() if part)
        yield match.start(), value_of(name.strip())
    for match in _KEYS.finditer(text):
        for part in re.split(r"[,，、;；]", match["inside"]):
            key = part.split(":")[0].split("：")[0].strip(" \"'“”‘’.…")
            if key and len(key) <= MAX_NAME:
                yield match.start(), value_of(key)


def _literal(text: str) -> Iterator[_Found]:
    """Give the names of known values that hold words which otherwise part names: "date of birth"."""
    for match in _phrases().finditer(text):
        yield match.start(), value_of(match[0])


def _masked(text: str) -> str:
    return _phrases().sub(lambda match: "|" * len(match[0]), text)


def _pieces(text: str) -> list[_Found]:
    """Give the names in a question, each with its place; what only says where is left out."""
    english = [(at, _composed(name, text[at + len(name) :])) for at, name in _english(text)]
    return [*english, *_chinese(text)]


_WORD = re.compile(r"[A-Za-z](?:[A-Za-z-]|['’][a-z])*#?")
_ASIDE = re.compile(
    r"\b(?:of|on|in|from|at|by|for|before|off|without|to)"
    r"(?:\s+(?:the|this|that|my|our|your|its|his|her|an?))?$",
    re.IGNORECASE,
)
_SEEKING = re.compile(r"\b(?:look|search|ask)(?:ing)?\W+for(?:\s+(?:the|this|my))?$", re.IGNORECASE)


def _english(text: str) -> Iterator[tuple[int, str]]:
    """Cut out the runs of words that end in what labels end in, at most `WORDS` of them."""
    run: list[re.Match[str]] = []
    last = 0
    for word in [*_WORD.finditer(text), None]:
        parted = word is None or text[last : word.start()].strip(" /") or _bare(word[0]) in _stops_en()
        if run and parted:
            yield from _name_in(run, text)
            run = []
        if word is not None:
            run += [] if _bare(word[0]) in _stops_en() else [word]
            last = word.end()


def _name_in(run: list[re.Match[str]], text: str) -> Iterator[tuple[int, str]]:
    before = text[: run[0].start()].rstrip()
    if _ASIDE.search(before) and not _SEEKING.search(before):
        return
    spans = [(i, j) for i in range(len(run)) for j in range(i + 1, min(len(run), i + WORDS) + 1)]
    named = [(i, j) for i, j in spans if _known(_words(run[i:j], text)) and j - i > 1]
    heads = [i for i, word in enumerate(run) if _bare(word[0]) in _heads("en")]
    if named:
        start, end = max(named, key=lambda span: span[1] - span[0])
    elif heads:
        start, end = max(0, heads[-1] + 1 - WORDS), heads[-1] + 1
    else:
        return
    yield run[start].start(), text[run[start].start() : run[end - 1].end()]


def _words(run: list[re.Match[str]], text: str) -> str:
    return text[run[0].start() : run[-1].end()]


def _bare(word: str) -> str:
    return re.sub(r"['’].*$|#$", "", word.lower())


def _composed(name: str, after: str) -> Value:
    """Write "number of the contract" as "contract number"; any other name stays as it is."""
    name = re.sub(r"['’]s\b", "", name)
    match = re.match(r"\s+of\s+(?:the\s+|this\s+|my\s+)?([A-Za-z]+[^s\W])\b", after)
    if match is None or name.lower() not in _OWNED or _bare(match[1]) in _stops_en():
        return value_of(name)
    return value_of(f"{match[1]} {name}")


_OWNED = ("number", "date", "name", "amount", "address", "no", "id", "rate", "place", "period", "method")


def _chinese(text: str) -> Iterator[_Found]:
    """Cut runs of Chinese at the words that belong to no name, and keep those that end as names do."""
    for run in re.finditer(r"[\u4e00-\u9fff]+", text):
        start = run.start()
        for cut in [*_pattern("stop", "zh").finditer(text, run.start(), run.end()), None]:
            end = run.end() if cut is None else cut.start()
            owner = cut is not None and cut[0] == "的" and cut.end() < run.end()
            value = _chinese_value(text[start:end], text[:start]) if end > start and not owner else None
            if value is not None:
                yield start, value
            start = run.end() if cut is None else cut.end()


def _chinese_value(name: str, before: str) -> Value | None:
    """Make a value of a piece that is a name or ends in one; "发票的号码" is the 发票号码."""
    if (known := _known(name)) is not None:
        owner = re.search(r"([\u4e00-\u9fff]{2})的$", before)
        return (_known(owner[1] + name) if owner else None) or known
    whole = name in _heads("zh") and len(name) > 1
    if whole or (len(name) <= HAN and any(name.endswith(head) and name != head for head in _heads("zh"))):
        return Value(name)
    ends = [alias for alias in _aliases() if len(alias) > 1 and name.endswith(alias)]
    return _known(max(ends, key=len)) if ends else None


def _known(name: str) -> Value | None:
    value = value_of(name)
    return value if value.kind else None


def _asked(text: str, named: list[int]) -> Iterator[_Found]:
    """Give the kinds that a part of the question asks for without their names, where it names nothing."""
    lang: Language = "zh" if re.search(r"[\u4e00-\u9fff]", text) else "en"
    taken = {_part(text, place) for place in named}
    for kind, row in _data()["kinds"].items():
        for match in (m for rule in _asked_rules(kind) for m in rule.finditer(text)):
            part = _part(text, match.start())
            if part not in taken:
                taken.add(part)
                yield match.start(), Value(row[lang][0], row["type"], kind)


_PARTS = re.compile(r"[，,。；;？?！!、]|\band\b|和|以及|→|->", re.IGNORECASE)


def _part(text: str, place: int) -> int:
    """Number the part of a question, between commas and "and", in which a place lies."""
    return sum(match.end() <= place for match in _PARTS.finditer(text))


def _plain(name: str) -> str:
    return re.sub(r"[\s_.'’]+", " ", name.casefold()).strip()


def _type(kind: str) -> FieldType:
    return cast("FieldType", _data()["kinds"][kind]["type"]) if kind else "string"


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / "values.toml").read_text(encoding="utf-8"))


@cache
def _aliases() -> dict[str, str]:
    rows = _data()["kinds"].items()
    return {_plain(name): kind for kind, row in rows for name in (*row["en"], *row["zh"])}


@cache
def _asked_rules(kind: str) -> list[re.Pattern[str]]:
    return [re.compile(rule, re.IGNORECASE) for rule in _data()["kinds"][kind]["asked"]]


@cache
def _pattern(table: str, name: str) -> re.Pattern[str]:
    return re.compile(_data()[table][name], _FLAGS)


@cache
def _heads(lang: Language) -> frozenset[str]:
    return frozenset(_data()["heads"][lang].replace("\n", "").split("|"))


@cache
def _stops_en() -> frozenset[str]:
    return frozenset(_data()["stop"]["en"].replace("\n", "").split("|"))


@cache
def _phrases() -> re.Pattern[str]:
    """Match the known names that hold a stop word, the longest first."""
    english = [name for name in _aliases() if set(name.split()) & _stops_en()]
    chinese = [name for name in _aliases() if "的" in name]
    names = sorted({*english, *chinese}, key=len, reverse=True)
    return re.compile("|".join(rf"(?<![a-z]){re.escape(name)}(?![a-z])" for name in names), re.IGNORECASE)
