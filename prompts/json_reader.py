"""A forgiving reader of one JSON value, as models write it: it walks the text once and names each slip.

Nothing inside a string is touched but the escapes that could not be read.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prompts.words import say
from toolkit.texts import Text

MAX_DEPTH = 60
"""Nesting of an answer: no format asks for more than six, and every later step recurses."""
_WORDS = {"true": True, "false": False, "null": None, "none": None, "nan": None, "undefined": None}
_CLOSERS = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’", "＂": "＂"}
_PUNCTUATION = {
    "，": ",", "：": ":", "；": ",", ";": ",", "｛": "{", "｝": "}", "［": "[", "］": "]",
}  # fmt: skip
_NUMBER = re.compile(r"[-+]?(\d[\d_]*)?(\.\d+)?([eE][-+]?\d+)?")
_BARE = re.compile(r"[\w$.\-]+")
_ENDS = re.compile(
    r"""\s*(?:[:\]}：］｝]|\Z|[,，;；]\s*(?:["'“”‘＂{\[｛［\]}］｝,，\d\-]|/[/*]|\Z|[\w$.\-]+\s*[,:：\]}]))"""
)
"""What follows the end of a text: a closer, or a comma and then the beginning of another value or key."""
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_ESCAPE = re.compile(r'\\(u[0-9a-fA-F]{4}|["\\/bfnrt])')
_LOW_SURROGATE = re.compile(r"\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_GROUP = re.compile(r",\d{3}(?![\d\w])")
_DECIMALS = re.compile(r"\.\d+")
_UNIT = re.compile(r"[%℃°\w¥€$]+")
MAX_DIGITS = 300
"""A longer number is a loop of the model; it stays the text it is, which no number field takes."""


@dataclass(frozen=True)
class Read:
    """A value that was read: `repairs` names each kind of slip that was mended, `cut_off` a missing end."""

    value: Any
    repairs: tuple[Text, ...] = ()
    cut_off: bool = False


class Unreadable(ValueError):
    """No JSON can be made of it; `position` counts characters from 0."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def encodable(value: Any) -> Any:
    """Put U+FFFD for each half of a surrogate pair, which no file and no terminal takes."""
    if isinstance(value, dict):
        return {encodable(key): encodable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [encodable(inner) for inner in value]
    return re.sub("[\ud800-\udfff]", "\ufffd", value) if isinstance(value, str) else value


def read_from(text: str, start: int) -> tuple[Read, int]:
    """Read the value that begins at `start`; give it with the position behind it. Raises Unreadable."""
    reader = _Reader(text)
    return reader.read(start), reader.at


class _Reader:
    """A forgiving reader of one JSON value."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.slips: dict[str, None] = {}
        self.cut_off = False
        self.after_key = False

    def read(self, start: int) -> Read:
        self.at = start
        if self.text[:start].strip():
            self.slips["preface"] = None
        value = self.value(0)
        self.space()
        if self.at < len(self.text):
            self.slips["remark"] = None
        return Read(value, tuple(say(f"repairs.{slip}") for slip in self.slips), self.cut_off)

    def value(self, depth: int) -> Any:
        self.space()
        if depth > MAX_DEPTH:
            raise Unreadable(self.at)
        character = self.peek()
        if character == "{":
            return self.items({}, "}", self.pair, depth)
        if character == "[":
            return self.items([], "]", self.element, depth)
        if character in _CLOSERS:
            return self.string()
        return self.scalar()

    def items(self, into: Any, closer: str, one: Callable[[Any, int], None], depth: int) -> Any:
        self.at += 1
        comma = True
        while True:
            self.space()
            if self.at >= len(self.text):
                self.cut_off = True
                return into
            character = self.peek()
            if character == closer:
                self.at += 1
                return into
            if character == ",":
                self.slips |= {"comma": None} if comma else {}
                comma, self.at = True, self.at + 1
                self.trailing(closer)
                continue
            if character in "]}":
                self.slips["bracket"] = None
                return into
            if not comma:
                self.slips["comma"] = None
            comma = False
            one(into, depth)

    def trailing(self, closer: str) -> None:
        self.space()
        if self.peek() == closer:
            self.slips["comma"] = None

    def pair(self, into: dict[str, Any], depth: int) -> None:
        key = self.string() if self.peek() in _CLOSERS else self.bare_key()
        self.space()
        if self.at >= len(self.text):
            self.cut_off = True
            return
        if self.peek() != ":":
            raise Unreadable(self.at)
        self.at += 1
        self.space()
        if self.at >= len(self.text):
            self.cut_off = True
            return
        if key in into:
            self.slips["twice"] = None
        self.after_key = True
        into[key] = self.value(depth + 1)

    def element(self, into: list[Any], depth: int) -> None:
        self.after_key = False
        into.append(self.value(depth + 1))

    def bare_key(self) -> str:
        match = _BARE.match(self.text, self.at)
        if match is None:
            raise Unreadable(self.at)
        self.slips["quotes"] = None
        self.at = match.end()
        return match[0]

    def string(self) -> str:
        opener = self.text[self.at]
        closer = _CLOSERS[opener]
        if opener != '"':
            self.slips["quotes"] = None
        pieces: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == closer and self.ends_here():
                self.at += 1
                return "".join(pieces)
            pieces.append(self.escape() if character == "\\" else self.plain(character))
        self.cut_off = True
        return "".join(pieces)

    def ends_here(self) -> bool:
        # A quotation mark in the middle of a text ("24" monitor") is followed by neither , : ] } nor the end.
        # Nor is a comma enough: in "He said "hi", then left" no value and no key begins behind it.
        if _ENDS.match(self.text, self.at + 1):
            return True
        self.slips["inner_quotes"] = None
        return False

    def plain(self, character: str) -> str:
        self.at += 1
        if character in "\n\t\r":
            self.slips["line_break"] = None
        return character

    def escape(self) -> str:
        match = _ESCAPE.match(self.text, self.at)
        if match is None:
            self.slips["backslash"] = None
            skipped = self.text[self.at + 1 : self.at + 2]
            self.at += 2
            return skipped if skipped in ("'", "") else "\\" + skipped
        self.at = match.end()
        pair = _LOW_SURROGATE.match(self.text, self.at)
        if match[1][0] == "u" and 0xD800 <= int(match[1][1:], 16) < 0xDC00 and pair:
            self.at = pair.end()
            return str(json.loads(f'"{match[0]}{pair[0]}"'))
        return str(encodable(json.loads(f'"{match[0]}"')))

    def scalar(self) -> Any:
        match = _NUMBER.match(self.text, self.at)
        if match and match[0].strip("+-.eE"):
            return self.number(match)
        word = _BARE.match(self.text, self.at)
        if word is None:
            raise Unreadable(self.at)
        self.at = word.end()
        if self.at >= len(self.text) and word[0] not in ("true", "false", "null"):
            self.cut_off = True
        if word[0] not in ("true", "false", "null"):
            self.slips["words"] = None
        return _WORDS.get(word[0].lower(), word[0])

    def number(self, match: re.Match[str]) -> Any:
        self.at = match.end()
        written = match[0].lstrip("+").replace("_", "")
        # 1,250 after a key is one number; in an array [1,250] it may be two, so it is left.
        while (
            self.after_key and len(match[0].lstrip("+-")) <= 3 and (more := _GROUP.match(self.text, self.at))
        ):
            written += more[0][1:]
            self.slips["thousands"] = None
            self.at = more.end()
        decimals = _DECIMALS.match(self.text, self.at) if "." not in written else None
        if decimals:
            written, self.at = written + decimals[0], decimals.end()
        unit = _UNIT.match(self.text, self.at)
        if unit:
            self.slips["unquoted"] = None
            self.at = unit.end()
            return match[0] + unit[0]
        if self.at >= len(self.text):
            self.cut_off = True
        if len(written) > MAX_DIGITS:
            return written
        value = float(written) if re.search(r"[.eE]", written) else int(written)
        return None if isinstance(value, float) and not math.isfinite(value) else value

    def space(self) -> None:
        while self.at < len(self.text):
            character = self.text[self.at]
            comment = _COMMENT.match(self.text, self.at)
            if comment:
                self.slips["comment"] = None
                self.at = comment.end()
            elif character.isspace() or character == "\ufeff":
                self.at += 1
            else:
                return

    def peek(self) -> str:
        character = self.text[self.at : self.at + 1]
        if character in _PUNCTUATION:
            self.slips["punctuation"] = None
            return _PUNCTUATION[character]
        return character
