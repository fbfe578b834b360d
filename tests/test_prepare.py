import errno
import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from documents import Block, Page, Words, pdf_bytes, write_pdf
from PIL import Image, ImageDraw, ImageFont

from toolkit import (
    Limits,
    Manifest,
    Progress,
    Recipe,
    intersection_over_union,
    prepare,
    read_manifest,
    render_pages,
)
from toolkit.cli import main
from toolkit.errors import DiskFullError, NotWritableError, PageLimitError, UsageError

ONE_WORKER = Limits(jobs=1)


def _photo(path: Path, size: tuple[int, int] = (900, 700), text: str = "Total 42.00 EUR") -> Path:
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for row in range(4):
        draw.text((60, 80 + 120 * row), text, fill="black", font=ImageFont.load_default(size=48))
    image.save(path)
    return path


def _prepare(paths: list[Path], folder: Path, recipe: Recipe | None = None) -> Manifest:
    return prepare(paths, recipe, output_dir=folder / "out", limits=ONE_WORKER)


def test_pdf_and_photo_become_images_in_order(tmp_path: Path) -> None:
    document = write_pdf(tmp_path / "合同 final.pdf", Page(), Page(content=(Words("Second"),)))
    manifest = _prepare([document, _photo(tmp_path / "photo.png")], tmp_path)
    assert [image.file for image in manifest.images] == [
        "合同 final-p0001.png",
        "合同 final-p0002.png",
        "photo.png",
    ]
    assert [image.label for image in manifest.images] == [1, 2, 3]
    assert manifest.images[0].size == (736, 1024)
    assert manifest.images[0].tokens == 736
    assert manifest.failures == ()
    assert read_manifest(tmp_path / "out") == manifest


def test_prepared_files_have_the_size_hash_and_dpi_of_their_record(tmp_path: Path) -> None:
    import hashlib

    manifest = _prepare([write_pdf(tmp_path / "a.pdf")], tmp_path)
    image = manifest.images[0]
    data = manifest.path(image).read_bytes()
    assert hashlib.sha256(data).hexdigest() == image.sha256
    with Image.open(manifest.path(image)) as picture:
        assert picture.size == image.size
        assert picture.info["dpi"][0] == pytest.approx(image.dpi, rel=0.01)


def test_box_on_a_prepared_page_maps_back_to_the_drawn_rectangle(tmp_path: Path) -> None:
    block = Block(100, 500, 200, 60)
    document = write_pdf(tmp_path / "a.pdf", Page(content=(block, Words("Some words of text"))))
    manifest = _prepare([document], tmp_path)
    image = manifest.images[0]
    with Image.open(manifest.path(image)) as picture:
        ink = picture.convert("L").crop((100, 250, 600, 550)).point(lambda v: 255 if v < 128 else 0)
    left, upper, right, lower = ink.getbbox()
    source, box = image.locate((left + 100, upper + 250, right + 100, lower + 250))
    assert (source.page, source.unit, source.width) == (1, "pt", 595)
    assert intersection_over_union(box, (100, 842 - 560, 300, 842 - 500)) > 0.95


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_box_on_a_turned_page_is_given_as_the_page_is_displayed(tmp_path: Path, turn: int) -> None:
    page = Page(content=(Block(0, 0, 100, 50),), extra=f"/Rotate {turn}")
    manifest = _prepare([write_pdf(tmp_path / "a.pdf", page)], tmp_path)
    image = manifest.images[0]
    with Image.open(manifest.path(image)) as picture:
        ink = picture.convert("L").point(lambda v: 255 if v < 128 else 0).getbbox()
    expected = {90: (0, 0, 50, 100), 180: (495, 0, 595, 50), 270: (792, 495, 842, 595)}[turn]
    assert intersection_over_union(image.locate(ink)[1], expected) > 0.9


def test_long_screenshot_is_cut_and_every_piece_knows_its_place(tmp_path: Path) -> None:
    image = Image.new("L", (600, 6000), 255)
    draw = ImageDraw.Draw(image)
    for row in range(100):
        draw.text(
            (40, 20 + 60 * row),
            f"Line number {row} of the page",
            fill=0,
            font=ImageFont.load_default(size=24),
        )
    image.save(tmp_path / "long.png")
    manifest = _prepare([tmp_path / "long.png"], tmp_path)
    assert len(manifest.images) > 2
    ends = [one.placement.to_source((0, 0, *one.size)) for one in manifest.images]
    assert ends[0][1] == pytest.approx(0, abs=1)
    assert ends[-1][3] == pytest.approx(6000, abs=1)
    assert all(after[1] <= before[3] + 1 for before, after in pairwise(ends))


