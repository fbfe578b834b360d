"""The quality of pictures: known damage, its verdict, its reason."""

import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from benchmarks import drawn_pages as drawn
from benchmarks.drawn_pages import Script, draw_page
from benchmarks.drawn_scenes import branches, bricks, leaves, shapes
from toolkit.quality import LIMITS, Limit, Quality, assess_quality
from toolkit.text_lines import noise_of

SCRIPTS: tuple[Script, ...] = ("en", "zh")
EM = 36.0


def page(script: Script) -> Image.Image:
    return draw_page(script, EM, size=(1200, 620), lines=9, seed=7)


@pytest.mark.parametrize("script", SCRIPTS)
def test_clean_page_is_good(script: Script) -> None:
    quality = assess_quality(page(script))
    assert quality.verdict == "good"
    assert quality.contrast == pytest.approx(1.0, abs=0.02)
    assert quality.exposure == pytest.approx(0.0, abs=0.02)
    assert quality.noise == pytest.approx(0.0, abs=0.005)
    assert quality.skew_degrees == pytest.approx(0.0, abs=0.3)
    assert quality.sharpness is not None
    assert quality.sharpness > 15


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda image: drawn.blurred(image, 0.2 * EM), "blurred"),
        (lambda image: drawn.moved(image, 0.7 * EM, 20), ""),
        (lambda image: drawn.noisy(image, 130), "nois"),
        (lambda image: drawn.jpeg(image, 2), "JPEG"),
        (lambda image: drawn.shrunk(image, EM / 4), "blurred"),
        (lambda image: drawn.noisy(drawn.faded(image, 118, 138), 2), "faint"),
    ],
    ids=["blur", "motion", "noise", "jpeg", "shrink", "fade"],
)
def test_heavy_damage_is_poor_and_named(script: Script, damage: object, word: str) -> None:
    assert callable(damage)
    quality = assess_quality(damage(page(script)))
    assert quality.verdict == "poor"
    assert word in quality.reason.en
    assert quality.mend.en != "Nothing needs to be done."


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda image: drawn.blurred(image, 0.02 * EM),
        lambda image: drawn.noisy(image, 12),
        lambda image: drawn.jpeg(image, 75),
        lambda image: drawn.faded(image, 30, 230),
        lambda image: drawn.tilted(image, 2),
    ],
    ids=["blur", "noise", "jpeg", "fade", "tilt"],
)
def test_slight_damage_is_good(script: Script, damage: object) -> None:
    assert callable(damage)
    assert assess_quality(damage(page(script))).verdict == "good"


def test_sharpness_falls_with_blur_though_the_page_is_mostly_white() -> None:
    """A whole-page measure would hardly move: nine tenths of this page are white."""
    white = Image.new("RGB", (1300, 1800), "white")
    values = []
    for sigma in (0.01, 1.0, 1.8, 2.6):
        white.paste(drawn.blurred(page("en"), sigma), (50, 700))
        values.append(assess_quality(white).sharpness or 0.0)
    assert values == sorted(values, reverse=True)
    assert values[0] > 2 * values[-1]


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("em", [90, 150, 240, 380])
def test_large_letters_are_sharp_and_their_blur_is_seen(script: Script, em: int) -> None:
    image = draw_page(script, em, size=(9 * em, 4 * em), lines=2, seed=3)
    assert assess_quality(image).verdict == "good"
    two_level = image.convert("L").point(lambda level: 255 * (level > 127))
    assert assess_quality(two_level).verdict == "good"
    assert "blurred" in assess_quality(drawn.blurred(image, 0.08 * em)).reason.en


def test_sharpness_sees_a_shake_in_one_direction() -> None:
    still, shaken = page("en"), drawn.moved(page("en"), 9, 67)
    assert (assess_quality(shaken).sharpness or 0) < 0.5 * (assess_quality(still).sharpness or 0)


@pytest.mark.parametrize("sigma", [6.0, 15.0, 30.0])
def test_noise_is_measured_on_grey_paper(sigma: float) -> None:
    image = drawn.noisy(drawn.faded(page("en").convert("L"), 60, 190), sigma)
    assert assess_quality(image).noise == pytest.approx(sigma / 130, rel=0.25)


