"""The examples of docs/prompts.md run, and the figures of docs/router.md are those of the router."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from prompts import TASKS, route
from prompts.cli import VERBS

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "prompts.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE))
def test_example_runs(code: str) -> None:
    exec(compile(code, "docs/prompts.md", "exec"), {})


def test_every_verb_is_shown() -> None:
    assert set(re.findall(r"python -m prompts (\w+)", TEXT)) == set(VERBS)


def test_confusion_table_is_that_of_the_router() -> None:
    held_out = Path(__file__).parent / "data" / "questions_held_out.toml"
    data = tomllib.loads(held_out.read_text(encoding="utf-8"))
    right: Counter[str] = Counter()
    for task, by_language in data.items():
        right[task] = sum(route(q).task == task for questions in by_language.values() for q in questions)
    rows = re.findall(
        r"^\| ([a-z-]+) \| (\d+) \| (\d+) \|", (DOCS / "router.md").read_text(encoding="utf-8"), re.M
    )
    assert {task: int(n) for task, _, n in rows} == dict(right)
    assert {task for task, *_ in rows} == set(TASKS)
