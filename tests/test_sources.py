import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from benchmarks.pdf_writer import text_pdf
from toolkit.errors import (
    DamagedSourceError,
    EmptySourceError,
    MissingDependencyError,
    NotADocumentError,
    PageTooLargeError,
    SourceMissingError,
)
from toolkit.sources import LoadedPicture, identify, open_picture

RNG = np.random.default_rng(3)


def photo(width: int = 64, height: int = 48) -> Image.Image:
    y, x = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([x * 3, y * 4, (x + y) * 2], axis=2).astype(np.uint8))


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    ("kind", "name"),
    [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP"), ("tiff", "TIFF"), ("bmp", "BMP"), ("gif", "GIF")],
)
def test_image_is_known_by_content_whatever_its_name(tmp_path: Path, kind: str, name: str) -> None:
    path = saved(tmp_path / "contract.pdf", photo(), format=name)
    assert identify(path) == kind
    assert open_picture(path).image.size == (64, 48)


def test_pdf_is_known_behind_a_kilobyte_of_rubbish(tmp_path: Path) -> None:
    path = text_pdf(tmp_path / "a.png")
    assert identify(path) == "pdf"
    path.write_bytes(b"\n" * 900 + path.read_bytes())
    assert identify(path) == "pdf"


@pytest.mark.parametrize(
    "content", [b"hello", b"\x00" * 500, b"<html>", b"PK\x03\x04", b"BM is not a bitmap at all"]
)
def test_other_content_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "合同 1.pdf"
    path.write_bytes(content)
    with pytest.raises(NotADocumentError, match=r"合同 1\.pdf is neither a PDF nor an image"):
        identify(path)


def test_missing_empty_and_folder_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    with pytest.raises(EmptySourceError, match="0 bytes"):
        identify(tmp_path / "empty.pdf")
    with pytest.raises(SourceMissingError, match="is not there"):
        identify(tmp_path / "nowhere.pdf")
    with pytest.raises(SourceMissingError, match="is a folder"):
        identify(tmp_path)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_cut_off_image_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    noise = Image.fromarray(RNG.integers(0, 256, (200, 200, 3), np.uint8))
    path = saved(tmp_path / "photo.bin", noise, format=name)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    with pytest.raises(DamagedSourceError, match=r"photo\.bin is damaged"):
        open_picture(path)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_is_upright_and_its_boxes_map_to_the_stored_pixels(
    tmp_path: Path, orientation: int, name: str
) -> None:
    stored = Image.new("RGB", (40, 24), "white")
    stored.paste((255, 0, 0), (30, 4, 36, 10))
    exif = Image.Exif()
    exif[0x0112] = orientation
    loaded = open_picture(saved(tmp_path / name, stored, exif=exif, lossless=True))
    from PIL import ImageOps

    with Image.open(saved(tmp_path / "same.png", stored, exif=exif)) as image:
        assert np.array_equal(np.asarray(loaded.image), np.asarray(ImageOps.exif_transpose(image)))
    assert loaded.stored_size == (40, 24)
    red = np.argwhere((np.asarray(loaded.image) == (255, 0, 0)).all(axis=2))
    box = (red[:, 1].min(), red[:, 0].min(), red[:, 1].max() + 1, red[:, 0].max() + 1)
    assert loaded.placement.to_source(box) == (30, 4, 36, 10)


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    deep = np.linspace(0, 65535, 256 * 4, dtype=np.uint16).reshape(32, 32)
    expected = np.rint(deep / 257).astype(np.uint8)
    for name in ("a.png", "a.tiff"):
        path = saved(tmp_path / name, Image.fromarray(deep))
        loaded = open_picture(path)
        assert loaded.image.mode == "L"
        assert np.abs(np.asarray(loaded.image).astype(int) - expected).max() <= 1


