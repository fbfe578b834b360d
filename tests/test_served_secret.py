"""Keys reach one host and show nowhere; addresses of a private network are refused."""

import asyncio
import io
import ipaddress
import logging
import pickle
import socket
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from served_asking import QUICK, ask, picture, question
from served_server import ModelServer, Seen, Wire, gives, lists, says

from demo.engines import errors
from demo.engines.served import address as addresses
from demo.engines.served.address import check_address, is_public, parse_address
from demo.engines.served.engine import OpenAIEngine
from demo.engines.served.secret import Secret, find_key

CHAT = "/v1/chat/completions"
KEY = "sk-velvet-0123456789-otter"
VARIABLES = (
    "OPENAI_API_KEY",
    "DASHSCOPE_API_KEY",
    "VL_PREFLIGHT_API_KEY",
    "OPENAI_ORG_ID",
    "OPENAI_PROJECT_ID",
)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any library logs, at its most talkative."""
    written, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(written), root.level
    names = ("openai", "openai._base_client", "httpx", "httpcore", "asyncio")
    before = {name: logging.getLogger(name).level for name in names}
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)
    for name, value in before.items():
        logging.getLogger(name).setLevel(value)


def _authorised(server: ModelServer) -> set[str | None]:
    return {seen.headers.get("authorization") for seen in server.seen}


def test_key_of_the_environment_goes_to_the_server_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, log: io.StringIO, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    prompt = question(picture(tmp_path, "page"))
    with ModelServer({"/v1/models": lists("m"), CHAT: says("fine")}) as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        events, result = ask(engine, prompt)
        assert _authorised(server) == {f"Bearer {KEY}"}
    written = log.getvalue()
    assert "HTTP Response" in written, "the client did log"
    shown = [*map(repr, events), repr(result), repr(engine), repr(vars(engine)), repr(engine.describe("en"))]
    assert all(KEY not in text for text in (*shown, written))
    assert "OPENAI_API_KEY" in str(engine.describe("en").facts)


def test_debug_log_holds_no_document(log: io.StringIO, tmp_path: Path) -> None:
    prompt = question(picture(tmp_path, "page"), text="the patient's velvet name")
    with ModelServer({"/v1/models": lists("m"), CHAT: says("fine")}) as server:
        ask(OpenAIEngine(server.url, timeout=QUICK), prompt)
    assert "Request options" in log.getvalue()
    assert "velvet" not in log.getvalue()
    assert "base64" not in log.getvalue()


@pytest.mark.parametrize("status", [401, 400, 500])
def test_key_that_a_server_repeats_is_blotted_out_of_its_error(
    monkeypatch: pytest.MonkeyPatch, log: io.StringIO, status: int
) -> None:
    monkeypatch.setattr("demo.engines.served.timing.BACK_OFF", (0.01, 0.01))
    monkeypatch.setenv("VL_PREFLIGHT_API_KEY", KEY)
    echo = gives({"error": {"message": f"Incorrect API key provided: Bearer {KEY}."}}, status)
    echoing = ModelServer({"/v1/models": lists("m"), CHAT: echo})
    with echoing as server, pytest.raises(errors.EngineError, match=r"Bearer \*\*\*") as caught:
        ask(OpenAIEngine(server.url, timeout=QUICK), question())
    assert KEY not in caught.value.text.en + caught.value.text.zh + repr(caught.value)
    assert caught.value.text.en.count("VL_PREFLIGHT_API_KEY") == (status == 401)
    assert caught.value.__cause__ is not caught.value
    assert KEY not in "".join(traceback.format_exception(caught.value)) + log.getvalue()


def test_key_file_counts_before_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VL_PREFLIGHT_API_KEY", "other-key")
    file = tmp_path / "key.txt"
    file.write_text(f"\ufeff{KEY}\r\n", encoding="utf-8")
    with ModelServer({"/v1/models": lists("m"), CHAT: says("fine")}) as server:
        engine = OpenAIEngine(server.url, key_file=file, timeout=QUICK)
        ask(engine, question())
        assert _authorised(server) == {f"Bearer {KEY}"}
    assert ("API key", "from key.txt") in engine.describe("en").facts


def test_without_a_key_no_header_is_sent_nor_anything_of_openai_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-velvet")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-velvet")
    with ModelServer({"/v1/models": lists("m"), CHAT: says("fine")}) as server:
        ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert _authorised(server) == {None}
        assert all("velvet" not in str(seen.headers) for seen in server.seen)


def test_dashscope_key_goes_to_dashscope_alone() -> None:
    both = {"DASHSCOPE_API_KEY": "d" * 20, "OPENAI_API_KEY": "o" * 20}
    ours = find_key(parse_address("https://dashscope-intl.aliyuncs.com/compatible-mode/v1"), None, both)
    theirs = find_key(parse_address("https://aliyuncs.com.evil.example/v1"), None, both)
    assert ours is not None
    assert theirs is not None
    assert (ours.source, theirs.source) == ("DASHSCOPE_API_KEY", "OPENAI_API_KEY")


def test_key_of_this_machine_never_goes_to_a_visitor_s_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(addresses, "is_public", lambda _: True)
    with ModelServer({"/v1/models": lists("m"), CHAT: says("fine")}) as server:
        ask(OpenAIEngine(server.url, timeout=QUICK, public_only=True), question())
        assert _authorised(server) == {None}
        server.seen.clear()
        ask(OpenAIEngine(server.url, timeout=QUICK, public_only=True, api_key="visitor-key"), question())
        assert _authorised(server) == {"Bearer visitor-key"}


def test_key_stays_when_the_client_would_go_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the environment's base URL nor a request built for another host takes the key away."""
    import httpx

    from demo.engines.served.guard import Guard

    with ModelServer({"/v1/models": lists("m"), CHAT: says("fine")}) as other:
        monkeypatch.setenv("OPENAI_BASE_URL", other.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        with ModelServer({"/v1/models": lists("m"), CHAT: says("fine")}) as server:
            ask(OpenAIEngine(server.url, timeout=QUICK), question())
            guard = Guard(parse_address(server.url), Secret(KEY, "x"))

            async def stray() -> None:
                async with httpx.AsyncClient(transport=guard) as client:
                    await client.get(other.url + "/models")

            with pytest.raises(errors.ServerRefusedError, match="was about to go to"):
                asyncio.run(stray())
        assert other.seen == []


def test_proxy_of_the_environment_is_not_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer({}) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        with ModelServer({"/v1/models": lists("m"), CHAT: says("fine")}) as server:
            assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text == "fine"
        assert proxy.seen == []


def test_proxy_that_can_t_be_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "gopher://proxy.example")
    with pytest.raises(errors.ServerUnreachableError, match="proxy for https://host"):
        ask(OpenAIEngine("https://host.example/v1", timeout=QUICK), question())


