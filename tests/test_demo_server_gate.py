"""What a request may cost and carry: the pace of an address, the size of a body, no addresses in it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.gate import Allowed, Pace, RefusedError, check_json, checked_body
from demo.server import address_of, is_shut


def test_pace_lets_a_burst_through_then_one_at_a_time() -> None:
    now = [0.0]
    pace = Pace(60, lambda: now[0])
    assert [pace.take("a") for _ in range(15)] == [0.0] * 15
    assert pace.take("a") == pytest.approx(1.0)
    assert pace.take("b") == 0.0
    now[0] += 1.0
    assert pace.take("a") == 0.0
    assert pace.take("a") > 0


def test_pace_forgets_no_busy_address_in_a_flood_and_stays_small() -> None:
    pace = Pace(60, lambda: 0.0)
    for number in range(12_000):
        pace.take(f"spoofed {number}")
    assert len(pace._left) <= 10_000


@pytest.mark.parametrize(
    "path",
    ["http://example.com/a.png", " HTTPS://example.com", "ftp://x/y", "file:///etc/passwd", "gopher:\\x"],
)
def test_an_address_in_place_of_a_file_is_refused_however_it_is_spelled(path: str) -> None:
    body = json.dumps({"data": [[{"path": path}]]}).replace("path", "p\\u0061th")
    with pytest.raises(RefusedError, match="Addresses are not fetched"):
        check_json(body.encode())


def test_words_that_are_addresses_pass() -> None:
    check_json(json.dumps({"data": ["see http://example.com/", {"url": "http://127.0.0.1:7860/x"}]}).encode())


def test_a_body_that_grows_beyond_its_limit_is_refused_without_a_declared_length() -> None:
    pieces: Iterator[bytes] = iter([b"x" * 10**6] * 100)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    scope = {"path": "/gradio_api/queue/join", "headers": []}
    with pytest.raises(RefusedError) as refused:
        asyncio.run(checked_body(scope, receive, Allowed(10)))
    assert refused.value.status == 413
    assert len(list(pieces)) > 90  # it stopped reading at once


@pytest.mark.parametrize(("length", "status"), [(None, 411), (b"51", 413), (b"50", None)])
def test_an_upload_declares_its_size(tmp_path: Path, length: bytes | None, status: int | None) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    headers = [] if length is None else [(b"content-length", length)]
    scope = {"path": "/gradio_api/upload", "headers": headers}
    if status is None:
        asyncio.run(checked_body(scope, receive, Allowed(10, tmp_path)))
        return
    with pytest.raises(RefusedError) as refused:
        asyncio.run(checked_body(scope, receive, Allowed(10, tmp_path)))
    assert refused.value.status == status


def test_only_a_space_believes_forwarded_addresses_and_the_last_public_one() -> None:
    headers = [(b"x-forwarded-for", b"1.1.1.1, 8.8.8.8, 10.0.0.3")]
    scope = {"client": ("10.1.2.3", 99), "headers": headers}
    assert address_of(scope) == "10.1.2.3"
    assert address_of(scope, behind_proxy=True) == "8.8.8.8"
    assert address_of(scope | {"headers": []}, behind_proxy=True) == "10.1.2.3"


@pytest.mark.parametrize(
    "path", ["/gradio_api/file//etc/passwd", "/gradio_api/process_recording", "/docs", "/gradio_api/run/x"]
)
def test_what_the_page_does_not_use_is_shut(path: str) -> None:
    assert is_shut(path)


def test_the_door_for_tools_stays_shut() -> None:
    assert is_shut("/gradio_api/mcp/")
