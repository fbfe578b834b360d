"""Checkpoints in the forms in which they are published: of 2024 and 2025, and as saved by transformers 5."""

import json
from pathlib import Path

import pytest
import torch
from local_models import END, as_published_in_2024, make_model, picture, question, save_model

from demo.engines import Request, Result
from demo.engines.local.engine import TransformersEngine
from demo.engines.local.folder import peek


def ask(engine: TransformersEngine, folder: Path, **sampling: float) -> Result:
    prompt = question("What is it?", [picture(folder, 1, (56, 84)), picture(folder, 2, (84, 56))])
    event = list(engine.ask(Request(prompt, {"max_tokens": 8} | sampling)))[-1]
    assert isinstance(event, Result)
    return event


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen2.5-vl"])
def test_checkpoint_of_2024_answers_as_the_same_weights_saved_today(family: str, tmp_path: Path) -> None:
    new = TransformersEngine(model=str(save_model(family, tmp_path / "new")), exact=True)
    folder = as_published_in_2024(save_model(family, tmp_path / "old"), tied=False)
    seen = peek(str(folder))
    assert seen is not None
    assert (seen.row.family, seen.window) == (family, 8192)
    old = TransformersEngine(model=str(folder), exact=True)
    given = {"temperature": 0, "repetition_penalty": 1}
    assert ask(old, tmp_path, **given).text == ask(new, tmp_path, **given).text
    loaded = old._loaded
    assert loaded is not None
    assert loaded.ends == {END, 256}
    assert (loaded.pictures.size["shortest_edge"], loaded.pictures.size["longest_edge"]) == (3136, 12_845_056)


def test_checkpoint_of_2024_samples_as_its_own_config_says(tmp_path: Path) -> None:
    folder = as_published_in_2024(save_model("qwen2.5-vl", tmp_path / "old"), tied=False)
    engine = TransformersEngine(model=str(folder), exact=True)
    told = {ask(engine, tmp_path).text for _ in range(3)}
    assert told == {ask(engine, tmp_path, temperature=0, repetition_penalty=1.05).text}


def test_checkpoint_with_a_tied_head_uses_the_words_it_reads(tmp_path: Path) -> None:
    folder = as_published_in_2024(save_model("qwen2-vl", tmp_path / "tied"), tied=True)
    engine = TransformersEngine(model=str(folder), exact=True)
    engine.load()
    assert engine._loaded is not None
    words = make_model("qwen2-vl").get_input_embeddings().weight
    assert torch.equal(engine._loaded.model.get_output_embeddings().weight, words)
    assert ask(engine, tmp_path).usage.visual_tokens == 12


def test_processor_that_transformers_5_saved_in_one_file_is_read(tmp_path: Path) -> None:
    folder = save_model("qwen3-vl", tmp_path / "five")
    pictures = json.loads((folder / "preprocessor_config.json").read_text(encoding="utf-8"))
    (folder / "preprocessor_config.json").unlink()
    pictures["size"]["longest_edge"] = 99 * 1024
    told = {"processor_class": "Qwen3VLProcessor", "image_processor": pictures}
    (folder / "processor_config.json").write_text(json.dumps(told), encoding="utf-8")
    engine = TransformersEngine(model=str(folder), exact=True)
    engine.load()
    assert engine._loaded is not None
    assert engine._loaded.pictures.size["longest_edge"] == 99 * 1024
