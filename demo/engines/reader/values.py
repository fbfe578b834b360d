"""From what stands on the page to the type asked for; None where it cannot be told. Pure."""

import re
from datetime import date
from typing import Any

_AMOUNT = re.compile(r"[-+−]?\s?\d[\d.,， '’]*\d|[-+−]?\s?\d")
_DATES = (
    re.compile(r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})"),
    re.compile(r"(?P<d>\d{1,2})(?:st|nd|rd|th)?\s+(?P<name>[A-Za-z]{3,9})\.?,?\s+(?P<y>\d{4})"),
    re.compile(r"(?P<name>[A-Za-z]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
    re.compile(r"(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4})"),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YES = {"yes", "true", "是", "有", "√", "✓", "☑", "y"}
_NO = {"no", "false", "否", "无", "n"}


def convert(text: str, kind: str, choices: tuple[str, ...] = ()) -> Any:
    """Turn a text into a field's type ("number", "date" …); None where it does not fit."""
    if choices:
        return next((choice for choice in choices if choice.casefold() == text.strip().casefold()), None)
    convertor = _CONVERTORS.get(kind)
    return convertor(text) if convertor else text


def to_number(text: str) -> float | int | None:
    """Read an amount: 1,234.50 and 1.234,50 and 1 234,50; brackets around it mean less than zero."""
    match = _AMOUNT.search(text)
    if match is None:
        return None
    digits = re.sub(r"[\s'’]", "", match[0]).replace("，", ",").replace("−", "-")
    digits = _without_thousands(digits)
    try:
        number = float(digits) if "." in digits else int(digits[:30])
    except ValueError:
        return None
    return (
        -number if re.search(r"[(（]\s*\D?\d.*[)）]", text) and number > 0 and "-" not in digits else number
    )


def _without_thousands(digits: str) -> str:
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits
    both = "." in digits and "," in digits
    tail = len(digits) - last - 1
    # a lone comma before three digits, or several, parts thousands; the last of both marks is the decimal one
    decimal = (
        both or (digits[last] == "." and digits.count(".") == 1) or (tail != 3 and digits.count(",") == 1)
    )
    if not decimal:
        return digits.replace(",", "").replace(".", "")
    return digits[:last].replace(",", "").replace(".", "") + "." + digits[last + 1 :]


def to_date(text: str) -> str | None:
    """Read a date as YYYY-MM-DD; None where day and month could be either way round."""
    for pattern in _DATES:
        if match := pattern.search(text):
            return _iso(match.groupdict())
    return None


def _iso(parts: dict[str, str]) -> str | None:
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        if first <= 12 and second <= 12 and first != second:
            return None
        parts = parts | (
            {"d": parts["a"], "m": parts["b"]} if first > 12 else {"m": parts["a"], "d": parts["b"]}
        )
    if "name" in parts:
        month = parts["name"][:3].casefold()
        parts = parts | {"m": str(_MONTHS.index(month) + 1) if month in _MONTHS else "0"}
    try:
        return date(int(parts["y"]), int(parts["m"]), int(parts["d"])).isoformat()
    except ValueError:
        return None


def _to_integer(text: str) -> int | None:
    number = to_number(text)
    return int(number) if number is not None and number == int(number) else None


def _to_boolean(text: str) -> bool | None:
    word = text.strip().casefold()
    return True if word in _YES else False if word in _NO else None


_CONVERTORS: dict[str, Any] = {
    "number": to_number,
    "integer": _to_integer,
    "date": to_date,
    "boolean": _to_boolean,
    "list": lambda text: [part.strip() for part in re.split(r"[,，、;；]", text) if part.strip()],
}
