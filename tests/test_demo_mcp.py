"""The door for MCP clients: what its tools do, whom they serve, and everything that they refuse."""

import asyncio
import base64
import io
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_client import open_page
from documents import Page, Words, write_pdf
from jsonschema import Draft202012Validator
from mcp_calls import Calls, inline
from PIL import Image
from test_demo_api import SCALARS, clear

from benchmarks.attacks.routes import canary
from demo.context import text_of
from demo.mcp_files import clean_name
from demo.mcp_guard import Keys, read_basic
from demo.mcp_pictures import MOST_BYTES, picture_of
from demo.mcp_tools import run_tool, tools
from demo.passwords import hash_password
from demo.programs import JOBS
from demo.settings import Limits, Settings, SettingsError

LIMITS = Limits(max_requests=20_000, max_files=3, max_pages=4, max_file_mb=1.0)
CHINESE = re.compile(r"[一-鿿]")


@pytest.fixture(scope="module")
def page() -> Iterator[tuple[Any, Any]]:
    with open_page(Settings(mcp=True, limits=LIMITS)) as opened:
        yield opened


@pytest.fixture
def calls(page: tuple[Any, Any]) -> Calls:
    return Calls(page[0])


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = Words("Total amount 97.65", x=72, y=700, size=24)
    return write_pdf(tmp_path_factory.mktemp("mcp") / "a bill.pdf", Page(content=(words,)), Page())


def prepared(calls: Calls, *paths: Path) -> str:
    return str(calls.done("prepare", files=inline(*paths), second_look="never")["session"])


# what the tools do


def test_tools_are_the_endpoints_named_described_and_typed(calls: Calls) -> None:
    listed = {tool["name"]: tool for tool in calls.request("tools/list")["tools"]}
    assert list(listed) == [*JOBS, "show_image", "forget"]
    for name, tool in listed.items():
        assert len(tool["description"]) > 30, name
        Draft202012Validator.check_schema(tool["inputSchema"])
        for key, spec in tool["inputSchema"]["properties"].items():
            assert spec.keys() & {"type", "anyOf"}, (name, key)
            assert "description" in spec, (name, key)
    assert "session" in listed["ask"]["inputSchema"]["required"]


def test_tools_and_arguments_are_described_in_both_languages(calls: Calls) -> None:
    for tool in calls.request("tools/list")["tools"]:
        specs = tool["inputSchema"]["properties"].values()
        files = [one.get("items", {}).get("properties", {}).values() for one in specs]
        told = [tool["description"], *(one["description"] for some in (specs, *files) for one in some)]
        for words in told:
            english, chinese = words.split("\n")
            assert not CHINESE.search(english) and CHINESE.search(chinese), words
        english, chinese = tool["title"].split(" · ")
        assert not CHINESE.search(english) and CHINESE.search(chinese)


def test_the_door_is_described_in_both_languages(calls: Calls) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    english, chinese = calls.request("initialize", **hello)["instructions"].split("\n")
    assert english.startswith("Prepares PDFs") and CHINESE.search(chinese)


@pytest.mark.parametrize(("lang", "words"), [("en", "you are next"), ("zh", "下一个就是你")])
def test_a_client_that_waits_in_line_hears_its_place(
    page: tuple[Any, Any], pdf: Path, lang: str, words: str
) -> None:
    calls = Calls(page[0], accept_language=lang)
    secret = prepared(calls, pdf)
    session = page[1].context.store.find(secret)
    served = [session.stand_in_line("ask") for _ in range(LIMITS.asking_at_once)]

    def serve_one() -> None:
        while not session.busy:  # the first question of all takes long to be made
            time.sleep(0.01)
        time.sleep(0.5)
        served[0].__exit__(None, None, None)

    threading.Thread(target=serve_one, daemon=True).start()
    calls.done("ask", session=secret)
    served[1].__exit__(None, None, None)
    assert words in calls.progress[0]["message"]
    told = [one["progress"] for one in calls.progress]
    assert told == sorted(set(told))


