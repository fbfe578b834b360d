"""Logs without document content: a real page, a visitor whose words are marked, and handlers that fail."""

import asyncio
import base64
import gc
import json
import logging
import secrets
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from demo_client import mounted
from documents import Page, Words, write_pdf
from gradio import queueing, route_utils, routes, utils
from mcp_calls import Calls
from started_page import StartedPage, started_page

from demo.logs import fault, keep_words_out

MARK = "Zwiebelkuchen4711"
"""Stands in everything that the visitor types, uploads and names."""
FAILING = """
import demo.questions, demo.steps.prompt, toolkit.preparing
def fail(question, *args, **options):
    raise RuntimeError("no luck with " + repr(question))
demo.questions.compose = fail
prepare = toolkit.preparing.prepare
def sometimes(paths, *args, **options):
    if "fail" in options["names"][0]:
        raise ValueError("no luck with " + str(options["names"]))
    return prepare(paths, *args, **options)
toolkit.preparing.prepare = sometimes
print("words of this script are printed")
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedPage]:
    with started_page(tmp_path_factory.mktemp("page"), "--mcp", script=FAILING) as started:
        yield started


@pytest.fixture
def http(page: StartedPage) -> Iterator[httpx.Client]:
    headers = {"user-agent": MARK, "x-visitor": MARK}
    with httpx.Client(
        base_url=page.address, timeout=60, headers=headers, cookies={"visitor": MARK}
    ) as client:
        yield client


def join(http: httpx.Client, data: Any, **more: Any) -> str:
    """Begin an event; give its session."""
    session = f"{MARK}-{secrets.token_hex(4)}"
    http.post("/gradio_api/queue/join", json={"data": data, "session_hash": session, **more})
    return session


def told(http: httpx.Client, session: str) -> str:
    """Give all that the page tells of a session's events."""
    answer = http.get("/gradio_api/queue/data", params={"session_hash": session})
    return answer.text


def number_of(http: httpx.Client, name: str) -> int:
    events = http.get("/config").json()["dependencies"]
    return next(int(event["id"]) for event in events if event["api_name"] == name)


def upload(http: httpx.Client, name: str, content: bytes) -> dict[str, Any]:
    path = http.post("/gradio_api/upload", files=[("files", (name, content))]).json()[0]
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def marked_pdf(folder: Path) -> bytes:
    return write_pdf(folder / "a.pdf", Page(content=(Words(MARK, x=72, y=700, size=24),))).read_bytes()


def settled(page: StartedPage) -> str:
    time.sleep(0.5)
    assert page.process.poll() is None, "the page ended"
    return page.printed


def test_what_a_visitor_says_stands_in_no_log_also_when_handlers_fail(
    page: StartedPage, http: httpx.Client, tmp_path: Path
) -> None:
    prepare, build = number_of(http, "prepare"), number_of(http, "build_prompt")
    given = ["auto", "qwen3-vl", 300, "never", MARK]
    files = [
        upload(http, f"{MARK}.pdf", marked_pdf(tmp_path)),
        upload(http, f"{MARK}-broken.pdf", b"%PDF-1.4"),
    ]
    session = join(http, [files, *given], fn_index=prepare)
    assert f"{MARK}.pdf" in told(http, session)
    question = ["answer", "whole", "", MARK, MARK, "en"]
    http.post(
        "/gradio_api/queue/join", json={"data": question, "session_hash": session, "fn_index": build}
    ).raise_for_status()
    assert "The log has the reason" in told(http, session)
    failing = [upload(http, f"{MARK}-fail.pdf", marked_pdf(tmp_path))]
    assert "The log has the reason" in told(http, join(http, [failing, *given], fn_index=prepare))
    printed = settled(page)
    assert "RuntimeError at" in printed and "ValueError at" in printed
    assert MARK not in printed


def test_what_gradio_cannot_read_stands_in_no_log(page: StartedPage, http: httpx.Client) -> None:
    path = {"path": f"/{MARK}", "meta": {"_type": "gradio.FileData"}}
    for event in range(0, 110, 3):
        for data in ([MARK], [path] * 9, [{"value": MARK}] * 9, {MARK: MARK}, MARK):
            acted = {"act": MARK, "arg": MARK, "value": {MARK: MARK}}
            body = {"fn_index": event, "data": data, "session_hash": MARK, "event_data": acted}
            http.post("/gradio_api/queue/join", json=body)
    told(http, MARK)
    for path in (f"/gradio_api/call/{MARK}", f"/gradio_api/{MARK}", f"/gradio_api/file={MARK}"):
        http.post(path, json={"data": [MARK]})
        http.get(path, params={"session_hash": MARK})
    http.post("/gradio_api/queue/join", content=f'{{"data": "{MARK}')
    http.post("/gradio_api/upload", content=MARK.encode(), headers={"content-type": f"multipart/{MARK}"})
    assert MARK not in settled(page)


def test_what_an_mcp_client_says_stands_in_no_log(
    page: StartedPage, http: httpx.Client, tmp_path: Path
) -> None:
    calls = Calls(http, host=page.address.removeprefix("http://"))
    content = base64.b64encode(marked_pdf(tmp_path)).decode()
    session = calls.done("prepare", files=[{"name": f"{MARK}.pdf", "data": content}])["session"]
    assert "The log has the reason" in calls.refused("ask", session=session, words=MARK)
    assert MARK in calls.refused(MARK)
    for body in (MARK.encode(), json.dumps({"jsonrpc": MARK, "id": MARK, "method": MARK}).encode()):
        calls.post(body)
        calls.post(body, **{"mcp-protocol-version": MARK, "host": MARK})
    calls.request("ping", **{MARK: MARK})
    calls.post({"jsonrpc": "2.0", "method": MARK, "params": {MARK: MARK}})
    assert MARK not in settled(page)


