"""Check JSON and JSON Lines against their fields or schema, turning values into the types asked for."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from prompts.answer_json import MAX_DIGITS, Read, Unreadable, read_json, strip_wrapping
from prompts.formats import Field, Format
from prompts.images import ImageRef
from prompts.schemas import json_schema, record_schema
from prompts.validation import Validation
from prompts.words import say
from toolkit.texts import Text

MAX_FAULTS = 20


def check_json(answer: str, format: Format, images: Sequence[ImageRef]) -> Validation:
    """Check an answer of the format json."""
    text, stripped = strip_wrapping(answer)
    repairs = [say("repairs.fence")] if stripped else []
    try:
        read = read_json(text)
    except Unreadable as error:
        return unreadable(text, error, format, repairs)
    value, reshaped = _shape(read.value, format)
    value, converted = _convert(value, format)
    repairs += [*read.repairs, *reshaped, *converted]
    faults = _cut(read) + schema_faults(value, json_schema(format) or {})
    return Validation(format, value, tuple(faults), tuple(repairs), read.cut_off, text=dump(value))


def check_lines(answer: str, format: Format, images: Sequence[ImageRef]) -> Validation:
    """Check an answer of the format jsonl; faults name the line, from 1."""
    text, stripped = strip_wrapping(answer)
    repairs = dict.fromkeys([say("repairs.fence")] if stripped else [])
    records: list[Any] = []
    faults: list[Text] = []
    cut_off = False
    for number, line in enumerate(_lines(text, repairs), 1):
        try:
            read = read_json(line)
        except Unreadable:
            faults.append(say("faults.line", line=number, fault=say("faults.no_json")))
            continue
        value, converted = _convert(read.value, format)
        repairs |= dict.fromkeys([*read.repairs, *converted])
        cut_off = cut_off or read.cut_off
        wrong = _cut(read) + schema_faults(value, record_schema(format))
        faults += [say("faults.line", line=number, fault=fault) for fault in wrong]
        records.append(value)
    written = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    return Validation(format, records, tuple(faults[:MAX_FAULTS]), tuple(repairs), cut_off, text=written)


def unreadable(text: str, error: Unreadable, format: Format, repairs: list[Text]) -> Validation:
    """Report an answer out of which no JSON can be made."""
    near = text[max(0, error.position - 15) : error.position + 15].replace("\n", " ")
    has_start = any(mark in text for mark in "[{")
    fault = (
        say("faults.json_position", position=error.position + 1, near=near)
        if has_start
        else say("faults.no_json")
    )
    return Validation(format, None, (fault,), tuple(repairs), text=text)


def schema_faults(value: Any, schema: dict[str, Any]) -> list[Text]:
    """Give one sentence for each place where `value` does not fit `schema`, at most 20."""
    from jsonschema import Draft202012Validator, FormatChecker

    try:
        errors = sorted(
            Draft202012Validator(schema, format_checker=FormatChecker(["date"])).iter_errors(value),
            key=lambda e: list(map(str, e.absolute_path)),
        )
    except Exception as error:
        return [say("faults.schema", reason=str(error)[:200])]
    return list(dict.fromkeys(_schema_fault(error) for error in errors[: MAX_FAULTS * 2]))[:MAX_FAULTS]


def _schema_fault(error: Any) -> Text:
    where = _path(error.absolute_path)
    given = json.dumps(error.instance, ensure_ascii=False, default=str)[:60]
    match error.validator:
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            return say("faults.missing", where=where, names=", ".join(missing))
        case "additionalProperties" if isinstance(error.instance, dict):
            extra = [name for name in error.instance if name not in error.schema.get("properties", {})]
            return say("faults.extra", where=where, names=", ".join(map(str, extra))[:200])
        case "type":
            return say("faults.type", where=where, given=given, wanted=_types(error.validator_value))
        case "enum":
            allowed = ", ".join(str(v) for v in error.validator_value if v is not None)
            return say("faults.choice", where=where, given=given, allowed=allowed)
        case "format":
            return say("faults.date", where=where, given=given)
        case "pattern" if "d{4}" in str(error.validator_value):
            return say("faults.date", where=where, given=given)
    return say("faults.schema_at", where=where, given=given, reason=error.message[:160])


def _types(wanted: Any) -> str:
    return " / ".join(wanted) if isinstance(wanted, list) else str(wanted)


def _path(parts: Any) -> str:
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return "$" + written


def dump(value: Any) -> str:
    """Write a value as a model should have written it."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def _cut(read: Read) -> list[Text]:
    return [say("faults.cut_off")] if read.cut_off else []


def _lines(text: str, repairs: dict[Text, None]) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if text.lstrip().startswith("[") or any(line[0] in ']}"' for line in lines):
        try:
            value = read_json(text).value
        except Unreadable:
            return lines
        if isinstance(value, list):
            repairs[say("repairs.lines")] = None
            return [json.dumps(item, ensure_ascii=False) for item in value]
    if not lines[0].startswith("{") and any(line.startswith("{") for line in lines):
        repairs[say("repairs.preface")] = None
        lines = lines[next(n for n, line in enumerate(lines) if line.startswith("{")) :]
    return [line.rstrip(",") for line in lines]


