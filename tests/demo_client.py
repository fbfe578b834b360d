"""The page's own app, called without a port: uploads, endpoints and events of the page."""

import asyncio
import inspect
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient


class Visitor:
    """One browser tab, or one program: everything it calls shares a session."""

    def __init__(self, client: TestClient, blocks: Any, headers: Mapping[str, str]) -> None:
        self.client, self.blocks = client, blocks
        self.tab = secrets.token_hex(8)
        self.headers = dict(headers)

    def upload(self, *files: Path) -> list[dict[str, Any]]:
        """Upload files and give them as Gradio names them."""
        parts = [("files", (path.name, path.read_bytes())) for path in files]
        answer = self.client.post("/gradio_api/upload", files=parts)
        answer.raise_for_status()
        return [{"path": path, "meta": {"_type": "gradio.FileData"}} for path in answer.json()]

    def call(self, name: str, *data: Any) -> Any:
        """Call a named endpoint; give its last output. An error is an AssertionError."""
        return self.last(self._index(name), list(data))[0]

    def fire(self, handler: str, *data: Any, **event: Any) -> dict[Any, Any]:
        """Fire an event of the page by its handler's name; give what each component was told."""
        index = self._index(handler)
        told = self.last(index, list(data), event or None)
        return dict(zip(self.blocks.fns[index].outputs, told, strict=True))

    def last(self, index: int, data: list[Any], event: dict[str, Any] | None = None) -> list[Any]:
        """Give the last output of an event."""
        return list(self.outputs(index, data, event))[-1]

    def outputs(
        self, index: int, data: list[Any], event: dict[str, Any] | None = None
    ) -> Iterator[list[Any]]:
        """Give every output of an event, as the page would get it."""
        body = {"fn_index": index, "data": data, "session_hash": self.tab, "event_data": event}
        joined = self.client.post("/gradio_api/queue/join", json=body, headers=self.headers)
        joined.raise_for_status()
        state: list[Any] = []
        for message in self._messages():
            if message["msg"] == "process_generating":
                state = _patched(state, message["output"]["data"])
                yield state
            if message["msg"] == "process_completed":
                assert message["success"], message["output"]["error"]
                if message["output"].get("data"):
                    yield message["output"]["data"]

    def _messages(self) -> Iterator[dict[str, Any]]:
        address = f"/gradio_api/queue/data?session_hash={self.tab}"
        with self.client.stream("GET", address, headers=self.headers) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    def _index(self, name: str) -> int:
        return next(i for i, fn in self.blocks.fns.items() if name in (fn.api_name, fn.name))


def _patched(state: list[Any], given: list[Any]) -> list[Any]:
    """Apply the differences that Gradio streams; the first output comes whole."""
    if not state:
        return given
    return [_apply(old, new) if _is_diff(new) else new for old, new in zip(state, given, strict=True)]


def _is_diff(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, list) and len(v) == 3 for v in value)


def _apply(value: Any, changes: list[Any]) -> Any:
    from gradio_client.utils import apply_diff

    return apply_diff(value, changes)


@contextmanager
def open_page(settings: Any = None) -> Iterator[tuple[TestClient, Any]]:
    """Build the page and serve it to a test client."""
    app, blocks = asyncio.run(mounted(settings))
    try:
        with TestClient(app, base_url="http://127.0.0.1:7860") as client:
            client.get("/gradio_api/startup-events")
            yield client, blocks
    finally:
        blocks.context.store.close()


async def mounted(settings: Any) -> tuple[Any, Any]:
    """Put the page into an application, told all that `launch` tells it but where to listen.

    Asynchronous, because Gradio makes an event loop for each of its locks, never closed, where none runs.
    """
    import gradio as gr
    from fastapi import FastAPI

    from demo.app import build_app, launch_options
    from demo.settings import Settings

    settings = settings or Settings()
    blocks = build_app(settings)
    known = inspect.signature(gr.mount_gradio_app).parameters
    options = {k: v for k, v in launch_options(settings, blocks.context).items() if k in known}
    app = gr.mount_gradio_app(FastAPI(), blocks, path="/", **options)
    blocks.has_launched = True
    return app, blocks
