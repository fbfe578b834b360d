"""The Space: what its head says, what it installs, and that the staged folder starts by itself."""

import importlib.util
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from gradio_client import Client, handle_file
from packaging.requirements import Requirement
from packaging.version import Version

from benchmarks.tiny_model.glyphs import picture_of

ROOT = Path(__file__).parents[1]
SPACE = ROOT / "spaces_config"
KINDS = {"cpu": SPACE, "zerogpu": SPACE / "zerogpu"}
ZEROGPU_PYTHON, ZEROGPU_TORCH = ("3.10.13", "3.12.12"), ("2.8", "2.12")
"""What ZeroGPU takes, by the Hub in November 2026; torch from the first to before the second."""
COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
START_SECONDS = 60
"""Generous: the start takes 4 s alone, of which Gradio's import is most, and more beside other tests."""


@pytest.fixture(scope="module")
def deploy() -> ModuleType:
    spec = importlib.util.spec_from_file_location("deploy", SPACE / "deploy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _head(folder: Path) -> dict[str, object]:
    text = (folder / "README.md").read_text(encoding="utf-8")
    head = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    assert head is not None
    return yaml.safe_load(head[1])


def _project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _pins(folder: Path) -> dict[str, Version]:
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if "==" in line and not line.startswith("#")]
    return {name: Version(version) for name, version in pairs}


@pytest.mark.parametrize("folder", KINDS.values(), ids=KINDS)
def test_head_has_what_spaces_asks_for(folder: Path) -> None:
    """The fields and their values are those of the Hub's Spaces configuration reference."""
    head = _head(folder)
    assert head["sdk"] == "gradio"
    assert head["license"] == "apache-2.0" == str(_project()["license"]).lower()
    assert head["colorFrom"] in COLOURS
    assert head["colorTo"] in COLOURS
    assert not str(head["emoji"]).isascii()
    assert 0 < len(str(head["short_description"])) <= 60
    assert (folder / str(head["app_file"])).is_file()


@pytest.mark.parametrize("folder", KINDS.values(), ids=KINDS)
def test_python_of_the_space_suits_the_project(folder: Path) -> None:
    version = _head(folder)["python_version"]
    assert isinstance(version, str), "YAML reads an unquoted 3.10 as 3.1"
    assert version in Requirement(f"python{_project()['requires-python']}").specifier


@pytest.mark.parametrize("folder", KINDS.values(), ids=KINDS)
def test_pins_cover_the_dependencies_and_lie_in_their_ranges(folder: Path) -> None:
    project = _project()
    lines = project["dependencies"] + (project["optional-dependencies"]["local"] if folder != SPACE else [])
    wanted = {one.name: one.specifier for one in map(Requirement, lines)}
    pins = _pins(folder)
    assert pins.keys() == wanted.keys()
    assert [name for name, version in pins.items() if version not in wanted[name]] == []


@pytest.mark.parametrize("folder", KINDS.values(), ids=KINDS)
def test_gradio_of_the_head_is_the_pinned_one(folder: Path) -> None:
    assert Version(str(_head(folder)["sdk_version"])) == _pins(folder)["gradio"]


@pytest.mark.parametrize("folder", KINDS.values(), ids=KINDS)
def test_debian_packages_have_names_of_debian_packages(folder: Path) -> None:
    names = (folder / "packages.txt").read_text(encoding="utf-8").splitlines()
    assert {"fonts-noto-cjk", "poppler-utils"} <= set(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name) for name in names)


def test_the_lent_card_finds_the_python_the_torch_and_the_model_it_takes() -> None:
    head, pins = _head(KINDS["zerogpu"]), _pins(KINDS["zerogpu"])
    assert head["python_version"] in ZEROGPU_PYTHON
    first, after = map(Version, ZEROGPU_TORCH)
    assert first <= pins["torch"] < after
    app = (KINDS["zerogpu"] / "app.py").read_text(encoding="utf-8")
    (model,) = head["preload_from_hub"]
    assert f'"VL_PREFLIGHT_MODEL", "{model}"' in app
    assert pins.items() >= _pins(SPACE).items()


def test_stage_holds_the_packages_and_the_space_and_nothing_else(deploy: ModuleType, tmp_path: Path) -> None:
    files = {path.relative_to(tmp_path).as_posix() for path in deploy.stage(tmp_path)}
    assert {"README.md", "app.py", "requirements.txt", "packages.txt", "LICENSE"} <= files
    assert {name.split("/")[0] for name in files if "/" in name} == {"toolkit", "prompts", "demo"}
    assert {
        "demo/samples/invoice.pdf",
        "toolkit/sentences/errors.toml",
        "toolkit/manifest.schema.json",
    } <= files
    assert [name for name in files if "__pycache__" in name or name.endswith(".pyc")] == []
    assert (tmp_path / "README.md").read_text(encoding="utf-8").startswith("---\n")


