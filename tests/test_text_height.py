"""The height of text, from pixels and from a PDF's own figures."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from benchmarks import drawn_pages as drawn
from benchmarks.drawn_pages import Script, draw_page
from benchmarks.drawn_scenes import scenes
from toolkit.judged import judge_page
from toolkit.text_height import (
    SMALLEST_SHARE,
    TextHeight,
    height_from_pdf,
    measure_text_height,
    weighted_quantile,
)

SCRIPTS: tuple[Script, ...] = ("en", "zh")


def assert_within(height: TextHeight, em: float, tolerance: float = 0.2) -> None:
    assert height.smallest is not None
    assert height.typical is not None
    assert height.source == "pixels"
    assert abs(height.smallest / em - 1) <= tolerance, height
    assert abs(height.typical / em - 1) <= tolerance, height


def em_of(points: float, dpi: float) -> float:
    return points * dpi / 72


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("points", [6, 8, 10.5, 14, 24])
def test_measure_clean_page_at_300_dpi(script: Script, points: float) -> None:
    em = em_of(points, 300)
    assert_within(measure_text_height(draw_page(script, em, size=(2480, 1500), lines=8)), em)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("points", [6, 12, 24])
def test_measure_scan_at_150_dpi(script: Script, points: float) -> None:
    em = em_of(points, 150)
    page = drawn.tilted(draw_page(script, em, size=(1240, 900), lines=8), 1.2)
    scan = drawn.jpeg(drawn.noisy(drawn.blurred(page, 0.7), 6), 75)
    assert_within(measure_text_height(scan), em)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("em", [14, 20, 32])
def test_measure_dark_screenshot(script: Script, em: float) -> None:
    dark = draw_page(script, em, size=(900, 700), lines=9, ink=(205, 210, 215), paper=(24, 26, 30))
    assert_within(measure_text_height(dark), em)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("degrees", [-5, -2.5, 2.5, 5])
def test_measure_tilted_photo(script: Script, degrees: float) -> None:
    em = em_of(10, 200)
    page = draw_page(script, em, size=(1650, 1200), lines=14)
    assert_within(measure_text_height(drawn.photographed(page, degrees=degrees)), em)


@pytest.mark.parametrize(
    ("script", "face"),
    [
        ("en", "LiberationSerif-Regular.ttf"),
        ("en", "LiberationMono-Regular.ttf"),
        ("en", "DejaVuSans-Bold.ttf"),
        ("zh", "cjk-serif"),
        ("mixed", "cjk"),
        ("caps", "default"),
        ("digits", "default"),
    ],
)
def test_measure_other_faces_and_scripts(script: Script, face: str) -> None:
    page = draw_page(script, 33.3, size=(1800, 1000), lines=9, face=face)
    assert_within(measure_text_height(page), 33.3)


def test_measure_footnote_is_the_smallest_and_body_the_typical() -> None:
    page = draw_page("en", 42, size=(2000, 1600), lines=20)
    note = draw_page("en", 25, size=(2000, 220), lines=2)
    page.paste(note, (0, 1380))
    height = measure_text_height(page)
    assert height.smallest == pytest.approx(25, rel=0.2)
    assert height.typical == pytest.approx(42, rel=0.2)


def test_measure_dark_and_light_text_on_one_picture() -> None:
    page = Image.new("RGB", (1200, 1400), "white")
    page.paste(draw_page("en", 30, size=(1200, 700), lines=9), (0, 0))
    page.paste(
        draw_page("zh", 30, size=(1200, 700), lines=9, ink=(220, 220, 220), paper=(20, 20, 40)), (0, 700)
    )
    height = measure_text_height(page)
    assert_within(height, 30)
    assert height.lines >= 14


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_measure_every_mode_of_a_picture(mode: str) -> None:
    page = draw_page("en", 30, size=(900, 500), lines=7).convert(mode)
    assert_within(measure_text_height(page), 30)


def test_measure_a_few_huge_letters() -> None:
    page = Image.new("RGB", (1700, 500), "white")
    ImageDraw.Draw(page).text((150, 100), "我是中国人", font=drawn.font("cjk", 230), fill="black")
    assert_within(measure_text_height(page), 230)


@pytest.mark.parametrize("seed", [1, 3])
def test_measure_finds_no_text_in_scenes(seed: int) -> None:
    found = {name: measure_text_height(scene) for name, scene in scenes(seed)}
    assert len(found) >= 19
    assert {name: height.lines for name, height in found.items() if height.found} == {}


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 3), (40, 12)])
@pytest.mark.parametrize("colour", ["white", "black"])
def test_measure_tiny_and_blank_pictures(size: tuple[int, int], colour: str) -> None:
    height = measure_text_height(Image.new("RGB", size, colour))
    assert (height.smallest, height.typical, height.lines, height.found) == (None, None, 0, False)


def test_measure_ruled_paper_is_no_text() -> None:
    page = Image.new("L", (1200, 1600), 255)
    draw = ImageDraw.Draw(page)
    for y in range(60, 1600, 48):
        draw.line((40, y, 1160, y), fill=90, width=2)
    assert not measure_text_height(page).found


def test_from_pdf_weighs_by_length_of_text() -> None:
    height = height_from_pdf([(10.0, 2000), (6.0, 20), (18.0, 30)], 300 / 72)
    assert height.typical == pytest.approx(10 * 300 / 72)
    assert height.smallest == pytest.approx(10 * 300 / 72)  # 20 superscripts are under 2 % of the length
    assert (height.source, height.characters) == ("pdf", 2050)


def test_from_pdf_counts_a_footnote() -> None:
    height = height_from_pdf([(10.0, 2000), (7.0, 90)], 1.0)
    assert (height.smallest, height.typical) == (7.0, 10.0)


def test_from_pdf_without_visible_text() -> None:
    assert height_from_pdf([(0.0, 50), (12.0, 0)], 4.0) == TextHeight(None, None, "pdf", 0)


def test_at_scale_and_round_trip_through_data() -> None:
    height = TextHeight(25.04, 41.66, "pixels", 31, 900)
    assert height.at_scale(0.5) == TextHeight(12.52, 20.83, "pixels", 31, 900)
    assert TextHeight.from_dict(height.to_dict()) == TextHeight(25.0, 41.7, "pixels", 31, 900)
    assert TextHeight(None, None, "pixels", 0).at_scale(3).typical is None


def test_quantile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        weighted_quantile([], 0.5)


@given(
    st.lists(st.tuples(st.floats(1, 500), st.floats(0.01, 1000)), min_size=1, max_size=30), st.floats(0, 1)
)
def test_quantile_lies_among_the_values_and_splits_the_weight(
    pairs: list[tuple[float, float]], share: float
) -> None:
    value = weighted_quantile(pairs, share)
    total = sum(weight for _, weight in pairs)
    below = sum(weight for size, weight in pairs if size < value)
    upto = sum(weight for size, weight in pairs if size <= value)
    assert value in [size for size, _ in pairs]
    assert below <= share * total * (1 + 1e-9) or math.isclose(below, share * total)
    assert upto >= share * total * (1 - 1e-9)


@given(st.lists(st.tuples(st.floats(1, 100), st.integers(1, 5000)), min_size=1, max_size=20))
def test_from_pdf_smallest_never_exceeds_typical(pairs: list[tuple[float, int]]) -> None:
    height = height_from_pdf(pairs, 2.0)
    assert height.smallest is not None
    assert height.typical is not None
    assert height.smallest <= height.typical
    length = sum(size * count for size, count in pairs)
    smaller = sum(size * count for size, count in pairs if size * 2.0 < height.smallest * (1 - 1e-12))
    assert smaller <= SMALLEST_SHARE * length * (1 + 1e-9)


@pytest.mark.parametrize(("script", "em", "blur"), [("en", 9, 0.8), ("zh", 10, 0.7), ("zh", 12, 0.85)])
def test_small_text_inside_a_picture_is_told_from_that_of_the_page(
    script: Script, em: int, blur: float
) -> None:
    screen = draw_page("zh", 46, size=(1080, 2000), lines=18)
    page = draw_page(script, em, size=(440, 300), lines=18, ink=(110, 110, 110))
    ImageDraw.Draw(page).text((60, 100), "VISION", font=drawn.font("default", 70), fill=(220, 30, 60))
    screen.paste(drawn.jpeg(drawn.blurred(page, blur), 60), (60, 1500))
    judged = judge_page(screen)
    assert judged.inside == pytest.approx(em, rel=0.2)
    assert_within(judged.text, 46)
    assert any(line.em < 15 for line in judged.lines)


@pytest.mark.parametrize("seed", [1, 2])
def test_pictures_without_text_have_none_inside(seed: int) -> None:
    for name, scene in scenes(seed):
        page = draw_page("en", 40, size=(1240, 1700), lines=10)
        page.paste(scene.resize((800, 600)), (200, 1050))
        assert judge_page(page).inside is None, name
