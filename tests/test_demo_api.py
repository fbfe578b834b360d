"""The endpoints for programs: what they take, what they refuse and how, and what they give."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_client import Visitor, open_page
from documents import Page, Words, write_pdf
from PIL import Image

from demo.arguments import ArgumentError, arguments_of, checked
from demo.context import text_of
from demo.programs import JOBS, run
from demo.settings import Limits, Settings
from toolkit.cli import main as toolkit_main

ENDPOINTS = tuple(JOBS)
TALL = {"a": {"b": {"c": {"d": [[[[[1]]]]]}}}}
SCALARS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 10**30, -1e308, 0.5, 1e-9, "", " ", "auto", "1024", "whole", "json", "zh",
    "text", "../../etc/passwd", "/etc/passwd", "http://127.0.0.1:1/", "\x00\u202e", "{{ 7*7 }}", "{x}", "%s",
    "area:", "area:nowhere", "box:", "box:1,2,3", "box:9e999,0,1,1@1", "box:5,5,1,1@99", "marked:", "csv:a,a",
    "json:" + "x," * 300, "read-text", "x" * 5_000, "中" * 300, "<img src=x onerror=alert(1)>", [], {},
    [1], [2, 1], [1, "x"], ["1"], [None], [[1]], [{}], [10**9] * 3, [1] * 20_000, TALL, {"1": "reference"},
    {"1": 1}, {"x": "main"}, {"99": "main"}, {"1": {"a": 1}}, {"path": "/etc/passwd"}, {"session": "x"},
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}], [{"path": 1, "meta": None}],
    {"path": "x", "meta": 7}, [{"path": "x", "meta": [1]}],
)  # fmt: skip


@pytest.fixture(scope="module")
def page() -> Iterator[tuple[Any, Any]]:
    with open_page(Settings(limits=Limits(max_requests=20_000, max_files=3, max_pages=4))) as opened:
        yield opened


@pytest.fixture
def visitor(page: tuple[Any, Any]) -> Visitor:
    return Visitor(*page, {"accept-language": "en"})


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = Words("Total amount 97.65", x=72, y=700, size=24)
    return write_pdf(tmp_path_factory.mktemp("api") / "a bill.pdf", Page(content=(words,)), Page())


def test_a_program_that_waits_in_line_is_told_its_place(visitor: Visitor, pdf: Path) -> None:
    visitor.call("prepare", visitor.upload(pdf), *defaults("prepare", None)[1:])
    session = visitor.blocks.context.store.of_tab(visitor.tab, "en")
    for name, kind in (("ask", "ask"), ("inspect", "prepare"), ("prepare", "prepare")):
        served = [session.stand_in_line(kind) for _ in range(2)]
        files = [visitor.upload(pdf)] if name != "ask" else []
        told = []
        for (news,) in visitor.outputs(visitor._index(name), [*files, *defaults(name, None)[len(files) :]]):
            told.append(news.get("before", "none"))
            for ticket in served:
                ticket.__exit__(None, None, None)
        assert told[0] == 0, name
        # Gradio gives the result twice: as the last news, and as what was completed.
        assert told[1:] == [None] * (len(told) - 3) + ["none", "none"], name


def outcome(visitor: Visitor, name: str, data: list[Any]) -> str:
    """Call an endpoint; give the sentence it refuses with, "" where it did what was asked."""
    try:
        visitor.call(name, *data)
    except AssertionError as refused:
        return str(refused).split("\nassert")[0]
    return ""


def clear(sentence: str) -> bool:
    """Tell whether a refusal says something, and not "this should not have happened"."""
    bad = ("None", "should not have", "意外的问题", "Traceback", "pydantic", "NoneType")
    return len(sentence) > 15 and not any(mark in sentence for mark in bad)


def defaults(name: str, files: Any) -> list[Any]:
    own = [argument.default for argument in arguments_of(name)]
    return [files, *own] if name in ("prepare", "inspect") else own


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_argument_of_any_kind_is_taken_or_refused_by_a_sentence(
    page: tuple[Any, Any], visitor: Visitor, pdf: Path, name: str
) -> None:
    """Values of every kind in each place by turns, and at random in all of them."""
    context = page[1].context
    session = context.store.of_tab(visitor.tab, "en")
    list(run(context, session, "prepare", {"files": [str(pdf)], "long_side": 256}))
    rows = [row.name for row in arguments_of(name)]
    chance = random.Random(7)
    requests = [{row: value} for row in rows for value in SCALARS]
    requests += [{row: chance.choice(SCALARS) for row in rows} for _ in range(300)]
    taken = 0
    for given in requests:
        try:
            # What asks or prepares needs none to go on: the first news shows that the arguments were taken.
            next(run(context, session, name, given))
            taken += 1
        except Exception as error:
            told = text_of(error)
            assert told is not None, (given, repr(error))
            assert clear(told.en) and re.search("[一-鿿]", told.zh), (given, told)
    assert 5 < taken < len(requests) or name in ("prepare", "inspect")


@pytest.mark.parametrize("name", ["prepare", "inspect", "order"])
def test_every_value_in_the_first_place_is_answered_over_http(page: tuple[Any, Any], name: str) -> None:
    visitor = Visitor(*page, {"accept-language": "zh"})
    for value in SCALARS:
        told = outcome(visitor, name, [value, *defaults(name, None)[1:]])
        assert told or (name == "order" and value in ("none", None, "")), f"{value!r} passed"
        assert not told or (clear(told) and re.search("[一-鿿]", told)), (value, told)


def test_after_all_that_the_images_are_still_there(visitor: Visitor, pdf: Path) -> None:
    visitor.call("prepare", visitor.upload(pdf), *defaults("prepare", None)[1:])
    for value in SCALARS:
        outcome(visitor, "order", ["none", value, value])
    assert len(visitor.call("order", "none", [], {})["images"]) == 2


@pytest.mark.parametrize("name", ENDPOINTS)
def test_too_few_arguments_are_refused_by_a_sentence(visitor: Visitor, name: str) -> None:
    assert "too few arguments" in outcome(visitor, name, [])


@pytest.mark.parametrize(
    ("endpoint", "given", "sentence"),
    [
        (
            "order",
            {"labels": True},
            "labels must be a list of image numbers such as [2, 1], but true or false",
        ),
        ("order", {"roles": {"1": "boss"}}, "roles[1] cannot be “boss”. Give one of: main, reference"),
        ("ask", {"enforce": "yes"}, "enforce must be true or false, but a text was given."),
        ("order", {"scenario": 5}, "scenario must be a text, but a number was given."),
        ("prepare", {"dpi": 601}, "dpi must be a whole number from 72 to 600; 601 was given."),
        ("prepare", {"dpi": float("nan")}, "from 72 to 600; nan"),
        ("prepare", {"dpi": True}, "dpi must be a number, but true or false was given."),
        ("prepare", {"family": "gpt"}, "family cannot be “gpt”. Give one of: qwen2-vl"),
        ("prepare", {"password": "x" * 513}, "password may have at most 512 characters; 513 were given."),
        ("prepare", {"long_side": "wide"}, 'long_side must be "auto" or a number of pixels such as 1280'),
        ("inspect", {"long_side": "1024"}, "long_side must be a number, but a text was given."),
        ("ask", {"task": "cook"}, "task cannot be “cook”. Give one of: read-text"),
        ("ask", {"language": "fr"}, "language cannot be “fr”. Give one of: en, zh."),
        ("ask", {"words": "x" * 4001}, "words may have at most 4000 characters"),
    ],
)
def test_refusal_names_the_argument_what_was_given_and_what_is_allowed(
    endpoint: str, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ArgumentError) as refused:
        checked(endpoint, given)
    assert sentence in refused.value.text.en
    assert next(iter(given)) in refused.value.text.zh


def test_values_as_people_type_them_are_taken() -> None:
    assert checked("prepare", {"long_side": " 1,280 PX ", "dpi": 150.0})["long_side"] == 1280
    assert checked("order", {"labels": ["2", 1], "roles": {"1": "main"}}) == {
        "scenario": "none",
        "labels": [2, 1],
        "roles": {1: "main"},
    }


def test_what_is_left_out_or_null_has_its_default() -> None:
    assert checked("ask", {"task": None}) == checked("ask", {})
    assert checked("prepare", {})["long_side"] == "auto"


def test_a_path_that_was_not_uploaded_is_refused_in_both_languages(page: tuple[Any, Any]) -> None:
    stranger = [{"path": str(Path(__file__)), "meta": {"_type": "gradio.FileData"}}]
    for lang, words in (("en", "no uploaded file"), ("zh", "不是已上传的文件")):
        visitor = Visitor(*page, {"accept-language": lang})
        for name in ("prepare", "inspect"):
            assert words in outcome(visitor, name, defaults(name, stranger))


def test_info_gives_types_choices_and_defaults(page: tuple[Any, Any]) -> None:
    endpoints = page[0].get("/gradio_api/info").json()["named_endpoints"]
    parameters = {one["parameter_name"]: one for one in endpoints["/ask"]["parameters"]}
    assert list(parameters) == ["task", "region", "format", "words", "fields", "language", "enforce"]
    assert parameters["language"]["type"].items() >= {"type": "string", "enum": ["en", "zh"]}.items()
    assert all("\n" in one["python_type"]["description"] for one in parameters.values())
    assert endpoints["/ask"]["description"].startswith("Asks the page's engine")
    assert "就处理好的图片向本页面的引擎提问" in endpoints["/ask"]["description"]
    assert parameters["task"]["parameter_default"] == "read-text"
    labels = {one["parameter_name"]: one for one in endpoints["/order"]["parameters"]}["labels"]
    assert labels["type"]["items"] == {"type": "integer"}
    assert all(one["parameter_name"] == "files" or "parameter_default" in one for one in parameters.values())


def test_inspect_gives_the_report_of_the_command_line(
    visitor: Visitor, pdf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert toolkit_main(["--lang", "en", "inspect", str(pdf), "--json"]) == 0
    expected = json.loads(capsys.readouterr().out)
    for entry in expected["pages"]:
        entry["file"] = pdf.name
    found = visitor.call("inspect", visitor.upload(pdf), *defaults("inspect", None)[1:])
    assert found == expected | {"left_out": 0}


def test_inspect_leaves_what_was_prepared_and_no_file(visitor: Visitor, pdf: Path, tmp_path: Path) -> None:
    picture = tmp_path / "blank.png"
    Image.new("L", (300, 200), 255).save(picture)
    before = visitor.call("prepare", visitor.upload(pdf), *defaults("prepare", None)[1:])
    visitor.call("inspect", visitor.upload(picture), *defaults("inspect", None)[1:])
    assert visitor.call("order", "none", [], {})["images"] == before["images"]
    session = visitor.blocks.context.store.of_tab(visitor.tab, "en")
    assert not list(session.folder.glob("inspected-*"))


def test_inspect_names_what_it_cannot_open_without_its_path(visitor: Visitor, tmp_path: Path) -> None:
    broken = tmp_path / "坏 文件.pdf"
    broken.write_bytes(b"%PDF-1.4\nnothing more")
    found = visitor.call("inspect", visitor.upload(broken), *defaults("inspect", None)[1:])
    (failure,) = found["failures"]
    assert (found["pages"], failure["file"]) == ([], "坏 文件.pdf")
    assert "坏 文件.pdf" in failure["message_zh"]
    assert str(visitor.blocks.context.store.root) not in str(found)


def test_inspect_keeps_to_the_limits_of_files_and_pages(visitor: Visitor, tmp_path: Path) -> None:
    files = []
    for number in range(4):
        files.append(tmp_path / f"{number}.png")
        Image.new("L", (64, 64), number).save(files[-1])
    found = visitor.call("inspect", visitor.upload(*files), *defaults("inspect", None)[1:])
    assert (len(found["pages"]), found["left_out"]) == (3, 1)
    long = write_pdf(tmp_path / "long.pdf", *[Page()] * 5)
    told = outcome(visitor, "inspect", [visitor.upload(long), *defaults("inspect", None)[1:]])
    assert "5 pages were given, the limit is 4" in told
