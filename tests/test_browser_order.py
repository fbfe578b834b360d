"""Step 2 in a real browser: drawn once, rows moved by keyboard, mouse and finger, grids, undo."""

from pathlib import Path
from typing import Any

import pytest
from browsing import Tab, address, browser, documents, open_tab, prepare, tab
from documents import Page, Words, write_pdf
from scenes import scene_and_close_up

__all__ = ["address", "browser", "tab"]

pytestmark = pytest.mark.browser


def test_rows_move_by_keyboard_and_every_change_is_undone(tab: Tab, tmp_path: Path) -> None:
    prepare(tab, documents(tmp_path))
    page = tab.page
    tab.press("documents.next")
    page.wait_for_selector(".vp-row")
    page.locator("[data-handle]").first.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.querySelector('.vp-row .vp-name').textContent.includes('notes')")
    page.wait_for_function("document.activeElement.dataset.handle === '1'")
    page.locator(".vp-row select").first.select_option("reference")
    page.wait_for_function("document.querySelector('#vp-order').textContent.includes('Undo: role')")
    page.locator("#vp-scenario label").nth(2).click()
    page.wait_for_function("document.querySelector('#vp-order').textContent.includes('Undo: order by')")
    assert page.locator(".vp-row select").nth(1).input_value() == "reference"
    for _ in range(3):
        page.locator("#vp-order [data-act=undo]").click()
        page.wait_for_timeout(400)
    assert page.locator("#vp-order [data-act=undo]").count() == 0
    assert "bill" in page.locator(".vp-row .vp-name").first.inner_text()


def order_of(tab: Tab) -> list[str]:
    return [name.split()[1] for name in tab.page.locator(".vp-row .vp-name").all_inner_texts()]


def three_rows(tab: Tab, folder: Path) -> Any:
    """Step 2 with rows "a.pdf", "b.pdf", "c.pdf"."""
    prepare(tab, [write_pdf(folder / f"{name}.pdf", Page()) for name in "abc"])
    tab.press("documents.next")
    tab.page.wait_for_selector(".vp-row")
    return tab.page


def test_step_2_is_drawn_once_when_it_is_opened(tab: Tab, tmp_path: Path) -> None:
    prepare(tab, documents(tmp_path))
    tab.page.evaluate(
        """() => {
          window.drawn = 0;
          new MutationObserver((changes) => {
            const isRow = (node) => node.matches?.(".vp-row") || node.querySelector?.(".vp-row");
            window.drawn += changes.some((one) => [...one.addedNodes].some(isRow)) ? 1 : 0;
          }).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    tab.press("documents.next")
    tab.page.wait_for_selector(".vp-row")
    tab.page.wait_for_timeout(1500)
    assert tab.page.evaluate("window.drawn") == 1


def test_a_row_is_dragged_with_the_mouse(tab: Tab, tmp_path: Path) -> None:
    page = three_rows(tab, tmp_path)
    handle, target = (page.locator("[data-handle]").nth(n).bounding_box() for n in (0, 2))
    x = handle["x"] + handle["width"] / 2
    page.mouse.move(x, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(x, target["y"] + target["height"], steps=6)
    # The others make room before the row is let go.
    assert page.locator(".vp-row").nth(1).evaluate("(row) => row.style.transform").startswith("translateY(-")
    page.mouse.up()
    page.wait_for_function("document.querySelector('.vp-row .vp-name').textContent.includes('b.pdf')")
    assert order_of(tab) == ["b.pdf", "c.pdf", "a.pdf"]
    assert page.evaluate("document.activeElement.dataset.handle") == "1"


def test_a_drag_is_given_up_with_escape(tab: Tab, tmp_path: Path) -> None:
    page = three_rows(tab, tmp_path)
    handle = page.locator("[data-handle]").nth(0).bounding_box()
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(handle["x"] + 8, handle["y"] + 400, steps=4)
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(400)
    assert order_of(tab) == ["a.pdf", "b.pdf", "c.pdf"]
    assert page.locator(".vp-dragged").count() == 0


def finger(page: Any) -> Any:
    """Give what sends true touches: the browser makes its pointer events, scrolls and cancels of them."""
    channel = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        channel.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    return touch


def swipe(page: Any, x: float, start: float, end: float, steps: int = 8) -> None:
    touch = finger(page)
    touch("touchStart", (x, start))
    for step in range(1, steps + 1):
        touch("touchMove", (x, start + (end - start) * step / steps))
        page.wait_for_timeout(30)
    touch("touchEnd")


def test_a_row_is_dragged_with_a_finger_and_the_row_itself_scrolls(
    browser: Any, address: str, tmp_path: Path
) -> None:
    tab = open_tab(browser, address, "en", 390, has_touch=True, is_mobile=True)
    page = three_rows(tab, tmp_path)
    page.wait_for_timeout(500)  # a step that was opened rises to its top
    page.evaluate("document.querySelector('.vp-row').scrollIntoView({ block: 'start' })")
    page.wait_for_timeout(200)
    handle, second = (page.locator("[data-handle]").nth(n).bounding_box() for n in (0, 1))
    assert handle["height"] >= 40
    swipe(page, handle["x"] + 20, handle["y"] + 20, second["y"] + 40)
    page.wait_for_function("document.querySelector('.vp-row .vp-name').textContent.includes('b.pdf')")
    assert order_of(tab) == ["b.pdf", "a.pdf", "c.pdf"]
    before = page.evaluate("window.scrollY")
    text = page.locator(".vp-row-text").nth(1).bounding_box()
    swipe(page, text["x"] + 60, text["y"] + 10, text["y"] + 260)
    page.wait_for_timeout(400)
    assert page.evaluate("window.scrollY") < before - 100
    assert order_of(tab) == ["b.pdf", "a.pdf", "c.pdf"]
    page.context.close()


def test_a_grid_is_merged_with_one_click_and_undone(tab: Tab, tmp_path: Path) -> None:
    large = Page(size=(300, 400), content=(Words("Large letters", x=30, y=200, size=36),))
    prepare(tab, [write_pdf(tmp_path / f"{name}.pdf", large) for name in "abcd"])
    tab.press("documents.next")
    page = tab.page
    page.wait_for_selector(".vp-savings")
    if page.locator(".vp-savings[open]").count() == 0:
        page.locator(".vp-savings summary").click()
    page.get_by_role("button", name="Merge them").click()
    page.wait_for_function("document.querySelectorAll('.vp-row').length === 1")
    page.locator("#vp-order [data-act=undo]").click()
    page.wait_for_function("document.querySelectorAll('.vp-row').length === 4")


def test_a_close_up_is_found_when_a_scenario_wants_it(tab: Tab, tmp_path: Path) -> None:
    for picture, name in zip(scene_and_close_up(), ("whole.png", "part.png"), strict=True):
        picture.save(tmp_path / name)
    prepare(tab, [tmp_path / "part.png", tmp_path / "whole.png"])
    tab.press("documents.next")
    tab.page.wait_for_selector(".vp-row")
    tab.page.locator("#vp-scenario label").nth(4).click()
    tab.page.wait_for_selector(".vp-comparing")
    tab.page.wait_for_selector(".vp-comparing", state="detached")
    assert order_of(tab) == ["whole.png", "part.png"]
    assert tab.page.locator(".vp-row select").nth(1).input_value() == "close-up"
