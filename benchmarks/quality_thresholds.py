"""The limits behind toolkit/quality.py: pages degraded in known steps, measured, judged, and read.

Run from the root of the project: `python -m benchmarks.quality_thresholds [--write]`. Training pages give the
table from which the limits were read off; held-out pages (other fonts, sizes, words and steps) are judged
with the limits in the code. Which steps are clearly good and clearly bad is laid down in CLEAR; a page of
which the reader gets 10 % wrong is clearly bad whatever its step. With --write the tables go to
docs/quality.md.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from benchmarks import drawn_pages as drawn
from benchmarks.drawn_pages import DrawnPage, Script, draw_lines
from benchmarks.marked import write_between
from benchmarks.reader_error import character_error
from toolkit.quality import LIMITS, Limit, Quality, assess_quality

BAD_ERROR = 0.10
TRAINING: tuple[tuple[Script, str, float], ...] = (
    ("en", "default", 32.0),
    ("zh", "cjk", 32.0),
    ("en", "LiberationSerif-Regular.ttf", 24.0),
)
HELD_OUT: tuple[tuple[Script, str, float], ...] = (
    ("en", "DejaVuSerif.ttf", 36.0),
    ("zh", "cjk", 26.0),
    ("en", "LiberationSans-Regular.ttf", 30.0),
    ("zh", "cjk-serif", 38.0),
    ("mixed", "cjk", 30.0),
)
STEPS: dict[str, tuple[float, ...]] = {
    "blur": (0.03, 0.06, 0.09, 0.12, 0.16, 0.22),
    "motion": (0.1, 0.2, 0.35, 0.5, 0.75),
    "noise": (8, 20, 40, 70, 110, 160),
    "jpeg": (80, 50, 20, 8, 3, 1),
    "shrink": (14, 10, 8, 6.5, 5, 4),
    "fade": (200, 160, 80, 40, 20, 16),
}
"""Blur: standard deviation in em. Motion: length in em. Noise: grey levels. JPEG: quality. Shrink: px per em,
enlarged again. Fade: grey levels left between paper and ink, with a little noise."""
CLEAR: dict[str, tuple[float, float]] = {
    "none": (0, 1),
    "blur": (0.035, 0.16),
    "motion": (0.12, 0.5),
    "noise": (23, 110),
    "jpeg": (50, 3.5),
    "shrink": (14, 5.7),
    "fade": (160, 23),
}
"""The strongest step that is clearly good, and the mildest that is clearly bad."""
MEASURE = {"motion": "sharpness", "blur": "sharpness", "shrink": "sharpness", "fade": "contrast"}
"""The measure that a kind of damage shows in, where it has another name."""


@dataclass(frozen=True)
class Sample:
    """One degraded page: what was done to it, how badly it reads, how it was judged."""

    kind: str
    step: float
    error: float
    quality: Quality

    @property
    def truth(self) -> str:
        """Whether it is clearly "good", clearly "bad", or "between"."""
        good, bad = CLEAR[self.kind]
        sign = 1 if bad > good else -1
        if self.error >= BAD_ERROR or sign * self.step >= sign * bad:
            return "bad"
        return "good" if sign * self.step <= sign * good else "between"


def degrade(image: Image.Image, kind: str, step: float, em: float, angle: float) -> Image.Image:
    """Damage a page in one known way."""
    ways: dict[str, Callable[[], Image.Image]] = {
        "none": lambda: image,
        "blur": lambda: drawn.blurred(image, step * em),
        "motion": lambda: drawn.moved(image, step * em, angle),
        "noise": lambda: drawn.noisy(image, step),
        "jpeg": lambda: drawn.jpeg(image, round(step)),
        "shrink": lambda: drawn.shrunk(image, em / step),
        "fade": lambda: drawn.noisy(drawn.faded(image, round(128 - step / 2), round(128 + step / 2)), 3),
    }
    return ways[kind]()


def samples(pages: tuple[tuple[Script, str, float], ...], shift: float, seed: int) -> Iterator[Sample]:
    """Degrade, read and judge each page at every step, the steps multiplied by `shift`."""
    for number, (script, face, em) in enumerate(pages):
        page = draw_lines(script, em, size=(1000, round(em * 9)), lines=5, face=face, seed=seed + number)
        yield _sample(page, "none", 0, em, 0)
        for kind, steps in STEPS.items():
            for place, step in enumerate(steps):
                yield _sample(page, kind, step * shift, em, (number * 50 + place * 35) % 180)


def _sample(page: DrawnPage, kind: str, step: float, em: float, angle: float) -> Sample:
    image = degrade(page.image, kind, step, em, angle)
    return Sample(kind, step, character_error(image, page), assess_quality(image))


def training_table(found: list[Sample]) -> str:
    """List each step of the training pages with the mean error and the range of the measure."""
    rows = [
        "| damage | step | reader's error | measure | its values | verdicts |",
        "| --- | ---: | ---: | --- | --- | --- |",
    ]
    for kind, step in sorted({(one.kind, one.step) for one in found}):
        these = [one for one in found if (one.kind, one.step) == (kind, step)]
        name = {"noise": "noise", "jpeg": "blocking"}.get(kind) or MEASURE.get(kind, "sharpness")
        values = [getattr(one.quality, name) for one in these]
        shown = ", ".join("no text" if value is None else f"{value:.3g}" for value in values)
        errors = ", ".join(f"{one.error:.1%}" for one in these)
        verdicts = ", ".join(one.quality.verdict for one in these)
        rows.append(f"| {kind} | {step:g} | {errors} | {name} | {shown} | {verdicts} |")
    return "\n".join(rows)


def confusion_table(found: list[Sample]) -> str:
    """Count verdicts by what the reader made of the held-out pages, and give the share that is right."""
    counts = Counter((one.truth, one.quality.verdict) for one in found)
    rows = ["| damage | good | doubtful | poor |", "| --- | ---: | ---: | ---: |"]
    names = {"good": "none or slight: clearly good", "between": "between", "bad": "heavy: clearly bad"}
    for truth, name in names.items():
        cells = " | ".join(str(counts[truth, verdict]) for verdict in ("good", "doubtful", "poor"))
        rows.append(f"| {name} | {cells} |")
    clear = [one for one in found if one.truth != "between"]
    right = [one for one in clear if one.quality.verdict == {"good": "good", "bad": "poor"}[one.truth]]
    opposite = [one for one in clear if one.quality.verdict == {"good": "poor", "bad": "good"}[one.truth]]
    share = f"{len(right)} of {len(clear)} clear pages are judged right ({len(right) / len(clear):.1%})"
    return "\n".join(rows) + f"\n\n{share}; {len(opposite)} the opposite way."


def _limit(row: Limit) -> str:
    side = "under" if row.low else "over"
    return f"| {row.name} | {side} {row.doubtful:g} | {side} {row.poor:g} |"


def main() -> None:
    """Measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update the tables of docs/quality.md")
    options = parser.parse_args()
    training = training_table(list(samples(TRAINING, 1.0, seed=1)))
    print(training)
    held_out = list(samples(HELD_OUT, 1.06, seed=501))
    confusion = confusion_table(held_out)
    print(confusion)
    for one in held_out:
        if {"good": "good", "bad": "poor"}.get(one.truth, one.quality.verdict) != one.quality.verdict:
            print(one.kind, one.step, f"{one.error:.1%}", one.quality.verdict, one.quality)
    if options.write:
        limits = "\n".join(["| measure | doubtful | poor |", "| --- | ---: | ---: |", *map(_limit, LIMITS)])
        write_between("quality.md", "limits", limits)
        write_between("quality.md", "training", training)
        write_between("quality.md", "confusion", confusion)


if __name__ == "__main__":
    main()
