"""Splitting: no line of text is ever cut, pieces give back the pixels, and overlaps are told."""

import io
import math
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from benchmarks.known_screens import Line, Screen, blank, turned, watermarked, words
from benchmarks.long_screens import SCREENS, article, receipt
from toolkit import Piece, plan_split, split_image
from toolkit.cuts import Span, choose_spans
from toolkit.errors import PageTooLargeError, UsageError
from toolkit.split import longest_piece
from toolkit.text_gaps import find_gaps

Make = Callable[[random.Random], Screen]


def joined(pieces: list[Piece], cuts: list[Image.Image], size: tuple[int, int]) -> Image.Image:
    """Put the pieces back at their boxes."""
    whole = Image.new(cuts[0].mode, size)
    for piece, cut in zip(pieces, cuts, strict=True):
        whole.paste(cut, piece.box[:2])
    return whole


def holds(piece: Piece, line: Line) -> bool:
    box = piece.box
    return box[0] <= line[0] and box[1] <= line[1] and box[2] >= line[2] and box[3] >= line[3]


def cut_lines(screen: Screen, pieces: list[Piece]) -> list[Line]:
    return [line for line in screen.lines if not any(holds(piece, line) for piece in pieces)]


@pytest.mark.parametrize("name", sorted(SCREENS))
def test_no_line_is_cut_and_the_pixels_come_back(name: str) -> None:
    screen = SCREENS[name](random.Random(1))
    pieces = plan_split(screen.image, piece_ratio=2.0)
    assert len(pieces) >= 3
    assert all(piece.clean and piece.overlap == 0 and piece.note is None for piece in pieces)
    assert cut_lines(screen, pieces) == []
    longest = longest_piece(screen.image.size, piece_ratio=2.0)
    assert all(max(piece.size) <= longest for piece in pieces)
    whole = joined(pieces, split_image(screen.image, pieces), screen.image.size)
    assert whole.tobytes() == screen.image.tobytes()


@pytest.mark.parametrize("name", ["article", "chat-dark", "table", "code"])
def test_no_line_is_cut_at_any_ratio(name: str) -> None:
    screen = SCREENS[name](random.Random(3))
    for ratio in (0.7, 1.0, 1.7, 4.0):
        pieces = plan_split(screen.image, piece_ratio=ratio)
        assert cut_lines(screen, pieces) == []


