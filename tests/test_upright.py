"""Pages that lie on their side, upside down or at a slant are told; other pages are left in peace."""

import random
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from benchmarks import drawn_pages as drawn
from benchmarks.drawn_pages import draw_page
from benchmarks.known_screens import has_han
from benchmarks.page_layouts import lay_out, letter, running_down, table
from benchmarks.phone import scanned
from benchmarks.uneasy_pages import TURNS
from toolkit.page_lines import read_lines
from toolkit.quality import assess_quality
from toolkit.text_height import height_of_lines
from toolkit.text_line import TextLine
from toolkit.turning import turned

chinese = pytest.mark.skipif(not has_han(), reason="needs a Chinese font")
LINE = TextLine((0, 0, 1, 1), 20, 0, 0, 10, 255, 0, light=False, sure=True, crisp=True, level=False)
RUSSIAN = (
    "Квартальный отчёт описывает, как региональные отделения обрабатывали счета, вопросы клиентов и задержки "
    "поставок весной. Оплата производится в течение тридцати дней после получения; затем взимается сбор. "
)


def printed(face: str) -> Image.Image:
    page = draw_page("en", 35, size=(1240, 900), lines=30, face=face)
    return drawn.jpeg(drawn.noisy(drawn.blurred(drawn.tilted(page, 0.8), 0.7), 6), 75)


@pytest.mark.parametrize("face", ["default", "LiberationSerif-Regular.ttf"])
@pytest.mark.parametrize(
    ("degrees", "stand"), [(0, "upright"), (180, "upside_down"), (90, "reads_up"), (270, "reads_down")]
)
def test_turned_scan_is_told(face: str, degrees: int, stand: str) -> None:
    assert read_lines(printed(face).rotate(degrees, expand=True)).stand == stand


def test_quality_says_how_to_turn_a_page() -> None:
    quality = assess_quality(printed("default").rotate(180))
    assert quality.verdict == "doubtful"
    assert "upside down" in quality.reason.en
    assert "颠倒" in quality.reason.zh
    assert "180" in quality.mend.en


@pytest.mark.parametrize("script", ["caps", "digits"])
@pytest.mark.parametrize("degrees", [0, 180])
def test_nothing_is_said_of_capitals_and_figures(script: drawn.Script, degrees: int) -> None:
    page = draw_page(script, 35, size=(1240, 900), lines=30).rotate(degrees)
    assert read_lines(page).stand == "upright"


@pytest.mark.parametrize("size", [(500, 9), (8, 2500), (600, 9)])
def test_strip_of_specks_as_high_as_one_line_is_no_page_at_a_slant(size: tuple[int, int]) -> None:
    """There were fewer bands of them than a band is compared with, and the page failed."""
    specks = np.random.default_rng(1).integers(0, 256, size[::-1], np.uint8)
    assert read_lines(Image.fromarray(specks)).stand == "upright"


@chinese
def test_three_short_lines_upside_down_are_measured_all_the_same() -> None:
    """They were told to stand upside down, and then taken for no text at all: too short for a paragraph."""
    page = Image.new("L", (1000, 500), 255)
    words = (
        "本公司根据合同约定于每月月底前完成",
        "货物交付，并由双方代表签字确认。如有",
        "延期，应当提前通知对方，另行协商处理",
    )
    for row, text in enumerate(words):
        ImageDraw.Draw(page).text((60, 60 + 72 * row), text, font=drawn.font("cjk", 36), fill=0)
    found = read_lines(page.rotate(180))
    assert found.stand == "upside_down"
    assert height_of_lines(found.lines).smallest == pytest.approx(36, rel=0.1)
    assert "upside down" in assess_quality(page.rotate(180)).reason.en


@chinese
@pytest.mark.parametrize("script", ["zh", "zh-hant"])
@pytest.mark.parametrize("degrees", TURNS)
def test_turned_page_of_chinese_is_told(script: str, degrees: int) -> None:
    page = scanned(lay_out(script, letter, 26, (1000, 900), 41), random.Random(5))
    assert read_lines(page.rotate(degrees, expand=True)).stand == TURNS[degrees]


