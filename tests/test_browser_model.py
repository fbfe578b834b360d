"""The page with a language model that really reads, in a real browser: one character, asked about twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import browser, open_tab, prepare

from benchmarks.browsing import page_server
from benchmarks.tiny_model.checkpoint import FOLDER
from benchmarks.tiny_model.glyphs import picture_of

__all__ = ["browser"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page with the tiny model of the tests."""
    with page_server("--engine", "transformers", "--model", str(FOLDER), "--lang", "en") as server:
        yield server.address


def test_a_character_is_read_and_the_second_question_finds_the_image_in_the_cache(
    browser: Any, address: str, tmp_path: Path
) -> None:
    picture_of("K", 64, seed=1).save(tmp_path / "1.png")
    tab = open_tab(browser, address, "en", 1440)
    prepare(tab, [tmp_path / "1.png"])
    page = tab.page
    page.locator("#vp-step-prompt-button").click()
    page.locator("#vp-words textarea").fill("What is in image 1?")
    page.wait_for_selector(".vp-heard-line")
    page.locator("#vp-next-ask").click()
    page.wait_for_selector("#vp-answer .vp-tab")
    assert page.locator("#vp-answer .vp-plain").first.inner_text().strip() == "K"
    page.locator("#vp-follow textarea").fill("and image 1?")
    page.locator("#vp-send").click()
    second = page.locator("#vp-answer .vp-turn").nth(1)
    second.locator(".vp-figures-line").wait_for()
    assert second.locator(".vp-plain").first.inner_text().strip() == "K"
    assert "images: 1 reused, 0 read anew" in second.inner_text()
    assert tab.troubles == []
    page.context.close()
