"""Two visitors are served and the third waits: its place on the screen, leaving the line, and going on."""

from pathlib import Path
from typing import Any

import pytest
from browsing import Tab, add, browser, documents, echo_address, open_tab, prepare
from PIL import Image, ImageDraw

from benchmarks.pdf_writer import PdfWriter

__all__ = ["browser", "echo_address"]

pytestmark = pytest.mark.browser


def scanned_pdf(folder: Path) -> Path:
    """One scan on each of 300 pages: scans are judged in pixels, which takes longer than this test."""
    scan = Image.new("L", (2480, 3508), 255)
    for line in range(60):
        ImageDraw.Draw(scan).text((200, 160 + 52 * line), "Every line was scanned. " * 3, 0, font_size=36)
    writer = PdfWriter()
    resources = f"/XObject << /I1 {writer.image(scan)} 0 R >>"
    for _ in range(300):
        writer.page("q 595 0 0 842 0 0 cm /I1 Do Q", resources=resources)
    return writer.save(folder / "scan.pdf")


def open_tabs(browser: Any, echo_address: str, count: int) -> list[Tab]:
    langs = ["en", "zh"] * count
    return [open_tab(browser, echo_address, lang, 1400) for lang in langs[:count]]


def wait_for(tab: Tab, where: str, words: str) -> None:
    script = "([where, words]) => document.querySelector(where)?.textContent.includes(words)"
    tab.page.wait_for_function(script, arg=[where, words])


def close(tabs: list[Tab]) -> None:
    for tab in tabs:
        tab.page.context.close()


def test_who_prepares_third_sees_the_place_leaves_the_line_or_goes_on(
    browser: Any, echo_address: str, tmp_path: Path
) -> None:
    tabs = open_tabs(browser, echo_address, 4)
    scan = scanned_pdf(tmp_path)
    for tab in tabs[:2]:
        add(tab, scan)
        tab.press("documents.prepare")
        tab.page.wait_for_selector(".vp-card:not(.vp-coming)")
    third, fourth = tabs[2:]
    for tab, words in ((third, "you are next"), (fourth, "前面还有 1 人")):
        add(tab, *documents(tmp_path))
        tab.press("documents.prepare")
        wait_for(tab, "#vp-gallery [role=status]", words)
    fourth.page.reload()  # who reloads the page keeps the place
    fourth.page.wait_for_selector(".vp-progress")
    wait_for(fourth, "#vp-gallery [role=status]", "前面还有 1 人")
    third.page.locator("#vp-stop").click()
    wait_for(third, "#vp-gallery", "Stopped")
    wait_for(fourth, "#vp-gallery [role=status]", "下一个就是你")
    tabs[0].page.locator("#vp-stop").click()
    fourth.page.wait_for_selector("#vp-next-order", state="visible")
    assert fourth.page.locator("#vp-gallery .vp-card").count() == 2
    assert third.troubles == []
    close(tabs)


def test_who_asks_third_sees_the_place_leaves_the_line_and_is_answered_in_turn(
    browser: Any, echo_address: str, tmp_path: Path
) -> None:
    tabs = open_tabs(browser, echo_address, 3)
    for tab in tabs:
        prepare(tab, documents(tmp_path)[:1])
        tab.page.locator("#vp-step-prompt-button").click()
        tab.page.locator("#vp-words textarea").fill("slowly " + "who signed and when " * 40)
        tab.page.wait_for_selector(".vp-heard-line")
        tab.page.locator("#vp-next-ask").click()
        tab.page.wait_for_selector("#vp-live .vp-reply")
    third = tabs[2]
    wait_for(third, "#vp-live [role=status]", "you are next")
    third.page.reload()  # who reloads the page keeps the place
    wait_for(third, "#vp-live [role=status]", "you are next")
    third.troubles.clear()  # the page that went complains of its broken stream
    third.page.locator("#vp-ask-stop").click()
    wait_for(third, "#vp-answer", "You left the queue before your turn came")
    third.page.locator("#vp-ask").click()
    wait_for(third, "#vp-live [role=status]", "you are next")
    tabs[0].page.locator("#vp-ask-stop").click()
    third.page.wait_for_selector("#vp-live .vp-caret")
    third.page.locator("#vp-ask-stop").click()
    third.page.wait_for_selector("#vp-answer .vp-tab")
    assert third.troubles == []
    close(tabs)
