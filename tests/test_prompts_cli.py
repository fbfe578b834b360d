"""The command line: what it prints, its exit codes, its languages."""

import io
import json
from pathlib import Path

import pytest

from prompts.cli import VERBS, main
from toolkit import ImageRecord, Manifest, Placement, SourceRef


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    source = SourceRef("合同.pdf", "0" * 64, 1, 595, 842, "pt")
    images = []
    for number in (1, 2):
        (tmp_path / f"p{number}.png").write_bytes(b"png")
        images.append(
            ImageRecord(
                f"p{number}.png",
                "1" * 64,
                736,
                1024,
                source,
                Placement.scaling((736, 1024), (595, 842)),
                736,
                role="main" if number == 1 else "detail",
                label=number,
            )
        )
    return Manifest("qwen3-vl", {}, tuple(images), folder=tmp_path).save()


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    out = capsys.readouterr()
    return code, out.out, out.err


def test_list_filters_and_gives_json(capsys) -> None:
    code, out, _ = run(capsys, "list", "--task", "table", "--json")
    data = json.loads(out)
    assert code == 0 and [(t["name"], t["lang"], t["task"], t["format"]) for t in data] == [
        ("table", "en", "table", "markdown-table"),
        ("table", "zh", "table", "markdown-table"),
    ]
    code, out, _ = run(capsys, "list", "--format", "boxes", "--prompt-lang", "zh")
    assert [line.split()[0] for line in out.splitlines()] == ["locate-objects", "read-boxes"]


def test_list_names_broken_files_and_ends_with_1(capsys, tmp_path: Path) -> None:
    (tmp_path / "x.prompty").write_text("nothing")
    code, out, err = run(capsys, "list", "--templates", str(tmp_path), "--lang", "zh")
    assert code == 1 and "read-text" in out and "x.prompty 无法使用：第 1 行" in err


def test_show_gives_the_file_and_its_data(capsys) -> None:
    code, out, _ = run(capsys, "show", "count", "--lang", "zh")
    assert code == 0 and out.startswith("---\nname: count\n") and "数出" in out
    data = json.loads(run(capsys, "show", "count", "--json", "--prompt-lang", "en")[1])
    assert data["inputs"][0]["name"] == "objects" and "Count" in data["body"]


def test_build_with_images_fields_and_region(capsys, manifest: Path) -> None:
    code, out, err = run(
        capsys, "build", "extract-fields", "--images", str(manifest), "--region", "area:header@1",
        "--field", "number", "--field", "total:number=with tax", "--lang", "en",
    )  # fmt: skip
    assert code == 0 and err == ""
    assert (
        "Image 2 shows a detail." in out
        and "the header of image 1" in out
        and '"total" (number): with tax' in out
    )


def test_build_default_question_is_noted_on_stderr(capsys) -> None:
    code, out, err = run(capsys, "build", "answer", "--lang", "zh")
    assert code == 0 and "问题：" in out and "没有填写 question" in err
    assert run(capsys, "build", "answer", "--question", "谁？", "--lang", "zh")[1].endswith("问题：谁？\n")


def test_build_language_of_the_prompt_is_apart_from_that_of_messages(capsys) -> None:
    _, out, err = run(capsys, "build", "answer", "--prompt-lang", "en", "--lang", "zh")
    assert "Question:" in out and "没有填写" in err


@pytest.mark.parametrize("target", ["openai", "qwen", "curl", "python", "markdown"])
def test_build_exports(capsys, manifest: Path, target: str) -> None:
    code, out, _ = run(
        capsys, "build", "read-text", "--images", str(manifest.parent), "--export", target, "--model", "M/x",
        "--base-url", "http://127.0.0.1:1/v1", "--lang", "en",
    )  # fmt: skip
    assert code == 0 and "Read all the text" in out
    assert ("M/x" in out) == (target in ("openai", "curl", "python"))


def test_build_steps_and_json(capsys, manifest: Path) -> None:
    code, out, _ = run(
        capsys, "build", "answer", "--images", str(manifest), "--steps", "--json", "--lang", "en"
    )
    assert code == 0 and [len(step["images"]) for step in json.loads(out)] == [1, 1, 0]


