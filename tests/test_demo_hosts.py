"""A page of this machine answers under its own names only: another site can point a name of its own at it."""

from pathlib import Path
from typing import Any

import pytest
from demo_client import open_page

from demo.__main__ import main
from demo.hosts import checks_hosts, is_own_host
from demo.passwords import hash_password
from demo.settings import Settings, SettingsError

PATHS = ("/", "/config", "/theme.css", "/gradio_api/info", "/gradio_api/file=/x", "/nothing", "/login")


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1:7860", True),
        ("localhost:7860", True),
        ("LOCALHOST", True),
        ("[::1]:7860", True),
        ("192.168.1.5:7860", True),
        ("evil.example", False),
        ("evil.example:7860", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("2130706433", False),
        ("", False),
        ("x.gradio.live", False),
    ],
)
def test_is_own_host(host: str, own: bool) -> None:
    assert is_own_host(host, Settings()) is own


def test_own_names_are_those_the_page_was_started_with(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_own_host("x.gradio.live", Settings(share=True))
    assert is_own_host("scans.example:80", Settings(host="scans.example"))
    assert is_own_host("Docs.example:443", Settings(allowed_hosts=("docs.example",)))
    assert is_own_host("box.localhost:7860", Settings())
    monkeypatch.setenv("SPACE_HOST", "me-preflight.hf.space")
    assert is_own_host("me-preflight.hf.space", Settings())
    # With a domain of one's own Spaces list both names (Gradio, oauth.py).
    monkeypatch.setenv("SPACE_HOST", "me-preflight.hf.space,Scans.example")
    assert is_own_host("me-preflight.hf.space", Settings())
    assert is_own_host("scans.example", Settings())
    assert not is_own_host("", Settings())


def test_a_name_of_another_site_reads_nothing_of_the_page() -> None:
    with open_page() as (client, _):
        for path in PATHS:
            answer = client.get(path, headers={"host": "evil.example", "accept-language": "zh"})
            assert answer.status_code == 421
            assert "不响应“evil.example”" in answer.text
        joined = client.post("/gradio_api/queue/join", json={}, headers={"host": "evil.example"})
        assert joined.status_code == 421
        for own in ("127.0.0.1:7860", "localhost:7860", "[::1]:7860"):
            assert client.get("/config", headers={"host": own}).status_code == 200


def statuses(settings: Settings, *hosts: str) -> list[int]:
    with open_page(settings) as (client, _):
        return [client.get("/theme.css", headers={"host": host}).status_code for host in hosts]


def test_the_name_that_a_proxy_passes_on_can_be_allowed() -> None:
    settings = Settings(allowed_hosts=("docs.example.org",))
    assert statuses(settings, "docs.example.org", "DOCS.example.org:443", "evil.example") == [200, 200, 421]


def test_a_page_open_to_others_or_with_passwords_answers_to_any_name(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(f"anna:{hash_password('correct horse')}\n", encoding="utf-8")
    for settings in (Settings(host="0.0.0.0", allow_open=True), Settings(auth_file=users)):
        assert not checks_hosts(settings)
        assert statuses(settings, "any.name.example") == [200]


def test_an_open_page_that_was_given_names_answers_to_these() -> None:
    settings = Settings(host="0.0.0.0", allow_open=True, allowed_hosts=("docs.example.org",))
    assert statuses(settings, "docs.example.org", "192.168.1.5:7860", "evil.example") == [200, 200, 421]


@pytest.mark.parametrize(
    "given", ["https://docs.example.org", "docs.example.org:443", "a/b", "*", "", "文档"]
)
def test_a_name_that_is_none_is_refused_with_one_that_would_do(given: str) -> None:
    with pytest.raises(SettingsError, match="--allowed-host takes a name such as"):
        Settings(allowed_hosts=(given,)).check()


def test_names_are_given_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr("demo.app.launch", lambda settings, **_: opened.append(settings))
    assert main(["--allowed-host", "a.example", "--allowed-host", "b.example", "--lang", "en"]) == 0
    assert opened[0].allowed_hosts == ("a.example", "b.example")
