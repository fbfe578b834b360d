"""The examples of docs/api.md and docs/api.zh.md, taken from there and run against a page of their own."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from documents import Page, Words, write_pdf
from PIL import Image
from started_page import StartedPage, started_page

from demo.arguments import arguments_of
from demo.passwords import hash_password
from demo.programs import JOBS

DOCS = Path(__file__).parents[1] / "docs"
WRITTEN = "http://127.0.0.1:7860"
BOTH = pytest.mark.parametrize("name", ["api.md", "api.zh.md"])


def blocks(name: str, kind: str) -> list[str]:
    """Give the code of one kind that a document shows."""
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedPage]:
    with started_page(tmp_path_factory.mktemp("page"), "--mcp") as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the document that the examples speak of."""
    pages = [Page(content=(Words(f"{word} 97.65", x=72, y=700, size=24),)) for word in ("First", "Second")]
    write_pdf(tmp_path / "contract.pdf", *pages)
    return tmp_path


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def python(page: StartedPage, folder: Path, code: str) -> str:
    script = folder / "example.py"
    script.write_text(code.replace(WRITTEN, page.address), encoding="utf-8")
    return run([sys.executable, "-X", "utf8", str(script)], folder)


@BOTH
def test_example_for_gradio_client_runs(page: StartedPage, folder: Path, name: str) -> None:
    (code,) = [code for code in blocks(name, "python") if "gradio_client" in code]
    told = python(page, folder, code)
    assert "contract.pdf 1 readable" in told
    assert re.search(r"^2 contract.pdf 2 \d+$", told, re.MULTILINE)
    assert "True []" in told
    places = re.findall(r"^contract.pdf (\d) (.+) \[([\d.]+),", told, re.MULTILINE)
    assert [(number, text) for number, text, _ in places] == [("2", "Second 97.65"), ("1", "First 97.65")]
    assert all(float(left) == pytest.approx(72, abs=4) for *_, left in places)


@pytest.mark.curl
@BOTH
def test_example_for_curl_runs(page: StartedPage, folder: Path, name: str) -> None:
    (code,) = blocks(name, "bash")
    results = run(["bash", "-euc", code.replace(WRITTEN, page.address)], folder).splitlines()
    inspected, prepared, ordered, answered = (json.loads(line)[0] for line in results)
    assert [one["page"] for one in inspected["pages"]] == [1, 2]
    assert [one["source"]["page"] for one in prepared["images"]] == [1, 2]
    assert [one["source"]["page"] for one in ordered["images"]] == [2, 1]
    assert answered["ok"]
    assert answered["text"].index("Second 97.65") < answered["text"].index("First 97.65")


@BOTH
def test_example_for_an_mcp_client_runs(page: StartedPage, folder: Path, name: str) -> None:
    (code,) = [code for code in blocks(name, "python") if "from mcp" in code]
    told = python(page, folder, code)
    assert re.search(r"^2 contract.pdf 2 \d+$", told, re.MULTILINE)
    assert told.index("Second 97.65") < told.index("First 97.65")
    with Image.open(folder / "image-1.png") as picture:
        assert max(picture.size) == 512


@BOTH
def test_configuration_of_a_desktop_client_leads_to_the_tools(page: StartedPage, name: str) -> None:
    from mcp import Client

    (text,) = blocks(name, "json")
    (server,) = json.loads(text.replace(WRITTEN, page.address))["mcpServers"].values()

    async def list_tools() -> list[str]:
        async with Client(server["url"]) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert server["type"] == "http"
    assert set(JOBS) < set(asyncio.run(list_tools()))


@pytest.mark.curl
@BOTH
def test_upload_of_an_mcp_client_by_curl_runs(page: StartedPage, folder: Path, name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    (command,) = re.findall(r"`(curl -T [^`]+)`", text)
    shown = command.replace(WRITTEN, page.address).replace("a.pdf", "contract.pdf")
    told = json.loads(run(["bash", "-euc", shown.replace("curl", "curl -sS")], folder))
    assert (told["name"], len(told["upload"])) == ("contract.pdf", 32)


@BOTH
def test_table_names_every_endpoint_with_its_arguments(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE)
    documented: dict[str, Any] = {row: re.findall(r"`(\w+)`", given) for row, given in rows}
    files = {"prepare": ["files"], "inspect": ["files"]}
    assert documented == {job: files.get(job, []) + [row.name for row in arguments_of(job)] for job in JOBS}


def ways_in(name: str) -> tuple[str, str]:
    """Give the commands that a document shows for a page with passwords."""
    text = (DOCS / name).read_text(encoding="utf-8")
    (login,) = re.findall(r"`(curl -c jar [^`]+)`", text)
    (encode,) = re.findall(r"`(printf 'ANNA:[^`]+base64)`", text)
    return login, encode


@pytest.mark.curl
def test_ways_in_with_a_password_are_as_written(tmp_path: Path, folder: Path) -> None:
    users, password = tmp_path / "users", "她的密码"
    users.write_text(f"ANNA:{hash_password(password)}\n", encoding="utf-8")
    login, encode = ways_in("api.zh.md")
    assert ways_in("api.md") == (login, encode.replace(password, "her password"))
    with started_page(tmp_path, "--mcp", "--auth-file", str(users)) as page:
        client = f"Client({page.address!r}, auth=('ANNA', {password!r}), verbose=False)"
        code = f"from gradio_client import Client\nprint({client}.predict(api_name='/order')['images'])"
        assert python(page, folder, code).strip() == "[]"
        shown = login.replace("$PAGE", page.address).replace("password=…", f"'password={password}'")
        run(["bash", "-euc", shown.replace("curl", "curl -sSf")], folder)
        info = ["curl", "-sSf", f"{page.address}/gradio_api/info"]
        assert "/prepare" in json.loads(run([*info, "-b", "jar"], folder))["named_endpoints"]
        assert subprocess.run(info, cwd=folder, capture_output=True).returncode != 0
        key = run(["bash", "-euc", encode], folder).strip()
        put = ["curl", "-sS", "-T", "contract.pdf", f"{page.address}/mcp/files/"]
        assert "upload" in json.loads(run([*put, "-H", f"Authorization: Basic {key}"], folder))
        assert "Authorization" in run(put, folder)


def test_both_languages_show_the_same_code() -> None:
    def bare(name: str) -> list[str]:
        code = "\n".join(one for kind in ("python", "bash", "json") for one in blocks(name, kind))
        code = re.sub(
            r"#.*|_zh\b|, language=\"zh\"|, \"language\": \"zh\"| -H \"Accept-Language: zh\"", "", code
        )
        return [line.rstrip() for line in code.replace('"zh"', '"en"').splitlines()]

    assert bare("api.md") == bare("api.zh.md")
