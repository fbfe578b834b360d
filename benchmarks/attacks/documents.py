"""Attacks by what is uploaded: bombs, archives that write elsewhere, names, templates, words for a model."""

import hashlib
import io
import json
import tempfile
import zipfile
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from benchmarks.attacks.caller import Attack, Caller, alive, file_data, leak
from benchmarks.bombs import BOMBS, HARMLESS
from benchmarks.pdf_writer import PdfWriter, text
from toolkit.geometry import Placement
from toolkit.manifest import MANIFEST_NAME, ImageRecord, Manifest, SourceRef

QUICK_BOMBS = (
    "size.png",
    "text.png",
    "image.pdf",
    "page.pdf",
    "size.tif",
    "size.gif",
    "size.webp",
    "size.bmp",
)
NAMES = (
    f"../../../..{gettempdir()}/vl-attack.png",
    f"{gettempdir()}/vl-attack.png",
    "..\\..\\vl-attack.png",
    "<img src=x onerror=alert(1)>.png",
    "a\r\nSet-Cookie: x=1.png",
    "{{7*7}}.png",
    "." * 300 + ".png",
    "CON.png",
    "\u202egnp.exe",
)
ESCAPES = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{{ lipsum.__globals__ }}",
    "{% for a in range(10**9) %}x{% endfor %}",
    "{{ 'x' * 10**10 }}",
)
TEMPLATE = """---
name: attack{number}
description: {{en: x, zh: x}}
metadata: {{task: read-text, lang: en, format: text, title: x}}
---
{body}
"""
BEACON = (
    "![x](http://evil.example/?q=1) "
    "<img src=http://evil.example/2> [y](http://evil.example/3) <script>1</script>"
)


def page_of(words: str) -> bytes:
    """Make a document of one page with a line of text."""
    writer = PdfWriter()
    resources = f"/Font << /F1 {writer.font()} 0 R >>"
    writer.page(text(words, size=24), resources=resources)
    return writer.data()


