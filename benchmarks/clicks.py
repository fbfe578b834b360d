"""How soon the page answers: opened, and clicked on everything that can be clicked.

    python -m benchmarks.clicks [--lang en|zh] [--phone]

Opens the page in headless Chromium, prepares two bundled samples, and on each of the four steps presses every
kind of button, tab, fold and picker that it shows, also what comes to light by pressing; plain lists (select)
are left out, for the browser itself draws what is chosen in them. Measured is the time
from the release of the mouse until the frame in which something visible has changed: an element that comes,
goes or changes its looks or its words, a box that is ticked, a fold that opens. Prints the slowest, and when
the page could first be used. The exit code is 1 if that took more than 3 s, or an answer more than 200 ms.
"""

import argparse
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.browsing import chromium, page_address
from benchmarks.measure import table

USABLE_MS, ANSWERED_MS = 3000, 200
ANSWER_PATIENCE = 6.0
"""Seconds in which the page's script tells of a change, or that there was none."""
SETTLES_MS = 400
PATIENCE_MS = 60_000
DRAWN_ANEW_MS = 3000
STEPS = ("documents", "order", "prompt", "ask")
SAMPLES = ("invoice", "receipt")
LATE = ("clear", "remove", "merge", "undo", "switch", "vp-next", "vp-prepare", "vp-start-over", "back")
"""What takes something away, or leads elsewhere, is pressed after the rest."""
MOST = 120
"""Controls pressed on one step; more would mean that pressing brings forth ever new ones."""

SCRIPT = Path(__file__).with_suffix(".js")


@dataclass
class Visit:
    """One tab with two prepared samples. `waits` holds milliseconds by control, -1 for no answer."""

    browser: Any
    address: str
    lang: str
    phone: bool
    waits: dict[str, float] = field(default_factory=dict)
    usable: list[float] = field(default_factory=list)
    page: Any = None
    answered: list[float] = field(default_factory=list)

    def open(self) -> None:
        """Begin anew: a fresh tab with the samples prepared."""
        if self.page is not None:
            self.page.context.close()
        size = {"width": 390, "height": 844} if self.phone else {"width": 1400, "height": 1000}
        locale = "zh-CN" if self.lang == "zh" else "en-US"
        context = self.browser.new_context(locale=locale, viewport=size)
        context.set_default_timeout(PATIENCE_MS)
        self.page = page = context.new_page()
        page.expose_function("vpAnswered", lambda wait: self.answered.append(wait))
        page.add_init_script(path=SCRIPT)
        began = time.monotonic()
        page.goto(self.address)
        page.wait_for_selector("#vp-prepare:enabled")
        page.wait_for_selector(".vp-samples button")
        self.usable.append(1000 * (time.monotonic() - began))
        for number, name in enumerate(SAMPLES, 1):
            page.click(f'[data-act="sample"][data-arg="{name}"]')
            page.wait_for_selector(f".vp-uploads li:nth-child({number})")
        page.click("#vp-prepare")
        page.wait_for_selector("#vp-next-order", state="visible")
        page.wait_for_timeout(2 * SETTLES_MS)

    def reach(self, step: str) -> None:
        """Go to a step, in a fresh tab where the page has lost what it needs."""
        if self.page is None or self._is_lost():
            self.open()
        if self.page.locator("dialog[open]").count():
            self.page.keyboard.press("Escape")
        tab = self.page.locator(f"#vp-step-{step}-button")
        if tab.get_attribute("aria-selected") != "true":
            tab.click()
            self.page.wait_for_timeout(SETTLES_MS)
        if step == "ask" and not self.page.locator("#vp-answer .vp-tab").count():
            self.page.click("#vp-ask")
            self.page.wait_for_selector("#vp-answer .vp-tab")

    def _is_lost(self) -> bool:
        """Tell whether the pictures are gone, or the page speaks the other language."""
        script = (
            "() => [document.documentElement.lang.slice(0, 2), !!document.querySelector('#vp-next-order')]"
        )
        lang, prepared = self.page.evaluate(script)
        return lang != self.lang or not prepared

    def press_all(self, step: str) -> None:
        """Press every kind of control of a step that was not pressed before."""
        self.open()
        left: list[str] = []
        for _ in range(MOST):
            self.reach(step)
            left = [
                name
                for name in self.page.evaluate("(step) => window.vpFind(step)", step)
                if name not in self.waits
            ]
            if not left:
                return
            name = min(left, key=lambda one: any(word in one for word in LATE))
            wait = self._press(name)
            if wait is not None:
                self.waits[name] = wait
        raise RuntimeError(f"pressing brings forth ever new controls on step {step}: {left}")

    def _press(self, name: str) -> float | None:
        """Press one control; give the milliseconds until something visible changed.

        None where it was drawn anew meanwhile: then it is found and pressed again.
        """
        from playwright.sync_api import Error as GoneError

        control = self.page.locator(f'[data-vp-target="{name.replace(chr(34), chr(92) + chr(34))}"]').first
        try:
            control.scroll_into_view_if_needed(timeout=DRAWN_ANEW_MS)
            self.page.wait_for_timeout(50)
            self.answered.clear()
            control.click(force=True, timeout=DRAWN_ANEW_MS)
        except GoneError:
            return None
        self.page.wait_for_timeout(SETTLES_MS)
        end = time.monotonic() + ANSWER_PATIENCE
        while not self.answered and time.monotonic() < end:
            self.page.wait_for_timeout(100)
        return self.answered[0] if self.answered else -1.0


def main() -> int:
    """Press everything and print the slowest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument("--phone", action="store_true")
    parser.add_argument("--steps", nargs="*", choices=STEPS, default=STEPS)
    parser.add_argument("--worst", type=int, default=15)
    options = parser.parse_args()
    with page_address("--lang", "en") as address, chromium() as browser:
        visit = Visit(browser, address, options.lang, options.phone)
        for _ in range(3):
            visit.open()
        usable = visit.usable[:3]
        for step in options.steps:
            visit.press_all(step)
            print(f"{step}: done", file=sys.stderr, flush=True)
    return report(visit.waits, usable, options.worst)


def report(waits: dict[str, float], usable: list[float], worst: int) -> int:
    """Print the figures; give 0 if all hold."""
    late = {name: wait for name, wait in waits.items() if not 0 <= wait <= ANSWERED_MS}
    slowest = sorted(waits.items(), key=lambda pair: (pair[1] >= 0, -pair[1]))
    shown = [(name, "no answer" if wait < 0 else f"{wait:.0f}") for name, wait in slowest[:worst]]
    print(table(["control", "ms until something changed"], shown))
    found = [wait for wait in waits.values() if wait >= 0]
    print(f"{len(waits)} controls pressed, median {statistics.median(found):.0f} ms, {len(late)} late")
    print(f"usable after {', '.join(f'{one:.0f}' for one in usable)} ms (limit {USABLE_MS})")
    return 0 if not late and max(usable) <= USABLE_MS else 1


if __name__ == "__main__":
    sys.exit(main())
