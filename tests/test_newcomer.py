"""A newcomer in a real browser, who goes by the words of the page alone."""

import random
from pathlib import Path
from typing import Any

import pytest
from browsing import address, browser

from benchmarks.newcomer import TOTALS, blurred_receipt, holds_total, long_screenshot, visitor

__all__ = ["address", "browser"]

pytestmark = pytest.mark.browser

ASKED = {"en": TOTALS["en"][0], "zh": TOTALS["zh"][1]}
SAYS = {"en": "can't answer freely", "zh": "无法自由作答"}
WHY = {"en": "Why is it so expensive?", "zh": "为什么这么贵？"}
REFUSES = {"en": "takes a language model", "zh": "需要语言模型"}
ELSE = {"en": "Choose another engine", "zh": "换一个引擎"}
ENGINES = {"en": "Qwen-VL on this machine", "zh": "本机运行的 Qwen-VL"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_newcomer_gets_the_total_and_is_told_what_takes_more(
    browser: Any, address: str, tmp_path: Path, lang: str
) -> None:
    total = random.Random(f"total {lang}").randint(3000, 9000) / 100
    person, _ = visitor(browser, address, lang)
    person.prepare(blurred_receipt(tmp_path / "receipt.jpg", total))
    assert holds_total(person.ask(ASKED[lang]), total)
    page = person.page
    assert SAYS[lang] in page.inner_text("body")
    page.get_by_role("button", name={"en": "Change the prompt", "zh": "修改提问"}[lang], exact=True).click()
    assert REFUSES[lang] in person.type(WHY[lang])
    person.press(ELSE[lang])
    page.get_by_text(ENGINES[lang], exact=True).first.wait_for()
    page.context.close()


def test_a_newcomer_gets_the_whole_text_of_a_long_screenshot(
    browser: Any, address: str, tmp_path: Path
) -> None:
    numbers = [random.Random(7).randint(10_000, 99_999) + n for n in range(25)]
    person, _ = visitor(browser, address, "zh")
    person.prepare(long_screenshot(tmp_path / "chat.png", numbers))
    shown = person.ask("读出全部文字")
    assert [number for number in numbers if str(number) not in shown] == []
    person.page.context.close()
