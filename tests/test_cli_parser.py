"""What a wrong command line is told, in both languages."""

import argparse
import re

import pytest

from toolkit.cli import VERBS, main
from toolkit.command_parser import columns, refusal, wrapped

_OUT = ["x.pdf", "-o", "out.png"]
_WRONG = {
    "resize --long-side big": ("--long-side must be a whole number; 'big'", "--long-side 必须是整数"),
    "split --ratio q": ("--ratio must be a number; 'q'", "--ratio 必须是数字"),
    "inspect --long-side 1e3": ("--long-side must be a whole number; '1e3'", "--long-side 必须是整数"),
    "merge --gap wide": ("--gap must be a whole number; 'wide'", "--gap 必须是整数"),
    "render --compress huge": ("--compress must be one of fast, small; 'huge'", "只能取 fast, small 之一"),
    "render --dpi": ("--dpi needs a value", "--dpi 后面缺少取值"),
    "render --p 1": ("--p could be --pages,", "--p 有歧义"),
    "render --resume=3": ("--resume takes no value; '3'", "--resume 不带取值"),
    "resize --tokens 4 --long-side 9": (
        "--long-side and --tokens exclude",
        "--long-side 与 --tokens 不能同时",
    ),
    "render --zz": ("Unknown: --zz", "无法识别的参数：--zz"),
    "locate --image 1 --box 1 2": ("--box needs 4 values", "--box 需要 4 个取值"),
}


@pytest.mark.parametrize("lang", [0, 1])
@pytest.mark.parametrize("line", _WRONG)
def test_wrong_option_is_named_with_what_it_takes(
    line: str, lang: int, capsys: pytest.CaptureFixture[str]
) -> None:
    verb, *words = line.split()
    with pytest.raises(SystemExit) as stop:
        main(["--lang", ("en", "zh")[lang], verb, *_OUT[: 1 if verb in ("inspect", "locate") else 3], *words])
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert _WRONG[line][lang] in said.splitlines()[-1]
    assert not re.search(r"invalid \w+ value|argument -|int_|_number", said)


def test_missing_output_and_unknown_verb_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in ((["render", "x.pdf"], "缺少参数：-o/--output"), (["paint"], "VERB 只能取 prepare, ")):
        with pytest.raises(SystemExit):
            main(["--lang", "zh", *words])
        assert said in capsys.readouterr().err


def test_help_in_chinese_breaks_no_name_and_fits_its_width() -> None:
    text = "ocr：文字最清楚的在前；compare：按权重；diagnose：需求、源代码、报错；locate：全景、特写、人物"
    for width in range(24, 80):
        lines = wrapped(text, width)
        assert "".join(lines) == text
        assert all(columns(line) <= width + 2 for line in lines)
        assert all(line[0] not in "，。；：、" for line in lines)
        assert all(any(name in line for line in lines) for name in ("compare", "diagnose", "locate"))
    assert wrapped("the order in which to send pictures, with reasons", 20) == [
        "the order in which",
        "to send pictures,",
        "with reasons",
    ]


def test_what_argparse_never_said_before_is_passed_on() -> None:
    assert refusal("something new", "toolkit").en.startswith("something new (toolkit --help")


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_has_a_type_function_whose_name_would_show(verb: str) -> None:
    from importlib import import_module

    parser = argparse.ArgumentParser()
    import_module(f"toolkit.cli.{verb}").configure(parser, "en")
    names = {getattr(action.type, "__name__", "str") for action in parser._actions}
    assert names <= {"str", "int", "float", "Path"}


def test_ctrl_c_is_answered_with_what_is_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("toolkit.cli.verify.run", interrupted)
    assert main(["--lang", "zh", "verify", "x"]) == 130
    assert capsys.readouterr().err == "已中止，没有留下写了一半的文件。\n"
