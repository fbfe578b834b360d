"""`inspect` from files to reports, pictures and exit codes."""

import json
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.drawn_pages import draw_page
from toolkit.cli import main
from toolkit.families import FAMILIES, fit_long_side, visual_tokens
from toolkit.inspect_plot import COLOURS, draw_plot
from toolkit.inspecting import View, advice_for, inspect_files
from toolkit.page_lines import read_lines
from toolkit.quality import assess_quality
from toolkit.text_height import TextHeight


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inspect") / "合同 page.png"
    draw_page("en", 30, size=(1600, 2200), lines=20).save(path, dpi=(200, 200))
    return path


def test_inspect_reports_what_the_model_sees(page: Path) -> None:
    reports, failures = inspect_files([page], View(), jobs=1)
    assert failures == []
    report = reports[0]
    assert report.size == (1600, 2200)
    assert report.dpi == pytest.approx(200, abs=0.1)
    assert report.seen == fit_long_side((1600, 2200), long_side=1024)
    assert report.text.smallest == pytest.approx(30, rel=0.2)
    assert report.seen_text.smallest == pytest.approx(30 * 1024 / 2200, rel=0.2)
    assert report.tokens["qwen3-vl"] == visual_tokens(report.seen, "qwen3-vl")
    assert set(report.tokens) == set(FAMILIES)
    assert (report.verdict, report.quality.verdict) == ("readable", "good")


def test_inspect_goes_on_after_a_broken_file(page: Path, tmp_path: Path) -> None:
    broken, ribbon = tmp_path / "broken.png", tmp_path / "ribbon.png"
    broken.write_bytes(page.read_bytes()[:2000])
    Image.new("L", (1, 5000), 255).save(ribbon)
    reports, failures = inspect_files([broken, page, ribbon], View(), jobs=1)
    assert [Path(report.file).name for report in reports] == ["合同 page.png"]
    assert {Path(failure.file).name: failure.error for failure in failures} == {
        "broken.png": "DamagedSourceError",
        "ribbon.png": "PageTooLargeError",
    }


def test_command_line_prints_json_and_draws(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", "en", "inspect", str(page), "--json", "--plot", str(tmp_path / "plots")]) == 0
    data = json.loads(capsys.readouterr().out)
    found = data["pages"][0]
    assert (data["version"], data["failures"]) == (1, [])
    assert found["text_height"]["unit"] == "px per em"
    assert found["seen"]["verdict"] == "readable"
    with Image.open(found["plot"]) as drawing:
        assert max(drawing.size) > 1600
        assert COLOURS["readable"] in {colour for _, colour in drawing.getcolors(2**20) or ()}
    assert list(Path(tmp_path / "plots").glob("*.vlpart")) == []


@pytest.mark.parametrize(("lang", "word"), [("en", "readable"), ("zh", "清晰可读")])
def test_command_line_speaks_both_languages(
    page: Path, lang: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", lang, "inspect", str(page)]) == 0
    assert word in capsys.readouterr().out


def test_command_line_exit_codes(page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.png"
    assert main(["--lang", "en", "inspect", str(page), str(missing)]) == 1
    assert "missing.png is not there" in capsys.readouterr().err
    assert main(["--lang", "en", "inspect", str(missing)]) == 3
    assert main(["--lang", "en", "inspect", str(page), "--long-side", "8"]) == 2
    assert "at least 32" in capsys.readouterr().err.lower()


def advice(size: tuple[int, int], smallest: float | None, long_side: int = 1024) -> str:
    quality = assess_quality(Image.new("L", (64, 64), 255))
    text = TextHeight(smallest, smallest, "pixels", 10)
    return advice_for(size, text, quality, "qwen3-vl", long_side)[0].en


def test_advice_for_every_case() -> None:
    assert "1024 is enough" in advice((2480, 3508), 42.0)
    assert "Use a long side of" in advice((2480, 3508), 25.0)
    assert "pieces" in advice((1080, 12000), 40.0)
    assert "Even at full size" in advice((1240, 1754), 6.0)
    assert "No text" in advice((1240, 1754), None)


@pytest.mark.parametrize(("scale", "expected"), [(1.0, "readable"), (0.28, "doubtful"), (0.1, "unreadable")])
def test_plot_colours_lines_by_verdict(scale: float, expected: str) -> None:
    picture = draw_page("en", 30, size=(1200, 900), lines=10)
    drawing = draw_plot(picture, read_lines(picture).lines, scale, "en")
    page_area = drawing.crop((0, 0, 1200, 900))
    used = {colour for _, colour in page_area.getcolors(2**20) or ()}
    assert [name for name, colour in COLOURS.items() if colour in used] == [expected]


def test_plot_of_a_page_without_text() -> None:
    drawing = draw_plot(Image.new("L", (300, 200), 200), [], 1.0, "zh")
    assert drawing.width >= 300
    assert drawing.height > 200
