"""The Dockerfile: it copies what is there, installs what the project needs, and opens to nobody unasked."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()


def _rest(word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


def test_everything_that_is_copied_is_there_and_not_left_out() -> None:
    copied = [name for line in _rest("COPY") for name in line.split()[:-1]]
    assert {"toolkit", "prompts", "demo", "requirements.txt", "pyproject.toml"} <= set(copied)
    assert [name for name in copied if not (ROOT / name).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert set(copied) & set(ignored) == set()


def test_python_of_the_image_is_one_the_project_takes() -> None:
    (base,) = _rest("FROM")
    version = re.fullmatch(r"python:3\.(\d+)-slim", base)
    assert version is not None
    assert int(version[1]) >= 11


def test_the_page_runs_as_nobody_special_and_opens_to_nobody_unasked() -> None:
    assert _rest("USER") == ["preflight"]
    assert _rest("CMD") == [], "who may come is for the person who starts it to say"
    (start,) = _rest("ENTRYPOINT")
    assert "--host" in start
    assert "allow-open" not in start


def test_debian_packages_are_those_of_the_space() -> None:
    space = (ROOT / "spaces_config" / "packages.txt").read_text(encoding="utf-8").split()
    install = next(line for line in _rest("RUN") if "apt-get install" in line)
    assert all(f" {name}" in install for name in space)