def test_a_client_that_leaves_while_it_is_told_something_is_no_fault() -> None:
    """Gradio's stream would say "async generator ignored GeneratorExit" and leave its heartbeat running."""
    faults, heartbeats = asyncio.run(leave_in_the_middle())
    assert faults == []
    assert heartbeats == 0


async def leave_in_the_middle() -> tuple[list[Any], int]:
    """Let a client go while a message is on its way; give what asyncio says, and what still runs."""
    app, blocks = await mounted(None)
    faults: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, found: faults.append(found["message"]))
    async with app.router.lifespan_context(app):
        client = Asgi(app)
        await client.get("/gradio_api/startup-events")
        order = next(number for number, fn in blocks.fns.items() if fn.api_name == "order")
        body = {"fn_index": order, "data": ["none", [], {}], "session_hash": "slow"}
        await client.post("/gradio_api/queue/join", body)
        await client.leave("/gradio_api/queue/data", b"session_hash=slow")
        gc.collect()
        await asyncio.sleep(0.2)
        running = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]
    blocks.context.store.close()
    return faults, sum("heartbeat" in name for name in running)


class Asgi:
    """Calls an application as uvicorn does, with the say over when the client reads and leaves."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def scope(self, method: str, path: str, query: bytes = b"") -> dict[str, Any]:
        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        asgi = {"version": "3.0", "spec_version": "2.3"}
        own = {"method": method, "path": path, "raw_path": path.encode(), "query_string": query}
        ends = {"client": ("127.0.0.1", 1), "server": ("localhost", 80), "root_path": "", "scheme": "http"}
        return {"type": "http", "asgi": asgi, "http_version": "1.1", "headers": headers, **own, **ends}

    async def get(self, path: str) -> None:
        await self.app(self.scope("GET", path), asyncio.Event().wait, self._ignore)

    async def post(self, path: str, body: Any) -> None:
        messages = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]

        async def receive() -> Any:
            return messages.pop() if messages else await asyncio.Event().wait()

        await self.app(self.scope("POST", path), receive, self._ignore)

    async def leave(self, path: str, query: bytes) -> None:
        """Go while the first message is on its way."""
        gone = asyncio.Event()

        async def receive() -> Any:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                gone.set()
                await asyncio.sleep(0.1)

        await asyncio.wait_for(self.app(self.scope("GET", path, query), receive, send), 15)

    async def _ignore(self, message: Any) -> None: ...


@pytest.fixture
def quiet() -> Iterator[None]:
    """Put this process's own logging back as it was."""
    kept = logging.getLogRecordFactory(), sys.excepthook, sys.unraisablehook, warnings.showwarning
    in_threads = threading.excepthook
    keep_words_out()
    yield
    logging.setLogRecordFactory(kept[0])
    sys.excepthook, sys.unraisablehook, warnings.showwarning = kept[1:]
    threading.excepthook = in_threads
    for module in (queueing, route_utils, routes, utils):
        module.traceback = traceback


def test_messages_of_other_libraries_lose_their_values_and_ours_keep_them(
    quiet: None, caplog: pytest.LogCaptureFixture
) -> None:
    other = logging.getLogger("other.library")
    other.warning("could not read %s", MARK)
    other.warning(f"Invalid header: {MARK}")
    other.error("Task exception was never retrieved\nfuture: <Task %s>" % MARK)  # noqa: UP031
    try:
        raise ValueError(MARK)
    except ValueError:
        other.exception("Exception in callback(%s)", MARK)
    logging.getLogger("vl_preflight.demo").warning("%s at %s", "ValueError", "/mcp")
    assert MARK not in caplog.text
    first, second, third, fourth, ours = (record.getMessage() for record in caplog.records)
    assert first.startswith("could not read (test_demo_logs.py:")
    assert second.startswith("Invalid header (")
    assert third.startswith("Task exception was never retrieved (")
    assert "ValueError at tests/test_demo_logs.py:" in fourth
    assert ours == "ValueError at /mcp"


def test_asyncio_tells_of_a_lost_task_without_its_words(
    quiet: None, caplog: pytest.LogCaptureFixture
) -> None:
    async def lose() -> None:
        async def fail(words: str) -> None:
            raise RuntimeError(words)

        asyncio.get_running_loop().call_exception_handler(
            {"message": "Task exception was never retrieved", "exception": RuntimeError(MARK), "future": MARK}
        )
        asyncio.get_running_loop().call_soon(lambda words: words.missing, MARK)
        await asyncio.sleep(0)

    asyncio.run(lose())
    assert len(caplog.records) == 2
    assert MARK not in caplog.text


def test_fault_names_kind_and_place_only() -> None:
    try:
        json.loads(f'{{"{MARK}"')
    except ValueError as error:
        assert fault(error).startswith("JSONDecodeError at json/decoder.py:")
        assert MARK not in fault(error)
    assert fault(None) == ""


def test_gradio_prints_no_tracebacks(quiet: None, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(MARK)
    except ValueError:
        queueing.traceback.print_exc()
        assert MARK not in queueing.traceback.format_exc()
    captured = capsys.readouterr()
    assert MARK not in captured.out + captured.err
