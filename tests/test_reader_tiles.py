"""Tiles of large pictures, and lines that more than one of them saw."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from demo.engines.reader.tiles import OVERLAP, TILE_SIDE, Sighting, join_sightings, plan_tiles


@given(st.integers(1, 20_000), st.integers(1, 20_000))
@example(1, 18_531)
def test_tiles_cover_the_picture_and_overlap(width: int, height: int) -> None:
    tiles = plan_tiles((width, height))
    assert min(t[0] for t in tiles) == min(t[1] for t in tiles) == 0
    assert max(t[2] for t in tiles) == width
    assert max(t[3] for t in tiles) == height
    assert all(t[2] - t[0] <= TILE_SIDE and t[3] - t[1] <= TILE_SIDE for t in tiles)
    rows = sorted({(t[1], t[3]) for t in tiles})
    assert all(above[1] - below[0] >= OVERLAP for above, below in pairwise(rows))


def test_small_picture_is_one_tile() -> None:
    assert plan_tiles((736, 1024)) == [(0, 0, 736, 1024)]


def test_line_cut_in_its_height_gives_way_to_the_whole_one() -> None:
    upper, lower = (0.0, 0.0, 500.0, 400.0), (0.0, 200.0, 500.0, 600.0)
    cut, whole = Sighting((4, 385, 300, 400), upper), Sighting((10, 385, 305, 415), lower)
    assert join_sightings([cut, whole]) == [whole]
    assert join_sightings([whole, cut]) == [whole]


def test_line_cut_in_its_length_is_put_together() -> None:
    left, right = (0.0, 0.0, 500.0, 400.0), (300.0, 0.0, 800.0, 400.0)
    parts = [Sighting((50, 100, 500, 120), left), Sighting((300, 101, 700, 121), right)]
    assert [seen.box for seen in join_sightings(parts)] == [(50, 100, 700, 121)]


def test_lines_of_the_same_tile_stay_apart() -> None:
    tile = (0.0, 0.0, 500.0, 400.0)
    lines = [Sighting((0, 0, 100, 20), tile), Sighting((0, 8, 100, 28), tile)]
    assert len(join_sightings(lines)) == 2
