"""A checked folder to a model that answers: once, with a word on each step."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from demo.engines.errors import EngineError, ModelNotFoundError, NotInstalledError, OutOfMemoryError, say
from demo.engines.local.folder import ModelFolder, open_folder
from demo.engines.local.memory import Footprint, free_memory, is_out_of_memory
from toolkit.families import Family, get_family
from toolkit.texts import Text

Tell = Callable[[Text], None]


@dataclass(frozen=True)
class Loaded:
    """Everything that answering needs. `facts` are rows for `EngineInfo`, in both languages."""

    name: str
    model: Any
    tokenizer: Any
    pictures: Any
    family: Family
    device: str
    dtype: str
    attention: str
    ends: frozenset[int]
    window: int
    vocabulary: int
    per: Footprint
    facts: tuple[tuple[Text, Text], ...]

    @property
    def config(self) -> Any:
        """The model's config."""
        return self.model.config


def load_model(
    name: str, *, device: str | None, dtype: str | None, exact: bool, window: int | None, tell: Tell
) -> Loaded:
    """Load the model `name`.

    Raises ModelNotFoundError for anything wrong with its files, OutOfMemoryError where it can't fit,
    NotInstalledError for a device that isn't there or packages that its weights need.
    """
    from demo.engines.local.openmp import settle_openmp

    settle_openmp()  # has to come before torch
    tell(say("engines_local.progress_files", name=name))
    folder = open_folder(name)
    where = choose_device(device)
    plan = _plan(_config(folder), where, exact=exact, dtype=dtype)
    weights = _room_for_weights(folder, plan, where)
    tell(say("engines_local.progress_weights", name=name, gigabytes=f"{weights / 1e9:.1f}"))
    tokenizer, pictures = _tokenizer(folder), _pictures(folder)
    model = _model(folder, plan, choose_attention(where, plan.dtype))
    return assemble(name, model, tokenizer, pictures, folder.row.family, plan=plan, window=window)


def assemble(
    name: str, model: Any, tokenizer: Any, pictures: Any, family: str, *, plan: Any, window: int | None = None
) -> Loaded:
    """Put a model that is in memory together with what answering needs; `plan` is a `Precision`."""
    from demo.engines.local.precision import apply

    attention = model.config.text_config._attn_implementation
    applied = apply(model, plan)
    weights = sum(p.nbytes for p in model.parameters()) + applied.bytes
    most = int(model.config.text_config.max_position_embeddings)
    shown = {"device": plan.device, "dtype": plan.dtype, "attention": attention}
    shown["weights"] = f"{weights / 1e9:.1f} GB"
    facts = [(say(f"engines_local.fact_{name}"), _same(value)) for name, value in shown.items()]
    return Loaded(
        name=name,
        model=model,
        tokenizer=tokenizer,
        pictures=pictures,
        family=get_family(family),
        device=plan.device,
        dtype=plan.dtype,
        attention=attention,
        ends=_ends(model, tokenizer),
        window=min(most, window or most),
        vocabulary=model.get_output_embeddings().out_features,
        per=Footprint.of(model.config, weights, model.dtype.itemsize),
        facts=(*facts, *applied.facts),
    )


def choose_device(device: str | None) -> str:
    """Give torch's name of the device asked for, else a GPU where there is one. Raises NotInstalledError."""
    import torch

    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    there = ["cpu", *["cuda"][:cards], *(f"cuda:{n}" for n in range(cards))]
    there += ["mps"] if torch.backends.mps.is_available() else []
    if device not in there:
        raise NotInstalledError("engines_local.no_device", given=device[:40], allowed=", ".join(there))
    return device


def choose_attention(device: str, dtype: str) -> str:
    """Take flash attention where it is installed and the device has it, else torch's own (SDPA)."""
    if device.startswith("cuda") and dtype != "float32" and find_spec("flash_attn") is not None:
        from transformers.utils import is_flash_attn_2_available

        if is_flash_attn_2_available():
            return "flash_attention_2"
    return "sdpa"