def compressed(image: Image.Image, quality: int = 40) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def noisy(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image, np.float32) + np.random.default_rng(1).normal(0, 6, (*image.size[::-1], 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def shaded(image: Image.Image) -> Image.Image:
    height, width = image.size[::-1]
    shade = np.linspace(-30, 30, height)[:, None, None] + np.linspace(-20, 20, width)[None, :, None]
    return Image.fromarray((np.asarray(image, np.float32) + shade).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("article-dark", compressed),
        ("table", compressed),
        ("table", lambda image: compressed(image, 20)),
        ("table-dark", compressed),
        ("chat", noisy),
        ("table", shaded),
        ("code", noisy),
        ("chat-dark", shaded),
    ],
)
def test_gaps_are_found_in_compressed_noisy_and_shaded_screens(
    name: str, spoil: Callable[[Image.Image], Image.Image]
) -> None:
    screen = SCREENS[name](random.Random(4))
    pieces = plan_split(spoil(screen.image))
    assert all(piece.clean for piece in pieces)
    assert cut_lines(screen, pieces) == []


@pytest.mark.parametrize("name", ["article", "article-dark", "table", "code-light"])
@pytest.mark.parametrize(
    "mark", [{}, {"grey": 20}, {"text": "内部资料 user0471", "size": 30, "grey": 35, "step": 160}]
)
def test_gaps_are_found_under_a_watermark(name: str, mark: dict[str, Any]) -> None:
    screen = watermarked(SCREENS[name](random.Random(5)), **mark)
    pieces = plan_split(screen.image, piece_ratio=2.0)
    assert len(pieces) >= 3
    assert all(piece.clean and not piece.overlap for piece in pieces)
    assert cut_lines(screen, pieces) == []


@pytest.mark.parametrize("degrees", [-5, -3, 2, 4, 5])
def test_pieces_of_a_sloping_receipt_share_no_more_than_its_slope_asks_for(degrees: float) -> None:
    screen = turned(receipt(random.Random(7)), degrees, (96, 74, 58))
    photo = compressed(noisy(shaded(screen.image)), 70)
    pieces = plan_split(photo, piece_ratio=2.0)
    assert len(pieces) >= 2
    assert cut_lines(screen, pieces) == []
    drift = math.tan(math.radians(abs(degrees))) * 900
    assert all(piece.overlap <= drift + 10 for piece in pieces)
    whole = joined(pieces, split_image(photo, pieces), photo.size)
    assert whole.tobytes() == photo.tobytes()


@pytest.mark.parametrize(
    ("paper", "ink"),
    [((0, 130, 0), (255, 0, 0)), ((70, 110, 160), (220, 50, 50)), ((255,) * 3, (255, 255, 150))],
)
def test_letters_as_bright_as_their_paper_are_not_cut(
    paper: tuple[int, int, int], ink: tuple[int, int, int]
) -> None:
    screen, rng = blank(700, 4200, paper), random.Random(1)
    for y in range(40, 4100, 52):
        screen.write(50, y, words(rng, 36, 600), 36, ink)
    pieces = plan_split(screen.image, piece_ratio=2.0)
    assert len(pieces) >= 3
    assert all(piece.clean for piece in pieces)
    assert cut_lines(screen, pieces) == []


def test_pieces_stand_in_reading_order() -> None:
    pieces = plan_split(SCREENS["article"](random.Random(1)).image)
    tops = [piece.box[1] for piece in pieces]
    assert tops == sorted(tops)
    across = plan_split(SCREENS["sheet"](random.Random(1)).image)
    assert [piece.box[0] for piece in across] == sorted(piece.box[0] for piece in across)


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_piece_is_an_exact_copy_in_its_own_mode(mode: str) -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (90, 70, 3), np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    (cut,) = split_image(image, [Piece((11, 23, 58, 77))])
    assert (cut.mode, cut.tobytes()) == (mode, image.crop((11, 23, 58, 77)).tobytes())


def test_pieces_beyond_what_pillow_crops_come_out() -> None:
    """Pillow's crop raises over 178 megapixels; our own limit of 200 was checked on load."""
    image = Image.new("1", (12_000, 15_500))
    cuts = split_image(image, [Piece((0, 0, 12_000, 15_400)), Piece((0, 15_400, 12_000, 15_500))])
    assert [cut.size for cut in cuts] == [(12_000, 15_400), (12_000, 100)]


def test_one_screen_of_a_phone_is_one_piece() -> None:
    image = Image.new("RGB", (1080, 2400), "white")
    assert plan_split(image) == [Piece((0, 0, 1080, 2400))]


def test_without_any_gap_pieces_overlap_and_say_so() -> None:
    """Noise from top to bottom holds no gap anywhere."""
    pixels = np.random.default_rng(2).integers(0, 256, (3000, 400), np.uint8)
    pieces = plan_split(Image.fromarray(pixels))
    assert len(pieces) >= 3
    assert all(not piece.clean and piece.overlap > 0 for piece in pieces[1:])
    for before, piece in pairwise(pieces):
        assert before.box[3] - piece.box[1] == piece.overlap
        assert str(piece.overlap) in str(piece.note)
    cuts = split_image(Image.fromarray(pixels), pieces)
    assert joined(pieces, cuts, (400, 3000)).tobytes() == Image.fromarray(pixels).tobytes()


def test_a_line_at_an_overlap_is_whole_in_one_of_the_pieces() -> None:
    """Two columns of text that are out of step leave no empty row, but each line must stay readable."""
    screen = blank(1000, 6000, (255, 255, 255))
    rng = random.Random(8)
    for y in range(20, 5900, 44):
        screen.write(20, y, words(rng, 34, 440), 34, (0, 0, 0))
        screen.write(520, y + 22, words(rng, 34, 440), 34, (0, 0, 0))
    pieces = plan_split(screen.image)
    assert any(not piece.clean for piece in pieces)
    assert all(piece.overlap < 4 * 44 for piece in pieces)
    assert cut_lines(screen, pieces) == []


@pytest.mark.parametrize("text", ["三三三", "二二", "i i i", "= = =", "Ä Ö Ü"])
def test_the_space_between_strokes_of_one_line_is_no_gap(text: str) -> None:
    screen = blank(500, 420, (255, 255, 255))
    for row in range(6):
        screen.write(40, 10 + 66 * row, text if row == 3 else "Text 文字 (abc)", 40, (0, 0, 0))
    runs = find_gaps(np.asarray(screen.image.convert("L"))).runs
    assert len(runs) >= 6
    inside = [run for run in runs for line in screen.lines if line[1] < run[0] and run[1] < line[3]]
    assert inside == []


def test_with_a_text_height_pieces_keep_it_readable() -> None:
    image = article(random.Random(1), height=4500).image
    for height in (12.0, 20.0, 38.0):
        pieces = plan_split(image, text_height=height)
        assert all(height * min(1.0, 1024 / max(piece.size)) >= 10 for piece in pieces)


def test_a_sheet_with_tiny_text_is_cut_both_ways_row_by_row() -> None:
    screen = blank(3400, 2600, (255, 255, 255))
    rng = random.Random(1)
    for left in range(40, 3300, 660):
        for y in range(20, 2550, 34):
            screen.write(left, y, words(rng, 20, 560), 20, (0, 0, 0))
    pieces = plan_split(screen.image, text_height=20.0)
    assert cut_lines(screen, pieces) == []
    assert all(max(piece.size) <= 2048 for piece in pieces)
    corners = [(piece.box[1], piece.box[0]) for piece in pieces]
    assert corners == sorted(corners)
    assert len({left for _, left in corners}) >= 2
    assert len({upper for upper, _ in corners}) >= 2


def test_upright_rules_and_bubble_sides_are_no_ink() -> None:
    image = Image.new("L", (600, 800), 255)
    draw = ImageDraw.Draw(image)
    for x in (20, 300, 580):
        draw.line((x, 0, x, 799), fill=0, width=3)
    draw.rectangle((100, 380, 200, 400), fill=0)
    assert find_gaps(np.asarray(image)).runs == ((0, 380), (401, 800))


def test_an_empty_picture_is_one_gap_without_lines() -> None:
    gaps = find_gaps(np.full((500, 300), 40, np.uint8))
    assert (gaps.runs, gaps.line) == (((0, 500),), None)


def test_a_picture_one_pixel_wide_has_no_ink() -> None:
    assert find_gaps(np.arange(200, dtype=np.uint8).reshape(200, 1)).runs == ((0, 200),)


@pytest.mark.parametrize("width", [20_000, 60_000])
def test_strips_too_thin_for_any_model_are_columns_instead(width: int) -> None:
    """Strips of no height at all were added for ever; strips of one row no processor would take."""
    noise = np.random.default_rng(1).integers(0, 256, (100, width), np.uint8)
    for picture in (Image.new("L", (width, 100), 255), Image.fromarray(noise)):
        pieces = plan_split(picture, piece_ratio=0.5)
        assert all(max(piece.size) <= 200 * min(piece.size) for piece in pieces)
        assert sum(piece.size[0] - piece.overlap for piece in pieces) == width


@pytest.mark.parametrize("ratio", [0.0, 0.09, -1.0, float("nan")])
def test_an_impossible_ratio_is_refused(ratio: float) -> None:
    with pytest.raises(UsageError, match=r"Give at least 0\.1"):
        plan_split(Image.new("L", (100, 100)), piece_ratio=ratio)


@pytest.mark.parametrize("size", [(1, 5000), (5000, 2), (7, 1500)])
def test_a_sliver_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PageTooLargeError, match="too narrow to hold text"):
        plan_split(Image.new("L", size))