@chinese
@pytest.mark.parametrize("script", ["ja", "mixed"])
@pytest.mark.parametrize("degrees", TURNS)
def test_turned_page_of_japanese_or_two_scripts_is_told_or_doubted(script: str, degrees: int) -> None:
    page = scanned(lay_out(script, letter, 26, (1000, 900), 41), random.Random(5))
    unsure = "sideways" if degrees % 180 else "upright"
    assert read_lines(page.rotate(degrees, expand=True)).stand in (TURNS[degrees], unsure)


@chinese
@pytest.mark.parametrize("script", ["zh", "ja"])
def test_table_without_full_stops_is_told_by_its_strokes(script: str) -> None:
    page = lay_out(script, table, 28, (1200, 1000), 42)
    assert read_lines(page).stand == "upright"
    assert read_lines(page.rotate(180)).stand == "upside_down"


@chinese
@pytest.mark.parametrize("script", ["zh", "zh-hant", "ja"])
def test_text_in_columns_is_no_page_on_its_side(script: str) -> None:
    page = lay_out(script, running_down, 30, (1100, 900), 43)
    found = read_lines(page)
    assert found.stand == "upright"
    assert height_of_lines(found.lines).typical == pytest.approx(30, rel=0.2)


@chinese
def test_korean_on_its_side_is_doubted_and_never_turned_the_wrong_way() -> None:
    page = lay_out("ko", letter, 28, (1100, 900), 44)
    stands = [read_lines(page.rotate(degrees, expand=True)).stand for degrees in TURNS]
    assert stands == ["upright", "sideways", "upright", "sideways"]
    quality = assess_quality(page.rotate(90, expand=True))
    assert (quality.verdict, "unless" in quality.reason.en) == ("doubtful", True)
    assert "竖排" in quality.reason.zh


@pytest.mark.parametrize("em", [20, 32])
def test_upside_down_text_is_measured_right(em: int) -> None:
    page = lay_out("en", letter, em, (40 * em, 30 * em), 45, "DejaVuSerif.ttf").rotate(180)
    found = read_lines(page)
    assert height_of_lines(found.lines).typical == pytest.approx(em, rel=0.1)
    assert min(line.box[1] for line in found.on_picture) > 0.1 * page.height


@pytest.mark.parametrize("degrees", [-40, 25, 62])
def test_text_at_a_slant_is_measured_and_its_slant_is_told(degrees: int) -> None:
    page = lay_out("en", letter, 30, (1000, 800), 46, "DejaVuSans.ttf")
    leant = page.rotate(degrees, expand=True, fillcolor=(255, 255, 255))
    quality = assess_quality(leant)
    assert quality.verdict == "poor"
    assert quality.skew_degrees == pytest.approx(degrees, abs=1.5)
    assert "tilted" in quality.reason.en
    found = read_lines(leant)
    assert height_of_lines(found.lines).typical == pytest.approx(30, rel=0.2)
    for line in found.on_picture:
        left, upper, right, lower = (round(side) for side in line.box)
        assert np.asarray(leant.convert("L"))[upper:lower, left:right].min() < 100


@pytest.mark.parametrize("degrees", [30.0, 90.0, 180.0, 270.0, -41.5])
def test_box_found_on_a_turned_picture_comes_back(degrees: float) -> None:
    page = Image.new("L", (700, 400), 255)
    ImageDraw.Draw(page).rectangle((120, 250, 180, 270), fill=0)
    image, turn = turned(page, degrees)
    box = ImageOps.invert(image.point(lambda level: 255 if level > 128 else 0)).getbbox()
    assert box is not None
    left, upper, right, lower = turn.back(replace(LINE, box=box)).box
    assert left <= 121
    assert upper <= 251
    assert right >= 180
    assert lower >= 270
    assert (left + right) / 2 == pytest.approx(150, abs=2)
    assert (upper + lower) / 2 == pytest.approx(260, abs=2)


@pytest.mark.parametrize("em", [18, 34])
def test_cyrillic_has_more_descenders_and_still_stands_upright(em: int) -> None:
    page, rng = Image.new("L", (1240, 900), 255), random.Random(em)
    for y in range(40, 840, round(1.5 * em)):
        start = rng.randrange(len(RUSSIAN))
        text = (RUSSIAN * 3)[start : start + 2000 // em]
        ImageDraw.Draw(page).text((60, y), text, font=drawn.font("DejaVuSerif.ttf", em), fill=0)
    assert read_lines(page).stand == "upright"