def test_floating_point_tiff_has_white_at_one(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tiff", Image.fromarray(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)))
    found = np.asarray(open_picture(path).image)
    assert (found[0, 0], found[-1, -1]) == (0, 255)


def test_sixteen_bit_colour_tiff_keeps_its_high_bytes(tmp_path: Path) -> None:
    tifffile = deep_rgb_tiff(RNG.integers(0, 65536, (5, 7, 3)).astype("<u2"))
    (tmp_path / "a.tiff").write_bytes(tifffile[0])
    found = np.asarray(open_picture(tmp_path / "a.tiff").image)
    assert np.abs(found.astype(int) - np.rint(tifffile[1] / 257)).max() <= 1


def deep_rgb_tiff(
    pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint16]]",
) -> "tuple[bytes, np.ndarray[tuple[int, ...], np.dtype[np.uint16]]]":
    """A 16-bit RGB TIFF by hand: Pillow cannot write one."""
    height, width = pixels.shape[:2]
    data = pixels.tobytes()
    tags = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, 8), (259, 3, 1, 1), (262, 3, 1, 2),
        (273, 4, 1, 14), (277, 3, 1, 3), (278, 4, 1, height), (279, 4, 1, len(data)),
    ]  # fmt: skip
    bits = struct.pack("<3H", 16, 16, 16)
    body = bits + data
    ifd = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + b"\0\0\0\0"
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + ifd, pixels


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (2, 1), (10, 20, 30, 0))
    clear.putpixel((1, 0), (0, 0, 0, 128))
    grey = clear.convert("LA")
    palette = Image.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putdata([0, 1])
    for image, options in ((clear, {}), (grey, {}), (palette, {"transparency": 0})):
        found = open_picture(saved(tmp_path / "a.png", image, **options)).image.convert("RGB")
        assert found.getpixel((0, 0)) == (255, 255, 255)
    assert found.getpixel((1, 0)) == (0, 0, 255)
    half = open_picture(saved(tmp_path / "a.png", clear)).image.getpixel((1, 0))
    assert half == (127, 127, 127)


def test_named_transparent_colour_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("RGB", (2, 1), (0, 255, 0))
    image.putpixel((1, 0), (9, 9, 9))
    found = open_picture(saved(tmp_path / "a.png", image, transparency=(0, 255, 0))).image
    assert [found.getpixel((x, 0)) for x in (0, 1)] == [(255, 255, 255), (9, 9, 9)]


def test_profile_is_applied_as_littlecms_does(tmp_path: Path) -> None:
    swapped = swapped_profile()
    path = saved(tmp_path / "a.png", photo(), icc_profile=swapped)
    expected = ImageCms.profileToProfile(
        photo(), ImageCms.ImageCmsProfile(io.BytesIO(swapped)), ImageCms.createProfile("sRGB"),
        ImageCms.Intent.RELATIVE_COLORIMETRIC, flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )  # fmt: skip
    loaded = open_picture(path)
    assert expected is not None
    assert np.array_equal(np.asarray(loaded.image), np.asarray(expected))
    assert not np.array_equal(np.asarray(loaded.image), np.asarray(photo()))
    assert loaded.notes == ()


