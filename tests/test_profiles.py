"""Colour profiles other than sRGB, built here byte by byte, against formulas and against littleCMS."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from toolkit.sources import open_picture

Floats = npt.NDArray[np.float64]

D50 = (0.9642, 1.0, 0.8249)
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
"""Adobe RGB (1998), its primaries adapted to D50 as its profile gives them; the gamma is 2 + 51/256."""
ADOBE_GAMMA = 563 / 256
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
XYZ_TO_SRGB = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
"""D50-adapted XYZ to linear sRGB (Bradford), as B. Lindbloom tabulates it."""


def profile(space: str, kind: str, tags: dict[str, bytes], pcs: str = "XYZ ") -> bytes:
    """Build an ICC profile, version 2.4 (ICC.1:2001-04): header, table of tags, their data."""
    described = {"desc": _desc("test"), "cprt": b"text\0\0\0\0none\0", "wtpt": _xyz(D50)} | tags
    table, data = struct.pack(">I", len(described)), b""
    start = 128 + 4 + 12 * len(described)
    for name, body in described.items():
        table += name.encode() + struct.pack(">II", start + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", start + len(data), b"lcms", 0x02400000, kind.encode(), space.encode(), pcs.encode()
    )
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += b"".join(struct.pack(">i", round(n * 65536)) for n in D50)
    return head.ljust(128, b"\0") + table + data


def _desc(words: str) -> bytes:
    text = words.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(4 + 4 + 2 + 1 + 67)


def _xyz(numbers: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(n * 65536)) for n in numbers)


def _gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def matrix_profile(primaries: Sequence[Sequence[float]], gamma: float) -> bytes:
    tags = {f"{name}XYZ": _xyz(numbers) for name, numbers in zip("rgb", primaries, strict=True)}
    return profile("RGB ", "mntr", tags | {f"{name}TRC": _gamma(gamma) for name in "rgb"})


def grey_profile(gamma: float) -> bytes:
    return profile("GRAY", "mntr", {"kTRC": _gamma(gamma)})


def cmyk_profile() -> bytes:
    """Build a press of pure arithmetic: L* falls with all inks, a* and b* with the coloured ones.

    A lut8 (ICC.1, 6.5.7) with two grid points for each ink, so that littleCMS interpolates between corners.
    """
    corners = np.array(list(np.ndindex(2, 2, 2, 2)), np.float64)
    lab = press(corners)
    grid = np.clip(np.rint(np.stack([lab[:, 0] * 2.55, lab[:, 1] + 128, lab[:, 2] + 128], axis=1)), 0, 255)
    straight = bytes(range(256))
    body = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0])
    body += b"".join(struct.pack(">i", round(n * 65536)) for n in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    body += straight * 4 + grid.astype(np.uint8).tobytes() + straight * 3
    return profile("CMYK", "prtr", {"A2B0": body}, "Lab ")


def press(inks: Floats) -> Floats:
    """Give L*, a* and b* of full inks, each 0 or 1, on white paper."""
    cyan, magenta, yellow, black = inks.T
    light = 100 * (1 - 0.35 * cyan) * (1 - 0.45 * magenta) * (1 - 0.1 * yellow) * (1 - 0.9 * black)
    colour = (
        np.stack([70 * magenta - 35 * cyan, 85 * yellow - 45 * cyan], axis=1) * (1 - black)[:, np.newaxis]
    )
    return np.column_stack([light, colour])


def to_srgb(linear: Floats) -> Floats:
    """Give 0 to 255 for linear sRGB (IEC 61966-2-1), clipped."""
    linear = np.clip(linear, 0, 1)
    bent: Floats = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.multiply(bent, 255)


def colours() -> Image.Image:
    """Every combination of six levels of red, green and blue."""
    levels = np.array([0, 51, 102, 153, 204, 255], np.uint8)
    return Image.fromarray(np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(12, 18, 3))


def loaded(path: Path, image: Image.Image, icc: bytes, **options: object) -> tuple[Image.Image, int]:
    image.save(path, icc_profile=icc, **options)  # type: ignore[arg-type]
    found = open_picture(path)
    return found.image, len(found.notes)


def by_littlecms(image: Image.Image, icc: bytes) -> Image.Image:
    done = ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"),
        ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB", flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )  # fmt: skip
    assert done is not None
    return done


@pytest.mark.parametrize(("primaries", "gamma"), [(ADOBE, ADOBE_GAMMA), (DISPLAY_P3, 2.2), (ADOBE, 1.0)])
@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp", "a.jpg"])
def test_wide_colours_come_out_as_the_formulas_say(
    tmp_path: Path, name: str, primaries: Sequence[Sequence[float]], gamma: float
) -> None:
    options: dict[str, dict[str, object]] = {
        "a.webp": {"lossless": True},
        "a.jpg": {"quality": 100, "subsampling": 0},
    }
    icc = matrix_profile(primaries, gamma)
    image = colours() if name != "a.jpg" else colours().resize((144, 96), Image.Resampling.NEAREST)
    found, notes = loaded(tmp_path / name, image, icc, **options.get(name, {}))
    with Image.open(tmp_path / name) as stored:
        samples = np.asarray(stored.convert("RGB"), np.float64) / 255
    expected = to_srgb(samples**gamma @ np.array(primaries) @ XYZ_TO_SRGB.T)
    assert notes == 0
    assert np.abs(np.asarray(found, np.float64) - expected).max() <= 2.5
    assert np.abs(expected - samples * 255).max() > 20


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB"])
def test_grey_of_another_gamma_comes_out_as_the_formula_says(tmp_path: Path, mode: str, gamma: float) -> None:
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    found, notes = loaded(tmp_path / "a.png", ramp.convert(mode), grey_profile(gamma))
    expected = to_srgb((np.arange(256.0).reshape(16, 16) / 255) ** gamma)
    assert (found.mode, notes) == ("L", 0)
    assert np.abs(np.asarray(found, np.float64) - expected).max() <= 2


@pytest.mark.parametrize("name", ["a.tif", "a.jpg"])
def test_inks_come_out_as_littlecms_mixes_them(tmp_path: Path, name: str) -> None:
    inks = np.random.default_rng(8).integers(0, 256, (6, 8, 4), np.uint8)
    image = Image.fromarray(inks, "CMYK").resize((64, 48), Image.Resampling.NEAREST)
    icc = cmyk_profile()
    found, notes = loaded(tmp_path / name, image, icc, **({"quality": 100} if name == "a.jpg" else {}))
    with Image.open(tmp_path / name) as stored:
        expected = by_littlecms(stored.convert("CMYK"), icc)
    assert (found.mode, notes) == ("RGB", 0)
    assert np.array_equal(np.asarray(found), np.asarray(expected))


def test_paper_is_white_and_inks_have_their_colours(tmp_path: Path) -> None:
    patches = np.zeros((1, 4, 4), np.uint8)
    patches[0, 1] = patches[0, 2, 1] = patches[0, 3, 0] = 255
    found, _ = loaded(tmp_path / "a.tif", Image.fromarray(patches, "CMYK"), cmyk_profile())
    white, black, magenta, cyan = np.asarray(found, int)[0]
    assert white.tolist() == [255, 255, 255]
    assert black.max() < 20
    assert magenta[0] > magenta[1] + 100
    assert cyan[2] > cyan[0] + 100


@pytest.mark.parametrize("embedded", [True, False])
def test_lab_comes_out_as_littlecms_gives_it(tmp_path: Path, embedded: bool) -> None:
    rng = np.random.default_rng(3)
    lab = Image.merge("LAB", [Image.fromarray(rng.integers(90, 170, (8, 9), np.uint8)) for _ in range(3)])
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    lab.save(tmp_path / "a.tif", icc_profile=icc if embedded else None)
    with Image.open(tmp_path / "a.tif") as stored:
        stored.load()
        expected = by_littlecms(stored, icc)
    found = open_picture(tmp_path / "a.tif")
    assert found.notes == ()
    assert np.abs(np.asarray(found.image, int) - np.asarray(expected, int)).max() <= 1


@pytest.mark.parametrize(
    ("mode", "icc"),
    [
        ("L", matrix_profile(ADOBE, 2.2)),
        ("L", cmyk_profile()),
        ("RGB", cmyk_profile()),
        ("RGB", matrix_profile(ADOBE, 2.2)[:200]),
        ("CMYK", grey_profile(2.2)),
    ],
)
def test_profile_of_another_kind_of_colour_is_noted_and_the_samples_stay(
    tmp_path: Path, mode: str, icc: bytes
) -> None:
    image = colours().convert(mode)
    found, notes = loaded(tmp_path / "a.tif", image, icc)
    assert notes == 1
    assert np.array_equal(np.asarray(found), np.asarray(image if mode != "CMYK" else image.convert("RGB")))


def test_transparency_is_laid_on_white_after_the_colours_are_settled(tmp_path: Path) -> None:
    image = colours().convert("RGBA")
    image.putalpha(Image.fromarray(np.tile(np.array([0, 255], np.uint8), (12, 9))))
    icc = matrix_profile(ADOBE, ADOBE_GAMMA)
    found = np.asarray(loaded(tmp_path / "a.png", image, icc)[0])
    assert (found[:, ::2] == 255).all()
    assert np.array_equal(found[:, 1::2], np.asarray(by_littlecms(colours(), icc))[:, 1::2])


def test_palette_and_deep_grey_go_through_their_profiles_too(tmp_path: Path) -> None:
    palette = colours().quantize(200)
    icc = matrix_profile(ADOBE, ADOBE_GAMMA)
    found, _ = loaded(tmp_path / "p.png", palette, icc)
    assert np.array_equal(np.asarray(found), np.asarray(by_littlecms(palette.convert("RGB"), icc)))
    deep = Image.fromarray((np.arange(256, dtype=np.uint16) * 257).reshape(16, 16))
    found, _ = loaded(tmp_path / "d.png", deep, grey_profile(1.0))
    expected = to_srgb(np.arange(256.0).reshape(16, 16) / 255)
    assert np.abs(np.asarray(found, np.float64) - expected).max() <= 2
