"""Steps 3 and 4 in a real browser: words, search, templates, links, conversations, panes, reloads."""

from pathlib import Path
from typing import Any

import pytest
from browsing import Tab, browser, documents, echo_address, open_tab, prepare

from demo.words import page_translations

__all__ = ["browser", "echo_address"]

pytestmark = pytest.mark.browser


def prompt_step(tab: Tab) -> Any:
    tab.page.locator("#vp-step-prompt-button").click()
    tab.page.wait_for_selector(".vp-cost")
    return tab.page


def test_pasted_words_choose_a_task_and_ask_answers_at_once(
    browser: Any, echo_address: str, tmp_path: Path
) -> None:
    tab = open_tab(browser, echo_address, "en", 390)
    prepare(tab, documents(tmp_path))
    page = prompt_step(tab)
    page.locator("#vp-words textarea").focus()
    page.keyboard.insert_text("Copy the table as CSV")  # as pasting and Chinese input do: no key is pressed
    page.wait_for_selector(".vp-heard-line")
    assert "Copy a table · CSV" in page.inner_text("#vp-heard")
    page.locator("#vp-next-ask").click()
    page.wait_for_selector("#vp-answer .vp-tab")
    assert "Copy the table as CSV" in page.inner_text("#vp-answer .vp-question")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.troubles == []
    page.context.close()


def test_a_conversation_goes_on_stops_and_survives_a_reload(
    browser: Any, echo_address: str, tmp_path: Path
) -> None:
    tab = open_tab(browser, echo_address, "zh", 1440)
    prepare(tab, documents(tmp_path))
    page = prompt_step(tab)
    page.locator("#vp-words textarea").fill("谁签的字？")
    page.wait_for_selector(".vp-heard-line")
    page.locator("#vp-next-ask").click()
    page.wait_for_selector("#vp-answer .vp-tab")
    page.locator("#vp-follow textarea").fill("slowly " + "那么第二页呢 " * 30)
    page.locator("#vp-send").click()
    page.wait_for_selector("#vp-live .vp-caret")
    page.reload()
    before = page.wait_for_selector("#vp-live .vp-caret").inner_text()
    tab.troubles.clear()  # the page that went complains of its broken stream
    page.wait_for_function(
        "(n) => document.querySelector('#vp-live .vp-caret')?.innerText.length > n", arg=len(before) + 20
    )
    page.locator("#vp-ask-stop").click()
    page.wait_for_selector("#vp-answer .vp-turn >> nth=1 >> text=已停止")
    page.wait_for_selector("#vp-live .vp-caret", state="detached")
    assert page.locator("#vp-answer .vp-turn").count() == 2
    assert "图片：复用 2 张，新读 0 张" in page.inner_text("#vp-answer")
    assert "已停止" in page.inner_text("#vp-answer")
    page.reload()
    page.wait_for_selector("#vp-answer .vp-turn >> nth=1")
    assert "谁签的字？" in page.inner_text("#vp-answer")
    assert tab.troubles == []
    page.context.close()


def test_search_finds_templates_in_both_languages(browser: Any, echo_address: str) -> None:
    tab = open_tab(browser, echo_address, "en", 1440)
    page = tab.page
    page.locator("#vp-step-prompt-button").click()
    page.locator("[data-keep=all-tasks] > summary").click()
    for words, title in (("表格", "Copy a table"), ("handwriting", "Read handwriting"), ("latex", "Formula")):
        page.locator("#vp-tasks [data-search]").fill(words)
        shown = page.locator("#vp-tasks .vp-task-row:visible").all_inner_texts()
        assert any(title in text for text in shown), words
        assert len(shown) < 12
    page.locator("#vp-tasks [data-search]").fill("zzzz")
    assert page.locator("#vp-tasks [data-none]").is_visible()
    page.context.close()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_link_restores_the_prompt_and_is_gone_from_the_address(
    browser: Any, echo_address: str, lang: str
) -> None:
    link = f"{echo_address}#task=table&format=csv&words=Prices%20of%202026&in.which=first"
    tab = open_tab(browser, link, lang, 1440)
    page = tab.page
    page.wait_for_selector(".toast-body")
    assert "task=" not in page.url
    page.locator("#vp-step-prompt-button").click()
    page.wait_for_function("document.querySelector('#vp-words textarea')?.value === 'Prices of 2026'")
    assert page.locator("#vp-form [data-input=which]").input_value() == "first"
    title = "还原表格" if lang == "zh" else "Copy a table"
    assert title in page.inner_text("#vp-tasks .vp-task-chosen")
    assert tab.troubles == []
    page.context.close()


def test_a_faulty_answer_is_mended_and_panes_go_by_keyboard(
    browser: Any, echo_address: str, tmp_path: Path
) -> None:
    tab = open_tab(browser, echo_address, "en", 1440)
    prepare(tab, documents(tmp_path)[:1])
    page = prompt_step(tab)
    page.locator('#vp-tasks .vp-task[data-arg="extract-fields"]').click()
    page.wait_for_selector('#vp-tasks .vp-task-chosen[data-arg="extract-fields"]')
    page.locator("#vp-next-ask").click()
    page.locator("#vp-answer [data-act=mend]").click()
    page.wait_for_selector("#vp-answer .vp-turn:nth-of-type(2) .vp-tab")
    newest = page.locator("#vp-answer .vp-turn").nth(1)
    assert newest.locator("th[scope=row]").first.inner_text() == "title"
    newest.locator(".vp-tab").first.focus()
    page.keyboard.press("ArrowRight")
    assert newest.locator("[data-pane=tree]").is_visible()
    assert not newest.locator("[data-pane=table]").is_visible()
    page.context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_screen_of_a_conversation_mixes_languages(
    browser: Any, echo_address: str, tmp_path: Path, lang: str
) -> None:
    tab = open_tab(browser, echo_address, lang, 1440)
    prepare(tab, documents(tmp_path))
    page = prompt_step(tab)
    for fold in ("#vp-fine > button", "#vp-own-fold > button", "[data-keep=all-tasks] > summary"):
        page.locator(fold).click()
    page.locator("#vp-next-ask").click()
    page.wait_for_selector("#vp-answer .vp-tab")
    other, own = (
        page_translations()[name] for name in (("en", "zh-CN") if lang == "zh" else ("zh-CN", "en"))
    )
    foreign = {words for key, words in other.items() if words != own[key] and "switch" not in key}
    for step in ("prompt", "ask"):
        page.locator(f"#vp-step-{step}-button").click()
        page.wait_for_timeout(400)
        assert not set(page.inner_text("body").splitlines()) & foreign, step
    page.context.close()