@pytest.mark.parametrize("sigma", [6.0, 15.0, 30.0])
def test_noise_is_measured_on_white_paper_that_clips_it(sigma: float) -> None:
    assert assess_quality(drawn.noisy(page("en").convert("L"), sigma)).noise == pytest.approx(
        sigma / 255, rel=0.3
    )


@pytest.mark.parametrize("sigma", [0.0, 3.0, 10.0, 25.0])
def test_noise_of_flat_grey_is_its_deviation(sigma: float) -> None:
    flat = drawn.grey(drawn.noisy(Image.new("L", (600, 500), 128), sigma))
    assert noise_of(flat) == pytest.approx(sigma, rel=0.1, abs=0.3)


@pytest.mark.parametrize("degrees", [-5.0, -1.5, 1.5, 5.0])
def test_skew_counts_counter_clockwise(degrees: float) -> None:
    quality = assess_quality(drawn.tilted(page("zh"), degrees))
    assert quality.skew_degrees == pytest.approx(degrees, abs=0.4)


@pytest.mark.parametrize(
    ("low", "high", "sign", "word"), [(2, 30, -1, "underexposed"), (228, 254, 1, "overexposed")]
)
def test_exposure_names_dark_and_bright_pictures(low: int, high: int, sign: int, word: str) -> None:
    quality = assess_quality(drawn.faded(page("en"), low, high))
    assert quality.verdict == "poor"
    assert word in quality.reason.en
    assert quality.exposure is not None
    assert sign * quality.exposure > 0.7


def test_dark_screenshot_is_not_underexposed() -> None:
    dark = draw_page("en", 20, size=(900, 500), lines=9, ink=(225, 225, 225), paper=(20, 20, 24))
    quality = assess_quality(dark)
    assert quality.verdict == "good"
    assert quality.exposure == pytest.approx(0.0, abs=0.1)


def test_small_but_sharp_text_is_too_small_and_not_blurred() -> None:
    quality = assess_quality(draw_page("en", 8, size=(500, 300), lines=9))
    assert quality.verdict != "good"
    assert "too small" in quality.reason.en


def test_scene_without_text_is_good_and_says_so() -> None:
    for scene in (leaves(2000, 60, 1), branches(1), bricks(24, 1), shapes(200, 1)):
        quality = assess_quality(scene)
        assert (quality.verdict, quality.sharpness) == ("good", None)
        assert "No text" in quality.reason.en


def test_blurred_scene_is_poor() -> None:
    assert assess_quality(drawn.blurred(leaves(2000, 60, 1), 9)).verdict == "poor"


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (3, 2), (700, 500)])
def test_blank_pictures_are_called_blank(size: tuple[int, int]) -> None:
    quality = assess_quality(Image.new("L", size, 255))
    assert quality.verdict == "doubtful"
    assert "blank" in quality.reason.en


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_every_mode_is_judged_alike(mode: str) -> None:
    assert assess_quality(page("en").convert(mode)).verdict == "good"


def test_assess_leaves_the_picture_alone() -> None:
    image = page("en")
    before = np.asarray(image).copy()
    assess_quality(image)
    assert np.array_equal(before, np.asarray(image))


@pytest.mark.parametrize(
    ("limit", "value", "expected"),
    [
        (Limit("up", 1, 2), 1.0, "good"),
        (Limit("up", 1, 2), 1.1, "doubtful"),
        (Limit("up", 1, 2), 2.1, "poor"),
        (Limit("down", 5, 3, low=True), 5.0, "good"),
        (Limit("down", 5, 3, low=True), 4.9, "doubtful"),
        (Limit("down", 5, 3, low=True), 2.9, "poor"),
    ],
)
def test_limit_at_its_borders(limit: Limit, value: float, expected: str) -> None:
    assert limit.verdict(value) == expected


def test_limits_are_in_order() -> None:
    assert all((row.poor < row.doubtful) == row.low for row in LIMITS)


def test_quality_survives_the_way_through_data() -> None:
    quality = assess_quality(drawn.noisy(page("zh"), 20))
    data = quality.to_dict()
    assert Quality.from_dict(data).to_dict() == data
    assert data["reason_zh"] != data["reason"]


