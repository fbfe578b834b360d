"""Is a line of text ever cut, does a piece repeat what it need not? Pictures with known lines, split.

    python -m benchmarks.splitting [--seeds 1 2 3] [--kinds NAME...] [--ratio 2] [--look DIR] [--write]

Each seed draws each kind once, with other words, sizes and colours. For each kind: the pictures and pieces,
the lines that are whole in no piece, the pieces that share something with the one before (overlaps), those
among them that need not, because rows (of wide pictures: columns) free of lines and pictures were in reach,
the photos cut although such rows were in reach, and the share of all pixels that is sent twice.
Pieces put together again must give the picture, pixel for pixel, or the command fails. With --look the
pictures go to a folder with their cuts drawn on them; with --write the table goes to docs/readability.md.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.known_screens import Line, Maker, Screen
from benchmarks.long_pages import PAGES
from benchmarks.long_pictures import PICTURES
from benchmarks.long_screens import SCREENS
from benchmarks.marked import write_between
from toolkit import Piece, plan_split, split_image
from toolkit.cuts import LEAST_SHARE
from toolkit.split import longest_piece
from toolkit.text_gaps import runs_of

KINDS: dict[str, Maker] = {**SCREENS, **PAGES, **PICTURES}
SEEDS = (1, 2, 3)
RATIO = 2.0
"""What `prepare` asks for."""
LEAST_FREE = (8, 3)
"""Free columns and rows that make a gap: fewer are the space between two letters, or between tight lines."""

Span = tuple[int, int]


@dataclass
class Found:
    """What came of splitting pictures of one kind."""

    pictures: int = 0
    pieces: int = 0
    lines: int = 0
    cut: int = 0
    overlaps: int = 0
    needless: int = 0
    photos: int = 0
    pixels: int = 0
    twice: int = 0

    def __add__(self, other: "Found") -> "Found":
        """Sum up."""
        return Found(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def row(self, name: str) -> str:
        """Give a row of Markdown."""
        counts = [*astuple(self)[:7], f"{100 * self.twice / self.pixels:.1f} %"]
        return f"| {name} | {' | '.join(map(str, counts))} |"


def _shared(one: Span, other: Span) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])


@dataclass(frozen=True)
class Case:
    """One picture split; all positions lie along the direction of the cuts, columns of wide pictures."""

    screen: Screen
    pieces: Sequence[Piece]
    longest: int

    @property
    def axis(self) -> int:
        """Where a box has its beginning along the cut direction: 0 for wide pictures, 1 for long ones."""
        width, height = self.screen.image.size
        return 0 if width > height else 1

    def spans(self, boxes: Sequence[Line]) -> list[Span]:
        """Give boxes along the cut direction."""
        return [(box[self.axis], box[self.axis + 2]) for box in boxes]

    def whole(self, span: Span) -> bool:
        """Tell whether one of the pieces holds all of a span."""
        mine = self.spans([piece.box for piece in self.pieces])
        return any(low <= span[0] and span[1] <= high for low, high in mine)

    def free(self) -> list[Span]:
        """List the runs of rows that hold no line and no picture."""
        taken = np.zeros(self.screen.image.size[self.axis], np.bool_)
        for low, high in self.spans([*self.screen.lines, *self.screen.pictures]):
            taken[max(0, low) : high] = True
        return [run for run in runs_of(~taken) if run[1] - run[0] >= LEAST_FREE[self.axis]]

    def reach(self, piece: Piece) -> Span:
        """Give the rows at which a piece may end."""
        start = piece.box[self.axis]
        return (start + round(LEAST_SHARE * self.longest), start + self.longest)

    def avoidable(self) -> list[tuple[Piece, Piece]]:
        """List the pieces, each with the next, that might have parted in free rows."""
        gaps = self.free()
        return [
            (before, after)
            for before, after in pairwise(self.pieces)
            if any(_shared(gap, self.reach(before)) >= LEAST_FREE[self.axis] for gap in gaps)
        ]

    def found(self) -> Found:
        """Count."""
        cut = [span for span in self.spans(self.screen.lines) if not self.whole(span)]
        parted = self.avoidable()
        ends = [before.box[self.axis + 2] for before, _ in parted]
        broken = [span for span in self.spans(self.screen.pictures) if not self.whole(span)]
        return Found(
            pictures=1,
            pieces=len(self.pieces),
            lines=len(self.screen.lines),
            cut=len(cut),
            overlaps=sum(piece.overlap > 0 for piece in self.pieces),
            needless=sum(after.overlap > 0 for _, after in parted),
            photos=sum(any(low < end < high for end in ends) for low, high in broken),
            pixels=self.screen.image.size[self.axis],
            twice=sum(piece.overlap for piece in self.pieces),
        )


def split(screen: Screen, ratio: float) -> Case:
    """Split a picture. Raises AssertionError where the pieces do not give it back, or are too long."""
    image = screen.image
    pieces = plan_split(image, piece_ratio=ratio)
    longest = longest_piece(image.size, piece_ratio=ratio)
    whole = Image.new(image.mode, image.size)
    for piece, cut in zip(pieces, split_image(image, pieces), strict=True):
        whole.paste(cut, piece.box[:2])
        assert max(piece.size) <= longest, f"a piece of {piece.size}, more than {longest}"
    assert whole.tobytes() == image.tobytes(), "the pieces do not give the picture back"
    return Case(screen, pieces, longest)


def cases(kind: str, seeds: Sequence[int], ratio: float) -> Iterator[tuple[int, Case]]:
    """Draw and split one picture of a kind for each seed."""
    for seed in seeds:
        yield seed, split(KINDS[kind](random.Random(f"{kind} {seed}")), ratio)


def marked(case: Case) -> Image.Image:
    """Draw the cuts on a picture: green where pieces part, red over what they share; cut lines are framed."""
    image = case.screen.image.convert("RGB")
    screen = Screen(image)
    for piece in case.pieces[1:]:
        left, upper, right, lower = piece.box
        shared = (left + piece.overlap, lower) if case.axis == 0 else (right, upper + piece.overlap)
        colour = (230, 0, 0) if piece.overlap else (0, 170, 0)
        screen.draw.rectangle((left, upper, *shared), outline=colour, width=5)
    for line, span in zip(case.screen.lines, case.spans(case.screen.lines), strict=True):
        if not case.whole(span):
            screen.draw.rectangle(line, outline=(255, 0, 255), width=4)
    return image.resize((max(1, image.width // 3), max(1, image.height // 3)))


def table(rows: dict[str, Found]) -> str:
    """Give the table."""
    head = "| kind | pictures | pieces | lines | cut | overlaps | needless | photos cut | sent twice |"
    total = sum(rows.values(), Found())
    body = [found.row(name) for name, found in rows.items()]
    return "\n".join([head, "| --- |" + " ---: |" * 8, *body, total.row("**all**")])


def main() -> None:
    """Draw, split, count and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="NAME")
    parser.add_argument("--ratio", type=float, default=RATIO, help="longest piece in shorter sides")
    parser.add_argument("--look", type=Path, metavar="DIR", help="write the pictures with their cuts here")
    parser.add_argument("--write", action="store_true", help="put the table into docs/readability.md")
    options = parser.parse_args()
    rows: dict[str, Found] = {}
    for kind in options.kinds:
        rows[kind] = Found()
        for seed, case in cases(kind, options.seeds, options.ratio):
            found = case.found()
            rows[kind] += found
            if options.look:
                options.look.mkdir(parents=True, exist_ok=True)
                faults = f"{found.cut}cut-{found.needless}needless-{found.photos}photos"
                marked(case).save(options.look / f"{kind.replace(' ', '-')}-{seed}-{faults}.png")
        print(rows[kind].row(kind), file=sys.stderr, flush=True)
    print(table(rows))
    if options.write:
        write_between("readability.md", "splitting", table(rows))


if __name__ == "__main__":
    main()
