"""Attacks by the request itself: its form, its headers, its number."""

from benchmarks.attacks.caller import Attack, Caller, alive, leak

BODIES = (
    (b"[" * 100_000, 400),
    (b'{"data":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, 400),
    (b'{"fn_index": ' + b"9" * 5000 + b"}", 400),
    (b'{"fn_index": 0, "data": [], "session_hash": "' + b"x" * 100_000 + b'"}', 400),
    (b'{"fn_index": 0, "data": [], "session_hash": "a\\r\\nX-Evil: 1"}', 400),
    (b'{"fn_index": 0, "data": [], "session_hash": {"a": 1}}', 400),
    (b'{"fn_index": 0, "data": [], "session_hash": "../x"}', 400),
    (b'{"fn_index": 0, "data": ["\\ud83d"], "session_hash": "x"}', 400),
    (b"not json", 400),
    (b"\xff\xfe", 400),
)
STRANGE = (
    b'{"fn_index": 99999, "data": [], "session_hash": "attacker1"}',
    b'{"fn_index": -1, "data": [], "session_hash": "attacker1"}',
    b'{"fn_index": "0", "data": "x", "session_hash": "attacker1"}',
    b'{"data": [], "session_hash": "attacker1"}',
    b'{"fn_index": 79, "session_hash": "attacker1"}',
    b"null",
    b"[]",
    b"{}",
)


def malformed(caller: Caller) -> str | None:
    """Send JSON that is too deep, too large in its numbers, or names an impossible session."""
    for body, status in BODIES:
        for path in ("/gradio_api/queue/join", "/gradio_api/call/order", "/gradio_api/cancel"):
            answer = caller.post(path, content=body, headers={"content-type": "application/json"})
            if answer.status_code != status or leak(answer.text):
                return f"{path} {body[:30]!r}: {answer.status_code} {answer.text[:60]}"
    return None if alive(caller) else "the page no longer answers"


def strange(caller: Caller) -> str | None:
    """Name events that are not there, and leave out what belongs in."""
    for body in STRANGE:
        answer = caller.post(
            "/gradio_api/queue/join", content=body, headers={"content-type": "application/json"}
        )
        if leak(answer.text):
            return f"{body!r}: {answer.text[:80]}"
    return None if alive(caller) else "the page no longer answers"


def injected(caller: Caller) -> str | None:
    """Put headers and markup into what the page reads of a request: hosts, languages, addresses."""
    evil = 'evil.example"><script>alert(1)</script>'
    answer = caller.get(
        "/", headers={"x-forwarded-host": evil, "accept-language": "<script>" * 9000, "referer": evil}
    )
    if "<script>alert(1)" in answer.text:
        return "a forwarded host stands in the page as it is"
    for path in ("/gradio_api/heartbeat/a%0d%0aX-Evil:1", "/gradio_api/heartbeat/" + "x" * 5000):
        answer = caller.get(path)
        if answer.status_code < 400 or "x-evil" in answer.headers:
            return path[:60]
    return None


def flood(caller: Caller) -> str | None:
    """Send requests as fast as they go until the page says that it is enough."""
    for _ in range(3000):
        answer = caller.http.post("/gradio_api/reset", json={"event_id": "x"})
        if answer.status_code == 429:
            return None if alive(caller) else "the page itself is gone too"
    return "3,000 requests in a row were served"


ATTACKS = (
    Attack("malformed and huge JSON", malformed),
    Attack("events that are not there", strange),
    Attack("header injection", injected),
    Attack("flood of requests", flood),
)