def test_second_look_follows_its_first_and_names_it(tmp_path: Path) -> None:
    recipe = Recipe(second_look="always")
    manifest = _prepare([_photo(tmp_path / "a.png"), _photo(tmp_path / "b.png")], tmp_path, recipe)
    assert [(i.label, i.copy_of, i.role) for i in manifest.images] == [
        (1, None, "main"),
        (2, 1, "second-look"),
        (3, None, "main"),
        (4, 3, "second-look"),
    ]


def test_merge_gives_grids_whose_cells_find_their_pages(tmp_path: Path) -> None:
    document = write_pdf(
        tmp_path / "a.pdf", *[Page(content=(Words(f"Page {n}", size=30),)) for n in range(5)]
    )
    manifest = _prepare([document], tmp_path, Recipe(merge=2))
    assert [len(image.cells) for image in manifest.images] == [4, 1]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "grid-001.png",
        "grid-002.png",
        "manifest.json",
    ]
    third = manifest.images[0].cells[2]
    source, box = manifest.images[0].locate(third.box)
    assert source.page == 3
    assert intersection_over_union(box, (0, 0, 595, 842)) > 0.99


def test_grid_tells_what_it_costs_and_what_was_said_of_its_pictures(tmp_path: Path) -> None:
    paths = [_photo(tmp_path / f"{name}.png") for name in "ab"]
    Image.new("L", (64, 64), "white").save(tmp_path / "blank.png")
    (grid,) = _prepare([*paths, tmp_path / "blank.png"], tmp_path, Recipe(merge=3)).images
    said = [note.en for note in grid.notes]
    assert any("saves no tokens" in note for note in said)
    assert any(note.startswith("Picture 3: The picture is blank") for note in said)
    assert all(note.zh for note in grid.notes)


def test_scenario_sets_order_roles_and_reasons(tmp_path: Path) -> None:
    paths = [_photo(tmp_path / f"{name}.png") for name in "ab"]
    manifest = _prepare(paths, tmp_path, Recipe(scenario="compare"))
    assert sorted(image.label for image in manifest.images) == [1, 2]
    assert all(len(image.notes) > 1 for image in manifest.images)


def test_scenario_looks_at_the_images_as_order_does(tmp_path: Path) -> None:
    scene = Image.effect_noise((900, 600), 90).resize((1800, 1200), Image.Resampling.BICUBIC).convert("RGB")
    scene.crop((300, 200, 900, 600)).resize((1200, 800), Image.Resampling.LANCZOS).save(tmp_path / "part.png")
    scene.save(tmp_path / "scene.png")
    paths = [tmp_path / "part.png", tmp_path / "scene.png"]
    manifest = _prepare(paths, tmp_path, Recipe(scenario="locate"))
    assert [(image.source.file, image.role) for image in manifest.images] == [
        ("scene.png", "scene"),
        ("part.png", "close-up"),
    ]
    assert "part of image 1 from closer" in manifest.images[1].notes[-1].en


def test_single_path_is_a_list_of_one(tmp_path: Path) -> None:
    """A string is a sequence of strings: each of its letters was looked for as a file."""
    document = write_pdf(tmp_path / "a.pdf")
    for given in (document, str(document)):
        assert len(prepare(given, output_dir=tmp_path / "a").images) == 1
        assert len(render_pages(given, output_dir=tmp_path / "b").images) == 1


def test_kept_pages_lie_beside_and_are_named(tmp_path: Path) -> None:
    manifest = _prepare([write_pdf(tmp_path / "a.pdf")], tmp_path, Recipe(keep_pages=True))
    page = manifest.page_path(manifest.images[0])
    assert page is not None
    with Image.open(page) as picture:
        assert picture.size == (2479, 3508)


