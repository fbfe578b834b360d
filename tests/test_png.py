import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from toolkit.errors import DiskFullError, NotWritableError, UsageError
from toolkit.framed import Framed
from toolkit.png import write_png
from toolkit.png.deflate import RawFast
from toolkit.png.filters import Choice
from toolkit.raster import Pixels, Raster

RNG = np.random.default_rng(7)


def read_back(path: Path) -> tuple[Image.Image, Pixels]:
    with Image.open(path) as image:
        image.load()
        return image, np.asarray(image.convert("RGB"))


def as_rgb(pixels: Pixels) -> Pixels:
    return np.stack([pixels] * 3, axis=2) if pixels.ndim == 2 else pixels


def smooth(width: int, height: int) -> Pixels:
    """A colour photo's like: gradients with noise, where the Up filter pays."""
    y, x = np.mgrid[:height, :width]
    base = np.stack([x * 200 // width, y * 200 // height, (x + y) * 100 // (width + height)], axis=2)
    return (base + RNG.integers(0, 4, base.shape)).astype(np.uint8)


@settings(deadline=None, max_examples=60)
@given(
    pixels=arrays.arrays(
        np.uint8,
        st.one_of(
            st.tuples(st.integers(1, 40), st.integers(1, 70)),
            st.tuples(st.integers(1, 20), st.integers(1, 30), st.just(3)),
        ),
        elements=st.one_of(st.sampled_from([0, 255]), st.integers(0, 255)),
    ),
    compress=st.sampled_from(["fast", "small"]),
)
def test_any_pixels_come_back_equal(
    pixels: Pixels, compress: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("png") / "a.png"
    written = write_png(pixels, path, compress=compress)  # type: ignore[arg-type]
    image, found = read_back(path)
    assert image.size == written.size == (pixels.shape[1], pixels.shape[0])
    assert np.array_equal(found, as_rgb(pixels))


@pytest.mark.parametrize("compress", ["fast", "small"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 5000), (5000, 1), (1237, 911), (8, 3)])
def test_colour_page_comes_back_equal_across_bands(
    tmp_path: Path, width: int, height: int, compress: str
) -> None:
    pixels = smooth(width, height)
    write_png(pixels, tmp_path / "a.png", compress=compress)  # type: ignore[arg-type]
    assert np.array_equal(read_back(tmp_path / "a.png")[1], pixels)


@pytest.mark.parametrize("kind", range(6))
@pytest.mark.parametrize("channels", [1, 3])
def test_every_filter_comes_back_equal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: int, channels: int
) -> None:
    pixels = smooth(311, 420)
    pixels[200:260] = pixels[200]  # rows that repeat the one above
    pixels = pixels if channels == 3 else np.ascontiguousarray(pixels[..., 0])
    monkeypatch.setattr("toolkit.png.encoder.choose_filter", lambda *_: Choice(kind, 1.0))
    write_png(pixels, tmp_path / "a.png", compress="small")
    assert np.array_equal(read_back(tmp_path / "a.png")[1], as_rgb(pixels))


def test_kind_is_the_smallest_that_holds_the_pixels(tmp_path: Path) -> None:
    two = RNG.integers(0, 2, (90, 101), np.uint8) * 255
    almost = two.copy()
    almost[89, 100] = 254
    colour = as_rgb(two).copy()
    colour[89, 100] = (255, 255, 254)
    cases = (
        (two, "bilevel", "1"),
        (as_rgb(two), "bilevel", "1"),
        (almost, "grey", "L"),
        (colour, "rgb", "RGB"),
    )
    for pixels, kind, mode in cases:
        assert write_png(pixels, tmp_path / "a.png").kind == kind
        image, found = read_back(tmp_path / "a.png")
        assert image.mode == mode
        assert np.array_equal(found, as_rgb(pixels))


def test_raster_gives_the_same_file_as_its_array_and_its_picture(tmp_path: Path) -> None:
    for channels in (
        RNG.integers(0, 256, (301, 203, 4), np.uint8),
        np.repeat(smooth(203, 301)[..., :1], 4, axis=2),
    ):
        raster = Raster(np.ascontiguousarray(channels).view(np.uint32).reshape(301, 203))
        first = write_png(raster, tmp_path / "a.png", dpi=300)
        assert np.array_equal(read_back(tmp_path / "a.png")[1], channels[..., 2::-1])
        for same in (raster.to_array(), raster.to_picture()):
            assert write_png(same, tmp_path / "b.png", dpi=300).sha256 == first.sha256


@pytest.mark.parametrize("height", [3, 301, 1500])
def test_framed_picture_gives_the_same_file_as_its_pixels(tmp_path: Path, height: int) -> None:
    grey = smooth(1003, height)[..., 0]
    for pixels in (grey, smooth(1003, height), np.repeat(grey[..., None], 3, 2), (grey > 90) * np.uint8(255)):
        framed = Framed.empty((1003, height), 3 if pixels.ndim == 3 else 1)
        framed.pixels[:] = pixels
        assert np.array_equal(np.asarray(framed.to_picture()), pixels)
        for compress in ("fast", "small"):
            written = write_png(framed, tmp_path / "a.png", compress=compress)
            assert written == write_png(pixels, tmp_path / "b.png", compress=compress)
        assert np.array_equal(read_back(tmp_path / "a.png")[1], as_rgb(pixels))


def test_page_too_large_to_frame_gives_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for channels in (RNG.integers(0, 256, (301, 203, 4), np.uint8), np.full((900, 900, 4), 9, np.uint8)):
        words = channels.view(np.uint32)[..., 0]
        usual = write_png(Raster(words), tmp_path / "a.png")
        monkeypatch.setattr("toolkit.raster.MOST_FRAMED", 0)
        assert Raster(words).framed is None
        assert write_png(Raster(words), tmp_path / "b.png") == usual
        assert np.array_equal(Raster(words).to_array(), np.asarray(Raster(words).to_picture()))
        monkeypatch.undo()


def test_bilevel_picture_of_pillow_is_written_as_it_is(tmp_path: Path) -> None:
    image = Image.fromarray(RNG.integers(0, 2, (33, 45), np.uint8) * 255).convert("1")
    assert write_png(image, tmp_path / "a.png").kind == "bilevel"
    assert np.array_equal(read_back(tmp_path / "a.png")[1], np.asarray(image.convert("RGB")))


def test_dpi_is_in_the_file(tmp_path: Path) -> None:
    write_png(smooth(20, 20), tmp_path / "a.png", dpi=300)
    assert read_back(tmp_path / "a.png")[0].info["dpi"] == pytest.approx((300, 300), abs=0.02)
    write_png(smooth(20, 20), tmp_path / "b.png")
    assert "dpi" not in read_back(tmp_path / "b.png")[0].info


@pytest.mark.parametrize("compress", ["fast", "small"])
def test_equal_pixels_give_equal_bytes(tmp_path: Path, compress: str) -> None:
    pixels = smooth(700, 500)
    hashes = {write_png(pixels.copy(), tmp_path / f"{n}.png", compress=compress).sha256 for n in range(10)}  # type: ignore[arg-type]
    assert len(hashes) == 1


def test_hash_and_length_are_those_of_the_file(tmp_path: Path) -> None:
    from toolkit.files import sha256_of

    written = write_png(smooth(300, 200), tmp_path / "a.png", dpi=72)
    assert written.sha256 == sha256_of(tmp_path / "a.png")
    assert written.bytes == (tmp_path / "a.png").stat().st_size


def test_chunks_are_those_of_the_standard(tmp_path: Path) -> None:
    write_png(smooth(900, 700), tmp_path / "a.png", dpi=300)
    data = (tmp_path / "a.png").read_bytes()
    names, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        names.append(kind)
        at += 12 + length
    assert names[:2] == [b"IHDR", b"pHYs"]
    assert set(names[2:-1]) == {b"IDAT"}
    assert names[-1] == b"IEND"


def test_small_is_smaller_than_pillows_default_on_a_photo_and_on_text(tmp_path: Path) -> None:
    text = np.full((800, 600), 255, np.uint8)
    for _ in range(1500):
        y, x = RNG.integers(0, 780), RNG.integers(0, 590)
        text[y : y + 9, x : x + 5] = RNG.choice([0, 60, 130, 200])
    for pixels in (smooth(600, 500), text):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        assert write_png(pixels, tmp_path / "a.png", compress="small").bytes <= file.tell()


def test_pixels_of_another_depth_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="8-bit grey or RGB"):
        write_png(np.zeros((3, 3), np.uint16), tmp_path / "a.png")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="8-bit grey or RGB"):
        write_png(np.zeros((0, 3), np.uint8), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(NotWritableError, match=r"taken/a\.png"):
        write_png(smooth(5, 5), tmp_path / "taken" / "a.png")


def test_full_disk_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits on file sizes are POSIX")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(DiskFullError, match=r"a\.png"):
            write_png(RNG.integers(0, 256, (300, 300), np.uint8), tmp_path / "a.png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def _slot(address: int) -> int:
    """The place of ISA-L's table of 8,192 that a four-byte word hashes to: CRC-32C, low 13 bits."""
    crc = (address >> 16) & 0xFFFFFFFF
    for _ in range(32):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc & 0x1FFF


def _trap(address: int) -> bytes:
    """Data that ISA-L compresses otherwise if its stream's object lies at `address`: see `_Fast`."""
    while True:
        word = RNG.integers(0, 64, 4, np.uint8).tobytes()
        if _slot(int.from_bytes(word, "little") << 16) == _slot(address):
            break
    phrase = word + RNG.integers(64, 80, 60, np.uint8).tobytes()
    filler = RNG.choice(np.array([100, 101, 102], np.uint8), 3000).tobytes()
    return b"xy" + phrase + filler + phrase + filler


@pytest.mark.parametrize("way", ["whole", "short first piece", "after a cut"])
def test_bytes_do_not_depend_on_where_in_memory_the_compressor_lies(way: str) -> None:
    for _ in range(5):
        one = RawFast()
        data = memoryview(_trap(id(one._stream)))
        kept = [bytearray(2**18 + n) for n in range(3)]
        other = RawFast()
        assert id(one._stream) >> 16 != id(other._stream) >> 16, len(kept)
        streams = [_compressed(engine, data, way) for engine in (one, other)]
        assert streams[0] == streams[1]
        assert zlib.decompress(streams[0], -15).endswith(data)


def _compressed(engine: RawFast, data: memoryview, way: str) -> bytes:
    head = b""
    if way == "after a cut":
        head = engine.compress(memoryview(bytes(range(200)) * 9)) + engine.cut()
    elif way == "short first piece":
        head, data = engine.compress(data[:1]), data[1:]
    return head + engine.compress(data) + engine.finish()


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 300, 70_000])
def test_stream_of_any_length_comes_back_whole(length: int) -> None:
    data = RNG.integers(0, 4, length, np.uint8).tobytes()
    engine = RawFast()
    pieces = [engine.compress(memoryview(data)[at : at + 9000]) for at in range(0, length, 9000)]
    found = b"".join(pieces) + engine.finish()
    assert (zlib.decompress(found, -15) if length else found) == data


