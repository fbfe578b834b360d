"""Splitting where pictures stand among the text, or text on pictures, and what is wide and close."""

import random

import numpy as np
import pytest
from PIL import Image

from benchmarks.known_screens import Screen, blank
from benchmarks.long_pictures import photo
from benchmarks.splitting import KINDS, split
from toolkit.forced_cuts import forced_cut
from toolkit.paper_rows import paper_shares, parted
from toolkit.picture import to_colours
from toolkit.text_gaps import gaps_of, row_ink


@pytest.mark.parametrize(
    "kind", ["wide table", "chat with photos", "shop", "captions on photos", "sticky header", "form"]
)
def test_no_line_is_cut_and_nothing_repeated_without_need(kind: str) -> None:
    case = split(KINDS[kind](random.Random(f"{kind} test")), 2.0)
    found = case.found()
    assert (found.pieces >= 3, found.cut, found.needless, found.photos) == (True, 0, 0, 0)


@pytest.mark.parametrize("seed", range(4))
def test_receipt_a_little_askew_is_parted_in_level_gaps_where_there_are_some(seed: int) -> None:
    found = split(KINDS["receipt askew"](random.Random(f"receipt test {seed}")), 2.0).found()
    assert (found.pieces >= 2, found.cut, found.needless) == (True, 0, 0)


def test_dust_between_lines_is_no_text_but_the_dot_of_an_i_is() -> None:
    ink = np.zeros(120, np.int32)
    ink[10:40] = ink[65:95] = 30  # two lines, 25 rows apart
    ink[52] = 1
    assert (40, 65) in gaps_of(ink).runs
    ink[52] = 3  # as wide as a stroke: it may be the top of 三
    assert gaps_of(ink).runs == ((0, 10), (95, 120))
    ink[52], ink[62] = 0, 1  # as near to a line as a dot
    assert gaps_of(ink).runs == ((0, 10), (40, 62), (95, 120))


def test_lines_that_run_together_by_their_slope_do_not_hide_the_gaps_that_are_there() -> None:
    ink = np.full(900, 5, np.int32)
    ink[400:408] = ink[440:448] = 0
    assert gaps_of(ink).runs == ()
    assert gaps_of(ink, 26.0).runs == ((400, 408), (440, 448))


def test_benchmark_counts_what_is_cut_and_what_is_shared_needlessly() -> None:
    """Held against a case made by hand: three pieces, the second cut wrong twice."""
    from benchmarks.splitting import Case
    from toolkit import Piece

    screen = blank(100, 300, (255, 255, 255))
    screen.lines = [(0, 10, 90, 40), (0, 90, 90, 120), (0, 190, 90, 220)]
    screen.pictures = [(0, 225, 90, 260)]
    pieces = [Piece((0, 0, 100, 100)), Piece((0, 95, 100, 180), 5, False), Piece((0, 180, 100, 240)),
              Piece((0, 240, 100, 300))]  # fmt: skip
    found = Case(screen, pieces, 110).found()
    assert (found.pieces, found.lines, found.cut, found.overlaps) == (4, 3, 1, 1)
    assert (found.needless, found.photos, found.twice, found.pixels) == (1, 1, 5, 300)
    screen.pictures = [(0, 215, 90, 300)]  # no paper in reach
    assert Case(screen, pieces, 110).found().photos == 0


def test_screen_of_photos_is_cut_beside_them_and_not_through_a_clear_sky() -> None:
    screen = blank(1000, 6000, (255, 255, 255))
    sky = np.linspace(60, 220, 800)[:, None, None] * np.ones((1, 900, 3))
    for y in range(40, 5200, 850):
        screen.image.paste(Image.fromarray(sky.astype(np.uint8)), (50, y))
        screen.pictures.append((50, y, 950, y + 800))
    case = split(screen, 2.0)
    assert len(case.pieces) >= 3
    assert all(case.whole(span) for span in case.spans(screen.pictures))
    assert case.found().overlaps == 0


def test_paper_tells_paper_from_sky_and_from_the_inside_of_a_bubble() -> None:
    grey = np.full((900, 500), 240, np.uint8)
    grey[300:600] = np.linspace(40, 200, 300)[:, None]
    grey[700:800, 100:400] = 60
    gaps = [(0, 690), (710, 790)]
    shares = paper_shares(grey, gaps)
    assert shares[:250].min() == 1
    assert 0 < shares[320:580].max() <= 0.5
    assert 0 < shares[720] < 0.5
    assert shares[695] == 0
    runs = parted(gaps, shares)
    assert runs[0][0] == 0
    assert runs[0][1] == 300
    assert runs[-1] == (710, 790)


def _caption(width: int, height: int, at: tuple[int, int]) -> Screen:
    screen = blank(width, height, (0, 0, 0))
    rng = random.Random(3)
    screen.paste(photo(rng, width, height), 0, 0)
    screen.write(*at, "The invoice of 14 November", 48, (255, 255, 255), rim=(0, 0, 0))
    return screen


@pytest.mark.parametrize("at", [(60, 300), (60, 480), (60, 700)])
def test_forced_cut_leaves_a_caption_on_a_photo_whole(at: tuple[int, int]) -> None:
    screen = _caption(900, 1000, at)
    grey = np.asarray(screen.image.convert("L"))
    start, end = forced_cut(grey, row_ink(grey), 120, down=True)
    assert 0 <= start < end <= 1000
    assert end - start >= 120
    (_, upper, _, lower) = screen.lines[0]
    assert lower <= end or start <= upper


def test_forced_cut_between_columns_shares_a_whole_line_where_it_can() -> None:
    screen = _caption(2000, 700, (700, 300))
    grey = np.asarray(screen.image.convert("L"))
    ink = np.full(2000, 50, np.int32)
    ink[900:1100] = 0  # the least ink lies inside the caption
    start, end = forced_cut(grey, ink, 150, down=False)
    (left, _, right, _) = screen.lines[0]
    assert right <= end or start <= left


def test_forced_cut_of_noise_takes_the_least_ink() -> None:
    grey = np.random.default_rng(1).integers(0, 256, (400, 300), np.uint8)
    ink = np.full(400, 70, np.int32)
    ink[200:204] = 3
    start, end = forced_cut(grey, ink, 100, down=True)
    assert end - start == 100
    assert start <= 200 < end


def test_planes_of_colour_are_given_only_where_there_are_colours() -> None:
    grey = Image.linear_gradient("L")
    assert to_colours(grey) == to_colours(grey.convert("RGB")) == []
    red = Image.merge("RGB", (grey, Image.new("L", grey.size), Image.new("L", grey.size)))
    assert [plane.shape for plane in to_colours(red)] == [(256, 256)] * 2
