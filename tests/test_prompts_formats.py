"""Formats and fields: written, read back, refused; their JSON Schemas."""

import contextlib

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import FORMATS, Field, Format, InputError, PromptError, json_schema
from prompts.formats import split_fields
from prompts.schemas import record_schema


@pytest.mark.parametrize("name", FORMATS)
def test_parse_every_name(name: str) -> None:
    assert Format.parse(name).name == name


def test_parse_with_fields_gives_types_and_choices() -> None:
    asked = Format.parse("json:invoice_no,date:date,total?:number,状态:已付|未付")
    assert [(f.name, f.type, f.required, f.choices) for f in asked.fields] == [
        ("invoice_no", "string", True, ()),
        ("date", "date", True, ()),
        ("total", "number", False, ()),
        ("状态", "string", True, ("已付", "未付")),
    ]
    assert Format.parse("json[]:a").many


def test_field_parse_takes_a_description() -> None:
    field = Field.parse("total:number=amount to pay, tax included")
    assert (field.name, field.type, field.description) == ("total", "number", "amount to pay, tax included")


def test_split_fields_takes_chinese_separators() -> None:
    assert split_fields("编号，日期、金额；备注\n其他") == ["编号", "日期", "金额", "备注", "其他"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pdf", "no format 'pdf'"),
        ("json:a,a", "named twice"),
        ("json:a:money", "no type of field 'money'"),
        ("json:" + ",".join(f"f{n}" for n in range(101)), "101 fields"),
        ("json:" + "x" * 81, "1 to 80"),
        ("json::number", "1 to 80"),
    ],
)
def test_parse_bad_format_is_refused(text: str, says: str) -> None:
    with pytest.raises(PromptError, match=says):
        Format.parse(text)


@given(st.text(max_size=60))
def test_parse_any_text_gives_a_format_or_a_prompt_error(text: str) -> None:
    with contextlib.suppress(PromptError):
        assert Format.parse(text).name in FORMATS


def test_json_schema_of_fields_accepts_what_it_should() -> None:
    schema = json_schema("json:name,born:date,age:integer,tags:list,paid:yes|no,note?")
    assert schema is not None
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    good = {"name": "A", "born": "2001-02-03", "age": None, "tags": ["x"], "paid": "yes"}
    assert check.is_valid(good)
    for wrong in ({"age": 1.5}, {"born": "3.2.2001"}, {"tags": "x"}, {"paid": "maybe"}, {"extra": 1}):
        assert not check.is_valid(good | wrong), wrong
    assert not check.is_valid({k: v for k, v in good.items() if k != "name"})


@pytest.mark.parametrize(
    ("name", "kind"),
    [("boxes", "array"), ("points", "array"), ("json", "object"), ("text", None), ("csv", None)],
)
def test_json_schema_root_of_each_kind(name: str, kind: str | None) -> None:
    schema = json_schema(name)
    assert (schema or {}).get("type") == kind


def test_json_schema_of_boxes_bounds_relative_families_only() -> None:
    relative = json_schema(Format("boxes", family="qwen3-vl"))
    absolute = json_schema(Format("boxes", family="qwen2.5-vl"))
    assert relative is not None and absolute is not None
    number = relative["items"]["properties"]["bbox_2d"]["items"]
    assert number["maximum"] == 1000
    assert "maximum" not in absolute["items"]["properties"]["bbox_2d"]["items"]


def test_json_schema_of_many_is_an_array_of_records() -> None:
    asked = Format.of("json", "a", many=True)
    assert json_schema(asked) == {"type": "array", "items": record_schema(asked)}


def test_from_schema_is_given_back() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert json_schema(Format.from_schema(schema)) == schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "no-such-type"},
        {"$ref": "http://127.0.0.1:1/schema.json"},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"a": object()},
        {"pattern": "^(a+)+$"},
        {"patternProperties": {"(x*)*y": {}}},
        {"description": "x" * 60_000},
    ],
)
def test_from_schema_bad_one_is_refused(schema: dict) -> None:
    with pytest.raises(InputError, match="no JSON Schema"):
        Format.from_schema(schema)