def png() -> bytes:
    """Make a small picture."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (64, 64), 255).save(out, "PNG")
    return out.getvalue()


def bombs(caller: Caller) -> str | None:
    """Upload small files that declare or unpack to gigabytes; each is refused by its name."""
    with tempfile.TemporaryDirectory() as folder:
        given = []
        for name in QUICK_BOMBS:
            BOMBS[name](Path(folder) / name)
            given.append(caller.bring(name, (Path(folder) / name).read_bytes()))
    answer = caller.prepared(*given).get("output") or {}
    through = [i["source"]["file"] for i in answer.get("images", ()) if i["source"]["file"] not in HARMLESS]
    if through:
        return f"{through[0]} became a picture"
    named = {failure["file"] for failure in answer.get("failures", ())}
    missing = set(QUICK_BOMBS) - named - {"text.png"}
    return f"not named: {missing}" if missing else leak(answer)


def archives(caller: Caller) -> str | None:
    """Upload ZIPs with entries that lead elsewhere, links, and entries that unpack to gigabytes."""
    add = caller.number("add")
    before = _marks()
    if not _opened(Caller(caller.http), add, _zipped(_prepared()))[1]:
        return (
            "nothing yet, but that the others are refused tells nothing: an honest one does not open either"
        )
    for make in (_zip_outside, _zip_link, _zip_bomb, _zip_many):
        told, opened = _opened(caller, add, make())
        if found := leak(told):
            return f"{make.__name__}: {found}"
        if opened:
            return f"{make.__name__} was opened"
        if "prepared.zip" not in json.dumps(told):
            return f"{make.__name__} was not refused by its name"
    return "a file was written elsewhere" if _marks() - before else None


def _opened(caller: Caller, add: int, archive: bytes) -> tuple[Any, bool]:
    """Bring a ZIP; give what the page says, and whether there are prepared images now."""
    told = caller.call(add, [[caller.bring("prepared.zip", archive)]])
    return told, bool((caller.ask("order", "none", [], {}).get("output") or {}).get("images"))


def _marks() -> set[Path]:
    files = (Path(gettempdir(), name) for name in ("vl-attack.png", "vl-attack.txt"))
    return {path for path in files if path.exists()}


def _prepared() -> dict[str, bytes]:
    """Make a prepared folder of one picture, as the page itself gives it."""
    page = png()
    digest = hashlib.sha256(page).hexdigest()
    source = SourceRef("page.png", digest, 1, 64.0, 64.0, "px")
    image = ImageRecord("page.png", digest, 64, 64, source, Placement(), tokens=4)
    return {MANIFEST_NAME: Manifest("qwen3-vl", {}, (image,)).to_json().encode(), "page.png": page}


def _zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def _zip_outside() -> bytes:
    names = (f"../../../..{gettempdir()}/vl-attack.txt", f"{gettempdir()}/vl-attack.txt", "..\\vl-attack.txt")
    return _zipped(_prepared() | dict.fromkeys(names, b"x"))


def _zip_link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(MANIFEST_NAME, _prepared()[MANIFEST_NAME])
        link = zipfile.ZipInfo("page.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def _zip_bomb() -> bytes:
    """Unpack to a gigabyte, more than four times the largest upload."""
    out, block = io.BytesIO(), bytes(2**24)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(MANIFEST_NAME, _prepared()[MANIFEST_NAME])
        with archive.open("page.png", "w") as page:
            for _ in range(64):
                page.write(block)
    return out.getvalue()


def _zip_many() -> bytes:
    return _zipped(_prepared() | {f"{number}.png": b"" for number in range(20_000)})


def names(caller: Caller) -> str | None:
    """Upload files whose names are paths, markup or headers."""
    before = _marks()
    for name in NAMES:
        answer = caller.upload((name, png()))
        if "set-cookie" in {k.lower() for k in answer.headers}:
            return f"{name!r} set a header"
        if answer.status_code == 200:
            told = caller.call(caller.number("add"), [[file_data(answer.json()[0])]])
            if "<img src=x" in json.dumps(told) or leak(told):
                return f"{name!r} stands in the page as it is"
    return "a file was written elsewhere" if _marks() - before else None


def templates(caller: Caller) -> str | None:
    """Save templates that reach for Python, for files and for endless loops, and use them in a prompt."""
    for number, body in enumerate(ESCAPES):
        told = caller.call(caller.number("own_save"), [TEMPLATE.format(number=number, body=body)])
        words = json.dumps(told)
        if leak(words) or "subclass" in words.replace("__subclasses__", "") or "uid=" in words:
            return body
    caller.prepared(caller.bring("a.png", png()))
    for task, words, fields in (("answer", "{{7*7}} {% raw %}", ""), ("extract-fields", "", "{{7*7}}")):
        built = caller.ask("build_prompt", task, "whole", "", words, fields, "en")
        if "output" not in built:
            return f"nothing yet, but {task} was not built, so that it tells nothing: {built}"
        if "49" in json.dumps(built["output"]["messages"]):
            return "words were rendered as a template"
    return None


def beacons(caller: Caller) -> str | None:
    """Let a document say what a model would repeat: pictures, links and scripts that phone home."""
    from demo.markdown import render

    caller.prepared(caller.bring("beacon.pdf", page_of(BEACON)))
    told = json.dumps(caller.call(caller.number("draw_3"), []))
    for html in (render(BEACON), render(f"# {BEACON}\n\n| {BEACON} |\n|-|\n| {BEACON} |"), told):
        if any(mark in html for mark in ("<img src=http", 'src="http', 'href="http', "<script>1")):
            return "the page would load from elsewhere"
    return None


def oversize(caller: Caller) -> str | None:
    """Send more than a request may carry: declared, undeclared, as an upload and as JSON."""
    answer = (
        caller.post("/gradio_api/upload", content=b"x", headers={"content-length": str(10**13)})
        if hasattr(caller.http, "app")
        else caller.post("/gradio_api/upload", content=iter([b"x"] * 3))
    )
    if answer.status_code not in (411, 413):
        return f"an upload of unknown or endless size: {answer.status_code}"
    for path in ("/gradio_api/queue/join", "/gradio_api/call/order", "/gradio_api/cancel", "/login"):
        answer = caller.post(path, content=b'{"data": ["' + b"x" * 5 * 10**6 + b'"]}')
        if answer.status_code != 413:
            return f"{path} took 5 MB of JSON: {answer.status_code}"
    return None if alive(caller) else "the page no longer answers"


ATTACKS = (
    Attack("bombs: PNG, PDF, TIFF, GIF, WebP, BMP", bombs),
    Attack("archives: paths, links, bombs", archives),
    Attack("file names that are paths, markup, headers", names),
    Attack("template escapes", templates),
    Attack("Markdown beacons", beacons),
    Attack("oversize uploads and bodies", oversize),
)
