"""The protocol, the error tree and the registry: light, bilingual, truthful."""

import subprocess
import sys
from pathlib import Path

import pytest

import demo.engines as engines
from demo.engines import errors, registry
from demo.engines.errors import EngineError, NotInstalledError, UnknownEngineError


def test_import_of_the_engines_loads_nothing_heavy() -> None:
    heavy = ["numpy", "cv2", "PIL", "rapidocr", "onnxruntime", "torch", "gradio", "transformers", "openai"]
    code = f"import sys, demo.engines; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]"


def test_public_names_are_all_there_and_sorted() -> None:
    assert sorted(engines.__all__) == sorted(set(engines.__all__))
    assert all(hasattr(engines, name) for name in engines.__all__)


def test_each_error_is_of_the_one_tree() -> None:
    found = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)
    ]
    assert len(found) == 12
    assert all(issubclass(value, EngineError) for value in found)


def test_error_speaks_both_languages() -> None:
    error = NotInstalledError(
        "engines.not_installed", engine="reader", name="rapidocr", command="pip install x"
    )
    assert "pip install x" in error.text.zh
    assert "尚未安装" in error.text.zh
    assert "not installed" in str(error)


def test_reader_keeps_the_protocol_without_loading() -> None:
    reader = engines.engine("reader")
    assert isinstance(reader, engines.Engine)
    assert reader.name == "reader"


def test_engine_without_options_is_made_once() -> None:
    assert engines.engine("reader") is engines.engine()


def test_unknown_engine_names_those_that_are_there() -> None:
    with pytest.raises(UnknownEngineError, match=r"'nonsense'.*Choose one of: reader"):
        engines.engine("nonsense")
    assert not engines.has_engine("nonsense")


def test_option_of_another_engine_is_refused_and_none_counts_as_not_given() -> None:
    with pytest.raises(UnknownEngineError, match="does not take the option model"):
        engines.engine("reader", model="x")
    assert engines.engine("reader", model=None) is engines.engine("reader")


def test_missing_package_gives_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    row = registry.Row(
        "reader", "demo.engines.reader.engine:ReaderEngine", ("no_such_package",), extra="local"
    )
    monkeypatch.setitem(registry.ENGINES, "reader", row)
    with pytest.raises(NotInstalledError, match=r"no_such_package.*pip install 'vl-preflight\[local\]'"):
        engines.engine("reader")


def test_every_registered_engine_exists() -> None:
    for row in registry.ENGINES.values():
        module, _, attribute = row.home.partition(":")
        file = Path(__file__).parents[1] / (module.replace(".", "/") + ".py")
        assert f"class {attribute}" in file.read_text(encoding="utf-8")
