"""All four steps by Tab and Enter alone, always seeing where one is."""

from pathlib import Path
from typing import Any

import pytest
from browsing import Tab, add, browser, documents, echo_address, open_tab

__all__ = ["browser", "echo_address"]

pytestmark = pytest.mark.browser

MOST = 60
"""Presses of Tab within which whatever a step offers is reached."""
HERE = """() => {
  const at = document.activeElement;
  const name = at.getAttribute("aria-label") || at.innerText || at.value || "";
  const seen = (one) => one && getComputedStyle(one).outlineStyle !== "none";
  const ringed = seen(at) || seen(at.closest("label")) || getComputedStyle(at).boxShadow !== "none";
  return { id: at.id, name: name.split("\\n")[0], tag: at.tagName, ringed };
}"""


def reach(tab: Tab, wanted: str) -> None:
    """Press Tab until what is called `wanted`, by id or words, has the focus; whatever has it shows so."""
    for _ in range(MOST):
        tab.page.keyboard.press("Tab")
        here = tab.page.evaluate(HERE)
        assert here["ringed"] or here["tag"] == "BODY", here
        if wanted in (here["id"], here["name"], here["tag"]):
            return
    pytest.fail(f"{wanted} is not reached by Tab")


def press(tab: Tab, wanted: str) -> None:
    reach(tab, wanted)
    tab.page.keyboard.press("Enter")


def heading(tab: Tab, words: str) -> None:
    """Wait until the next step's heading has the focus, from which Tab goes on."""
    script = (
        "(words) => document.activeElement.tagName === 'H2' && document.activeElement.innerText === words"
    )
    tab.page.wait_for_function(script, arg=words)


def test_the_whole_job_by_tab_and_enter(browser: Any, echo_address: str, tmp_path: Path) -> None:
    tab = open_tab(browser, echo_address, "en", 1400)
    add(tab, *documents(tmp_path))
    press(tab, "vp-prepare")
    tab.page.wait_for_selector("#vp-next-order", state="visible")
    press(tab, "vp-next-order")
    heading(tab, "In which order?")
    press(tab, "ocr")
    tab.page.wait_for_selector("#vp-order [data-act=undo]")
    press(tab, "vp-next-prompt")
    heading(tab, "What should be done?")
    reach(tab, "TEXTAREA")
    tab.page.keyboard.type("Who signed?")
    tab.page.wait_for_selector(".vp-heard-line")
    press(tab, "vp-next-ask")
    heading(tab, "Ask")
    tab.page.wait_for_selector("#vp-answer .vp-tab")
    reach(tab, "Copy")
    reach(tab, "TEXTAREA")
    assert tab.troubles == []
    tab.page.context.close()
