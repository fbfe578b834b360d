"""Pictures of the page for the README and the documentation: `python -m benchmarks.screenshots`.

Starts the page on a free port, does the whole job with bundled samples in headless Chromium, once in each
language, and writes one picture a step into docs/images. `--all` writes every step also for a phone and in
the dark, to look at.
"""

import argparse
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.browsing import chromium as chromium
from benchmarks.browsing import page_address as page_address

IMAGES = Path(__file__).parents[1] / "docs" / "images"
THUMBNAILS = Path(__file__).parents[1] / "demo" / "static" / "samples"
SAMPLES = ("invoice", "receipt")
TASKS = {"en": "Read text with positions", "zh": "读出文字及位置"}
WIDE, PHONE = (1280, 1000), (390, 844)
PATIENCE = 60_000


@dataclass(frozen=True)
class Look:
    """One way of looking at the page."""

    lang: str
    size: tuple[int, int] = WIDE
    dark: bool = False

    @property
    def suffix(self) -> str:
        """What stands in the file's name."""
        phone = "-phone" if self.size == PHONE else ""
        return f"-{self.lang}{phone}{'-dark' if self.dark else ''}.png"


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="every step, phone and dark too")
    parser.add_argument("--thumbnails", action="store_true", help="only the samples' small pictures")
    parser.add_argument("-o", "--output", type=Path, default=IMAGES)
    options = parser.parse_args()
    if options.thumbnails:
        draw_thumbnails()
        return
    options.output.mkdir(parents=True, exist_ok=True)
    looks = [Look(lang) for lang in ("en", "zh")]
    if options.all:
        looks = [Look(*how) for how in product(("en", "zh"), (WIDE, PHONE), (False, True))]
    with page_address() as address, chromium() as browser:
        for look in looks:
            photograph(browser, address, look, options.output)


def photograph(browser: Any, address: str, look: Look, folder: Path) -> None:
    """Do the whole job and take a picture of every step."""
    context = browser.new_context(
        locale="zh-CN" if look.lang == "zh" else "en-US",
        viewport={"width": look.size[0], "height": look.size[1]},
        color_scheme="dark" if look.dark else "light",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address)
    _prepare(page)
    _take(page, folder / f"step-1-documents{look.suffix}")
    page.click("#vp-next-order")
    page.wait_for_selector(".vp-row")
    page.locator("#vp-scenario label").nth(1).click()
    page.wait_for_timeout(800)
    _take(page, folder / f"step-2-order{look.suffix}")
    page.click("#vp-next-prompt")
    page.wait_for_selector(".vp-cost")
    page.locator("[data-keep=all-tasks] > summary").click()
    page.locator("#vp-tasks [data-search]").fill(TASKS[look.lang])
    page.locator("#vp-tasks .vp-task-row").filter(has_text=TASKS[look.lang]).first.click()
    page.locator("[data-keep=all-tasks] > summary").click()
    page.wait_for_timeout(800)
    _take(page, folder / f"step-3-prompt{look.suffix}")
    page.click("#vp-next-ask")
    page.wait_for_selector(".vp-page-box")
    page.wait_for_function("document.querySelector('.vp-page img').complete")
    _take(page, folder / f"step-4-ask{look.suffix}")
    if look.size == WIDE and not look.dark:
        _take(page, folder / f"page{look.suffix}", whole=False)
    context.close()


def _prepare(page: Any) -> None:
    for number, name in enumerate(SAMPLES, 1):
        page.click(f'[data-act="sample"][data-arg="{name}"]')
        page.wait_for_selector(f".vp-uploads li:nth-child({number})")
    page.click("#vp-prepare")
    page.wait_for_selector("#vp-next-order", state="visible")
    page.wait_for_timeout(600)


def _take(page: Any, path: Path, *, whole: bool = True) -> None:
    page.mouse.move(0, 0)
    size = page.viewport_size
    if whole:  # a window as high as the page: what stays at the lower edge of one stands where it ends
        page.evaluate("window.scrollTo(0, 0)")
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({**size, "height": max(height, size["height"])})
    page.wait_for_timeout(400)
    page.screenshot(path=path, full_page=whole)
    page.set_viewport_size(size)
    shrink(path)


def shrink(path: Path) -> None:
    """Store a picture with 256 colours: a third of the bytes, and nothing the eye would miss."""
    from PIL import Image

    with Image.open(path) as image:
        small = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def draw_thumbnails() -> None:
    """Draw the samples' small pictures for step 1: 320 px wide, the upper part of the first page."""
    from PIL import Image

    from demo.samples import SAMPLES as BUNDLED
    from toolkit.pages import PageRequest, load_page

    THUMBNAILS.mkdir(parents=True, exist_ok=True)
    for sample in BUNDLED:
        kind = "pdf" if sample.path.suffix == ".pdf" else "png" if sample.path.suffix == ".png" else "jpeg"
        picture = load_page(PageRequest(file=str(sample.path), page=1, kind=kind, dpi=100)).picture()
        height = round(picture.height * 320 / picture.width)
        small = picture.convert("RGB").resize((320, height), Image.Resampling.LANCZOS)
        small.crop((0, 0, 320, min(height, 230))).save(
            THUMBNAILS / f"{sample.name}.webp", quality=80, method=6
        )


if __name__ == "__main__":
    main()
