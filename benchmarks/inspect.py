"""How well and how fast pages are judged: text heights on drawn pages, and CPU time on A4 at 300 dpi.

Run from the root of the project: `python -m benchmarks.inspect [--write] [--time]`. With --write the table of
accuracy goes to docs/readability.md; --time measures only the time.
"""

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Iterator

import cv2
from PIL import Image

from benchmarks import drawn_pages as drawn
from benchmarks.drawn_pages import Script, draw_page
from benchmarks.drawn_scenes import scenes
from benchmarks.marked import write_between
from toolkit.judged import judge_page
from toolkit.text_height import TextHeight, measure_text_height

FACES: tuple[tuple[Script, str], ...] = (
    ("en", "default"),
    ("en", "DejaVuSans.ttf"),
    ("en", "LiberationSans-Regular.ttf"),
    ("en", "LiberationSans-Bold.ttf"),
    ("en", "LiberationSerif-Regular.ttf"),
    ("en", "LiberationMono-Regular.ttf"),
    ("caps", "LiberationSerif-Regular.ttf"),
    ("digits", "LiberationSans-Regular.ttf"),
    ("mixed", "cjk"),
    ("zh", "cjk"),
    ("zh", "cjk-serif"),
)
POINTS = (6.0, 8.0, 10.5, 14.0, 24.0)
SIZES = {300: (2480, 1600), 150: (1240, 1000), 96: (794, 700)}
TOLERANCE = 0.2


def cases() -> Iterator[tuple[int, str, float, Image.Image]]:
    """Draw every page: resolution, treatment, px per em and the picture."""
    for dpi, size in SIZES.items():
        for points in POINTS:
            em = points * dpi / 72
            for seed, (script, face) in enumerate(FACES):
                page = draw_page(script, em, size=size, lines=9, face=face, seed=seed + round(em))
                dark = draw_page(
                    script, em, size=size, lines=9, face=face, ink=(205, 210, 215), paper=(24, 26, 30)
                )
                yield dpi, "clean", em, page
                yield dpi, "dark", em, dark
                scan = drawn.blurred(drawn.tilted(page, 1.3), 0.7)
                yield dpi, "scan", em, drawn.jpeg(drawn.noisy(scan, 6), 70)
                if dpi >= 150:
                    degrees = (-5.0, -3.0, 3.0, 5.0)[seed % 4]
                    yield dpi, "photo", em, drawn.photographed(page, degrees=degrees, seed=seed)


def right(height: TextHeight, em: float) -> bool:
    """Tell whether both heights are within the tolerance."""
    found = (height.smallest, height.typical)
    return all(value is not None and abs(value / em - 1) <= TOLERANCE for value in found)


def accuracy() -> str:
    """Count the pages that are measured right, as a Markdown table."""
    total: Counter[tuple[int, str]] = Counter()
    good: Counter[tuple[int, str]] = Counter()
    for dpi, treatment, em, image in cases():
        height = measure_text_height(image)
        total[dpi, treatment] += 1
        good[dpi, treatment] += right(height, em)
        if not right(height, em):
            print(dpi, treatment, f"{em:.1f}", height)
    rows = ["| dpi | clean | dark | scan | photo |", "| ---: | ---: | ---: | ---: | ---: |"]
    for dpi in SIZES:
        cells = [_share(good[dpi, way], total[dpi, way]) for way in ("clean", "dark", "scan", "photo")]
        rows.append(f"| {dpi} | {' | '.join(cells)} |")
    wrong = [name for seed in (1, 2, 3) for name, scene in scenes(seed) if measure_text_height(scene).found]
    share = f"{sum(good.values())} of {sum(total.values())} pages are measured right"
    return (
        "\n".join(rows) + f"\n\n{share}. Of 57 drawn scenes without text, {len(wrong)} are said to have some."
    )


def _share(good: int, total: int) -> str:
    return f"{good} of {total}" if total else ""


def cpu_time(repeats: int = 7) -> str:
    """Measure the CPU time that judging a dense A4 page at 300 dpi takes beyond rendering it, one thread."""
    cv2.setNumThreads(1)
    lines = []
    scripts: tuple[Script, ...] = ("en", "zh")
    for script in scripts:
        page = draw_page(script, 42, size=(2480, 3508), lines=60).convert("L")
        times = []
        for _ in range(repeats):
            began = time.process_time()
            judge_page(page)
            times.append(time.process_time() - began)
        middle, most = statistics.median(times), max(times)
        lines.append(f"{script}: {1000 * middle:.0f} ms (up to {1000 * most:.0f})")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update the table in docs/readability.md")
    parser.add_argument("--time", action="store_true", help="measure only the time")
    options = parser.parse_args()
    print(cpu_time())
    if not options.time:
        table = accuracy()
        print(table)
        if options.write:
            write_between("readability.md", "accuracy", table)


if __name__ == "__main__":
    main()