def test_build_schema_file(capsys, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text('{"type": "object", "properties": {"a": {"type": "string"}}}')
    assert "JSON Schema" in run(capsys, "build", "extract-fields", "--schema", str(path), "--lang", "en")[1]
    path.write_text("[1")
    code, _, err = run(capsys, "build", "extract-fields", "--schema", str(path), "--lang", "en")
    assert code == 2 and "no JSON Schema" in err and "s.json" in err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["build", "nothing"], 2, "没有语言为 zh 的模板 'nothing'"),
        (["build", "table", "--format", "pdf"], 2, "没有格式 'pdf'"),
        (["build", "table", "--format", "boxes"], 2, "不支持 boxes 格式"),
        (["build", "table", "--region", "attic"], 2, "看不懂区域"),
        (["build", "table", "--input", "x"], 2, "应写成 名称=值"),
        (["build", "table", "--images", "/nowhere/m.json"], 1, "没有清单文件"),
        (["build", "table", "--templates", "/nowhere"], 1, "不是文件夹"),
        (["check", "/nowhere/a.txt", "--format", "json"], 2, "无法读取"),
    ],
)
def test_error_is_one_sentence_and_an_exit_code(capsys, arguments, code, says) -> None:
    got, out, err = run(capsys, *arguments, "--lang", "zh")
    assert (got, out) == (code, "") and says in err and err.count("\n") == 1


def test_route_names_task_runner_up_and_limits(capsys) -> None:
    code, out, _ = run(capsys, "route", "Solve the equation in the picture", "--lang", "en")
    assert code == 0 and out.startswith("formula") and "SymPy" in out
    data = json.loads(run(capsys, "route", "数一下有几把椅子", "--json")[1])
    assert data["task"] == "count" and 0 <= data["confidence"] <= 1


def test_lint_prints_the_better_wording_and_ends_with_1_for_errors(capsys, manifest: Path) -> None:
    code, out, _ = run(
        capsys, "lint", "Read image 7 as plain text", "--images", str(manifest), "--lang", "en"
    )
    assert code == 1 and "error: “image 7”" in out and "better: Read image 2" in out
    code, out, _ = run(
        capsys, "lint", "Copy the table in image 1 as CSV", "--images", str(manifest), "--lang", "en"
    )
    assert (code, out) == (0, "Nothing to find fault with.\n")
    assert json.loads(run(capsys, "lint", "看看", "--json")[1])[0]["rule"] == "vague-verb"


def test_lint_names_how_bad_it_is_in_the_language_of_messages(capsys) -> None:
    assert run(capsys, "lint", "看看", "--lang", "zh")[1].startswith("警告：“看看”")
    assert run(capsys, "lint", "看看", "--lang", "en")[1].startswith("warning: “看看”")


def test_lint_reads_standard_input(capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("give me csv and html"))
    assert run(capsys, "lint", "-", "--lang", "en")[0] == 1


def test_check_mends_and_reports(capsys, tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    path.write_text("```json\n{'a': 1,}\n```")
    code, out, err = run(capsys, "check", str(path), "--format", "json:a:integer", "--lang", "en")
    assert (code, json.loads(out)) == (0, {"a": 1}) and "code fence" in err
    path.write_text('{"a": "x"}')
    code, out, _ = run(capsys, "check", str(path), "--format", "json:a:integer", "--json", "--lang", "en")
    assert code == 1 and json.loads(out)["faults"][0].startswith("$.a is")


def test_diff_shows_what_differs(capsys) -> None:
    code, out, _ = run(capsys, "diff", "read-text@en", "handwriting@en")
    assert (
        code == 1
        and "- task: read-text" in out
        and "+ task: handwriting" in out
        and "-Read all the text" in out
    )
    assert run(capsys, "diff", "read-text@zh", "read-text@zh", "--lang", "en") == (0, "No difference.\n", "")


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_is_in_both_languages(capsys, verb: str) -> None:
    code, english, _ = run(capsys, verb, "--help", "--lang", "en")
    assert code == 0 and not any("\u4e00" <= c <= "\u9fff" for c in english)
    _, chinese, _ = run(capsys, verb, "--help", "--lang", "zh")
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese)


def test_without_a_verb_help_is_shown(capsys) -> None:
    code, out, _ = run(capsys, "--lang", "en")
    assert code == 0 and all(verb in out for verb in VERBS)


@pytest.mark.parametrize(
    ("question", "unsure"), [("你好", True), ("hello", True), ("数一下有几把椅子", False)]
)
def test_route_says_when_the_task_is_a_guess(
    question: str, unsure: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["route", question, "--lang", "en"]) == 0
    assert ("does not say clearly" in capsys.readouterr().out) is unsure
