"""Attacks on the door for MCP clients; on a page without `--mcp` it is shut, and all of them are refused."""

import base64
import json
from typing import Any

from benchmarks.attacks.bodies import BODIES
from benchmarks.attacks.caller import Attack, Caller, alive, leak
from benchmarks.attacks.documents import page_of
from benchmarks.attacks.routes import canary

SECRET = "Pflaumenkuchen 0815"
"""Stands in the victim's document, and nowhere else."""
OWN = {
    "host": "127.0.0.1",
    "accept": "application/json, text/event-stream",
    "content-type": "application/json",
}


def post(caller: Caller, body: bytes, **more: str) -> Any:
    """Send a body to the door; give the response."""
    return caller.post("/mcp", content=body, headers=OWN | more)


def call(caller: Caller, name: str, arguments: Any) -> dict[str, Any] | None:
    """Call a tool; give its result, None where the door is shut."""
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": name, "arguments": arguments},
    }
    answer = post(caller, json.dumps(body).encode())
    if answer.status_code in (401, 404):
        return None
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    message: dict[str, Any] = json.loads(lines[-1].removeprefix("data: "))
    return dict(message.get("result") or {"isError": True, "content": message})


def inline(content: bytes) -> list[dict[str, str]]:
    """Write a file into a call."""
    return [{"name": "private.pdf", "data": base64.b64encode(content).decode()}]


def other_sessions(caller: Caller) -> str | None:
    """Use another conversation's documents: without its secret, with guesses at it, with its tab."""
    victim = call(caller, "prepare", {"files": inline(page_of(SECRET))})
    if victim is None:
        return None
    secret = str(victim["structuredContent"]["session"])
    for guess in (
        None,
        "",
        "*",
        secret[:-1],
        secret.swapcase(),
        secret[::-1],
        caller.session,
        "../",
        [secret],
    ):
        for name in ("ask", "order", "build_prompt", "show_image", "forget"):
            given: dict[str, Any] = {"session": guess} | ({"image": 1} if name == "show_image" else {})
            told = call(caller, name, given) or {}
            if not told.get("isError") or SECRET in json.dumps(told):
                return f"{name} with {guess!r}"
    still = call(caller, "ask", {"session": secret}) or {}
    return None if SECRET in json.dumps(still) else "the victim's session was taken away"


def strange_files(caller: Caller) -> str | None:
    """Name paths and addresses where a file belongs, in every spelling that a tool might follow."""
    with canary() as (address, hits):
        for target in (address, "/etc/passwd", "file:///etc/passwd", "../../etc/passwd", "demo/settings.py"):
            for entry in (
                target,
                {"path": target},
                {"url": target},
                {"path": target, "meta": {"_type": "gradio.FileData"}},
                {"name": target, "data": target},
                {"upload": target},
            ):
                for name in ("prepare", "inspect"):
                    told = call(caller, name, {"files": [entry]})
                    if told is not None and not told.get("isError"):
                        return f"{entry!r} was taken"
                    if hits or leak(told):
                        return f"{entry!r}: {leak(told) or 'fetched'}"
    return None


def rebound(caller: Caller) -> str | None:
    """Come as a browser that another site has sent: by a name that points here, or with its origin."""
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
    for more in (
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:7860"},
        {"host": "2130706433"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
    ):
        answer = post(caller, body, **more)
        upload = caller.request("PUT", "/mcp/files/a.pdf", content=b"x", headers=OWN | more)
        if answer.status_code < 400 or upload.status_code < 400:
            return f"{more}: {answer.status_code}, {upload.status_code}"
    return None


def malformed(caller: Caller) -> str | None:
    """Send what is no message: too deep, too large, of other versions, to ways that are none."""
    for body in (*(one for one, _ in BODIES), b"null", b"[]", b"{}", b'{"jsonrpc": "2.0", "id": {}}'):
        for version in ("", "2025-06-18", "2026-07-28", "x"):
            answer = post(caller, body, **({"mcp-protocol-version": version} if version else {}))
            if answer.status_code >= 500 or leak(answer.text):
                return f"{body[:30]!r}: {answer.status_code} {answer.text[:60]}"
    large = post(caller, b'{"x": "' + b"x" * 9 * 10**6 + b'"}')
    if large.status_code not in (401, 404, 413):
        return f"9 MB were taken: {large.status_code}"
    for path in ("/mcp/", "/mcp/sse", "/gradio_api/mcp/", "/mcp/files/"):
        answer = caller.request("GET", path, headers={"host": "127.0.0.1"})
        if answer.status_code < 400:
            return f"{path}: {answer.status_code}"
    return None if alive(caller) else "the page no longer answers"


ATTACKS = (
    Attack("MCP: other conversations' sessions", other_sessions),
    Attack("MCP: paths and addresses as files", strange_files),
    Attack("MCP: other sites and rebound names", rebound),
    Attack("MCP: malformed and huge messages", malformed),
)
