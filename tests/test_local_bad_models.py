"""A model that can't be used is refused by name, in both languages, before anything of it runs."""

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_models import question, save_model

from demo.engines import (
    CannotDoError,
    EngineError,
    ModelNotFoundError,
    NotInstalledError,
    OutOfMemoryError,
    Request,
)
from demo.engines.local import loading
from demo.engines.local.engine import TransformersEngine
from demo.engines.local.folder import open_folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model("qwen3-vl", tmp_path_factory.mktemp("models") / "whole")


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "model"))


def refusal(folder: Path | str, **options: object) -> EngineError:
    engine = TransformersEngine(model=str(folder), exact=True, **options)
    with pytest.raises(EngineError) as loading_fails:
        engine.load()
    with pytest.raises(type(loading_fails.value)):
        list(engine.ask(Request(question("What?", []))))
    error = loading_fails.value
    assert error.text.zh != error.text.en
    return error


def test_model_id_that_is_not_there_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    error = refusal("nobody/no-such-model")
    assert isinstance(error, ModelNotFoundError)
    assert "nobody/no-such-model" in str(error)
    assert "hf download" in str(error)


@pytest.mark.parametrize("name", ["a b/c", "owner/model/extra/part", "", "../nowhere", "~/no/such/folder"])
def test_model_name_that_can_be_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelNotFoundError):
        open_folder(name)


def test_model_folder_without_config(folder: Path) -> None:
    (folder / "config.json").unlink()
    assert "config.json is missing" in str(refusal(folder))