@st.composite
def layouts(draw: st.DrawFn) -> tuple[int, int, int, list[tuple[int, int]]]:
    """Draw a length, the longest piece, an overlap, and gaps in order that do not touch."""
    length, longest = draw(st.integers(1, 5000)), draw(st.integers(16, 1500))
    marks = sorted(draw(st.sets(st.integers(0, length), max_size=40)))
    gaps = list(zip(marks[0::2], marks[1::2], strict=False))
    return length, longest, draw(st.integers(0, 400)), gaps


@settings(max_examples=400, deadline=None)
@given(layouts())
def test_spans_cover_everything_in_order_and_none_is_too_long(
    layout: tuple[int, int, int, list[tuple[int, int]]],
) -> None:
    length, longest, overlap, gaps = layout
    shared = min(overlap, longest // 4)
    spans = choose_spans(
        length, longest, gaps=gaps, line=12.0, forced=lambda low, high: (high - shared, high)
    )
    assert spans[0].start == 0
    assert spans[-1].end == length
    for span in spans:
        assert 0 < span.end - span.start <= longest
    for before, span in pairwise(spans):
        assert before.start < span.start < span.end
        assert before.end - span.start == span.overlap
        if span.clean:
            assert any(low <= span.start <= high for low, high in gaps)


def _never(low: int, high: int) -> tuple[int, int]:
    raise AssertionError(f"a gap was in reach of {low} to {high}")


def test_even_pieces_are_preferred_where_gaps_allow_them() -> None:
    gaps = [(y, y + 10) for y in range(40, 1000, 50)]
    spans = choose_spans(1000, 600, gaps=gaps, line=40.0, forced=_never)
    assert len(spans) == 2
    assert abs(spans[0].end - 500) < 40


def test_a_gap_in_reach_is_better_than_an_even_cut() -> None:
    spans = choose_spans(1000, 600, gaps=[(260, 270)], line=40.0, forced=lambda low, high: (high - 50, high))
    assert spans[0] == Span(0, 265)


def test_paper_is_better_than_the_inside_of_a_photo_even_if_it_takes_a_piece_more() -> None:
    gaps = [(310, 330), (480, 900)]
    rows = {320: 1.0}
    spans = choose_spans(
        1000, 500, gaps=gaps, line=20.0, forced=_never, paper=lambda row: rows.get(row, 0.45)
    )
    assert [span.start for span in spans] == [0, 320, 660]
    level = choose_spans(1000, 500, gaps=gaps, line=20.0, forced=_never)
    assert [span.start for span in level] == [0, 500]
