"""A newcomer in headless Chromium: acts only on what the page says, in both languages.

    python -m benchmarks.newcomer

uploads a blurred receipt with numbers of its own and asks for the total as JSON, then a long screenshot and
asks for its text. Every click goes to a button or label by its words. Prints how long the page took until it
could be used (limit 3 s), the slowest answer to a click (limit 200 ms), and whether both answers were right;
the exit code is 1 if one was not.
"""

import random
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measure import table
from benchmarks.screenshots import chromium, page_address

WORDS = {
    "en": ("Prepare the pages", "Next: order", "Next: prompt", "Ask", "What is the total? Give it as JSON.",
           "Read all the text"),
    "zh": ("开始处理", "下一步：排顺序", "下一步：写提问", "获取回答", "合计是多少？请用 JSON 回答。",
           "读出全部文字"),
}  # fmt: skip
USABLE_MS, ANSWERED_MS = 3000, 200
PATIENCE_MS = 90_000


@dataclass
class Newcomer:
    """One visit. `waits` are the milliseconds from each click to the first visible change."""

    page: Any
    lang: str
    waits: list[float] = field(default_factory=list)

    def press(self, words: str) -> None:
        """Click the button that is called so, and note when something on the page changed."""
        button = self.page.get_by_role("button", name=words, exact=True).locator("visible=true").first
        button.wait_for()
        watch = """() => { window.seen = new Promise(done => {
            addEventListener('pointerup', () => { const began = performance.now();
              new MutationObserver(() => done(performance.now() - began)).observe(document.body,
                {childList: true, subtree: true, attributes: true, characterData: true}) },
              {once: true, capture: true}) }) }"""
        self.page.evaluate(watch)
        button.click()
        self.waits.append(float(self.page.evaluate("() => window.seen")))

    def ask(self, document: Path, words: str) -> str:
        """Do the whole job for one document; give what the page shows in the end."""
        prepare, order, prompt, send, *_ = WORDS[self.lang]
        self.page.locator("input[type=file]").first.set_input_files(str(document))
        self.page.get_by_text(document.name).first.wait_for()
        self.press(prepare)
        self.press(order)
        self.press(prompt)
        self.page.get_by_role("textbox").locator("visible=true").first.fill(words)
        self.page.wait_for_timeout(1500)
        self.press(send)
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('[aria-busy=true]')].length === 0", timeout=PATIENCE_MS
        )
        self.page.wait_for_timeout(15_000)
        return str(self.page.inner_text("body"))


def blurred_receipt(path: Path, total: float) -> Path:
    """Draw a receipt with this total, and blur it as a hand-held phone does."""
    from PIL import Image, ImageDraw, ImageFilter, ImageFont

    picture = Image.new("L", (900, 1100), 250)
    font = ImageFont.load_default(44)
    draw = ImageDraw.Draw(picture)
    rest = round(total - 12.5, 2)
    lines = [
        "CORNER SHOP",
        "2026-11-20",
        "",
        "Bread 12.50",
        f"Groceries {rest:.2f}",
        "",
        f"TOTAL {total:.2f}",
    ]
    for number, line in enumerate(lines):
        draw.text((110, 90 + 110 * number), line, font=font, fill=30)
    picture.filter(ImageFilter.GaussianBlur(2.2)).save(path, quality=80)
    return path


def long_screenshot(path: Path, numbers: list[int]) -> Path:
    """Draw a screenshot as long as a chat, one number on each of its lines."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (1080, 140 + 110 * len(numbers)), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(38)
    for row, number in enumerate(numbers):
        draw.text(
            (60, 60 + 110 * row), f"Message {row + 1}: order {number} is ready", font=font, fill="black"
        )
    picture.save(path)
    return path


def visit(browser: Any, address: str, lang: str, folder: Path, seed: int) -> list[tuple[str, str, bool]]:
    """Do both jobs in one language; give what was measured."""
    chance = random.Random(seed)
    total = chance.randint(3000, 9000) / 100
    numbers = [chance.randint(10_000, 99_999) for _ in range(60)]
    rows = []
    receipt = blurred_receipt(folder / "receipt.jpg", total)
    screenshot = long_screenshot(folder / "chat.png", numbers)
    for name, document, words in (
        ("total", receipt, WORDS[lang][4]),
        ("text", screenshot, WORDS[lang][5]),
    ):
        context = browser.new_context(locale="zh-CN" if lang == "zh" else "en-US")
        context.set_default_timeout(PATIENCE_MS)
        began = time.monotonic()
        page = context.new_page()
        page.goto(address)
        page.get_by_role("button", name=WORDS[lang][0], exact=True).wait_for()
        usable = 1000 * (time.monotonic() - began)
        person = Newcomer(page, lang)
        shown = person.ask(document, words)
        page.screenshot(path=folder / f"{name}-{lang}.png", full_page=True)
        wanted = [f"{total:.2f}"] if name == "total" else [str(number) for number in numbers]
        missing = [one for one in wanted if not re.search(rf"\b{re.escape(one)}\b", shown)]
        rows.append((f"{lang}: {name}", f"{len(wanted) - len(missing)} of {len(wanted)}", not missing))
        rows.append((f"{lang}: usable after, ms", f"{usable:.0f}", usable < USABLE_MS))
        rows.append(
            (f"{lang}: slowest click, ms", f"{max(person.waits):.0f}", max(person.waits) < ANSWERED_MS)
        )
        context.close()
    return rows


def main() -> int:
    """Visit in both languages and print."""
    folder = Path(tempfile.mkdtemp(prefix="newcomer-"))
    rows = []
    with page_address() as address, chromium() as browser:
        for number, lang in enumerate(WORDS):
            rows += visit(browser, address, lang, folder, 20_261_122 + number)
    print(table(["what", "measured", "held"], rows))
    print(f"what the page showed in the end: {folder}")
    return 0 if all(held for *_, held in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