def test_secret_is_shown_and_pickled_by_nobody() -> None:
    secret = Secret(KEY, "file")
    assert KEY not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(secret)


@pytest.mark.parametrize("content", ["", "two words", "line\nbreak", "schlüssel", "a\x00b", "k" * 20_000])
def test_file_without_a_key_is_refused_without_showing_it(content: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(content, encoding="utf-8")
    engine = OpenAIEngine("http://127.0.0.1:9/v1", key_file=file)
    with pytest.raises(errors.ServerRefusedError, match="no API key") as caught:
        ask(engine, question())
    assert not content or content not in caught.value.text.en
    assert engine.describe("en").name == "openai", "describing it goes on"


def test_missing_key_file_is_named(tmp_path: Path) -> None:
    engine = OpenAIEngine("http://127.0.0.1:9/v1", key_file=tmp_path / "none.txt")
    with pytest.raises(errors.ServerRefusedError, match=r"none\.txt can't be read: No such file"):
        ask(engine, question())


@pytest.mark.parametrize(
    ("given_address", "words"),
    [
        ("localhost:8000/v1", "must begin with http"),
        ("ftp://host/v1", "must begin with http"),
        ("file:///etc/passwd", "must begin with http"),
        ("", "must begin with http"),
        ("http://", "no address of a server"),
        ("http://host:99999/v1", "no address of a server"),
        ("http://host:0/v1", "no address of a server"),
        ("http://ho st/v1", "no address of a server"),
        ("http://host\\@evil/v1", "no address of a server"),
        ("http://[::1/v1", "no address of a server"),
        ("http://user:velvet@host/v1", "name or password"),
        ("user:velvet@host:80", "must begin with http"),
        ("http://host/v1?key=velvet", "may not hold"),
        ("http://host/v1#velvet", "may not hold"),
    ],
)
def test_address_that_can_t_be_one_is_refused_without_its_secrets(given_address: str, words: str) -> None:
    with pytest.raises(errors.ServerUnreachableError, match=words) as caught:
        OpenAIEngine(given_address or " ")
    assert "velvet" not in caught.value.text.en + caught.value.text.zh


def test_address_is_shown_as_it_is_used() -> None:
    assert str(parse_address("HTTPS://Host.example:443/")) == "https://host.example/v1"
    assert str(parse_address("http://[::1]:8000/v1/chat/completions")) == "http://[::1]:8000/v1"
    assert str(parse_address("https://h/compatible-mode/v1/")) == "https://h/compatible-mode/v1"


PRIVATE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.100.100.200", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_private_address_is_refused_to_visitors(host: str) -> None:
    url = f"http://[{host}]/v1" if ":" in host else f"http://{host}/v1"
    with pytest.raises(errors.ServerUnreachableError, match="private network"):
        check_address(url, allow_private=False)
    assert check_address(url, allow_private=True).host == addresses.EVERYWHERE.get(host, host)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://2130706433/v1", "http://0x7f.1/v1", "http://127.1/"]
)
def test_other_spellings_of_this_machine_are_refused(url: str) -> None:
    with pytest.raises(errors.ServerUnreachableError):
        check_address(url, allow_private=False)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_hides_inside_ipv6(inner: ipaddress.IPv4Address) -> None:
    for text in (f"::ffff:{inner}", f"64:ff9b::{inner}"):
        assert is_public(ipaddress.ip_address(text)) == is_public(inner)


