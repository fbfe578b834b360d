"""Streams that leave out the rows that repeat the one above: any reader gets the same pixels."""

import io
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from toolkit.png import write_png
from toolkit.png.bands import Bands, bands_of
from toolkit.png.deflate import SPARSE
from toolkit.png.encoder import encode
from toolkit.png.filters import NONE, UP, choose_filter, filtered_bands
from toolkit.png.glued import LEAST_GAP, Glued, after_repeats, piece_sizes, zero_rows
from toolkit.png.repeats import stretches
from toolkit.raster import Pixels, Raster, band_rows

RNG = np.random.default_rng(21)


def glued(pixels: Pixels, kind: int) -> tuple[bytes, Glued]:
    bands = bands_of(pixels)
    stream = Glued(bands.row_bytes)
    return b"".join(stream.pieces(filtered_bands(bands, kind), search=True)), stream


def check_rows(data: bytes, pixels: Pixels) -> None:
    """Undo the filters None and Up as the standard says (W3C PNG, section 9); compare with the picture."""
    bands = bands_of(pixels)
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(len(pixels), bands.row_bytes).copy()
    assert set(np.unique(rows[:, 0])) <= {NONE, UP}
    above = np.zeros(bands.row_bytes - 1, np.uint8)
    for row in rows:
        row[1:] += above * np.uint8(row[0] == UP)
        above = row[1:]
    samples = bands.read(0, len(pixels))
    assert np.array_equal(rows[:, 1:], np.packbits(samples, axis=1) if bands.kind == "bilevel" else samples)


def repeated_share(pixels: Pixels, stream: Glued) -> float:
    return 1 - stream.drawn / (len(pixels) * bands_of(pixels).row_bytes)


