"""The middleware: what it adds, what it refuses, what it leaves alone."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from demo.server import PageMiddleware, is_shut


async def _page(scope: Any, receive: Any, send: Any) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"27")]}
    await send(start)
    await send({"type": "http.response.body", "body": b"<html><head>", "more_body": True})
    await send({"type": "http.response.body", "body": b"</head></html>"})


def answer(path: str, app: Any = _page, **options: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "method": "GET"}
    asyncio.run(PageMiddleware(app, **options)(scope, None, send))  # type: ignore[arg-type]
    return sent[0], sent[1:]


def test_head_goes_first_into_the_page_with_the_right_length() -> None:
    start, (body,) = answer("/", head="<script>一</script>")
    assert body["body"].decode() == "<html><head><script>一</script></head></html>"
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()


def test_other_answers_stream_through_untouched() -> None:
    _, bodies = answer("/gradio_api/queue/data", head="<script></script>")
    assert [body["body"] for body in bodies] == [b"<html><head>", b"</head></html>"]


def test_every_answer_forbids_loading_from_elsewhere() -> None:
    start, _ = answer("/theme.css")
    policy = dict(start["headers"])[b"content-security-policy"].decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["img-src"] == "'self' data: blob:"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'self'"


def test_frames_are_allowed_where_the_host_shows_the_page_in_one() -> None:
    start, _ = answer("/", frames=True)
    assert b"frame-ancestors" not in dict(start["headers"])[b"content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://example.com/a.png",
        "/gradio_api/file=https://example.com/a.png",
        "/gradio_api/file=HTTPS://example.com/a.png",
        "/gradio_api/file=http:/example.com",
        "/file=https://example.com",
        "/gradio_api/proxy=https://example.hf.space/x",
        "/gradio_api/runs",
        "/monitoring/summary",
    ],
)
def test_doors_to_elsewhere_are_shut(path: str) -> None:
    assert is_shut(path)
    assert answer(path)[0]["status"] == 404


@pytest.mark.parametrize(
    "path", ["/", "/gradio_api/file=/var/x/a.png", "/gradio_api/queue/join", "/theme.css"]
)
def test_doors_of_the_page_are_open(path: str) -> None:
    assert not is_shut(path)


@pytest.mark.parametrize("before", ["", "/", "shown/../", "./", "link/"])
def test_the_private_folder_is_not_served_by_any_of_its_names(tmp_path: Path, before: str) -> None:
    private = tmp_path / "incoming"
    private.mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    path = f"{tmp_path}/{before}incoming/ab/a.pdf"
    assert is_shut(f"/gradio_api/file={'/' if before == '/' else ''}{path}", private)
    assert not is_shut(f"/gradio_api/file={tmp_path}/shown/a.png", private)
