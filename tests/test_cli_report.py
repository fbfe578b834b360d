"""What the verbs print: short where there is much, JSON for programs, and nothing where nobody reads."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from documents import Page, Words, write_pdf
from PIL import Image

from toolkit.cli import main
from toolkit.cli.report import Entry, note_kinds, where
from toolkit.manifest_file import read_manifest
from toolkit.page_ranges import number_runs

ROOT = Path(__file__).parents[1]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Fourteen pages, one more than a list may have, the ninth in letters that are too small."""
    sizes = [20.0] * 8 + [4.0] + [20.0] * 6
    return write_pdf(tmp_path / "book.pdf", *(Page(content=(Words("Words to read", size=s),)) for s in sizes))


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_ranges_keep_the_order_and_shorten_runs() -> None:
    assert number_runs([5, 1, 2, 3, 4, 6, 8, 9]) == ["5", "1–4", "6", "8", "9"]
    assert number_runs([]) == []


def test_places_are_named_by_file_and_cut_off_where_they_grow_long() -> None:
    entries = [Entry(n, (), (), "a.pdf") for n in (1, 2, 3, 7)] + [Entry(1, (), (), "b.png")]
    assert where(entries, "en") == "a.pdf 1–3, 7; b.png 1"
    assert where(entries, "zh") == "a.pdf 1–3、7；b.png 1"
    many = [Entry(1, (), (), f"photo-{n}.jpg") for n in range(40)]
    assert where(many, "en").endswith("photo-4.jpg 1; photo-5.jpg 1, …")
    assert where([Entry(1, (), (), "x" * 120 + ".pdf")], "en") == "x" * 120 + ".pdf 1"
    named = [Entry(n, (), (), name=f"{n}.png") for n in (4, 9, 12)]
    assert where(named[:2], "zh") == "4 4.png；9 9.png"
    assert where(named, "zh") == "4、9、12"


def test_notes_are_counted_by_kind_with_the_entries_they_belong_to() -> None:
    entries = [Entry(n, (), ("Long side 1024: 12 px.", *(["Tilted."] if n == 2 else []))) for n in (1, 2, 3)]
    assert [(kind.count, kind.where) for kind in note_kinds(entries, "en")] == [(3, "1–3"), (1, "2")]


def test_long_inspection_is_cut_short_and_names_the_pages_that_differ(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "--lang", "en", "inspect", book)
    assert code == 0
    assert len(out.splitlines()) < 50
    assert any("long side" in line and line.endswith("[book.pdf 9]") for line in out.splitlines())
    whole = run(capsys, "--lang", "en", "inspect", book, "--verbose")[1]
    assert whole.count("book.pdf, page ") == 15


