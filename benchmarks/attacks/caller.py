"""A program that talks to the page over plain HTTP, as an attacker does: no library checks what it sends."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from tempfile import gettempdir
from typing import Any

LEAKS = ("Traceback", "site-packages", f"{gettempdir()}/vl-preflight", 'File "/', "root:x:0", "PATH=")
"""What no answer may ever hold: an inside of the server."""

PATIENCE = 60
"""Seconds that a caller waits for its turn before it takes "too many requests" for an answer."""

Data = list[Any]


@dataclass
class Caller:
    """One client. `http` is an httpx.Client whose base is the page; a session hash of its own."""

    http: Any
    session: str = field(default_factory=lambda: secrets.token_hex(8))

    def get(self, path: str, **more: Any) -> Any:
        """Get a path; see `request`."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> Any:
        """Post to a path; see `request`."""
        return self.request("POST", path, **more)

    def request(self, method: str, path: str, **more: Any) -> Any:
        """Send a request and give the response, again while the page says that it is too many at once.

        That refusal meets every request alike, so it would say nothing of the attack.
        """
        give_up = time.monotonic() + PATIENCE
        while (answer := self.http.request(method, path, **more)).status_code == 429:
            if time.monotonic() > give_up:
                break
            time.sleep(0.2)
        return answer

    def upload(self, *files: tuple[str, bytes]) -> Any:
        """Upload files by name and content; give the response."""
        return self.post("/gradio_api/upload", files=[("files", one) for one in files])

    def bring(self, name: str, content: bytes) -> dict[str, Any]:
        """Upload one file and give it as an endpoint takes it."""
        return file_data(self.upload((name, content)).raise_for_status().json()[0])

    def join(self, function: int, data: Data, **more: Any) -> Any:
        """Ask for an event; give the response."""
        body = {"fn_index": function, "data": data, "session_hash": self.session} | more
        # Escaped, so that half a character can travel too.
        headers = {"content-type": "application/json"}
        return self.post("/gradio_api/queue/join", content=json.dumps(body).encode(), headers=headers)

    def call(self, function: int, data: Data, **more: Any) -> list[dict[str, Any]]:
        """Call an event and give all its messages; a refusal is a message {"msg": "refused"}."""
        joined = self.join(function, data, **more)
        if joined.status_code != 200:
            return [{"msg": "refused", "status": joined.status_code, "text": joined.text[:500]}]
        return list(self._messages())

    def ask(self, name: str, *data: Any) -> dict[str, Any]:
        """Call a public endpoint; give {"output": …} or {"error": …}."""
        messages = self.call(self.number(name), list(data))
        last = messages[-1]
        if last["msg"] != "process_completed" or not last.get("success"):
            return {"error": last}
        return {"output": (last["output"].get("data") or [None])[0]}

    def prepared(self, *files: Any) -> dict[str, Any]:
        """Prepare files with the usual settings."""
        return self.ask("prepare", list(files), "auto", "qwen3-vl", 300, "never", "")

    def events(self) -> list[dict[str, Any]]:
        """Give the page's own list of events, which everybody can read."""
        found = self.get("/config").raise_for_status().json()["dependencies"]
        return [event for event in found if event["backend_fn"]]

    def number(self, name: str) -> int:
        """Give the number of an event by its name."""
        return next(int(event["id"]) for event in self.events() if event["api_name"] == name)

    def _messages(self) -> Iterator[dict[str, Any]]:
        address = f"/gradio_api/queue/data?session_hash={self.session}"
        with self.http.stream("GET", address) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    message = json.loads(line.removeprefix("data: "))
                    if message["msg"] == "close_stream":
                        return
                    if message["msg"] in ("process_generating", "process_completed", "unexpected_error"):
                        yield message
                    if message["msg"] in ("process_completed", "unexpected_error"):
                        return


@dataclass(frozen=True)
class Attack:
    """`run` tries it and gives what got through, None if all was refused."""

    name: str
    run: Callable[[Caller], str | None]


def file_data(path: str, **more: Any) -> dict[str, Any]:
    """Write a file as Gradio's events take it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **more}


def leak(answer: object) -> str | None:
    """Give what an answer holds of the server's inside."""
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    return next((f"it holds {word!r}" for word in LEAKS if word in text), None)


def alive(caller: Caller) -> bool:
    """Tell whether the page still answers."""
    return bool(caller.get("/config").status_code == 200)
