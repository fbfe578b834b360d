"""What docs/command-line.md promises of both command lines is so, in either language."""

import argparse
import re
from importlib import import_module
from pathlib import Path

import pytest

from prompts.cli import VERBS as PROMPT_VERBS
from toolkit.cli import VERBS

DOCS = Path(__file__).parents[1] / "docs"


def _options(module: str) -> set[str]:
    parser = argparse.ArgumentParser()
    import_module(module).configure(parser, "en")
    return {option for action in parser._actions for option in action.option_strings}


@pytest.mark.parametrize("name", ["command-line.md", "command-line.zh.md"])
def test_every_verb_and_exit_code_is_named(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f"| `{verb} " not in text] == []
    assert [code for code in (0, 1, 2, 3, 130, 141) if not re.search(rf"(?<!\d){code} ", text)] == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_the_toolkit_gives_json(verb: str) -> None:
    assert "--json" in _options(f"toolkit.cli.{verb}")


@pytest.mark.parametrize("verb", PROMPT_VERBS)
def test_every_verb_of_the_prompts_but_one_gives_json(verb: str) -> None:
    assert ("--json" in _options(f"prompts.cli.{verb}_verb")) is (verb != "diff")


@pytest.mark.parametrize("verb", ["prepare", "render", "resize", "split", "merge", "inspect", "order"])
def test_lists_that_may_grow_long_can_be_had_whole(verb: str) -> None:
    assert "--verbose" in _options(f"toolkit.cli.{verb}")
