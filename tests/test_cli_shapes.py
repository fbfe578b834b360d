"""The verbs resize, split, merge, order and locate, as a person runs them."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks.known_screens import blank
from benchmarks.long_screens import article
from toolkit import Placement, Recipe, read_manifest
from toolkit.cli import main
from toolkit.inputs import distinct_stems
from toolkit.manifest import Cell, ImageRecord, Manifest, SourceRef

Run = tuple[int, str, str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command line in English; give its exit code, standard output and standard error."""
    monkeypatch.setenv("VL_PREFLIGHT_LANG", "en")

    def call(*words: object) -> Run:
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out = capsys.readouterr()
        return code, out.out, out.err

    return call


def picture(path: Path, size: tuple[int, int] = (1500, 2000), colour: str = "white") -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def two_pages(path: Path) -> Path:
    """A PDF of two pages by Pillow, at 72 dpi: 300 x 400 and 400 x 300 points."""
    pages = [Image.new("RGB", (300, 400), "white"), Image.new("RGB", (400, 300), "grey")]
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=72)
    return path


def test_resize_writes_pictures_and_pages_with_a_manifest(run: Any, tmp_path: Path) -> None:
    photo, pdf = picture(tmp_path / "照片 1.jpg"), two_pages(tmp_path / "a.pdf")
    code, out, err = run("resize", photo, pdf, "-o", tmp_path / "out", "--long-side", 640)
    assert (code, err.strip().splitlines()[-1][:11]) == (0, "3 of 3 page")
    manifest = read_manifest(tmp_path / "out")
    assert [image.file for image in manifest.images] == ["照片 1.png", "a-p0001.png", "a-p0002.png"]
    for image in manifest.images:
        with Image.open(manifest.path(image)) as written:
            assert written.size == image.size
            assert max(image.size) <= 640
    assert manifest.images[0].locate((0, 0, 480, 640))[1] == pytest.approx((0, 0, 1500, 2000))
    assert manifest.images[2].source.page == 2
    assert manifest.images[2].source.unit == "pt"
    assert "3 images" in out


def test_one_bad_input_does_not_stop_the_others(run: Any, tmp_path: Path) -> None:
    good = picture(tmp_path / "good.png")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "cut.png").write_bytes(good.read_bytes()[:200])
    picture(tmp_path / "thin.png", (1, 5000))
    inputs = [
        tmp_path / name for name in ("empty.png", "text.png", "cut.png", "thin.png", "gone.png", "good.png")
    ]
    code, _, err = run("resize", *inputs, "-o", tmp_path / "out")
    assert code == 1
    manifest = read_manifest(tmp_path / "out")
    assert [image.file for image in manifest.images] == ["good.png"]
    assert len(manifest.failures) == 5
    for name in ("empty.png is empty", "text.png is neither", "cut.png is damaged", "gone.png is not there"):
        assert name in err
    assert "1 x 5000" in err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["good.png", "manifest.json"]


def test_nothing_at_all_is_exit_code_3(run: Any, tmp_path: Path) -> None:
    code, _, err = run("resize", tmp_path / "gone.png", "-o", tmp_path / "out")
    assert code == 3
    assert "Nothing came out" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["resize", "--long-side", "5"], "below 32 px"),
        (["resize", "--tokens", "0"], "at least 1 visual token"),
        (["resize", "--dpi", "7"], "outside 18 to 2400"),
        (["resize", "--max-megapixels", "nan"], "--max-megapixels must be a number above 0"),
        (["resize", "--jobs", "0"], "--jobs must be a number above 0"),
        (["resize", "--pages", "x"], "cannot be read"),
        (["resize", "--long-side", "wide"], "must be a whole number"),
        (["resize", "--long-side", "640", "--tokens", "5"], "exclude each other"),
        (["split", "--ratio", "0"], "Give at least 0.1"),
        (["split", "--long-side", "3"], "below 32 px"),
    ],
)
def test_impossible_options_are_exit_code_2_and_make_nothing(
    run: Any, tmp_path: Path, words: list[str], message: str
) -> None:
    source = picture(tmp_path / "a.png", (50, 50))
    code, _, err = run(words[0], source, "-o", tmp_path / "out", *words[1:])
    assert code == 2
    assert message in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "message"), [(None, "pw.txt is not there"), (b"\xff\xfe", "may not be read (not UTF-8)")]
)
def test_a_password_file_that_cannot_be_read_is_named(
    run: Any, tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "pw.txt").write_bytes(content)
    source = picture(tmp_path / "a.png", (50, 50))
    code, _, err = run("resize", source, "-o", tmp_path / "out", "--password-file", tmp_path / "pw.txt")
    assert code == 1
    assert message in err


