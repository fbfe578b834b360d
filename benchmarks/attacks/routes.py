"""Attacks by address: files of the machine, other servers, routes of Gradio's that the page does not need."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from benchmarks.attacks.caller import Attack, Caller, file_data

TRAVERSALS = (
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=../../../../../../etc/passwd",
    "/gradio_api/file=%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/gradio_api/file=//etc/passwd",
    "/gradio_api/file=/proc/self/environ",
    "/gradio_api/file=demo/settings.py",
    "/gradio_api/file=demo/static/../settings.py",
    "/gradio_api/file=.git/config",
    "/gradio_api/file//etc/passwd",
    "/gradio_api/file/etc/passwd",
    "/file=/etc/passwd",
    "/static/../../../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/%2e%2e/routes.py",
    "/assets/..%2f..%2f..%2froutes.py",
    "/gradio_api/custom_component/x/client/../../routes.py/y",
    "/gradio_api/custom_component/a/client/component/..%2f..%2froutes.py",
    "/pwa_icon/..%2f..%2f..%2fetc%2fpasswd",
)
ELSEWHERE = (
    "/gradio_api/file={}",
    "/gradio_api/file=HTTP{}",
    "/gradio_api/file/{}",
    "/gradio_api/proxy={}",
    "/proxy={}",
    "/file={}",
)
SHUT = (
    ("GET", "/monitoring"),
    ("GET", "/monitoring/summary"),
    ("GET", "/gradio_api/deep_link?session_hash=x"),
    ("GET", "/gradio_api/runs"),
    ("GET", "/gradio_api/run-history/records"),
    ("GET", "/gradio_api/stream/x/1/1/playlist-file"),
    ("POST", "/gradio_api/stream/x"),
    ("GET", "/gradio_api/dev/reload"),
    ("GET", "/gradio_api/vibe-code"),
    ("POST", "/gradio_api/vibe-edit"),
    ("POST", "/gradio_api/undo-vibe-edit"),
    ("POST", "/gradio_api/process_recording"),
    ("POST", "/gradio_api/component_server"),
    ("POST", "/gradio_api/component_server/"),
    ("POST", "/gradio_api/run/prepare"),
    ("POST", "/gradio_api/api/prepare"),
    ("GET", "/gradio_api/queue/status"),
    ("GET", "/gradio_api/profiling/traces"),
    ("GET", "/svelte/x"),
)

STRANGE_NAMES = ("evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example", "")


def traversal(caller: Caller) -> str | None:
    """Read files of the machine and of the program."""
    for path in TRAVERSALS:
        answer = caller.get(path)
        if answer.status_code == 200:
            return f"{path}: {answer.text[:40]!r}"
    return None


def elsewhere(caller: Caller) -> str | None:
    """Let the server fetch an address, of this machine and of the world."""
    with canary() as (address, hits):
        for pattern in ELSEWHERE:
            for target in (address, "http://example.com/", "https://169.254.169.254/"):
                path = pattern.format(target if "HTTP" not in pattern else target[4:])
                answer = caller.get(path)
                if answer.status_code < 400 or hits:
                    return f"{path}: {answer.status_code}, {len(hits)} fetched"
    return None


def image_address(caller: Caller) -> str | None:
    """Give an address in the place of an uploaded picture, in every spelling."""
    with canary() as (address, hits):
        for target in (
            address,
            "http://example.com/a.png",
            " " + address,
            "HTTPS://example.com/",
            "ftp://x/y",
        ):
            for given in (file_data(target), file_data(target, is_stream=True), {"path": target}):
                answer = caller.prepared(given)
                if hits or (answer.get("output") or {}).get("images"):
                    return f"{target} was fetched"
                if answer.get("error", {}).get("msg") != "refused":
                    return f"{target} went to the page: {str(answer)[:100]}"
        # `url` is what a browser shows; it must never be what the server takes.
        caller.prepared(file_data("x.png", url=address))
        return f"url: {len(hits)} fetched" if hits else None


def shut_routes(caller: Caller) -> str | None:
    """Use what Gradio serves and this page does not need."""
    for method, path in SHUT:
        answer = caller.request(method, path, json={} if method == "POST" else None)
        if answer.status_code < 400 or answer.status_code >= 500:
            return f"{method} {path}: {answer.status_code}"
    return None


def headers(caller: Caller) -> str | None:
    """Find an answer that a browser would let load from elsewhere, or be framed."""
    for path in ("/", "/config", "/gradio_api/file=/x", "/nothing", "/theme.css", "/monitoring"):
        found = {k.lower(): v for k, v in caller.get(path).headers.items()}
        policy = found.get("content-security-policy", "")
        if "img-src 'self' data: blob:" not in policy or "default-src 'self'" not in policy:
            return f"{path}: policy {policy[:60]!r}"
        if found.get("x-content-type-options") != "nosniff" or found.get("referrer-policy") != "no-referrer":
            return f"{path}: headers are missing"
    return None


def rebound_name(caller: Caller) -> str | None:
    """Call a page of this machine by another site's name, as that site's page would (DNS rebinding)."""
    if caller.http.base_url.host not in ("127.0.0.1", "localhost", "::1"):
        return None  # a page for others goes by names that it can't know
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/file=/x", "/theme.css"):
        for name in STRANGE_NAMES:
            answer = caller.get(path, headers={"host": name})
            if answer.status_code not in (400, 421):
                return f"{path} as {name!r}: {answer.status_code}"
    return None


@contextmanager
def canary() -> Iterator[tuple[str, list[str]]]:
    """Listen on this machine; give the address, and the list of what was asked for."""
    hits: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/a.png", hits
    finally:
        server.shutdown()
        server.server_close()


ATTACKS = (
    Attack("path traversal", traversal),
    Attack("fetching from elsewhere by route", elsewhere),
    Attack("SSRF by image address", image_address),
    Attack("routes that should be shut", shut_routes),
    Attack("answers without safe headers", headers),
    Attack("DNS rebinding", rebound_name),
)