def test_stage_leaves_a_folder_alone_that_holds_something(deploy: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(deploy.DeployError, match=r"is not empty\. Give a folder that is new or empty"):
        deploy.stage(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_dry_run_lists_every_file_and_uploads_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(SPACE / "deploy.py"), "--stage", str(tmp_path / "space"), "--lang", "en"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    *lines, total = done.stdout.splitlines()
    assert len(lines) == sum(path.is_file() for path in (tmp_path / "space").rglob("*"))
    assert any(line.endswith("bytes  demo/app.py") for line in lines)
    assert re.fullmatch(rf"{len(lines)} files, [\d.]+ MB\. Nothing was uploaded; .*", total)


def test_upload_that_fails_says_why_and_how_to_go_on(tmp_path: Path) -> None:
    """The hub is a port where nobody listens."""
    command = [sys.executable, str(SPACE / "deploy.py"), "--repo", "someone/preflight", "--lang", "en"]
    offline = os.environ | {"HF_ENDPOINT": f"http://127.0.0.1:{_free_port()}", "HF_TOKEN": "hf_none"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=offline)
    assert done.returncode == 1
    assert re.match(
        r"The upload to someone/preflight failed: .+ log in with `hf auth login`\.\n$", done.stderr
    )


def test_upload_replaces_what_the_space_had(
    deploy: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def create_repo(self: object, repo_id: str, **options: object) -> object:
        calls.append(("create", repo_id, options))
        return type("Url", (str,), {"repo_id": repo_id})(f"https://hub.example/spaces/{repo_id}")

    def upload_folder(self: object, **options: object) -> None:
        calls.append(("upload", options.pop("repo_id"), options))

    monkeypatch.setattr("huggingface_hub.HfApi.create_repo", create_repo)
    monkeypatch.setattr("huggingface_hub.HfApi.upload_folder", upload_folder)
    assert (
        deploy.upload(tmp_path, "someone/preflight", private=True)
        == "https://hub.example/spaces/someone/preflight"
    )
    new = {"repo_type": "space", "space_sdk": "gradio", "private": True, "exist_ok": True}
    sent = {"repo_type": "space", "folder_path": tmp_path, "delete_patterns": "*"}
    assert calls == [("create", "someone/preflight", new), ("upload", "someone/preflight", sent)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _started(
    folder: Path, port: int, python: str = sys.executable, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the staged app.py as Spaces does: as a script, on a port given by the environment."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"GRADIO_SERVER_PORT": str(port), "SPACE_ID": "someone/preflight", "HF_HUB_OFFLINE": "1"}
    environment |= more
    with (folder.parent / "app.log").open("wb") as log:
        process = subprocess.Popen(
            [python, "app.py"], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


def _page(process: subprocess.Popen[bytes], port: int) -> tuple[str, dict[str, str]]:
    """Wait until the page answers, as long as its process lives."""
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                return answer.read().decode(), {k.lower(): v for k, v in answer.headers.items()}
        except OSError:
            time.sleep(0.2)
    return "", {}


def _environment(folder: Path, requirements: Path) -> str:
    """Make an environment of nothing but `requirements`, as Spaces does, and give its Python."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    install = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        str(requirements),
    ]
    done = subprocess.run(install, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return python


def test_staged_app_starts_by_itself(deploy: ModuleType, tmp_path: Path) -> None:
    """Takes a minute, for it installs and starts a real server: the proof that the stage lacks nothing."""
    folder, port = tmp_path / "space", _free_port()
    deploy.stage(folder)
    python = _environment(tmp_path / "environment", folder / "requirements.txt")
    with _started(folder, port, python) as process:
        page, headers = _page(process, port)
    assert "VL Preflight" in page, (tmp_path / "app.log").read_text(errors="replace")[-3000:]
    # Spaces shows the page inside one of its own; elsewhere that is forbidden.
    assert "frame-ancestors" not in headers["content-security-policy"]


def test_staged_app_of_the_lent_card_answers_with_its_model(deploy: ModuleType, tmp_path: Path) -> None:
    """Off ZeroGPU, `spaces.GPU` gives its function back unchanged; a stand-in of one line does the same."""
    folder, port = tmp_path / "space", _free_port()
    deploy.stage(folder, "zerogpu")
    (folder / "spaces.py").write_text("def GPU(duration):\n    return lambda task: task\n", encoding="utf-8")
    picture_of("7", 256).save(tmp_path / "seven.png")
    with _started(folder, port, VL_PREFLIGHT_MODEL=str(ROOT / "tests" / "data" / "tiny-qwen3-vl")) as process:
        page, _ = _page(process, port)
        assert "VL Preflight" in page, (tmp_path / "app.log").read_text(errors="replace")[-3000:]
        client = Client(f"http://127.0.0.1:{port}", verbose=False)
        given = [handle_file(tmp_path / "seven.png")]
        client.predict(given, "auto", "qwen3-vl", 300, "never", "", api_name="/prepare")
        answer = client.predict("read-text", "whole", "text", "", "", "en", api_name="/ask")
    assert answer["text"].strip() == "7"