def _config(folder: ModelFolder) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(folder.path, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise _bad(folder, "config.json", error) from error


def _tokenizer(folder: ModelFolder) -> Any:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder.path, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise _bad(folder, "tokenizer.json", error) from error
    if _template_apart(folder) or not getattr(tokenizer, "chat_template", None):
        tokenizer.chat_template = _old_template(folder)
    return tokenizer


def _template_apart(folder: ModelFolder) -> bool:
    """Tell whether the processor's template stands in a file of its own.

    It goes before the tokenizer's, as in transformers: that one may know nothing of images.
    """
    return (folder.path / "chat_template.json").is_file() and not (
        folder.path / "chat_template.jinja"
    ).is_file()


def _old_template(folder: ModelFolder) -> str:
    """Read chat_template.json, where processors of 2024 kept it."""
    try:
        return str(
            json.loads((folder.path / "chat_template.json").read_text(encoding="utf-8"))["chat_template"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelNotFoundError("engines_local.no_template", name=folder.name, folder=folder.path) from error


def _pictures(folder: ModelFolder) -> Any:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    try:
        return Qwen2VLImageProcessorPil.from_pretrained(folder.path, local_files_only=True)
    except Exception as error:
        raise _bad(folder, "preprocessor_config.json", error) from error


def _plan(config: Any, device: str, *, exact: bool, dtype: str | None) -> Any:
    from demo.engines.local.precision import plan_precision

    return plan_precision(config, device, exact=exact, dtype=dtype)


def _model(folder: ModelFolder, plan: Any, attention: str) -> Any:
    import torch
    import transformers

    try:
        model, info = getattr(transformers, folder.row.model).from_pretrained(
            folder.path,
            dtype=getattr(torch, plan.dtype),
            attn_implementation=attention,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        missing = sorted(info.get("missing_keys") or ())
        if missing:
            raise ModelNotFoundError(
                "engines_local.weights_missing", name=folder.name, count=len(missing), first=missing[0]
            )
        return model.to(plan.device).eval().requires_grad_(False)
    except EngineError:
        raise
    except ImportError as error:
        raise NotInstalledError("engines_local.needs", name=folder.name, reason=str(error)[:200]) from error
    except Exception as error:
        if is_out_of_memory(error):
            raise OutOfMemoryError(
                "engines_local.no_room_device", name=folder.name, device=plan.device
            ) from error
        raise _bad(folder, "model.safetensors", error) from error


def _room_for_weights(folder: ModelFolder, plan: Any, device: str) -> int:
    """Give the bytes that the weights will take. Raises OutOfMemoryError if so much isn't free.

    They are read into this machine's memory first, also where another device is to hold them.
    """
    import torch

    from demo.engines.local.precision import int8_bytes

    itemsize = int(getattr(torch, plan.dtype).itemsize)
    weights = folder.stored if folder.quantised else folder.parameters * itemsize
    weights += int8_bytes(_config(folder)) if plan.int8_decode else 0
    for place, key in ((device, "no_room_weights"), ("cpu", "no_room_on_the_way")):
        free = free_memory(place)
        if free is not None and weights > free:
            raise OutOfMemoryError(
                f"engines_local.{key}",
                name=folder.name,
                device=device,
                need=f"{weights / 1e9:.1f}",
                free=f"{max(0, free) / 1e9:.1f}",
            )
    return weights


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    text = model.config.text_config
    given = [
        model.generation_config.eos_token_id,
        getattr(text, "eos_token_id", None),
        tokenizer.eos_token_id,
    ]
    flat = [e for one in given for e in (one if isinstance(one, list) else [one])]
    return frozenset(int(e) for e in flat if e is not None)


def _bad(folder: ModelFolder, file: str, error: Exception) -> ModelNotFoundError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return ModelNotFoundError(
        "engines_local.bad_file", name=folder.name, folder=folder.path, file=file, reason=lines[0][:160]
    )


def _same(words: str) -> Text:
    return Text(words, words)