def swapped_profile() -> bytes:
    """sRGB with red's and blue's primaries exchanged: no one can miss whether it was applied."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    return bytes(data).replace(b"rXYZ", b"tmpX").replace(b"bXYZ", b"rXYZ").replace(b"tmpX", b"bXYZ")


def test_broken_profile_is_noted_and_the_picture_comes_out(tmp_path: Path) -> None:
    loaded = open_picture(saved(tmp_path / "a.png", photo(), icc_profile=b"no profile"))
    assert "colour profile" in loaded.notes[0].en
    assert np.array_equal(np.asarray(loaded.image), np.asarray(photo()))


def test_cmyk_jpeg_becomes_rgb_and_says_how(tmp_path: Path) -> None:
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    loaded = open_picture(saved(tmp_path / "a.jpg", cmyk, quality=95))
    red, green, blue = loaded.image.getpixel((8, 8))  # type: ignore[misc]
    assert red > 240
    assert max(green, blue) < 15
    assert "CMYK" in loaded.notes[0].en


def test_fax_tiff_and_every_frame(tmp_path: Path) -> None:
    frames = [Image.fromarray(RNG.integers(0, 2, (20, 30), np.uint8) * 255).convert("1") for _ in range(3)]
    path = tmp_path / "fax.tif"
    frames[0].save(path, save_all=True, append_images=frames[1:], compression="group4", dpi=(204, 196))
    for number, frame in enumerate(frames):
        loaded = open_picture(path, frame=number)
        assert loaded.frames == 3
        assert loaded.dpi == pytest.approx(204)
        assert np.array_equal(np.asarray(loaded.image.convert("L")), np.asarray(frame.convert("L")))


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_animation_gives_its_first_frame_and_says_so(tmp_path: Path, name: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=100)
    loaded = open_picture(tmp_path / name)
    assert loaded.frames == 1
    assert loaded.image.getpixel((4, 4))[0] > 200
    assert [note.en[:20] for note in loaded.notes] == ["This is an animation"]
    frames[0].save(tmp_path / f"still-{name}")
    assert open_picture(tmp_path / f"still-{name}").notes == ()


def test_heic_without_its_plugin_names_the_file_and_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingDependencyError, match=r"a\.heic needs pillow-heif.*pip install pillow-heif$"):
        open_picture(tmp_path / "a.heic")


@pytest.mark.parametrize("name", ["a.heic", "a.avif"])
def test_phone_photo_comes_out(tmp_path: Path, name: str) -> None:
    pillow_heif = pytest.importorskip("pillow_heif", reason="needs pillow-heif (extra heif)")
    if name.endswith("avif"):
        saved(tmp_path / name, photo(), format="AVIF", quality=95)
    else:
        pillow_heif.from_pillow(photo()).save(tmp_path / name, quality=95)
    loaded = open_picture(tmp_path / name)
    assert np.abs(np.asarray(loaded.image).astype(int) - np.asarray(photo())).mean() < 6


def png_head(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def test_image_over_the_limit_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_head(50_000, 50_000))
    with pytest.raises(PageTooLargeError, match=r"bomb\.png has 2500 megapixels; the limit is 200"):
        open_picture(tmp_path / "bomb.png")
    with pytest.raises(PageTooLargeError, match="limit is 1"):
        open_picture(saved(tmp_path / "big.png", Image.new("1", (2000, 1000))), max_megapixels=1)


@pytest.mark.shared
def test_real_photo_with_orientation_stands_upright(shared_data: Path) -> None:
    loaded: LoadedPicture = open_picture(shared_data / "images" / "img_exif_orientation.jpg")
    assert loaded.placement.a == -1
    assert loaded.image.size == loaded.stored_size


@pytest.mark.shared
def test_real_transparent_text_is_on_white(shared_data: Path) -> None:
    black = np.asarray(
        open_picture(shared_data / "images" / "black_font_color_transparent.png").image.convert("L")
    )
    assert black[0, 0] == 255
    assert black.min() < 64


@pytest.mark.parametrize(("ink", "ground"), [((255, 255, 250), 0), ((0, 0, 0), 255), ((200, 30, 30), 255)])
def test_transparent_writing_is_laid_where_it_can_be_seen(
    tmp_path: Path, ink: tuple[int, int, int], ground: int
) -> None:
    image = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    image.paste((*ink, 255), (20, 10, 40, 30))
    image.save(tmp_path / "logo.png")
    loaded = open_picture(tmp_path / "logo.png")
    assert loaded.image.convert("RGB").getpixel((2, 2)) == (ground,) * 3
    assert loaded.image.convert("RGB").getpixel((30, 20)) == ink
    assert any("laid on black" in note.en for note in loaded.notes) == (ground == 0)


def test_white_page_with_ink_on_a_transparent_ground_stays_on_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (10, 10, 90, 90))
    image.paste((0, 0, 0, 255), (20, 20, 80, 22))
    image.save(tmp_path / "page.png")
    assert open_picture(tmp_path / "page.png").image.convert("L").getpixel((2, 2)) == 255