def test_an_input_is_never_overwritten(run: Any, tmp_path: Path) -> None:
    source = picture(tmp_path / "a.png", (3000, 100))
    before = source.read_bytes()
    code, _, err = run("resize", source, "-o", tmp_path)
    assert (code, source.read_bytes()) == (2, before)
    assert "would be overwritten" in err
    assert run("merge", source, "-o", source)[0] == 2
    assert source.read_bytes() == before


def test_split_writes_pieces_that_give_back_the_pixels(run: Any, tmp_path: Path) -> None:
    screen = article(random.Random(1), width=600, height=4000)
    screen.image.save(tmp_path / "chat.png")
    code, out, _ = run("split", tmp_path / "chat.png", "-o", tmp_path / "out")
    assert code == 0
    manifest = read_manifest(tmp_path / "out")
    assert [image.file for image in manifest.images] == ["chat-s01.png", "chat-s02.png", "chat-s03.png"]
    assert "3 images" in out
    whole = Image.new("RGB", screen.image.size)
    for image in manifest.images:
        placement = image.placement
        assert (placement.a, placement.d) == (1, 1)
        with Image.open(manifest.path(image)) as piece:
            whole.paste(piece.convert("RGB"), (round(placement.e), round(placement.f)))
    assert np.array_equal(np.asarray(whole), np.asarray(screen.image))


def test_split_says_which_pieces_are_blank(run: Any, tmp_path: Path) -> None:
    screen = Image.new("RGB", (600, 4500), "white")
    screen.paste(article(random.Random(1), width=600, height=1400).image)
    screen.save(tmp_path / "long.png")
    code, out, _ = run("split", tmp_path / "long.png", "-o", tmp_path / "out")
    images = read_manifest(tmp_path / "out").images
    assert (code, images[0].notes) == (0, ())
    assert images[-1].notes[-1].en == (
        f"This piece is blank; leaving it out would save {images[-1].tokens:,} tokens."
    )
    assert images[-1].notes[-1].en in out


