"""Whether a piece of recognised text looks like an error message, like program code, or like prose. Pure."""

import re
from enum import Enum

SAMPLE = 20_000
"""Characters looked at: a screen holds fewer."""


class Look(Enum):
    """What a text looks like."""

    ERROR = "error"
    CODE = "code"
    PROSE = "prose"
    NOTHING = "nothing"


_ERROR = re.compile(
    r"Traceback \(most recent|^\s*(?:at\s+[\w$.<>]+\s*\([^)]*:\d+\)|File \".{1,200}\", line \d+)"
    r"|\b[A-Z]\w*(?:Error|Exception|Fault)\b\s*[:：]"
    r"|\b(?:fatal|error|panic|FAILED|ERR!|undefined reference)\b\s*[:：!\[]"
    r"|\bException in thread\b|\bsegmentation fault\b|\bcore dumped\b|\bexit (?:code|status) [1-9]"
    r"|\bUnhandled \w+|\bCaused by:|报错|异常信息|错误代码|错误码|运行失败|编译失败",
    re.MULTILINE,
)
_CODE = re.compile(
    r"^\s*(?:def |class |import |from \w+ import|return\b|public |private |static |void |function\b"
    r"|const |let |var "
    r"|if\s*\(|for\s*\(|while\s*\(|#include\b|package |func |fn |SELECT\b|INSERT\b|CREATE TABLE)"
    r"|[;{}]\s*$|^\s*(?://|#!|/\*)|\w+\([^)]*\)\s*[;:{]|[!=]==?|=>|->|:=|&&|\|\|",
    re.MULTILINE,
)


def text_look(text: str) -> Look:
    """Judge a text by its lines: one sure sign of an error is enough, code needs a third of the lines.

    A trace quotes code and an error screen shows some, so errors are looked for first.
    """
    lines = [line for line in text[:SAMPLE].splitlines() if line.strip()]
    if not lines:
        return Look.NOTHING
    errors = sum(1 for line in lines if _ERROR.search(line[:500]))
    code = sum(1 for line in lines if _CODE.search(line[:500]))
    if errors >= 2 or (errors and code * 2 < len(lines)):
        return Look.ERROR
    if code * 3 >= len(lines) and code >= 2:
        return Look.CODE
    return Look.PROSE