def test_long_order_is_told_in_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Forty-one pictures: too many to be compared with each other, which would take a minute."""
    paths = [tmp_path / f"{n:02d}.png" for n in range(41)]
    for path in paths:
        Image.new("L", (64, 64), "white").save(path)
    assert run(capsys, "resize", *paths, "-o", tmp_path / "out")[0] == 0
    words = ["order", tmp_path / "out", "--scenario", "compare", "--role", "9=main"]
    code, out, err = run(capsys, "--lang", "en", *words)
    assert code == 0
    assert len(out.splitlines()) < 30
    assert "The whole order, by the numbers above: 9, 1–8, 10–41" in out
    assert "36 x  Nothing was said" not in out
    assert "too many to compare" in err
    assert len(run(capsys, *words, "--verbose")[1].splitlines()) > 80


@pytest.mark.parametrize("verb", ["render", "prepare", "resize", "split"])
def test_json_is_the_manifest_and_nothing_else(
    tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "页 1.png")
    command = [verb, tmp_path / "页 1.png", tmp_path / "gone.pdf", "-o", tmp_path / "out", "--json"]
    code, out, err = run(capsys, *command)
    assert code == 1
    assert json.loads(out) == json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert "gone.pdf" in err
    code, out, _ = run(capsys, verb, tmp_path / "gone.pdf", "-o", tmp_path / "none", "--json")
    assert code == 3
    assert json.loads(out)["failures"][0]["error"] == "SourceMissingError"


def test_json_of_a_grid_and_of_a_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in "ab":
        Image.new("RGB", (300, 200), "white").save(tmp_path / f"{name}.png")
    grid = tmp_path / "grid.png"
    code, out, _ = run(capsys, "merge", tmp_path / "a.png", tmp_path / "b.png", "-o", grid, "--json")
    assert code == 0
    assert [cell["label"] for cell in json.loads(out)["images"][0]["cells"]] == [1, 2]
    assert (
        run(capsys, "verify", tmp_path / "grid.json", "--json")[1]
        == json.dumps({"version": 1, "files": 1, "compared": 0, "faults": []}, indent=1) + "\n"
    )
    grid.unlink()
    code, out, _ = run(capsys, "verify", tmp_path / "grid.json", "--json")
    assert code == 1
    assert [fault["file"] for fault in json.loads(out)["faults"]] == ["grid.png"]


def test_too_many_pictures_for_a_grid_are_refused_before_they_are_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("a page was measured")

    monkeypatch.setattr("toolkit.merge._measure", never)
    pages = write_pdf(tmp_path / "a.pdf", *[Page()] * 101)
    code, _, err = run(capsys, "--lang", "en", "merge", pages, "-o", tmp_path / "g.png")
    assert code == 2
    assert "101 pictures are too many" in err


def test_large_grid_is_told_in_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / f"{n:02d}.png" for n in range(20)]
    for path in paths:
        Image.new("L", (64, 64), "white").save(path)
    code, out, _ = run(capsys, "--lang", "en", "merge", *paths, "-o", tmp_path / "g.png")
    assert code == 0
    assert "15 x  100 % of its size [6–20]" in out
    assert len(out.splitlines()) < 12


def test_failure_that_names_no_file_is_told_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("L", (1, 5000)).save(tmp_path / "rule.png")
    for lang in ("en", "zh"):
        for verb in ("prepare", "resize"):
            err = run(capsys, "--lang", lang, verb, tmp_path / "rule.png", "-o", tmp_path / "out")[2]
            assert any(line.startswith("rule.png") and "5000" in line for line in err.splitlines())


@pytest.mark.parametrize("verb", ["prepare", "render", "resize"])
def test_files_of_an_earlier_run_are_told_where_they_stay(
    tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "abc":
        Image.new("L", (64, 64), "white").save(tmp_path / f"{name}.png")
    a, b, c = (tmp_path / f"{name}.png" for name in "abc")
    assert run(capsys, "--lang", "en", verb, a, b, "-o", tmp_path / "out")[0] == 0
    err = run(capsys, "--lang", "en", verb, a, "-o", tmp_path / "out")[2]
    assert "the manifest no longer lists them (1), such as b.png" in err
    assert "earlier run" not in run(capsys, "--lang", "en", verb, a, c, "-o", tmp_path / "out")[2]


def test_one_image_is_not_called_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "a.png")
    for verb in ("prepare", "resize"):
        out = run(capsys, "--lang", "en", verb, tmp_path / "a.png", "-o", tmp_path / verb)[1]
        assert "1 image," in out
        assert "1 images" not in out


def test_saved_order_goes_into_the_manifest_that_was_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "ab":
        Image.new("RGB", (300, 200), "white").save(tmp_path / f"{name}.png")
    assert run(capsys, "resize", tmp_path / "a.png", "-o", tmp_path / "out")[0] == 0
    given = tmp_path / "out" / "manifest.json"
    mine = given.rename(tmp_path / "out" / "mine.json")
    code, out, err = run(
        capsys,
        "--lang",
        "en",
        "order",
        mine,
        "--scenario",
        "locate",
        "--role",
        "1=people",
        "--save",
        "--json",
    )
    assert code == 0
    assert json.loads(out)[0]["role"] == "people"
    assert not given.exists()
    assert read_manifest(mine).images[0].role == "people"
    assert f"saved in {mine}" in err


@pytest.mark.parametrize("words", [["toolkit", "inspect", "a.png", "--json"], ["prompts", "list"]])
def test_reader_that_leaves_ends_a_command_without_a_trace(words: list[str], tmp_path: Path) -> None:
    Image.new("L", (64, 64), "white").save(tmp_path / "a.png")
    read, write = os.pipe()
    os.close(read)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=tmp_path, env=environment, stdout=write, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 141
    assert "Error" not in done.stderr
    assert "Traceback" not in done.stderr


def test_name_that_is_no_utf_8_is_told_and_done(tmp_path: Path) -> None:
    name, gone = os.fsencode(tmp_path) + b"/caf\xe9.png", b"gone\xe9.png"
    Image.new("RGB", (300, 200), "white").save(os.fsdecode(name))
    for verb in ("prepare", "render", "resize"):
        command = [sys.executable, "-m", "toolkit", verb, name, gone, "-o", str(tmp_path / verb)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True)
        assert (done.returncode, b"Traceback" in done.stderr) == (1, False), done.stderr
        manifest = read_manifest(tmp_path / verb)
        assert [image.source.file for image in manifest.images] == ["caf\ufffd.png"]
        assert "gone\ufffd.png" in manifest.failures[0].text.en


def test_help_and_refusals_of_both_command_lines_speak_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    from prompts.cli import main as prompts_main

    for command in (main, prompts_main):
        for words, expected in (
            (["--help"], ["用法：", "选项:", "显示本帮助并退出", "显示版本号并退出"]),
            (["paint"], ["VERB 只能取"]),
        ):
            with pytest.raises(SystemExit):
                command(["--lang", "zh", *words])
            said = "".join(capsys.readouterr())
            assert [word for word in expected if word not in said] == []
            assert not any(word in said for word in ("usage", "options", "show this", "invalid choice"))


def test_file_called_like_an_option_is_taken_after_two_dashes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (300, 200), "white").save("--lang=zh.png")
    code, out, _ = run(capsys, "--lang", "en", "prepare", "-o", "out", "--", "--lang=zh.png")
    assert code == 0
    assert "--lang=zh.png" in out
    assert "1 image," in out


@pytest.mark.parametrize(
    ("given", "said"),
    [("", "is a folder"), ("-", "pipe or a device"), ("https://example.org/a.pdf", "is an address")],
)
def test_what_is_no_file_is_told_apart(
    tmp_path: Path, given: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "--lang", "en", "prepare", given or tmp_path, "-o", tmp_path / "out")
    assert code == 3
    assert said in err


def test_kept_page_that_is_gone_is_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pdf(tmp_path / "a.pdf")
    assert run(capsys, "prepare", tmp_path / "a.pdf", "-o", tmp_path / "out", "--keep-pages")[0] == 0
    assert run(capsys, "verify", tmp_path / "out")[0] == 0
    (tmp_path / "out" / "pages" / "a-p0001.png").unlink()
    code, _, err = run(capsys, "--lang", "en", "verify", tmp_path / "out")
    assert code == 1
    assert "a-p0001.png is missing" in err


def values_of(capsys: pytest.CaptureFixture[str], *words: Any) -> Any:
    return json.loads(run(capsys, *words)[1])


def test_rows_of_a_grid_may_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = []
    for name in "abc":
        Image.new("RGB", (300, 200), "white").save(tmp_path / f"{name}.png")
        names.append(tmp_path / f"{name}.png")
    row = values_of(capsys, "merge", *names, "-o", tmp_path / "row.png", "--rows", 1, "--json")["images"][0]
    assert len({cell["box"][1] for cell in row["cells"]}) == 1
    two = values_of(capsys, "merge", *names, "-o", tmp_path / "two.png", "--rows", 2, "--json")["images"][0]
    assert len({cell["box"][1] for cell in two["cells"]}) == 2
    with pytest.raises(SystemExit):
        main(["merge", str(names[0]), "-o", str(tmp_path / "g.png"), "--rows", "1", "--columns", "1"])
    assert run(capsys, "merge", names[0], "-o", tmp_path / "g.png", "--rows", -1)[0] == 2