def test_progress_counts_every_page_and_carries_its_images(tmp_path: Path) -> None:
    seen: list[Progress] = []
    document = write_pdf(tmp_path / "a.pdf", Page(), Page(), Page())
    prepare(
        [document, tmp_path / "none.pdf"],
        output_dir=tmp_path / "out",
        progress=seen.append,
        limits=ONE_WORKER,
    )
    looking, seen = seen[:2], seen[2:]
    assert [(state.done, state.total) for state in looking] == [(0, 0)] * 2
    assert {state.file for state in looking} == {"a.pdf", "none.pdf"}
    assert [state.done for state in seen] == [0, 1, 2, 3, 4]
    assert {state.total for state in seen} == {4}
    assert sorted(record.source.page for state in seen for record in state.records) == [1, 2, 3]


def test_run_stops_with_what_the_progress_function_raises(tmp_path: Path) -> None:
    def stop(state: Progress) -> None:
        if state.done == 1:
            raise RuntimeError("enough")

    document = write_pdf(tmp_path / "a.pdf", *[Page()] * 8)
    with pytest.raises(RuntimeError, match="enough"):
        prepare([document], output_dir=tmp_path / "out", progress=stop, limits=ONE_WORKER)
    assert not [path for path in (tmp_path / "out").iterdir() if path.suffix != ".png"]


BAD = {
    "notes.pdf": (b"just some text", "notes.pdf is neither a PDF nor an image"),
    "empty.pdf": (b"", "empty.pdf is empty"),
    "cut.pdf": (b"%PDF-1.4\n1 0 obj\n<< /Type", "cut.pdf is damaged or cut off"),
    "cut.png": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "cut.png is damaged or cut off"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_gives_one_clear_failure_and_the_rest_comes_through(tmp_path: Path, name: str) -> None:
    data, message = BAD[name]
    (tmp_path / name).write_bytes(data)
    manifest = _prepare([tmp_path / name, write_pdf(tmp_path / "good.pdf")], tmp_path)
    assert [image.source.file for image in manifest.images] == ["good.pdf"]
    assert [(failure.file, failure.page) for failure in manifest.failures] == [(name, None)]
    assert message in manifest.failures[0].text.en
    assert name in manifest.failures[0].text.zh


def test_pdf_without_pages_is_named(tmp_path: Path) -> None:
    (tmp_path / "none.pdf").write_bytes(pdf_bytes([]))
    failures = _prepare([tmp_path / "none.pdf"], tmp_path).failures
    assert [failure.error for failure in failures] == ["EmptySourceError"]


def test_truncated_photo_is_a_failure_not_a_grey_picture(tmp_path: Path) -> None:
    whole = _photo(tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    failures = _prepare([tmp_path / "a.jpg"], tmp_path).failures
    assert [failure.error for failure in failures] == ["DamagedSourceError"]


def test_huge_page_is_refused_with_the_dpi_that_fits(tmp_path: Path) -> None:
    document = write_pdf(tmp_path / "wall.pdf", Page(size=(14400, 14400)), Page())
    manifest = _prepare([document], tmp_path)
    assert [image.source.page for image in manifest.images] == [2]
    assert manifest.failures[0].page == 1
    assert "Page 1 of" in manifest.failures[0].text.en
    assert "70 dpi" in manifest.failures[0].text.en


def test_huge_image_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    Image.new("1", (20_000, 10_001)).save(tmp_path / "wide.png")
    failures = _prepare([tmp_path / "wide.png"], tmp_path).failures
    assert [failure.error for failure in failures] == ["PageTooLargeError"]
    assert "200 megapixels; the limit is 200" in failures[0].text.en


def test_sliver_is_refused_by_its_ratio(tmp_path: Path) -> None:
    Image.new("L", (1, 5000)).save(tmp_path / "line.png")
    failures = _prepare([tmp_path / "line.png"], tmp_path).failures
    assert "1 x 5000 px" in failures[0].text.en


def test_two_files_of_one_name_both_come_out(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    manifest = _prepare([write_pdf(tmp_path / "a.pdf"), write_pdf(tmp_path / "b" / "a.pdf")], tmp_path)
    assert [image.file for image in manifest.images] == ["a-p0001.png", "a-2-p0001.png"]


def test_output_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(NotWritableError, match="may not be written"):
        _prepare([write_pdf(tmp_path / "a.pdf")], tmp_path)


def test_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    words = tuple(Words(f"Line {n} of a page that takes some room", y=780 - 20 * n) for n in range(36))
    document = write_pdf(tmp_path / "a.pdf", Page(content=words), Page(content=words))
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from toolkit.cli import main; raise SystemExit(main())"
    )
    command = [
        sys.executable,
        "-c",
        code,
        "prepare",
        str(document),
        "-o",
        str(tmp_path / "out"),
        "--jobs",
        "1",
    ]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False)
    assert "The disk is full" in run.stderr, (run.stderr, errno.EFBIG)
    assert run.returncode == 3
    assert {path.name for path in (tmp_path / "out").iterdir()} <= {"manifest.json"}


def test_page_limit_is_said_before_any_work(tmp_path: Path) -> None:
    document = write_pdf(tmp_path / "a.pdf", *[Page()] * 4)
    with pytest.raises(PageLimitError, match="4 pages were given, the limit is 3"):
        prepare([document], output_dir=tmp_path / "out", limits=Limits(max_pages=3, jobs=1))


def test_page_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ends at page 1, so there is no page 9"):
        prepare([write_pdf(tmp_path / "a.pdf")], output_dir=tmp_path / "out", pages="9", limits=ONE_WORKER)


def test_names_given_replace_the_paths_in_messages(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x1").write_bytes(b"nothing")
    manifest = prepare([tmp_path / "secret" / "x1"], output_dir=tmp_path / "out", names=["my.pdf"])
    assert "secret" not in manifest.failures[0].text.en + manifest.failures[0].text.zh
    assert manifest.failures[0].text.en.startswith("my.pdf is neither")
    same = prepare([tmp_path / "secret" / "x1"], output_dir=tmp_path / "out", names=["x1"])
    assert same.failures[0].text.en.startswith("x1 is neither")


def test_command_line_prepares_and_names_its_manifest(tmp_path: Path) -> None:
    document = write_pdf(tmp_path / "a.pdf")
    command = [
        sys.executable,
        "-m",
        "toolkit",
        "--lang",
        "en",
        "prepare",
        str(document),
        "-o",
        str(tmp_path / "out"),
    ]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False)
    assert run.returncode == 0, run.stderr
    assert "736 x 1024 px, 736 tokens" in run.stdout
    assert json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["version"] == 1


@pytest.mark.shared
def test_command_line_takes_each_real_document(tmp_path: Path, shared_data: Path) -> None:
    files = sorted(path for path in shared_data.rglob("*") if path.is_file() and path.suffix != ".md")
    env = os.environ | {"VL_PREFLIGHT_LANG": "en"}
    command = [
        sys.executable,
        "-m",
        "toolkit",
        "prepare",
        *map(str, files),
        "-o",
        str(tmp_path),
        "--pages",
        "1",
    ]
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[1], env=env, check=False
    )
    manifest = read_manifest(tmp_path)
    assert run.returncode == 1
    assert {failure.file: failure.error for failure in manifest.failures} == {
        "libreoffice-writer-password.pdf": "PasswordError",
        "unreadablemetadata.pdf": "DamagedSourceError",
    }
    assert {image.source.file for image in manifest.images} == {f.name for f in files} - {
        failure.file for failure in manifest.failures
    }


