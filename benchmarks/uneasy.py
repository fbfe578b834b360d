"""How well pages are judged that are not easy: dense cells, giant letters, bare paper, text turned or askew.

Run from the root of the project: `python -m benchmarks.uneasy [SEED...] [--write]`. Each seed draws other
words, faces, sizes and damage. "Unsure" is what is doubted, or left unsaid, where more could be said;
"wrong" is a wrong turn, a false fault, or a fault not seen. With --write the table goes to docs/quality.md.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator

from benchmarks.marked import write_between
from benchmarks.uneasy_pages import Case, down, papers, posters, sheets, slanted, turned
from toolkit.page_lines import PageLines, read_lines
from toolkit.quality import Quality, judge
from toolkit.quality_measures import measure
from toolkit.text_height import height_of_lines

SEEDS = (12,)
SLANT = 4.0
"""Degrees by which a measured slant may be off: a photo's perspective alone makes some."""
TOLERANCE = 0.2

Judge = Callable[[Case, PageLines, Quality], str]


def _stand(case: Case, found: PageLines, quality: Quality) -> str:
    if found.lines and found.stand == case.truth:
        return "right"
    return "unsure" if not found.lines or found.stand in ("upright", "sideways") else "wrong"


def _upright(case: Case, found: PageLines, quality: Quality) -> str:
    """Judge what stands as it should: an accusation is wrong, a doubt is none the better for being one."""
    if found.stand == "upright" and found.lines:
        return "right"
    return "unsure" if not found.lines or found.stand == "sideways" else "wrong"


def _verdict(case: Case, found: PageLines, quality: Quality) -> str:
    if quality.verdict == case.truth:
        return "right"
    return "unsure" if quality.verdict == "doubtful" else "wrong"


def _paper(case: Case, found: PageLines, quality: Quality) -> str:
    return "wrong" if found.lines or quality.verdict == "poor" else "right"


def _slant(case: Case, found: PageLines, quality: Quality) -> str:
    typical = height_of_lines(found.lines).typical
    if typical is None or quality.skew_degrees is None:
        return "unsure" if quality.verdict == "doubtful" else "wrong"
    level = abs(quality.skew_degrees - float(case.truth)) <= SLANT
    return "right" if level and abs(typical / case.em - 1) <= TOLERANCE else "wrong"


GROUPS: tuple[tuple[Callable[[int], Iterator[Case]], Judge], ...] = (
    (sheets, _verdict),
    (posters, _verdict),
    (papers, _paper),
    (turned, _stand),
    (down, _upright),
    (slanted, _slant),
)


def _kind(case: Case) -> str:
    """Name the row of the table that a case belongs to."""
    script, _, rest = case.name.partition(" ")
    if case.truth in ("upside_down", "reads_up", "reads_down"):
        return f"{script}: upside down" if case.truth == "upside_down" else f"{script}: on its side"
    if case.truth == "upright":
        return f"{script}: in columns" if rest == "down" else f"{script}: upright"
    return "at a slant" if rest.startswith("slant") else case.name.rstrip(" 0123456789")


def table(seeds: tuple[int, ...]) -> str:
    """Judge all cases and count, as a Markdown table."""
    counts: Counter[tuple[str, str]] = Counter()
    kinds: dict[str, None] = {}
    for seed in seeds:
        for draw, judged in GROUPS:
            for case in draw(seed):
                found = read_lines(case.image)
                told = judged(case, found, judge(measure(found)))
                kinds[_kind(case)] = None
                counts[_kind(case), told] += 1
                if told != "right":
                    print(seed, told, case.name, case.truth, found.stand, len(found.lines), flush=True)
    rows = ["| pages | right | unsure | wrong |", "| --- | ---: | ---: | ---: |"]
    answers = ("right", "unsure", "wrong")
    rows += [
        f"| {kind} | " + " | ".join(str(counts[kind, told]) for told in answers) + " |" for kind in kinds
    ]
    sums = [sum(counts[kind, told] for kind in kinds) for told in answers]
    return "\n".join(rows) + f"\n| **all** | {sums[0]} | {sums[1]} | {sums[2]} |"


def main() -> None:
    """Draw, judge, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int, default=list(SEEDS), metavar="SEED")
    parser.add_argument("--write", action="store_true", help="update the table of docs/quality.md")
    options = parser.parse_args()
    text = table(tuple(options.seeds))
    print(text)
    if options.write:
        write_between("quality.md", "uneasy", text)


if __name__ == "__main__":
    main()