def test_the_whole_job_in_one_conversation(calls: Calls, pdf: Path) -> None:
    first = calls.done("prepare", files=inline(pdf))
    assert [(one["label"], one["file"], one["page"]) for one in first["images"]] == [
        (1, "a bill.pdf", 1),
        (2, "a bill.pdf", 2),
    ]
    session = first["session"]
    told = [one["progress"] for one in calls.progress]
    assert told == sorted(set(told))
    assert (told[-1], calls.progress[-1]["total"]) == (2.0, 2.0)
    ordered = calls.done("order", session=session, labels=[2, 1], roles={"1": "reference"})
    assert [(one["page"], one["role"]) for one in ordered["images"]] == [(2, "main"), (1, "reference")]
    prompt = calls.done("build_prompt", session=session, task="read-text")
    images = [part["image"] for part in prompt["messages"][1]["content"] if part["type"] == "image"]
    assert images == [1, 2]
    answer = calls.done("ask", session=session, task="read-boxes")
    (place,) = [place for one in answer["pages"] for place in one["places"]]
    assert answer["ok"] and place["text"] == "Total amount 97.65"
    assert place["box"][0] == pytest.approx(72, abs=4)
    assert calls.done("forget", session=session) == {"forgotten": True}
    assert "no such session" in calls.refused("ask", session=session)


def test_results_hold_no_path_of_the_machine(page: tuple[Any, Any], calls: Calls, pdf: Path) -> None:
    broken = [{"name": "broken.pdf", "data": base64.b64encode(b"%PDF-1.4\n").decode()}]
    session = prepared(calls, pdf)
    told = [
        calls.tool("prepare", files=[*inline(pdf), *broken]),
        calls.tool("inspect", files=[*inline(pdf), *broken]),
        *(calls.tool(name, session=session) for name in ("order", "build_prompt", "ask")),
        calls.tool("show_image", session=session, image=1),
    ]
    root = page[1].context.store.root
    assert "broken.pdf" in str(told[0]) and "broken.pdf" in str(told[1])
    assert not any(str(part) in str(told) for part in (root, root.name, pdf.parent, Path(__file__).parent))


def test_inspect_needs_no_session_and_leaves_none(page: tuple[Any, Any], calls: Calls, pdf: Path) -> None:
    before = len(page[1].context.store)
    found = calls.done("inspect", files=inline(pdf))
    assert [one["file"] for one in found["pages"]] == ["a bill.pdf"] * 2
    assert found["pages"][0]["seen"]["verdict"] == "readable"
    assert len(page[1].context.store) == before


def test_sentences_come_in_the_language_of_the_request(page: tuple[Any, Any], pdf: Path) -> None:
    chinese = Calls(page[0], accept_language="zh-TW,zh;q=0.9")
    first = chinese.done("prepare", files=inline(pdf))
    assert "清晰可读" in first["images"][0]["notes"][0]
    assert "没有这个会话" in chinese.refused("ask", session="x" * 32)
    assert "不响应来自其他网站" in chinese.post({}, origin="http://evil.example").text


