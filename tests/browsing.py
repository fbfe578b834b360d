"""What the tests in a real browser share: the page, the browser, a tab, and the first steps of a visit."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from documents import Page, Words, write_pdf

from benchmarks.browsing import chromium, page_server
from demo.words import page_translations

PATIENCE = 30_000
"""Milliseconds: two shared cores, and the reader loads with the first question."""
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A camera that shows a moving test picture."""
ECHO_PAGE = Path(__file__).with_name("echo_page.py")


@dataclass
class Tab:
    """One page in the browser, and what went wrong in it."""

    page: Any
    lang: str
    troubles: list[str] = field(default_factory=list)

    def words(self, key: str) -> str:
        """Give a label as this tab shows it."""
        return page_translations()["zh-CN" if self.lang == "zh" else "en"][f"page.{key}"]

    def press(self, key: str) -> None:
        """Press the button that is called by a sentence of page.toml."""
        self.page.get_by_role("button", name=self.words(key), exact=True).click()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for the tests of one file."""
    with chromium(*CAMERA) as opened:
        yield opened


@pytest.fixture(scope="module")
def echo_address() -> Iterator[str]:
    """The page with the engine that echoes, slowly if asked to; two are served at once."""
    with page_server("--engine", "echo", "--lang", "en", page=(sys.executable, ECHO_PAGE)) as server:
        yield server.address


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page as a person starts it."""
    with page_server("--lang", "en") as server:
        yield server.address


def open_tab(browser: Any, address: str, lang: str, width: int, **options: Any) -> Tab:
    """Open the page; `options` are those of a browser context, such as `has_touch`."""
    locale = "zh-TW" if lang == "zh" else "en-GB"
    context = browser.new_context(locale=locale, viewport={"width": width, "height": 900}, **options)
    context.set_default_timeout(PATIENCE)
    tab = Tab(context.new_page(), lang)
    tab.page.on("pageerror", lambda error: tab.troubles.append(str(error)))
    tab.page.on("console", lambda said: said.type == "error" and tab.troubles.append(said.text))
    tab.page.goto(address)
    tab.page.wait_for_selector(".vp-lead h2")
    return tab


@pytest.fixture
def tab(browser: Any, address: str) -> Iterator[Tab]:
    opened = open_tab(browser, address, "en", 1400)
    yield opened
    opened.page.context.close()
    assert not opened.troubles, opened.troubles


def documents(folder: Path) -> list[Path]:
    """Write two PDFs of one page, "bill.pdf" and "二 notes.pdf"."""
    words = (Words("Invoice 2026-118", y=760, size=20), Words("Total amount 97.65", y=600, size=20))
    page = Page(content=words)
    return [write_pdf(folder / "bill.pdf", page), write_pdf(folder / "二 notes.pdf", Page())]


def add(tab: Tab, *files: Path) -> None:
    """Upload files and wait until they are listed."""
    tab.page.set_input_files("#vp-upload input[type=file]", [str(path) for path in files])
    tab.page.wait_for_selector(f".vp-uploads li:nth-child({len(files)})")


def prepare(tab: Tab, files: list[Path]) -> None:
    """Upload files and prepare them."""
    add(tab, *files)
    tab.press("documents.prepare")
    tab.page.wait_for_selector("#vp-next-order", state="visible")
