"""Settings: safe by default, and refused with a sentence where they are not."""

import subprocess
import sys
from pathlib import Path

import pytest

from demo.__main__ import main
from demo.engines import registry
from demo.settings import Limits, Settings, SettingsError, is_loopback


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("example.com", False),
    ],
)
def test_is_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize("settings", [Settings(host="0.0.0.0"), Settings(share=True)])
def test_a_page_open_to_all_is_refused_unless_told_so(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--allow-open"):
        settings.check()
    Settings(host=settings.host, share=settings.share, allow_open=True).check()
    Settings(host=settings.host, share=settings.share, auth_file=tmp_path / "users").check()


def test_limits_below_zero_are_refused_by_their_option() -> None:
    with pytest.raises(SettingsError, match="--max-pages must be above 0; -1 was given"):
        Limits(max_pages=-1)


def test_a_port_that_cannot_be_is_refused() -> None:
    with pytest.raises(SettingsError, match="no port 70000"):
        Settings(port=70000).check()


def test_command_line_refuses_an_open_host_in_the_language_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--host", "0.0.0.0", "--lang", "zh"]) == 2
    assert "没有设置密码" in capsys.readouterr().err


def test_help_comes_without_gradio() -> None:
    code = "import sys; from demo.__main__ import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "sys.exit(any(name in sys.modules for name in ('gradio', 'numpy', 'PIL', 'pypdfium2')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "--idle-minutes" in done.stdout


def test_engine_options_give_the_model_only_to_the_chosen_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {
        "reader": registry.Row("reader", "x:y", ()),
        "local": registry.Row("local", "x:y", (), options=("model", "exact", "idle_minutes")),
        "remote": registry.Row("remote", "x:y", (), options=("model", "base_url")),
    }
    monkeypatch.setattr(registry, "ENGINES", rows)
    settings = Settings(engine="local", model="m", base_url="http://h/v1", exact=True)
    assert settings.engine_options("local") == {"model": "m", "exact": True, "idle_minutes": 5.0}
    assert settings.engine_options("remote") == {"base_url": "http://h/v1"}
    assert settings.engine_options("reader") == {}
    settings.check()


def test_a_model_for_an_engine_without_one_is_refused() -> None:
    with pytest.raises(SettingsError, match="--model was given, but the engine reader does not take it"):
        Settings(model="m").check()


@pytest.mark.parametrize("option", ["templates", "open"])
def test_a_folder_that_is_not_there_is_refused_by_its_option(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"--{option}", str(tmp_path / "none"), "--lang", "en"]) == 2
    assert f"--{option}: there is no folder" in capsys.readouterr().err