def test_an_image_comes_only_when_asked_for_and_bounded(
    page: tuple[Any, Any], calls: Calls, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.png"
    Image.frombytes("RGB", (450, 200), os.urandom(450 * 200 * 3)).save(noise)
    session = prepared(calls, noise)
    assert not any(one["type"] == "image" for one in calls.tool("order", session=session)["content"])
    words, picture = calls.tool("show_image", session=session, image=1, long_side=300)["content"]
    shown = Image.open(io.BytesIO(base64.b64decode(picture["data"])))
    assert (picture["mimeType"], max(shown.size)) == ("image/png", 300)
    assert shown.size == (json.loads(words["text"])["width"], json.loads(words["text"])["height"])
    assert "There is no image 2" in calls.refused("show_image", session=session, image=2)
    assert "long_side must be a whole number from 16 to 2048" in calls.refused(
        "show_image", session=session, image=1, long_side=2049
    )


def test_a_picture_too_large_for_a_message_is_made_smaller(page: tuple[Any, Any], tmp_path: Path) -> None:
    from demo.work import Work
    from toolkit import Recipe, prepare

    source = tmp_path / "noise.png"
    Image.frombytes("RGB", (1200, 1200), os.urandom(1200 * 1200 * 3)).save(source)
    session = page[1].context.store.begin("en")
    session.work = Work()
    session.work.take(prepare([source], Recipe(long_side=1184), output_dir=tmp_path / "out"))
    data, size = picture_of(session, 1, 2048)
    assert len(base64.b64decode(data)) <= MOST_BYTES
    assert size[0] < 1184


def test_an_upload_is_named_by_what_it_gave_back(page: tuple[Any, Any], calls: Calls, pdf: Path) -> None:
    answer = page[0].put("/mcp/files/合同 1.pdf", content=pdf.read_bytes(), headers={"host": "localhost"})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["name"] == "合同 1.pdf" and told["bytes"] == pdf.stat().st_size
    for _ in range(2):  # inspected first, then prepared: one upload serves both
        first = calls.done("prepare", files=[{"upload": told["upload"]}])
        assert first["images"][0]["file"] == "合同 1.pdf"


def test_an_upload_unused_goes_like_everything_else(page: tuple[Any, Any], calls: Calls, pdf: Path) -> None:
    told = page[0].put("/mcp/files/a.pdf", content=pdf.read_bytes(), headers={"host": "localhost"}).json()
    store = page[1].context.store
    (path,) = (store.incoming / f"mcp-{told['upload']}").iterdir()
    os.utime(path, (time.time() - 301, time.time() - 301))
    store.sweep()
    assert not path.exists()
    assert "not here (any more)" in calls.refused("prepare", files=[{"upload": told["upload"]}])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("..", "document"),
        ("", "document"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x.png"),
        ("合同.pdf", "合同.pdf"),
    ],
)
def test_name_of_a_file_is_only_a_name(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_name_of_a_file_fits_on_a_disk_and_keeps_its_ending(tmp_path: Path) -> None:
    for name in ("长" * 300 + ".pdf", "x" * 300, "." * 300 + ".png", "a." + "b" * 300):
        (tmp_path / clean_name(name)).write_bytes(b"")
    assert clean_name("长" * 300 + ".pdf").endswith("长.pdf")


# sessions


@pytest.mark.parametrize("name", [one for one in tools() if one not in ("prepare", "inspect")])
def test_a_tool_without_the_secret_of_a_session_is_refused(calls: Calls, pdf: Path, name: str) -> None:
    session = prepared(calls, pdf)
    assert "session is missing. Call prepare first" in calls.refused(name)
    for guess in (session[:-1], session.swapcase(), session + "=", "x" * 32, "", "*", "../x"):
        assert "There is no such session" in calls.refused(name, session=guess)
    assert "session must be a text" in calls.refused(name, session=[session])
    assert calls.done("order", session=session)["images"]


def test_two_conversations_of_one_client_share_nothing(calls: Calls, pdf: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    Image.new("L", (300, 200), 255).save(other)
    one, two = prepared(calls, pdf), prepared(calls, other)
    assert len(one) == len(two) == 32 and one != two
    assert [image["file"] for image in calls.done("order", session=one)["images"]] == ["a bill.pdf"] * 2
    assert [image["file"] for image in calls.done("order", session=two)["images"]] == ["other.png"]


def test_prepare_again_in_a_session_replaces_its_files(calls: Calls, pdf: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    Image.new("L", (300, 200), 255).save(other)
    session = prepared(calls, pdf)
    again = calls.done("prepare", session=session, files=inline(other))
    assert again["session"] == session
    assert [image["file"] for image in again["images"]] == ["other.png"]


def test_a_session_ends_by_idleness_with_its_files(page: tuple[Any, Any], calls: Calls, pdf: Path) -> None:
    store = page[1].context.store
    secret = prepared(calls, pdf)
    session = store.find(secret)
    assert list(session.folder.rglob("*.png"))
    session.last_used -= 60 * LIMITS.idle_minutes + 1
    store.sweep()
    assert not session.folder.exists()
    assert "ends 5 minutes after its last call" in calls.refused("ask", session=secret)


def test_a_preparation_that_fails_leaves_no_session(page: tuple[Any, Any], calls: Calls, pdf: Path) -> None:
    before = len(page[1].context.store)
    assert "dpi must be" in calls.refused("prepare", files=inline(pdf), dpi=1)
    assert len(page[1].context.store) == before


def test_a_client_that_leaves_stops_the_work(page: tuple[Any, Any]) -> None:
    from demo.mcp_door import McpDoor

    told: list[str] = []

    def steps() -> Iterator[dict[str, Any]]:
        try:
            while True:
                told.append("step")
                time.sleep(0.02)
                yield {"text": "x", "done": False}
        finally:
            told.append("closed")

    class Silent:
        async def report_progress(self, *_: Any) -> None: ...

    async def leave() -> None:
        door = McpDoor(page[1].context)
        task = asyncio.create_task(door._follow(steps(), Silent()))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(100):
            if told[-1] == "closed":
                return
            await asyncio.sleep(0.02)

    asyncio.run(leave())
    assert told[-1] == "closed"


# files that are none


@pytest.mark.parametrize(
    "make",
    [
        lambda url: url,
        lambda url: [url],
        lambda url: ["/etc/passwd"],
        lambda url: [{"path": "/etc/passwd"}],
        lambda url: [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}],
        lambda url: [{"path": url, "meta": {"_type": "gradio.FileData"}}],
        lambda url: [{"url": url}],
        lambda url: [{"name": "a.png", "url": url}],
        lambda url: [{"name": "a.png", "data": url}],
        lambda url: [{"name": "a.png", "data": "/etc/passwd"}],
        lambda url: [{"name": "a.png", "data": "file:///etc/passwd"}],
        lambda url: [{"name": url}],
        lambda url: [{"upload": url}],
        lambda url: [{"upload": "../../../../etc"}],
        lambda url: [{"upload": "/etc"}],
        lambda url: [{"upload": ""}],
        lambda url: [{"upload": "x" * 32}],
        lambda url: [{"upload": "x" * 32, "data": ""}],
        lambda url: [{"name": ["a"], "data": ""}],
        lambda url: [{}],
        lambda url: {},
        lambda url: [None],
    ],
)
def test_paths_and_addresses_are_never_read(calls: Calls, make: Any) -> None:
    with canary() as (address, hits):
        for name in ("prepare", "inspect"):
            told = calls.refused(name, files=make(address))
            assert clear(told) and "root:" not in told
        assert hits == []


def test_a_data_url_is_taken_as_data(calls: Calls, pdf: Path) -> None:
    (entry,) = inline(pdf)
    entry["data"] = "data:application/pdf;base64," + entry["data"]
    assert len(calls.done("prepare", files=[entry])["images"]) == 2


def test_limits_hold_for_size_number_and_pages(page: tuple[Any, Any], calls: Calls, tmp_path: Path) -> None:
    large = [{"name": "a.png", "data": base64.b64encode(bytes(1_000_001)).decode()}]
    assert "Entry 1 of files is larger than 1 MB" in calls.refused("prepare", files=large)
    assert "at most 3 go at once" in calls.refused("prepare", files=[{"data": ""}] * 4)
    long = write_pdf(tmp_path / "long.pdf", *[Page()] * 5)
    for name in ("prepare", "inspect"):
        assert "the limit is 4" in calls.refused(name, files=inline(long))
    put = {"url": "/mcp/files/a.png", "headers": {"host": "localhost"}}
    assert page[0].put(content=bytes(1_000_001), **put).status_code == 413
    assert page[0].put(content=iter([b"x"]), **put).status_code == 411
    too_much = calls.post({"x": "x" * 8_000_001})
    assert (too_much.status_code, "/mcp/files/" in too_much.text) == (413, True)


def test_pace_holds_for_tools_too() -> None:
    with open_page(Settings(mcp=True, limits=Limits(max_requests=40))) as (client, _):
        answers = [Calls(client).post({}).status_code for _ in range(30)]
    assert 429 in answers
    assert answers[0] != 429


# hostile requests


@pytest.mark.parametrize("name", list(tools()))
def test_every_argument_of_any_kind_is_taken_or_refused_by_a_sentence(
    page: tuple[Any, Any], calls: Calls, pdf: Path, name: str
) -> None:
    session = prepared(calls, pdf)
    for key in tools()[name].schema["properties"]:
        for value in SCALARS:
            given = {"session": session, key: value}
            if name in ("inspect", "forget"):
                given = {key: value}
            try:
                # The first news show that the arguments were taken.
                next(run_tool(page[1].context, name, given, "zh"))
            except Exception as error:
                told = text_of(error)
                assert told is not None, (given, repr(error))
                assert clear(told.zh) and clear(told.en), (given, told)
    assert calls.done("order", session=session)["images"]


@pytest.mark.parametrize("value", SCALARS[:: len(SCALARS) // 8], ids=lambda value: repr(value)[:20])
def test_odd_values_are_refused_over_http_too(calls: Calls, value: Any) -> None:
    for name in tools():
        assert clear(calls.refused(name, session=value, files=value) if value else calls.refused(name))


def test_an_argument_or_a_tool_that_is_none_is_refused_with_those_there_are(calls: Calls) -> None:
    assert "takes no argument “file”. It takes: files, session, long_side" in calls.refused("prepare", file=1)
    assert "There is no tool “run”. There are: prepare, inspect" in calls.refused("run")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"not json",
        b"[" * 100_000,
        b'{"jsonrpc": "2.0", "id": 1}',
        b'{"jsonrpc": "2.0", "id": {}, "method": "tools/call"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": 7}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": []}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "nothing/there"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "\\ud83d"}}',
        b'[{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}]',
    ],
)
@pytest.mark.parametrize("version", ["", "2025-06-18", "2026-07-28", "9999"])
def test_a_body_that_is_no_call_is_refused_and_the_door_stays(
    calls: Calls, body: bytes, version: str
) -> None:
    headers = {"mcp-protocol-version": version} if version else {}
    answer = calls.post(body, **headers)
    assert answer.status_code < 500
    assert "Traceback" not in answer.text and "site-packages" not in answer.text
    assert calls.request("tools/list")["tools"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH"])
def test_other_methods_are_refused(page: tuple[Any, Any], method: str) -> None:
    answer = page[0].request(method, "/mcp", headers={"host": "localhost"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert page[0].get("/mcp/files/a.pdf", headers={"host": "localhost"}).status_code == 405


@pytest.mark.parametrize(
    "path", ["/mcp/", "/mcp/x", "/mcpx", "/mcp/files", "/gradio_api/mcp", "/gradio_api/mcp/"]
)
def test_only_the_two_ways_are_open(page: tuple[Any, Any], path: str) -> None:
    assert page[0].post(path, headers={"host": "localhost"}).status_code == 404


# who may come in


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://localhost:9999"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost"}, 200),
    ],
)
def test_rebound_names_and_other_sites_are_refused(
    page: tuple[Any, Any], calls: Calls, headers: dict[str, str], status: int
) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert calls.post(body, **headers).status_code == status
    put = page[0].put("/mcp/files/a", content=b"x", headers={"host": "localhost", **headers})
    assert put.status_code == (201 if status == 200 else status)


def test_with_passwords_every_request_gives_one(tmp_path: Path, pdf: Path) -> None:
    users = tmp_path / "users"
    users.write_text(f"anna:{hash_password('correct horse')}\n", encoding="utf-8")
    right = "Basic " + base64.b64encode(b"anna:correct horse").decode()
    with open_page(Settings(mcp=True, auth_file=users)) as (client, _):
        for wrong in ("", "Basic", "Basic !", "Bearer x", "Basic " + base64.b64encode(b"anna:x").decode()):
            answer = Calls(client, authorization=wrong).post({})
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Basic realm=")
        assert client.put("/mcp/files/a", content=b"x").status_code == 401
        calls = Calls(client, authorization=right, host="any.name.example")
        assert len(calls.done("prepare", files=inline(pdf))["images"]) == 2


def test_a_password_that_fitted_is_not_tried_again_at_once() -> None:
    tried: list[str] = []
    now = [0.0]

    async def opens(name: str, password: str) -> bool:
        tried.append(name)
        return password == "right"

    keys = Keys(opens, lambda: now[0])
    right, wrong = ("Basic " + base64.b64encode(f"anna:{word}".encode()).decode() for word in ("right", "x"))
    assert [asyncio.run(keys.fit(one)) for one in (right, right, wrong, wrong, right)] == [
        True, True, False, False, True,
    ]  # fmt: skip
    assert len(tried) == 3
    now[0] = 301.0
    assert asyncio.run(keys.fit(right))
    assert len(tried) == 4
    assert b"right" not in str(keys._known).encode()


@pytest.mark.parametrize(
    "header", ["Basic", "basic ", "Basic %%%", "Basic YQ==", "Basic /w==", "Digest YTpi"]
)
def test_a_header_that_is_no_name_and_password_is_none(header: str) -> None:
    assert read_basic(header) is None


# off unless wanted


def test_without_the_option_there_is_no_door() -> None:
    with open_page() as (client, _):
        assert Calls(client).post({}).status_code == 404
        assert client.put("/mcp/files/a", content=b"x").status_code == 404


def test_without_the_package_the_option_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.settings.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r'pip install "mcp>=2.3,<3"') as refused:
        Settings(mcp=True).check()
    assert "尚未安装" in refused.value.text.zh
    Settings().check()