def _nearly_empty(height: int = 1200, width: int = 900) -> Pixels:
    """A white page with a few coloured words: where ISA-L alone takes more than twice Pillow's bytes."""
    page = np.full((height, width, 3), 255, np.uint8)
    for _ in range(40):
        y, x = RNG.integers(100, 160), RNG.integers(0, width - 12)
        page[y : y + 9, x : x + 5] = RNG.integers(0, 255, 3)
    return page


def test_fast_stays_within_its_bytes_on_a_nearly_empty_page(tmp_path: Path) -> None:
    page, file = _nearly_empty(), io.BytesIO()
    Image.fromarray(page).save(file, "PNG")
    assert write_png(page, tmp_path / "a.png", compress="fast").bytes <= 1.2 * file.tell()
    assert np.array_equal(read_back(tmp_path / "a.png")[1], page)


def test_small_takes_what_suits_noise_on_a_noisy_photo(tmp_path: Path) -> None:
    y, x = np.mgrid[:300, :320]
    waves = 120 + 60 * np.sin(x / 9) + 50 * np.cos(y / 13)
    noise = np.random.default_rng(7).normal(0, 6, (300, 320, 3))
    photo = (waves[..., np.newaxis] + noise).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "PNG")
    # libdeflate alone comes to 0.992 of Pillow's bytes here, runs alone to 0.976
    assert write_png(photo, tmp_path / "a.png", compress="small").bytes <= 0.983 * file.tell()
    assert np.array_equal(read_back(tmp_path / "a.png")[1], photo)