def _shape(value: Any, format: Format) -> tuple[Any, list[Text]]:
    """Put a lone object into the array asked for, or take it out of one, or out of a wrapping key."""
    names = {f.name for f in format.fields}
    if format.schema or not names:
        return value, []
    if format.many and isinstance(value, dict):
        inner = next(iter(value.values())) if len(value) == 1 else None
        if isinstance(inner, list) and not names & value.keys():
            return inner, [say("repairs.unwrapped")]
        return [value], [say("repairs.wrapped")]
    if not format.many and isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        return value[0], [say("repairs.unwrapped")]
    if not format.many and isinstance(value, dict) and len(value) == 1 and not names & value.keys():
        inner = next(iter(value.values()))
        if isinstance(inner, dict):
            return inner, [say("repairs.unwrapped")]
    return value, []


def _convert(value: Any, format: Format) -> tuple[Any, list[Text]]:
    slips: dict[str, None] = {}
    if isinstance(value, list):
        value = [_record(item, format.fields, slips) for item in value]
    else:
        value = _record(value, format.fields, slips)
    return value, [say(f"repairs.{slip}") for slip in slips]


def _record(value: Any, fields: Sequence[Field], slips: dict[str, None]) -> Any:
    if not isinstance(value, dict):
        return value
    kinds = {f.name: f for f in fields}
    value = _renamed(value, kinds, slips)
    return {k: _value(v, kinds[k], slips) if k in kinds else v for k, v in value.items()}


def _renamed(value: dict[str, Any], kinds: Mapping[str, Field], slips: dict[str, None]) -> dict[str, Any]:
    """Put "Total" and "Invoice No" back to total and invoice_no, where no other key stands for them."""
    plain = {_plain(name): name for name in kinds}
    missing = kinds.keys() - value.keys()
    names = {k: plain.get(_plain(k)) for k in value.keys() - kinds.keys()}
    renamed = {k: name for k, name in names.items() if name in missing}
    if not renamed or len(set(renamed.values())) < len(renamed):
        return value
    slips["keys"] = None
    return {str(renamed.get(k, k)): inner for k, inner in value.items()}


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def _value(value: Any, field: Field, slips: dict[str, None]) -> Any:
    if field.type == "records" and isinstance(value, list):
        return [_record(item, field.fields, slips) for item in value]
    new = _CONVERSIONS.get(field.type, lambda v: v)(value)
    if (new is not value and new != value) or type(new) is not type(value):
        slips["dates" if field.type == "date" else "converted"] = None
    return new


def _to_string(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return json.dumps(value)


_AMOUNT = re.compile(
    r"(?:[^\W\d_]|[$€£¥￥₩₹₽\s.]){0,4}([-+]?\d{1,3}(?:[,， ]\d{3})+(?:\.\d+)?|[-+]?\d+(?:\.\d+)?)"
    r"\s*(?!万|亿|百|千(?![克米瓦])|[kK](?![A-Za-z])|[mM]n|[MB]\b|bn)[^\d\s(),]{0,4}"
)
"""A number between a currency and a unit. Signs that change its value are no unit: "5万", "3k", "<5" and
"(12.50)" stay texts, so that they are reported instead of being off by a factor or a sign."""
_MINUS = str.maketrans("−－–", "---")


def _to_number(value: Any) -> Any:
    match = _AMOUNT.fullmatch(value.strip().translate(_MINUS)) if isinstance(value, str) else None
    if match is None or len(match[1]) > MAX_DIGITS:
        return None if value == "" else value
    digits = re.sub(r"[,， ]", "", match[1])
    return float(digits) if "." in digits else int(digits)


def _to_integer(value: Any) -> Any:
    number = _to_number(value)
    if isinstance(number, float) and number.is_integer():
        return int(number)
    return number


def _to_boolean(value: Any) -> Any:
    words = {
        "true": True,
        "yes": True,
        "是": True,
        "有": True,
        "false": False,
        "no": False,
        "否": False,
        "无": False,
    }
    return words.get(value.strip().lower(), value) if isinstance(value, str) else value


_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")


def _to_date(value: Any) -> Any:
    match = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None if value == "" else value
    try:
        return date(*(int(part) for part in match.groups())).isoformat()
    except ValueError:
        return value


def _to_list(value: Any) -> Any:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, list):
        return [_to_string(item) for item in value]
    return [] if value is None else value


def _to_rows(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [
        ["" if cell is None else _to_string(cell) for cell in r] if isinstance(r, list) else r for r in value
    ]


_CONVERSIONS: dict[str, Any] = {
    "string": _to_string,
    "number": _to_number,
    "integer": _to_integer,
    "boolean": _to_boolean,
    "date": _to_date,
    "list": _to_list,
    "rows": _to_rows,
}