@pytest.mark.shared
@pytest.mark.parametrize(("password", "error"), [("openpassword", None), ("wrong", "PasswordError")])
def test_password_opens_or_is_refused(
    tmp_path: Path, shared_data: Path, password: str, error: str | None
) -> None:
    document = shared_data / "pdf" / "libreoffice-writer-password.pdf"
    manifest = prepare([document], output_dir=tmp_path, password=password, limits=ONE_WORKER)
    assert [failure.error for failure in manifest.failures] == ([error] if error else [])
    assert len(manifest.images) == (0 if error else 1)


def test_language_may_stand_before_or_after_the_verb(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    missing = str(tmp_path / "none.pdf")
    for arguments in (["--lang", "zh", "locate", missing], ["locate", missing, "--lang", "zh"]):
        assert main([*arguments, "--image", "1", "--box", "1", "2", "3", "4"]) == 1
        assert "没有清单文件" in capsys.readouterr().err


def test_input_in_the_output_folder_is_never_overwritten(tmp_path: Path) -> None:
    photo = _photo(tmp_path / "photo.png")
    before = photo.read_bytes()
    with pytest.raises(UsageError, match=r"photo\.png is one of the inputs"):
        prepare([photo], output_dir=tmp_path, limits=ONE_WORKER)
    assert photo.read_bytes() == before


def test_grid_never_takes_the_name_of_an_image(tmp_path: Path) -> None:
    paths = [_photo(tmp_path / "grid-001.png"), _photo(tmp_path / "b.png")]
    manifest = _prepare(paths, tmp_path, Recipe(merge=2))
    assert all(manifest.path(image).is_file() for image in manifest.images)


def test_page_of_one_file_never_takes_the_name_of_another(tmp_path: Path) -> None:
    names = ["a-p0001.png", "x.png", "x-look.png", "x-t01.png"]
    paths = [write_pdf(tmp_path / "a.pdf"), *(_photo(tmp_path / name) for name in names)]
    manifest = _prepare(paths, tmp_path, Recipe(second_look="always"))
    assert len({image.file for image in manifest.images}) == len(manifest.images) == 10


def test_file_without_the_asked_page_leaves_the_others_alone(tmp_path: Path) -> None:
    paths = [write_pdf(tmp_path / "long.pdf", Page(), Page()), write_pdf(tmp_path / "short.pdf")]
    seen: list[Progress] = []
    manifest = prepare(paths, output_dir=tmp_path / "out", pages="2", limits=ONE_WORKER, progress=seen.append)
    assert [image.source.file for image in manifest.images] == ["long.pdf"]
    assert [failure.file for failure in manifest.failures] == ["short.pdf"]
    assert [state.failure for state in seen if state.failure] == list(manifest.failures)


def test_calling_process_loads_nothing_that_draws() -> None:
    heavy = "('numpy', 'PIL', 'cv2', 'pypdfium2')"
    code = f"import sys, toolkit.preparing; print([m for m in {heavy} if m in sys.modules])"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=True)
    assert run.stdout.strip() == "[]"


