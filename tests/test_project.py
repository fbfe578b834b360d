"""The habits of the project, held over all of its packages."""

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import prompts
import toolkit
from toolkit.cli import VERBS

ROOT = Path(__file__).parents[1]
PACKAGES = ("toolkit", "prompts", "demo")
HEAVY = ("numpy", "cv2", "PIL", "pypdfium2", "isal", "torch", "transformers", "gradio", "jinja2", "yaml")
SHELLS = ("toolkit/cli/", "prompts/cli/")
"""Where something may be printed, besides modules that are started by `python -m`."""


def _modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    """Give (module, name) of each import, also of those inside functions; the name is "" for `import x`."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = _name(path).split("/")[: -node.level] if node.level else []
            module = ".".join([*package, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def _requirements(name: str) -> list[str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def _project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_requirements_equal_the_dependencies_of_pyproject() -> None:
    assert _requirements("requirements.txt") == _project()["dependencies"]


def test_development_requirements_equal_the_extra_of_pyproject() -> None:
    extra = _project()["optional-dependencies"]["dev"]
    assert _requirements("requirements-dev.txt") == ["-r requirements.txt", *extra]


def test_requirements_point_to_every_extra_of_a_user() -> None:
    comments = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for extra, packages in _project()["optional-dependencies"].items():
        if extra not in ("dev", "samples"):
            assert f"#   {extra}:" in comments
            assert all(f'"{package}"' in comments for package in packages)


def _loaded_after(code: str) -> set[str]:
    command = f"{code}; import sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("package", ["toolkit", "prompts", "toolkit.cli"])
def test_import_of_a_package_loads_nothing_heavy(package: str) -> None:
    assert _loaded_after(f"import {package}") & set(HEAVY) == set()


def test_no_engine_imports_gradio() -> None:
    roots = {module.split(".")[0] for path in _modules("demo/engines") for module, _ in _imports(path)}
    assert "openai" in roots
    assert "gradio" not in roots


def test_engines_load_no_model_library_before_they_are_used() -> None:
    code = (
        "from importlib import import_module; from demo.engines.registry import ENGINES; "
        "[import_module(row.home.partition(':')[0]) for row in ENGINES.values()]"
    )
    heavy = {"gradio", "torch", "transformers", "rapidocr", "onnxruntime", "openai"}
    assert _loaded_after(code) & heavy == set()


def test_toolkit_imports_neither_prompts_nor_demo() -> None:
    roots = {
        (_name(path), module.split(".")[0]) for path in _modules("toolkit") for module, _ in _imports(path)
    }
    assert [pair for pair in roots if pair[1] in ("prompts", "demo", "benchmarks", "tests")] == []


def test_prompts_use_only_public_names_of_the_toolkit() -> None:
    homes = {name: f"toolkit.{module}" for name, module in toolkit._HOME.items()}
    found = [(_name(path), *pair) for path in _modules("prompts") for pair in _imports(path)]
    used = [use for use in found if use[1].split(".")[0] == "toolkit"]
    assert used, "prompts takes at least Text and Catalogue from there"
    private = [use for use in used if use[1] not in ("toolkit", homes.get(use[2])) or use[2] not in homes]
    assert private == []
    assert [use for use in found if use[1].split(".")[0] in ("demo", "benchmarks", "tests")] == []


def test_engines_import_nothing_of_gradio() -> None:
    pairs = [(_name(path), module) for path in _modules("demo/engines") for module, _ in _imports(path)]
    assert [pair for pair in pairs if pair[1].split(".")[0].startswith("gradio")] == []


def test_demo_does_not_need_the_tests_or_benchmarks() -> None:
    pairs = [(_name(path), module) for path in _modules("demo") for module, _ in _imports(path)]
    assert [pair for pair in pairs if pair[1].split(".")[0] in ("benchmarks", "tests", "spaces_config")] == []


def _module_names() -> list[str]:
    names = list(PACKAGES)
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        names += [module.name for module in pkgutil.walk_packages(path, f"{package}.")]
    return [name for name in names if not name.endswith("__main__")]


def _with_all() -> list[str]:
    """The modules that keep an `__all__`, found without importing them."""
    keeping = [path for path in _modules(*PACKAGES) if "\n__all__ = [" in path.read_text(encoding="utf-8")]
    return [_name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in keeping]


def _rank(name: str) -> tuple[int, str]:
    """Order as ruff's RUF022 has it: CONSTANTS, then Classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def _own_names(module: ModuleType) -> set[str]:
    package = module.__name__.split(".")[0] + "."
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and str(getattr(value, "__module__", "")).startswith(package)
    }