def test_model_folder_of_gguf_names_the_way(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    assert "llama.cpp" in str(refusal(tmp_path))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"model_type": 3}', "\ufeff{}", "[" * 100_000])
def test_model_config_that_is_none(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    assert "config.json" in str(refusal(folder))


def test_model_config_with_figures_that_do_not_fit(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["hidden_size"] = 64
    (folder / "config.json").write_text(json.dumps(config))
    error = refusal(folder)
    assert isinstance(error, ModelNotFoundError)
    assert "model.safetensors" in str(error)


def test_model_of_another_architecture(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    assert "'llama'" in str(refusal(folder))


def test_model_without_eyes(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen3_5"}))
    assert "no vision part" in str(refusal(folder))


def test_model_with_pickled_weights_is_refused_unread(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch /nowhere'\ntR.")
    assert "pickled" in str(refusal(folder))


def test_model_code_is_never_run(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {
        "AutoConfig": "evil.Config",
        "AutoModel": "evil.Model",
        "AutoTokenizer": ["evil.T", None],
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').write('x')\nraise SystemExit\n")
    TransformersEngine(model=str(folder), exact=True).load()
    assert not (tmp_path / "ran").exists()


def test_model_weights_cut_off(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    assert "bytes instead of" in str(refusal(folder))


@pytest.mark.parametrize("data", [b"", b"<html>", struct.pack("<Q", 1 << 60), struct.pack("<Q", 2) + b"[]"])
def test_model_weights_that_are_none(folder: Path, data: bytes) -> None:
    (folder / "model.safetensors").write_bytes(data)
    assert "model.safetensors" in str(refusal(folder))


def test_model_with_a_weight_missing_never_runs_on_random_numbers(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    gone = next(name for name in weights if "layers.2.mlp" in name)
    save_file({k: v for k, v in weights.items() if k != gone}, folder / "model.safetensors", {"format": "pt"})
    assert "weights are missing (1 in all)" in str(refusal(folder))


@pytest.mark.parametrize("listed", [{}, {"a": "other.safetensors"}, {"a": "../../etc/passwd"}])
def test_model_index_that_points_nowhere(folder: Path, listed: dict[str, str]) -> None:
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": listed}))
    assert isinstance(refusal(folder), ModelNotFoundError)


@pytest.mark.parametrize("name", ["tokenizer.json", "preprocessor_config.json", "chat_template.jinja"])
def test_model_folder_without_a_part(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert isinstance(refusal(folder), ModelNotFoundError)
    assert name in str(refusal(folder))


def test_model_larger_than_memory_is_not_begun(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "free_memory", lambda device: 100_000)
    error = refusal(folder)
    assert isinstance(error, OutOfMemoryError)
    assert "0.0 GB are free" in str(error)


def test_model_for_a_card_needs_room_in_this_machine_on_the_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = {"cuda:0": 10**12, "cpu": 100_000}
    monkeypatch.setattr(loading, "free_memory", free.__getitem__)
    plan = loading._plan(loading._config(open_folder(str(folder))), "cpu", exact=True, dtype=None)
    with pytest.raises(OutOfMemoryError, match="before it goes to cuda:0"):
        loading._room_for_weights(open_folder(str(folder)), plan, "cuda:0")


def test_model_with_quantised_weights_is_counted_by_its_files(folder: Path) -> None:
    plain = open_folder(str(folder))
    _change(folder, "config.json", lambda config: config | {"quantization_config": {"quant_method": "fp8"}})
    packed = open_folder(str(folder))
    assert (plain.quantised, packed.quantised) == (False, True)
    assert packed.stored == plain.stored == plain.parameters * 4


def test_fetch_that_breaks_off_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class ReadTimeout(Exception):
        """As the HTTP clients of huggingface_hub raise it: no OSError, and often without a word."""

    def breaks_off(*_: object, **__: object) -> str:
        raise ReadTimeout

    monkeypatch.setattr("huggingface_hub.snapshot_download", breaks_off)
    error = refusal("somebody/some-model")
    assert isinstance(error, ModelNotFoundError)
    assert "could not be fetched: ReadTimeout" in str(error)


def test_chat_template_of_the_processor_goes_before_the_tokenizers(folder: Path) -> None:
    template = (folder / "chat_template.jinja").read_text(encoding="utf-8")
    (folder / "chat_template.jinja").unlink()
    _change(folder, "tokenizer_config.json", lambda c: c | {"chat_template": "{{ messages[0]['role'] }}"})
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": template}), encoding="utf-8")
    engine = TransformersEngine(model=str(folder), exact=True)
    engine.load()
    assert engine._loaded is not None
    assert engine._loaded.tokenizer.chat_template == template


def test_model_on_a_device_that_is_not_there(folder: Path) -> None:
    error = refusal(folder, device="cuda:7")
    assert isinstance(error, NotInstalledError)
    assert "'cuda:7'" in str(error)


def test_device_of_a_number_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert [loading.choose_device(name) for name in (None, "cuda", "cuda:1", "cpu")] == [
        "cuda",
        "cuda",
        "cuda:1",
        "cpu",
    ]
    for name in ("cuda:2", "cuda:x", "gpu"):
        with pytest.raises(NotInstalledError, match="cpu, cuda, cuda:0, cuda:1"):
            loading.choose_device(name)


@pytest.mark.parametrize(
    "options", [{"dtype": "int4"}, {"cache_mb": -1}, {"idle_minutes": float("nan")}, {"window": 0}]
)
def test_option_out_of_bounds(options: dict[str, object]) -> None:
    with pytest.raises(CannotDoError, match=next(iter(options))):
        TransformersEngine(model="x/y", **options)


def _change(folder: Path, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    file = folder / name
    file.write_text(json.dumps(change(json.loads(file.read_text(encoding="utf-8")))), encoding="utf-8")


@pytest.mark.parametrize(("own", "known"), [(None, 8192), (500, 500), (100_000, 8192)])
def test_window_is_known_before_anything_is_loaded(folder: Path, own: int | None, known: int) -> None:
    engine = TransformersEngine(model=str(folder), window=own)
    assert engine.describe("en").window == known
    assert engine._loaded is None
    _change(folder, "config.json", lambda c: {**c, **c["text_config"], "model_type": c["model_type"]})
    assert engine.describe("en").window == known, "as configs of 2024 have it"


def test_window_of_a_model_that_is_not_here_is_unknown() -> None:
    assert TransformersEngine(model="nobody/no-such-model").describe("en").window is None


def test_window_of_a_hub_model_is_read_from_its_cache(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    kept = tmp_path / "hub" / "models--owner--name"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("a" * 40)
    shutil.copytree(folder, kept / "snapshots" / ("a" * 40))
    info = TransformersEngine(model="owner/name").describe("en")
    assert info.window == 8192
    assert ("Family", "qwen3-vl") in info.facts


def test_describe_loads_nothing(folder: Path) -> None:
    engine = TransformersEngine(model=str(folder))
    info = engine.describe("en")
    assert not info.loaded
    assert ("Family", "qwen3-vl") in info.facts
    assert engine._loaded is None


def test_load_tells_each_step_once(folder: Path) -> None:
    told: list[str] = []
    engine = TransformersEngine(model=str(folder), exact=True)
    engine.load(lambda text: told.append(text.en))
    engine.load(lambda text: told.append("again"))
    assert [words.split()[0] for words in told] == ["Looking", "Loading"]
    facts = dict(engine.describe("en").facts)
    assert facts["Attention"] == "sdpa"
    assert facts["Runs on"] == "cpu"
