"""Pages of Latin text that lie on their side or upside down are told; other pages are left in peace."""

import random

import pytest
from PIL import Image, ImageDraw

from benchmarks import drawn_pages as drawn
from benchmarks.drawn_pages import draw_page
from toolkit.page_lines import read_lines
from toolkit.quality import assess_quality
from toolkit.upright import stand_of

RUSSIAN = (
    "Квартальный отчёт описывает, как региональные отделения обрабатывали счета, вопросы клиентов и задержки "
    "поставок весной. Оплата производится в течение тридцати дней после получения; затем взимается сбор. "
)


def scanned(face: str) -> Image.Image:
    page = draw_page("en", 35, size=(1240, 900), lines=30, face=face)
    return drawn.jpeg(drawn.noisy(drawn.blurred(drawn.tilted(page, 0.8), 0.7), 6), 75)


@pytest.mark.parametrize("face", ["default", "LiberationSerif-Regular.ttf"])
@pytest.mark.parametrize(
    ("degrees", "stand"), [(0, "upright"), (180, "upside_down"), (90, "reads_up"), (270, "reads_down")]
)
def test_turned_scan_is_told(face: str, degrees: int, stand: str) -> None:
    assert stand_of(read_lines(scanned(face).rotate(degrees, expand=True))) == stand


def test_quality_says_how_to_turn_a_page() -> None:
    quality = assess_quality(scanned("default").rotate(180))
    assert quality.verdict == "doubtful"
    assert "upside down" in quality.reason.en
    assert "颠倒" in quality.reason.zh
    assert "180" in quality.mend.en


@pytest.mark.parametrize("script", ["zh", "caps", "digits", "mixed"])
@pytest.mark.parametrize("degrees", [0, 180])
def test_nothing_is_said_of_text_without_ascenders(script: drawn.Script, degrees: int) -> None:
    page = draw_page(script, 35, size=(1240, 900), lines=30).rotate(degrees)
    assert stand_of(read_lines(page)) == "upright"


@pytest.mark.parametrize("em", [18, 34])
def test_cyrillic_has_more_descenders_and_still_stands_upright(em: int) -> None:
    page, rng = Image.new("L", (1240, 900), 255), random.Random(em)
    for y in range(40, 840, round(1.5 * em)):
        start = rng.randrange(len(RUSSIAN))
        text = (RUSSIAN * 3)[start : start + 2000 // em]
        ImageDraw.Draw(page).text((60, y), text, font=drawn.font("DejaVuSerif.ttf", em), fill=0)
    assert stand_of(read_lines(page)) == "upright"