@pytest.mark.parametrize("name", _with_all())
def test_all_names_exactly_what_a_module_offers(name: str) -> None:
    module = importlib.import_module(name)
    offered = module.__all__
    assert offered == sorted(set(offered), key=_rank)
    assert [one for one in offered if not hasattr(module, one)] == []
    if hasattr(module, "_HOME"):
        assert set(offered) == set(module._HOME)
        assert dir(module) == sorted(offered)
    elif name.count(".") > 0 and module.__file__.endswith("__init__.py"):
        assert _own_names(module) <= set(offered)


@pytest.mark.parametrize("package", [toolkit, prompts])
def test_package_keeps_an_all_and_refuses_other_names(package: ModuleType) -> None:
    assert package.__all__
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'no_such_name'"):
        package.no_such_name  # noqa: B018 - asking is the test


def test_modules_import_without_their_command_line() -> None:
    """Importing any module does nothing a reader would notice: nothing printed, nothing started."""
    code = f"import importlib; [importlib.import_module(n) for n in {_module_names()!r}]"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr[-2000:]


def test_files_and_functions_stay_short() -> None:
    long = []
    for path in _modules(*PACKAGES, "spaces_config"):
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 300:
            long.append(f"{_name(path)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 60:
                    long.append(f"{_name(path)}: {node.name} {lines} lines")
    assert long == []


def test_only_command_lines_print() -> None:
    printing = []
    for path in _modules(*PACKAGES):
        calls = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.Call)]
        prints = any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls)
        if prints and 'if __name__ == "__main__":' not in path.read_text(encoding="utf-8"):
            printing.append(_name(path))
    assert [name for name in printing if not name.startswith(SHELLS)] == []


TEXTS = (".py", ".toml", ".md", ".txt", ".json", ".html", ".css", ".js", ".yaml", ".yml", ".cfg", "")
SKIPPED = {"__pycache__", "out", "build", "dist"}
MACHINE = re.compile(r"(?<![\w.:/])/(?:work|tmp|root|home)/|/\.library\b|file:///opt")
"""Paths that are true on one machine only."""


def _texts() -> list[Path]:
    """The project's own text files: no caches, no environment, of the hidden folders only .ci."""
    folders = [
        path for path in ROOT.iterdir() if path.is_dir() and (path.name[0] != "." or path.name == ".ci")
    ]
    paths = [*ROOT.iterdir(), *(path for folder in folders for path in folder.rglob("*"))]
    kept = [path for path in paths if not SKIPPED & set(path.relative_to(ROOT).parts)]
    return [path for path in kept if path.is_file() and path.suffix in TEXTS and path != Path(__file__)]


def test_no_file_names_a_path_of_one_machine() -> None:
    texts = {_name(path): path.read_text(encoding="utf-8") for path in _texts()}
    assert len(texts) > 50
    assert {name: MACHINE.search(text)[0] for name, text in texts.items() if MACHINE.search(text)} == {}


def _documented_commands() -> list[tuple[str, str]]:
    found = []
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "spaces_config").glob("*.md")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            commands = re.findall(r"(?:python -m (?:toolkit|prompts|demo|benchmarks)|make)\b[^`#|]*", line)
            found += [(path.name, command.strip()) for command in commands]
    return found


def test_documented_commands_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    verbs = {"toolkit": set(VERBS), "prompts": set(importlib.import_module("prompts.cli").VERBS)}
    commands = _documented_commands()
    assert len(commands) > 5
    unknown = []
    for file, command in commands:
        words = command.replace("python -m ", "").split()
        known = targets if words[0] == "make" else verbs.get(words[0])
        if known and len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]) and words[1] not in known:
            unknown.append(f"{file}: {command}")
    assert unknown == []


def test_every_command_has_a_module() -> None:
    for verb in VERBS:
        module = importlib.import_module(f"toolkit.cli.{verb}")
        assert callable(module.configure)
        assert callable(module.run)