def test_rules_and_codes_on_a_grid_of_eight_pixels_are_no_jpeg_blocks() -> None:
    sheet = Image.new("L", (1600, 900), 255)
    draw = ImageDraw.Draw(sheet)
    for x in range(0, 1600, 96):
        draw.line((x, 0, x, 900), fill=200)
        for y in range(5, 900, 24):
            draw.text((x + 6, y), str(x * y), font=drawn.font("default", 14), fill=0)
    code = np.kron(np.random.default_rng(3).integers(0, 2, (40, 40)), np.ones((16, 16))) * 255
    assert assess_quality(sheet).blocking < 0.5
    assert assess_quality(Image.fromarray(code.astype(np.uint8))).blocking < 0.5


def cells(em: int, rng: random.Random) -> Image.Image:
    """Draw a spreadsheet: grey rules, figures, a third of the cells empty."""
    sheet = Image.new("L", (1366, 768), 255)
    draw, face = ImageDraw.Draw(sheet), drawn.font("DejaVuSans.ttf", em)
    for y in range(0, 768, round(1.6 * em)):
        draw.line((0, y, 1366, y), fill=212)
        for x in range(0, 1366, 7 * em):
            draw.line((x, y, x, y + 2 * em), fill=212)
            if rng.random() < 0.66:
                draw.text((x + 5, y + 2), f"{rng.randrange(10**6) / 100:,.2f}", font=face, fill=33)
    return sheet


@pytest.mark.parametrize("em", [12, 13, 15])
def test_dense_small_cells_are_neither_noisy_nor_blurred(em: int) -> None:
    sheet = cells(em, random.Random(em))
    for image in (sheet, drawn.jpeg(sheet, 90)):
        quality = assess_quality(image)
        assert quality.verdict == "good", quality.reason.en
        assert quality.noise is not None
        assert quality.noise < 0.05


def test_blurred_cells_are_not_called_a_sharp_picture_without_text() -> None:
    for em in (12, 15):
        quality = assess_quality(drawn.blurred(cells(em, random.Random(em)), 0.22 * em))
        assert quality.verdict != "good"
        assert "blurred" in quality.reason.en


def test_noise_in_cells_is_still_seen() -> None:
    quality = assess_quality(drawn.noisy(cells(15, random.Random(1)), 30))
    assert quality.noise == pytest.approx(30 / 222, rel=0.4)
    assert "nois" in quality.reason.en


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("sigma", [0.0, 6.0])
@pytest.mark.parametrize("paper", [255, 205])
def test_grain_of_a_camera_in_a_good_jpeg_is_no_blocks(script: Script, sigma: float, paper: int) -> None:
    shot = drawn.noisy(drawn.blurred(drawn.faded(page(script), 30, paper), 0.8), sigma)
    assert "JPEG" not in assess_quality(drawn.jpeg(shot, 80)).reason.en
    assert assess_quality(drawn.jpeg(shot, 3)).verdict == "poor"


@pytest.mark.parametrize("wide", [0.08, 0.15])
@pytest.mark.parametrize(("ink", "paper"), [(20, 250), (240, 60)])
def test_giant_letters_out_of_focus_are_blurred_and_not_blank(wide: float, ink: int, paper: int) -> None:
    poster = Image.new("L", (1600, 1000), paper)
    ImageDraw.Draw(poster).text((150, 250), "SALE", font=drawn.font("default", 460), fill=ink)
    quality = assess_quality(drawn.noisy(drawn.blurred(poster, wide * 460), 2))
    assert quality.verdict == "poor"
    assert "blurred" in quality.reason.en
    assert "模糊" in quality.reason.zh


@pytest.mark.parametrize("shade", ["gutter", "corner", "stain"])
def test_shadows_on_bare_paper_are_no_blurred_letters(shade: str) -> None:
    y, x = np.mgrid[0:1000, 0:1400] / 1000.0
    level = {
        "gutter": 235 - 140 * np.exp(-((x / 0.08) ** 2)),
        "corner": 240 - 110 * (x + y) / 2.4,
        "stain": 235 - 70 * np.exp(-(((x - 0.6) / 0.12) ** 2 + ((y - 0.5) / 0.1) ** 2)),
    }[shade]
    quality = assess_quality(drawn.noisy(Image.fromarray(level.astype(np.uint8)), 3))
    assert quality.verdict == "doubtful"
    assert "blank" in quality.reason.en