def test_stop_is_heard_while_files_are_looked_at(tmp_path: Path) -> None:
    def stop(state: Progress) -> None:
        raise RuntimeError(f"stopped at {state.done} of {state.total}")

    with pytest.raises(RuntimeError, match="stopped at 0 of 0"):
        prepare([write_pdf(tmp_path / "a.pdf")], output_dir=tmp_path / "out", progress=stop)
    assert not list((tmp_path / "out").iterdir())


def _long_screenshot(path: Path) -> Path:
    image = Image.new("L", (600, 6000), 255)
    draw = ImageDraw.Draw(image)
    for row in range(100):
        font = ImageFont.load_default(size=24)
        draw.text((40, 20 + 60 * row), f"Line number {row} of the page", fill=0, font=font)
    image.save(path)
    return path


def test_pieces_carry_their_number_into_the_manifest_and_back(tmp_path: Path) -> None:
    manifest = _prepare([_long_screenshot(tmp_path / "long.png"), _photo(tmp_path / "a.png")], tmp_path)
    count = len(manifest.images) - 1
    pairs = [(image.piece, image.pieces) for image in manifest.images]
    assert pairs == [*((n + 1, count) for n in range(count)), (1, 1)]
    assert read_manifest(tmp_path / "out") == manifest


@pytest.mark.parametrize(("look", "shown"), [("never", 1), ("always", 2)])
def test_blank_pieces_say_what_leaving_them_out_would_save(tmp_path: Path, look: Any, shown: int) -> None:
    """Of a picture 9,000 px wide with text in its first 1,000 seven blank pieces went without a word."""
    wide = Image.new("RGB", (9000, 600), "white")
    with Image.open(_photo(tmp_path / "text.png", (1000, 600), "The text of a wide picture")) as text:
        wide.paste(text)
    wide.save(tmp_path / "wide.png")
    manifest = _prepare([tmp_path / "wide.png"], tmp_path, Recipe(second_look=look))
    images = [image for image in manifest.images if image.copy_of is None]
    assert len(images) > 4
    assert not any("blank" in note.en for note in images[0].notes)
    for image in images[1:]:
        tokens = shown * image.tokens
        assert f"This piece is blank; leaving it out would save {tokens:,} tokens." == image.notes[-1].en
        assert f"这一段是空白的，不发送可节省 {tokens:,} 个 token。" == image.notes[-1].zh
    merged = prepare(
        [tmp_path / "wide.png"], Recipe(merge=0), output_dir=tmp_path / "grid", limits=ONE_WORKER
    )
    notes = [note.en for image in merged.images for note in image.notes]
    assert sum("This piece is blank." in note for note in notes) == len(images) - 1