def test_public_addresses_are_public() -> None:
    for text in ("8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"):
        assert is_public(ipaddress.ip_address(text))


def _resolver(*answers: str) -> Any:
    left = list(answers)

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        answer = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port))]

    return resolve


def test_name_that_changes_its_meaning_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checked while it points to the internet; by the time of the question it points to this machine."""
    with ModelServer({"/v1/models": lists("m"), CHAT: says("fine")}) as server:
        url = f"http://rebind.example:{server.port}/v1"
        monkeypatch.setattr(socket, "getaddrinfo", _resolver("8.8.8.8", "127.0.0.1"))
        check_address(url, allow_private=False)
        with pytest.raises(errors.ServerUnreachableError, match="private network"):
            ask(OpenAIEngine(url, timeout=QUICK, public_only=True), question())
        assert server.seen == []


def test_connection_uses_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up once a request; the host header keeps it."""
    monkeypatch.setattr(addresses, "is_public", lambda _: True)

    async def shows_host(seen: Seen, wire: Wire) -> None:
        await wire.json({"data": [{"id": seen.headers["host"], "owned_by": "vllm"}]})

    with ModelServer({"/v1/models": shows_host, CHAT: says("fine")}) as server:
        monkeypatch.setattr(socket, "getaddrinfo", _only_names(socket.getaddrinfo, "pinned.example"))
        engine = OpenAIEngine(f"http://pinned.example:{server.port}/v1", timeout=QUICK, public_only=True)
        assert engine.models() == (f"pinned.example:{server.port}",)


def _only_names(real: Any, name: str) -> Any:
    def resolve(host: Any, port: int, *args: Any, **kwargs: Any) -> Any:
        if host == name:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        assert host not in (b"pinned.example",), "the connection looks the name up for itself"
        return real(host, port, *args, **kwargs)

    return resolve


def test_server_that_shows_an_html_login_to_the_list_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer({"/v1/models": gives({"detail": "who are you"}, 401)}) as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        with pytest.raises(errors.ServerRefusedError, match="wants an API key"):
            engine.models()
        with pytest.raises(errors.ServerRefusedError, match="wants an API key"):
            ask(engine, question())
