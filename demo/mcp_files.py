"""Files of MCP clients: as base64 inside a call, or uploaded before it. Never a path, never an address."""

import base64
import binascii
import os
import re
import secrets
from pathlib import Path
from typing import Any

from demo.arguments import ArgumentError, kind_of
from demo.gate import MCP_FILES, Receive, RefusedError
from demo.settings import Limits
from demo.tool_words import both

MAX_NAME_BYTES = 200
"""Most file systems take 255 bytes."""
PREFIX = "mcp-"
_ID = re.compile(r"[A-Za-z0-9_-]{32}")
_DATA_URL = re.compile(r"data:[\w.+/-]*(;[\w.+=-]*)*;base64,", re.ASCII)

SCHEMA = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": both(f"file.{name}")}
            for name in ("name", "data", "upload")
        },
        "additionalProperties": False,
    },
}
"""What the argument `files` of a tool looks like."""


def clean_name(given: str) -> str:
    """Give what a person calls a file: no folders, nothing that does not print, not too long for a disk."""
    name = given.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(one for one in name if one.isprintable()).strip()
    if name in ("", ".", ".."):
        name = "document"
    stem, dot, ending = name.rpartition(".")
    keep = MAX_NAME_BYTES - len(f"{dot}{ending}".encode())
    if not stem or keep < 1:
        return name.encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    return stem.encode()[:keep].decode(errors="ignore") + dot + ending


def take_files(incoming: Path, given: Any, limits: Limits) -> list[str]:
    """Give the places of the files in a call, written where uploads arrive. Raises ArgumentError."""
    if given is None:
        raise ArgumentError("files.none")
    if not isinstance(given, list):
        raise ArgumentError("mcp.files.kind", given=kind_of(given))
    if len(given) > limits.max_files:
        raise ArgumentError("files.too_many", given=len(given), limit=limits.max_files)
    return [str(_file(incoming, number, entry, limits)) for number, entry in enumerate(given, 1)]


def _file(incoming: Path, number: int, entry: Any, limits: Limits) -> Path:
    if not isinstance(entry, dict):
        raise ArgumentError("mcp.files.entry", number=number, given=kind_of(entry))
    strange = [key for key in entry if key not in ("name", "data", "upload")]
    texts = all(isinstance(value, str) for value in entry.values())
    if strange or not texts or ("data" in entry) == ("upload" in entry):
        raise ArgumentError("mcp.files.entry", number=number, given=kind_of(entry))
    if "upload" in entry:
        return _uploaded(incoming, number, entry["upload"])
    data = _decoded(number, entry["data"])
    if len(data) > limits.max_bytes:
        raise ArgumentError("mcp.files.too_large", number=number, limit=limits.max_file_mb)
    _, path = new_place(incoming, entry.get("name") or "document")
    path.write_bytes(data)
    return path


def _decoded(number: int, text: str) -> bytes:
    opening = _DATA_URL.match(text)
    try:
        return base64.b64decode(text[opening.end() if opening else 0 :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ArgumentError("mcp.files.no_base64", number=number) from error


def _uploaded(incoming: Path, number: int, given: str) -> Path:
    folder = incoming / f"{PREFIX}{given}"
    there = list(folder.iterdir()) if _ID.fullmatch(given) and folder.is_dir() else []
    if len(there) != 1:
        raise ArgumentError("mcp.files.no_upload", number=number)
    os.utime(there[0])  # a file that is used stays as long as a new one
    return there[0]


def new_place(incoming: Path, name: str) -> tuple[str, Path]:
    """Make an unguessable folder; give what stands for it, and the path of a file called `name` inside it."""
    ticket = secrets.token_urlsafe(24)
    folder = incoming / f"{PREFIX}{ticket}"
    folder.mkdir(mode=0o700, parents=True)
    return ticket, folder / clean_name(name)


async def receive_upload(incoming: Path, path: str, receive: Receive, max_bytes: int) -> dict[str, Any]:
    """Write the body of a PUT or POST to `/mcp/files/NAME`; give what stands for it. Raises RefusedError."""
    name = path.removeprefix(MCP_FILES)
    if not name:
        raise RefusedError(400, "mcp_file_name")
    ticket, target = new_place(incoming, name)
    part = target.with_name(f".{secrets.token_hex(4)}.part")
    try:
        size = await _write(part, receive, max_bytes)
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        target.parent.rmdir()
        raise
    return {"upload": ticket, "name": target.name, "bytes": size}


async def _write(part: Path, receive: Receive, max_bytes: int) -> int:
    size = 0
    with part.open("wb") as file:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise RefusedError(400, "ended_early")
            size += file.write(message.get("body", b""))
            if size > max_bytes:
                raise RefusedError(413, "mcp_too_large", limit=max_bytes / 10**6)
            if not message.get("more_body"):
                return size