def test_page_that_fails_half_way_leaves_none_of_its_pieces(tmp_path: Path, monkeypatch: Any) -> None:
    from toolkit import preparing_job, preparing_page, survey_job

    written: list[Path] = []
    whole = preparing_page.write_png

    def full_after_two(pixels: Any, path: Path, **options: Any) -> Any:
        if len(written) == 2:
            raise DiskFullError("disk_full", file=path)
        written.append(path)
        return whole(pixels, path, **options)

    monkeypatch.setattr(preparing_page, "write_png", full_after_two)
    (tmp_path / "out").mkdir()
    source = _long_screenshot(tmp_path / "long.png")
    payload = survey_job.run({"file": str(source)}) | {"page": 1, "name": "long.png", "stem": "long"}
    payload |= {"folder": str(tmp_path / "out"), "recipe": Recipe().to_dict()}
    with pytest.raises(DiskFullError):
        preparing_job.run(payload)
    assert len(written) == 2
    assert not list((tmp_path / "out").iterdir())


def test_pieces_of_a_page_whose_worker_died_are_deleted_and_older_files_stay(tmp_path: Path) -> None:
    import time

    from toolkit.preparing_run import _remove_pieces

    names = ["a.png", "a-t01.png", "a-t01-look.png", "a-two.png", "b.png", "old.png"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    os.utime(tmp_path / "old.png", (1, 1))
    _remove_pieces(tmp_path, ["a", "old"], time.time() - 60)
    assert {path.name for path in tmp_path.iterdir()} == {"a-two.png", "b.png", "old.png"}


def test_grid_that_fails_leaves_its_images_apart_and_says_why(tmp_path: Path) -> None:
    from toolkit.preparing_grids import merged_into_grids
    from toolkit.work import WorkerPool

    paths = [_photo(tmp_path / f"{number}.png", (300, 200)) for number in range(6)]
    recipe = Recipe(merge=2)
    apart = _prepare(paths, tmp_path, Recipe())
    apart.path(apart.images[5]).write_bytes(b"no picture any more")
    with WorkerPool(1) as pool:
        manifest = merged_into_grids(apart, pool, recipe, stems=[], timeout=30)
    assert [len(image.cells) for image in manifest.images] == [4, 0, 0]
    assert [image.label for image in manifest.images] == [1, 2, 3]
    assert all(manifest.path(image).is_file() for image in manifest.images)
    assert [failure.file for failure in manifest.failures] == ["4.png"]
    assert "Images 5 to 6 could not be merged" in manifest.failures[0].text.en
    assert "第 5 到 6 张图" in manifest.failures[0].text.zh


def test_typeset_page_is_not_judged_in_pixels_and_says_so(tmp_path: Path) -> None:
    lines = tuple(Words(f"Line {n} of a contract", y=700 - 20 * n, size=10) for n in range(20))
    manifest = _prepare([write_pdf(tmp_path / "a.pdf", Page(content=lines))], tmp_path)
    quality, height = manifest.images[0].quality, manifest.images[0].text_height
    assert quality is not None
    assert (quality["source"], quality["verdict"], quality["sharpness"]) == ("drawn", "good", None)
    assert height is not None
    assert height["source"] == "pdf"
    assert height["smallest"] == pytest.approx(10 * 1024 / 842, rel=0.02)


def test_long_run_lists_the_first_images_and_counts_the_notes_of_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = write_pdf(tmp_path / "a.pdf", *[Page(content=(Words("Words to read", size=20),))] * 14)
    command = ["--lang", "en", "prepare", str(document), "-o", str(tmp_path / "out"), "--jobs", "1"]
    assert main(command) == 0
    short = capsys.readouterr().out
    assert "a-p0005.png" in short
    assert "a-p0006.png" not in short
    assert "and 9 more images" in short
    assert re.search(r"9 x {2}Long side 1024: the smallest text is \d+ px high", short)
    assert main([*command, "--verbose"]) == 0
    assert capsys.readouterr().out.count("stays readable") == 14


@pytest.mark.parametrize(("option", "verb"), [("--long-side", "prepare"), ("--merge", "prepare")])
def test_word_where_a_number_belongs_is_named_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, verb: str
) -> None:
    for lang, said in (("en", "must be a whole number or auto; 'big'"), ("zh", "必须是整数或 auto")):
        command = [verb, str(write_pdf(tmp_path / "a.pdf")), "-o", str(tmp_path / "out"), option, "big"]
        assert main(["--lang", lang, *command]) == 2
        assert f"{option} {said}" in capsys.readouterr().err
