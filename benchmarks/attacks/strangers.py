"""Attacks on other visitors: their files, their work, their sessions, the page's private events."""

import json
from pathlib import Path
from typing import Any

from benchmarks.attacks.caller import Attack, Caller, alive, file_data, leak
from benchmarks.attacks.documents import page_of

SECRET = "Zwiebelkuchen 4711"
"""Stands in the victim's document, and nowhere else."""
HOSTILE: tuple[Any, ...] = (
    "../../etc/passwd",
    "<img src=x onerror=alert(1)>",
    "{{ ''.__class__.__mro__ }}",
    -1,
    10**30,
    None,
    True,
    [],
    {"a": {"b": [1, "x", None]}},
    [file_data("/etc/passwd")],
    "\u0000\u202e" * 50,
)


def victim(caller: Caller) -> tuple[Caller, str]:
    """Let somebody else prepare a document; give them, and where their upload lies."""
    other = Caller(caller.http)
    given = other.bring("private.pdf", page_of(SECRET))
    images = other.prepared(given)["output"]["images"]
    assert len(images) == 1
    return other, str(given["path"])


def file_echo(caller: Caller) -> str | None:
    """Name files that were never uploaded, in place of an upload."""
    own = Path(__file__).resolve()
    for path in ("/etc/passwd", "demo/settings.py", str(own), str(own.parents[2] / "LICENSE"), "/", "", "."):
        answer = caller.prepared(file_data(path))
        if (answer.get("output") or {}).get("images") or SECRET in json.dumps(answer):
            return f"{path} was taken"
        if found := leak(answer):
            return f"{path}: {found}"
    return None


def other_files(caller: Caller) -> str | None:
    """Fetch another visitor's upload by its place on the disk, in several spellings."""
    _, path = victim(caller)
    for spelling in (
        path,
        f"/{path}",
        path.replace("/incoming/", "/x/../incoming/"),
        path.replace("/", "//"),
    ):
        answer = caller.get(f"/gradio_api/file={spelling}")
        if answer.status_code == 200:
            return f"{spelling} was served"
    return None


def other_work(caller: Caller) -> str | None:
    """Ask about, order and export what another visitor prepared, with a session of one's own."""
    victim(caller)
    for name, data in (
        ("build_prompt", ["read-text", "whole", "", "", "", "en"]),
        ("ask", ["read-text", "whole", "", "", "", "en", False]),
        ("order", ["none", [1], {}]),
    ):
        answer = caller.ask(name, *data)
        if "output" in answer and (SECRET in json.dumps(answer) or (answer["output"] or {}).get("images")):
            return f"{name}: {str(answer)[:100]}"
    return None


def other_tokens(caller: Caller) -> str | None:
    """Bring along tokens that might be another visitor's: names, folders, their tab."""
    other, path = victim(caller)
    load = caller.number("load")
    for token in (other.session, other.session[:-1], Path(path).parent.name, "", "../", "*", None, {"a": 1}):
        thief = Caller(caller.http)
        text = json.dumps(thief.call(load, [token, "en", ""]))
        if SECRET in text or "private.pdf" in text:
            return f"token {token!r} opened another's work"
    return None


def private_events(caller: Caller) -> str | None:
    """Call every event of the page by its number, with everything hostile in every place."""
    for event in caller.events():
        for number, bad in enumerate(HOSTILE):
            mixed = [HOSTILE[(number + place) % len(HOSTILE)] for place in range(len(event["inputs"]))]
            acted = {"act": bad, "arg": HOSTILE[number - 1], "value": bad}
            told = caller.call(event["id"], mixed, event_data=acted)
            if found := leak(told):
                return f"{event['api_name']} with {bad!r}: {found}"
            if "number " in json.dumps(told) and "The log has the reason" in json.dumps(told):
                return f"{event['api_name']} with {mixed!r}: an unexpected error"
    return None if alive(caller) else "the page no longer answers"


ATTACKS = (
    Attack("file echo by a path in place of an upload", file_echo),
    Attack("other visitors' files", other_files),
    Attack("other visitors' work", other_work),
    Attack("other visitors' tokens", other_tokens),
    Attack("private events by their number", private_events),
)
