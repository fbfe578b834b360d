"""An MCP client of few lines: JSON-RPC over HTTP as any program may send it, with no library that checks."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEADERS = {"accept": "application/json, text/event-stream", "host": "localhost", "accept-language": "en"}


class Calls:
    """Calls tools through an HTTP client; `headers` go with each, `progress` was told on the way."""

    def __init__(self, http: Any, **headers: str) -> None:
        self.http, self.headers = http, {**HEADERS, **{k.replace("_", "-"): v for k, v in headers.items()}}
        self.progress: list[Mapping[str, Any]] = []

    def post(self, body: Any, **headers: str) -> Any:
        """Send a body; give the response."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = {"content-type": "application/json"}
        return self.http.post("/mcp", content=content, headers=self.headers | kind | headers)

    def request(self, method: str, **params: Any) -> Any:
        """Send a JSON-RPC request; give its result."""
        answer = self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        assert answer.status_code == 200, (answer.status_code, answer.text)
        messages = [
            json.loads(line.removeprefix("data: "))
            for line in answer.text.splitlines()
            if line.startswith("data: ")
        ]
        self.progress = [one["params"] for one in messages if "params" in one]
        return messages[-1]["result"]

    def tool(self, name: str, /, **arguments: Any) -> Any:
        """Call a tool; give its result, with `isError` where it was refused."""
        return self.request("tools/call", name=name, arguments=arguments, _meta={"progressToken": 1})

    def done(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool that must succeed; give its structured result."""
        result = self.tool(name, **arguments)
        assert not result.get("isError"), result
        return dict(result["structuredContent"])

    def refused(self, name: str, /, **arguments: Any) -> str:
        """Call a tool that must be refused; give the sentence."""
        result = self.tool(name, **arguments)
        assert result.get("isError"), result
        return str(result["content"][0]["text"])


def inline(*paths: Path) -> list[dict[str, str]]:
    """Write files as a tool takes them inside a call."""
    return [{"name": one.name, "data": base64.b64encode(one.read_bytes()).decode()} for one in paths]