def test_an_output_folder_that_is_a_file_is_named(run: Any, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    code, _, err = run("split", picture(tmp_path / "a.png"), "-o", tmp_path / "out")
    assert code == 1
    assert "may not be written" in err


def test_merge_says_what_the_grid_costs_and_what_each_picture_shrank_to(run: Any, tmp_path: Path) -> None:
    screen = blank(1240, 1754, (255, 255, 255))
    for y in range(60, 1600, 60):
        screen.write(60, y, "Some words of text that are rather small here", 26, (0, 0, 0))
    screen.image.save(tmp_path / "page.png")
    other = picture(tmp_path / "other.png", (800, 600), "navy")
    grid = tmp_path / "new folder" / "grid.png"
    code, out, err = run(
        "merge",
        tmp_path / "page.png",
        other,
        two_pages(tmp_path / "b.pdf"),
        "-o",
        grid,
        "--max-long-side",
        640,
    )
    assert code == 0
    assert "4 pictures in one grid" in out
    assert "one by one they would cost" in out
    assert "unreadable" in out
    assert "no longer readable in this grid: 1." in err
    manifest = read_manifest(grid.with_suffix(".json"))
    (record,) = manifest.images
    with Image.open(grid) as written:
        assert written.size == record.size
    sources = [(cell.source.file, cell.source.page) for cell in record.cells]
    assert sources == [("page.png", 1), ("other.png", 1), ("b.pdf", 1), ("b.pdf", 2)]
    for cell in record.cells:
        assert record.locate(cell.box)[1] == pytest.approx(
            (0, 0, cell.source.width, cell.source.height), abs=0.01
        )


def test_merge_leaves_out_what_fails_and_warns_if_nothing_is_saved(run: Any, tmp_path: Path) -> None:
    pictures = [picture(tmp_path / f"{n}.png", (640, 640)) for n in range(2)]
    code, out, err = run("merge", *pictures, tmp_path / "gone.png", "-o", tmp_path / "g.png", "--columns", 2)
    assert code == 1
    assert "2 pictures" in out
    assert "saves no tokens" in err
    assert "gone.png is not there" in err


def test_merge_of_nothing_gives_the_reason_once(run: Any, tmp_path: Path) -> None:
    code, _, err = run("merge", tmp_path / "gone.png", "-o", tmp_path / "g.png")
    assert (code, err.strip()) == (3, f"{tmp_path / 'gone.png'} is not there. Check the path.")
    assert not (tmp_path / "g.png").exists()


def test_merge_writes_png_only(run: Any, tmp_path: Path) -> None:
    code, _, err = run("merge", picture(tmp_path / "a.png"), "-o", tmp_path / "g.jpg")
    assert code == 2
    assert "must end in .png" in err


SHA = "0" * 64
PDF = SourceRef("contract.pdf", SHA, 3, 600, 800, "pt")


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A manifest of a page, and of a grid of two pictures."""
    page = ImageRecord("a.png", SHA, 768, 1024, PDF, Placement.scaling((768, 1024), (600, 800)), 768)
    cells = (
        Cell((0, 0, 400, 640), PDF, Placement.scaling((400, 640), (600, 800)), 1),
        Cell(
            (440, 0, 840, 640), SourceRef("b.png", SHA, 1, 800, 1280, "px"), Placement(2, 0, 0, 2, -880, 0), 2
        ),
    )
    grid = ImageRecord("g.png", SHA, 864, 640, PDF, cells[0].placement, 540, label=2, cells=cells)
    Manifest("qwen3-vl", Recipe().to_dict(), (page, grid), folder=tmp_path).save()
    return tmp_path


def test_locate_takes_the_familys_coordinates(run: Any, prepared: Path) -> None:
    code, out, _ = run("locate", prepared, "--image", 1, "--box", 100, 250, 500, 500)
    assert code == 0
    assert out.startswith("contract.pdf, page 3: 60.0 200.0 300.0 400.0 (left upper right lower, in points")


def test_locate_takes_pixels_and_prints_json(run: Any, prepared: Path) -> None:
    words = ["--image", 2, "--box", 640, 320, 740, 420, "--coordinates", "pixels", "--json"]
    code, out, _ = run("locate", prepared / "manifest.json", *words)
    assert code == 0
    assert json.loads(out) == {"file": "b.png", "page": 1, "unit": "px", "box": [400, 640, 600, 840]}


def test_locate_takes_absolute_coordinates_of_the_processed_image(run: Any, tmp_path: Path) -> None:
    page = ImageRecord("a.png", SHA, 700, 1008, PDF, Placement.scaling((700, 1008), (600, 800)), 900)
    Manifest("qwen2.5-vl", {}, (page,), folder=tmp_path).save()
    code, out, _ = run("locate", tmp_path, "--image", 1, "--box", 0, 504, 350, 1008, "--json")
    assert (code, json.loads(out)["box"]) == (0, [0, 400, 300, 800])


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--image", 3, "--box", 1, 2, 3, 4], 1, "There is no image 3 in"),
        (["--image", 1, "--box", "nan", 2, 3, 4], 2, "no number"),
        (["--image", 1, "--box", 1, 2, "inf", 4], 2, "no number"),
        (["--image", 1, "--box", 5, 2, 3, 4], 2, "left must be less than right"),
        (["--image", 1, "--box", 1, 4, 3, 4], 2, "no area"),
        (["--image", 1, "--box", 1000, 0, 1100, 10], 2, "spans 0 0 1000 1000"),
        (["--image", 1, "--box", 800, 0, 900, 10, "--coordinates", "pixels"], 2, "spans 0 0 768 1024"),
        (["--image", 2, "--box", 410, 10, 430, 50, "--coordinates", "pixels"], 2, "between the pictures"),
        (["--image", 1, "--box", 1, 2, 3], 2, "--box needs 4 values"),
        (["--image", 1, "--box", "a", 2, 3, 4], 2, "must be a number"),
        (["--image", "one", "--box", 1, 2, 3, 4], 2, "must be a whole number"),
    ],
)
def test_locate_refuses_what_cannot_be(
    run: Any, prepared: Path, words: list[Any], code: int, message: str
) -> None:
    found, out, err = run("locate", prepared, *words)
    assert (found, out) == (code, "")
    assert message in err


def test_locate_without_a_manifest_says_how_to_make_one(run: Any, tmp_path: Path) -> None:
    code, _, err = run("locate", tmp_path, "--image", 1, "--box", 1, 2, 3, 4)
    assert code == 1
    assert "There is no manifest" in err


def test_locate_cuts_a_box_to_the_page(run: Any, prepared: Path) -> None:
    _, out, _ = run("locate", prepared, "--image", 1, "--box", -50, 900, 200, 1200, "--json")
    assert json.loads(out)["box"] == [0, 720, 120, 800]


def test_order_prints_places_with_reasons_and_that_it_is_to_be_tested(run: Any, tmp_path: Path) -> None:
    screen = blank(900, 700, (255, 255, 255))
    for y in range(40, 640, 60):
        screen.write(40, y, "Readable words in a clear picture", 36, (0, 0, 0))
    screen.image.save(tmp_path / "text.png")
    empty = picture(tmp_path / "empty.png", (900, 700))
    code, out, _ = run("order", empty, tmp_path / "text.png", "--scenario", "ocr")
    assert code == 0
    assert out.splitlines()[0] == "  1. image 2: text.png, page 1 [main, guessed]"
    assert "no text was found in it" in out
    assert "a default to test" in out


def test_order_takes_roles_and_weights_and_prints_json(run: Any, tmp_path: Path) -> None:
    pictures = [picture(tmp_path / f"{n}.png", (400, 300), c) for n, c in enumerate(("red", "blue", "green"))]
    words = ["--scenario", "compare", "--role", "3=main", "--weight", "2=0.5", "--json"]
    code, out, _ = run("order", *pictures, *words)
    places = json.loads(out)
    assert code == 0
    assert [(place["label"], place["role"], place["guessed"]) for place in places] == [
        (3, "main", False),
        (2, "reference", True),
        (1, "reference", True),
    ]
    assert all(place["reason"] and place["reason_zh"] for place in places)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--role", "main"], "Write it like 2=value"),
        (["--role", "x=main"], "Write it like 2=value"),
        (["--weight", "1=heavy"], "must be a number"),
        (["--weight", "1=nan"], "must be a number"),
        (["--save"], "none was given"),
        (["--role", "9=main"], "no image 9"),
    ],
)
def test_order_refuses_odd_words(run: Any, tmp_path: Path, words: list[str], message: str) -> None:
    code, _, err = run("order", picture(tmp_path / "a.png", (64, 64)), "--scenario", "compare", *words)
    assert code == 2
    assert message in err


def test_order_saves_into_a_manifest(run: Any, tmp_path: Path) -> None:
    pictures = [picture(tmp_path / f"{n}.png", (400, 300), c) for n, c in enumerate(("red", "blue"))]
    assert run("resize", *pictures, "-o", tmp_path / "out")[0] == 0
    code, _, _ = run("order", tmp_path / "out", "--scenario", "compare", "--role", "2=main", "--save")
    assert code == 0
    images = read_manifest(tmp_path / "out").images
    assert [(image.file, image.label, image.role) for image in images] == [
        ("1.png", 1, "main"),
        ("0.png", 2, "reference"),
    ]


def test_stems_of_pages_and_pieces_never_meet_those_of_other_files() -> None:
    names = ["a.pdf", "a-p0001.png", "a-p0001_.png", "a-s03.jpg", "a-p0001-s01.png", "b12.png", "b1.png"]
    stems = distinct_stems([Path(name) for name in names])
    assert stems == ["a", "a-p0001__", "a-p0001_", "a-s03_", "a-p0001-s01_", "b12", "b1"]
