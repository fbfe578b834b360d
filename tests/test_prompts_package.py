"""The package's public face: what it names, and what it loads."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import prompts
from prompts import _HOME

ROOT = Path(prompts.__file__).parent
HEAVY = (
    "yaml",
    "jinja2",
    "jsonschema",
    "numpy",
    "PIL",
    "cv2",
    "gradio",
    "torch",
    "pypdfium2",
    "toolkit.manifest",
)


def test_all_names_can_be_had_and_are_sorted() -> None:
    assert set(prompts.__all__) == set(_HOME)
    for name in prompts.__all__:
        assert getattr(prompts, name) is not None


def test_modules_do_not_hide_public_functions() -> None:
    modules = {path.stem for path in ROOT.glob("*.py")}
    assert not modules & set(prompts.__all__)


def test_unknown_name_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_here"):
        prompts.nothing_here  # noqa: B018


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, prompts; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    assert done.stdout.strip() == "[]"


def test_modules_import_neither_demo_nor_private_names_of_toolkit() -> None:
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert not node.module.startswith("demo"), path
                if node.module.startswith("toolkit"):
                    assert all(not alias.name.startswith("_") for alias in node.names), path