@st.composite
def banded(draw: st.DrawFn) -> Pixels:
    """Pictures of bands: equal rows, noise, blank rows, of any length, at both ends and in between."""
    width = draw(st.sampled_from([1, 2, 7, 61, 500, 1300]))
    kind = draw(st.sampled_from(["bilevel", "grey", "rgb"]))
    shape = (width, 3) if kind == "rgb" else (width,)
    levels = np.array([0, 255]) if kind == "bilevel" else np.arange(256)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    band, gap = band_rows(int(np.prod(shape))), LEAST_GAP // (1 + int(np.prod(shape)))
    lengths = st.one_of(st.integers(1, 4), st.sampled_from([gap - 1, gap, gap + 1, band - 1, band, band + 1]))
    parts = []
    for way in draw(st.lists(st.sampled_from(["equal", "noise", "white", "black"]), min_size=1, max_size=5)):
        rows = min(draw(lengths), 150_000 // width)
        one = {"white": np.full(shape, 255), "black": np.zeros(shape)}.get(way, rng.choice(levels, shape))
        many = rng.choice(levels, (rows, *shape)) if way == "noise" else np.broadcast_to(one, (rows, *shape))
        parts.append(many.astype(np.uint8))
    return np.concatenate(parts)


@settings(deadline=None, max_examples=30)
@given(pixels=banded(), kind=st.sampled_from([NONE, UP]))
def test_bands_of_equal_rows_come_back_equal(pixels: Pixels, kind: int) -> None:
    check_rows(glued(pixels, NONE if bands_of(pixels).kind == "bilevel" else kind)[0], pixels)
    whole = b"".join(encode(bands_of(pixels), dpi=300, compress="fast"))
    with Image.open(io.BytesIO(whole)) as image:
        image.load()
        found = np.asarray(image.convert("RGB"))
    assert np.array_equal(found, pixels if pixels.ndim == 3 else np.stack([pixels] * 3, axis=2))


def page(colour: bool = True) -> Image.Image:
    """A form: rules, boxes, some words, blank at both ends, and a slanted line through the middle."""
    picture = Image.new("RGB" if colour else "L", (1240, 1754), "white")
    pen = ImageDraw.Draw(picture)
    for y in range(400, 1300, 150):
        pen.rectangle((100, y, 1100, y + 90), outline="black", width=3)
        pen.text((120, y + 30), "Name and address", fill=(180, 20, 30) if colour else 60)
    pen.line((60, 900, 1200, 990), fill="black", width=2)
    return picture


@pytest.mark.parametrize("colour", [True, False])
def test_every_reader_gets_the_same_page(tmp_path: Path, colour: bool) -> None:
    picture = page(colour)
    expected = np.asarray(picture.convert("RGB"))
    path = tmp_path / "a.png"
    write_png(picture, path, dpi=300)
    with Image.open(path) as image:
        image.load()
        assert np.array_equal(np.asarray(image.convert("RGB")), expected)
    found = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert found is not None
    assert np.array_equal(found[..., ::-1], expected)


def test_most_of_a_page_with_blank_bands_does_not_pass_the_compressor() -> None:
    pixels = np.full((1500, 1000), 255, np.uint8)
    pixels[500:550, 100:900] = RNG.integers(0, 256, (50, 800))
    for kind in (NONE, UP):
        data, stream = glued(pixels, kind)
        check_rows(data, pixels)
        assert repeated_share(pixels, stream) > 0.95


def test_upright_lines_are_rows_that_repeat() -> None:
    pixels = np.full((1000, 900, 3), 255, np.uint8)
    pixels[:, ::97] = (200, 30, 30)
    data, stream = glued(pixels, NONE)
    check_rows(data, pixels)
    assert repeated_share(pixels, stream) > 0.97


def test_one_pixel_that_the_sample_of_columns_misses_is_kept() -> None:
    pixels = np.full((400, 1000), 255, np.uint8)
    for y in range(0, 400, 23):
        pixels[y, int(RNG.integers(1000))] = 7
    for kind in (NONE, UP):
        check_rows(glued(pixels, kind)[0], pixels)


def test_picture_of_nothing_but_repeats_needs_no_compressor() -> None:
    """Up predicts the first row by zeros, so that a black page repeats it from its first row on."""
    width, height = 300, 2000
    bands = Bands((width, height), "grey", lambda _, rows: rows.fill(0))
    stream = Glued(bands.row_bytes)
    data = zlib.decompress(b"".join(stream.pieces(filtered_bands(bands, UP), search=True)))
    assert data == (b"\2" + bytes(width)) * height
    assert stream.drawn < 2**12 + bands.row_bytes


@given(st.binary(max_size=300), st.integers(1, 5000), st.integers(0, 70_000))
def test_checksum_of_repeated_rows_is_that_of_their_bytes(before: bytes, row_bytes: int, count: int) -> None:
    count = min(count, 3_000_000 // row_bytes)
    rows = (b"\2" + bytes(row_bytes - 1)) * count
    assert after_repeats(zlib.adler32(before), row_bytes, count) == zlib.adler32(rows, zlib.adler32(before))


@pytest.mark.parametrize("row_bytes", [2, 3, 312, 2481, 7441, 40_000, 5_000_001])
def test_ready_pieces_are_whole_and_bounded(row_bytes: int) -> None:
    sizes = piece_sizes(row_bytes)
    assert sizes[-1] * row_bytes <= max(row_bytes, 2**13)
    for size in sizes:
        assert size * row_bytes <= max(row_bytes, 2**22)
        piece = zero_rows(row_bytes, size)
        assert zlib.decompressobj(-15).decompress(piece * 2) == (b"\2" + bytes(row_bytes - 1)) * size * 2


def test_stretches_cover_the_band_and_keep_to_the_least_length() -> None:
    lines = np.zeros((21, 300), np.uint8)
    lines[4] = lines[12] = 9  # rows 3, 4 and 11, 12 differ from the ones above
    assert stretches(lines, 5) == [
        (0, 3, True),
        (3, 5, False),
        (5, 11, True),
        (11, 13, False),
        (13, 20, True),
    ]
    assert stretches(lines, 7) == [(0, 3, True), (3, 13, False), (13, 20, True)]


def test_same_page_gives_the_same_bytes_from_any_object() -> None:
    """Raster, array and picture of one page, each from memory of its own, again and again."""
    picture = page()
    channels = np.dstack([np.asarray(picture)[..., ::-1], np.full(picture.size[::-1], 255, np.uint8)])
    found = set()
    for _ in range(6):
        raster = Raster(np.ascontiguousarray(channels).view(np.uint32)[..., 0].copy())
        found |= {
            b"".join(encode(bands_of(p), dpi=300, compress="fast"))
            for p in (raster, np.array(picture), picture)
        }
    assert len(found) == 1


def _slanted(colour: bool) -> Image.Image:
    picture = Image.new("RGB" if colour else "L", (1600, 2200), "white")
    ImageDraw.Draw(picture).line((0, 0, 1600, 2200), fill=(200, 30, 40) if colour else 90, width=3)
    return picture


@pytest.mark.parametrize(
    "picture", [page(), page(False), _slanted(True), _slanted(False), Image.new("RGB", (1600, 2200), "#fe1")]
)
def test_fast_stays_within_its_bytes_on_nearly_blank_pages(tmp_path: Path, picture: Image.Image) -> None:
    file = io.BytesIO()
    picture.save(file, "PNG")
    assert write_png(picture, tmp_path / "a.png").bytes <= 1.35 * file.tell()
    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), np.asarray(picture.convert("RGB")))


def test_dense_sample_of_a_sparse_page_costs_no_bytes(tmp_path: Path) -> None:
    """What is drawn stands just where the rows are sampled: the page is taken for a full one at first."""
    pixels = np.full((2200, 1600, 3), 255, np.uint8)
    for k in range(8):
        first = (2200 - 12) * k // 7
        pixels[first : first + 12, 100:700] = RNG.choice(np.array([0, 90, 255], np.uint8), (12, 600, 3))
    bands = bands_of(pixels)
    assert choose_filter(bands, "fast").share > SPARSE
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    assert write_png(pixels, tmp_path / "a.png").bytes <= 1.25 * file.tell()
    alone = Glued(bands.row_bytes)
    assert sum(map(len, alone.pieces(filtered_bands(bands, NONE), search=False))) > 1.4 * file.tell()


def test_small_screenshot_is_not_left_to_a_short_memory(tmp_path: Path) -> None:
    """Lines that come again further up than ISA-L remembers: it alone takes 1.8 times Pillow's bytes."""
    picture = Image.new("RGB", (400, 300), "white")
    pen = ImageDraw.Draw(picture)
    for y in range(0, 300, 16):
        pen.text((4, y), "The quick brown fox jumps over the lazy dog " * 4, fill="black")
    pen.rectangle((100, 75, 200, 150), fill=(30, 90, 200))
    file = io.BytesIO()
    picture.save(file, "PNG")
    assert write_png(picture, tmp_path / "a.png").bytes <= 1.1 * file.tell()
    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(np.asarray(image), np.asarray(picture))
