"""The whole job in a real browser, in Chinese and in English, on a phone and on a wide screen."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from browsing import address, browser, documents, open_tab, prepare

from benchmarks.browsing import page_server
from demo.words import page_translations

__all__ = ["address", "browser"]

pytestmark = pytest.mark.browser

START_SECONDS = 30


def choose_task(page: Any, title: str) -> None:
    """Find a task by searching, and choose its card."""
    page.locator("[data-keep=all-tasks] > summary").click()
    page.locator("#vp-tasks [data-search]").fill(title)
    page.locator("#vp-tasks .vp-task-row").filter(has_text=title).first.click()


@pytest.mark.parametrize(("lang", "width"), [("zh", 390), ("en", 1440)])
def test_the_whole_job_from_upload_to_boxes(
    browser: Any, address: str, tmp_path: Path, lang: str, width: int
) -> None:
    tab = open_tab(browser, address, lang, width)
    page = tab.page
    prepare(tab, documents(tmp_path))
    assert page.locator(".vp-card").count() == 2

    tab.press("documents.next")
    page.wait_for_selector(".vp-row")
    page.locator(".vp-row").first.get_by_role("button", name=tab.words("order.down"), exact=True).click()
    page.wait_for_function("document.querySelector('.vp-row .vp-name').textContent.includes('notes')")
    page.locator(".vp-row").first.get_by_role("button", name=tab.words("order.remove"), exact=True).click()
    page.wait_for_function("document.querySelectorAll('.vp-row').length === 1")

    tab.press("order.next")
    page.wait_for_selector(".vp-cost")
    choose_task(page, "读出文字及位置" if lang == "zh" else "Read text with positions")
    page.wait_for_function("document.querySelector('#vp-preview').textContent.includes('bbox_2d')")

    page.locator("#vp-next-ask").click()
    page.wait_for_selector(".vp-engine")
    page.wait_for_selector(".vp-page-box")
    box = page.locator(".vp-page-box[title*='97.65']").first
    # The baseline stands at 600 of 842 pt, so that 20 pt letters stand 26 to 29 % from the top.
    top = float(re.search(r"top:\s*([\d.]+)%", box.get_attribute("style"))[1])  # type: ignore[index]
    assert 25.5 < top < 28.5
    assert tab.troubles == []
    page.context.close()


def test_the_switch_changes_the_language_and_keeps_the_work(
    browser: Any, address: str, tmp_path: Path
) -> None:
    tab = open_tab(browser, address, "en", 1440)
    prepare(tab, documents(tmp_path))
    tab.page.get_by_role("button", name="中文").click()
    tab.page.wait_for_function("document.documentElement.lang === 'zh-CN'")
    tab.page.wait_for_selector(".vp-card")
    assert tab.page.locator(".vp-uploads li").count() == 2
    assert tab.page.locator("#vp-prepare").inner_text() == "开始处理"
    tab.page.context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_screen_mixes_languages(browser: Any, address: str, lang: str) -> None:
    tab = open_tab(browser, address, lang, 1440)
    other = page_translations()["en" if lang == "zh" else "zh-CN"]
    own = page_translations()["zh-CN" if lang == "zh" else "en"]
    foreign = {words for key, words in other.items() if words != own[key] and "switch" not in key}
    for step in ("documents", "order", "prompt", "ask"):
        tab.page.locator(f"#vp-step-{step}-button").click()
        tab.page.wait_for_timeout(400)
        shown = set(tab.page.inner_text("body").splitlines())
        assert not shown & foreign, step
    assert "Drop File Here" not in tab.page.content() or lang == "en"
    tab.page.context.close()


def test_a_file_over_the_limit_is_named_before_it_travels(browser: Any, address: str, tmp_path: Path) -> None:
    tab = open_tab(browser, address, "zh", 1440)
    small, large = documents(tmp_path)
    large.write_bytes(large.read_bytes() + b" " * 5000)
    tab.page.evaluate("window.vlLimits.bytes = 4000")
    tab.page.set_input_files("#vp-upload input[type=file]", [str(small), str(large)])
    assert large.name in tab.page.wait_for_selector(".vp-toast").inner_text()
    tab.page.wait_for_selector(".vp-uploads .vp-name")
    assert tab.page.locator(".vp-uploads .vp-name").all_inner_texts() == [small.name]
    tab.page.context.close()


def test_nothing_is_wider_than_a_phone(browser: Any, address: str) -> None:
    tab = open_tab(browser, address, "en", 390)
    for step in ("documents", "order", "prompt", "ask"):
        tab.page.locator(f"#vp-step-{step}-button").click()
        tab.page.wait_for_timeout(300)
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390, step
    tab.page.context.close()


def test_a_region_is_drawn_on_the_picture(browser: Any, address: str, tmp_path: Path) -> None:
    tab = open_tab(browser, address, "en", 1440)
    prepare(tab, documents(tmp_path)[:1])
    tab.page.locator("#vp-step-prompt-button").click()
    tab.page.get_by_role("button", name=tab.words("prompt.fine")).click()
    tab.page.get_by_text(tab.words("prompt.region_box"), exact=True).click()
    tab.page.wait_for_function("document.querySelector('#vp-draw img')?.complete")
    frame = tab.page.wait_for_selector("#vp-draw [data-draw]")
    frame.scroll_into_view_if_needed()
    limits = frame.bounding_box()
    mouse = tab.page.mouse
    mouse.move(limits["x"] + limits["width"] * 0.1, limits["y"] + limits["height"] * 0.2)
    mouse.down()
    mouse.move(limits["x"] + limits["width"] * 0.6, limits["y"] + limits["height"] * 0.4, steps=4)
    mouse.up()
    tab.page.wait_for_function("document.querySelector('#vp-preview').textContent.includes('0 to 1000')")
    written = re.search(r"\[(\d+), (\d+), (\d+), (\d+)\]", tab.page.inner_text("#vp-preview"))
    assert written is not None
    assert [int(n) for n in written.groups()] == pytest.approx([100, 200, 600, 400], abs=6)
    assert tab.troubles == []
    tab.page.context.close()


def test_a_page_is_there_within_ten_seconds() -> None:
    began = time.monotonic()
    with page_server("--lang", "en"):
        # Ten seconds on a quiet machine; tests run beside others.
        assert time.monotonic() - began < START_SECONDS
