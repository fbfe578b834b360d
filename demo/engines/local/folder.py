"""A model's name to a folder of files that can be loaded without running anything of it.

Only data is read: JSON, a tokenizer, and weights as safetensors. Pickled weights can run code when they are
read, and so can a repository's own Python files; neither is ever touched.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.engines.errors import ModelNotFoundError
from demo.engines.local.models import MODELS, ModelRow

WANTED = ["*.json", "*.safetensors", "*.jinja", "merges.txt", "vocab.txt"]
"""What is fetched of a repository; nothing else is, so no pickle and no Python."""

PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
MAX_CONFIG = 4 * 2**20
MAX_HEADER = 100 * 2**20
"""The largest header that the safetensors format allows."""

_SIZES = {"F64": 8, "F32": 4, "BF16": 2, "F16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "I8": 1, "U8": 1}


@dataclass(frozen=True)
class ModelFolder:
    """A folder that was checked: its row, how many numbers its weights have, and their bytes as stored.

    `quantised` where they stay as stored (8 bits and fewer), whatever numbers the rest computes in.
    """

    name: str
    path: Path
    row: ModelRow
    parameters: int
    stored: int
    quantised: bool


def open_folder(name: str) -> ModelFolder:
    """Find the model `name`, a folder or a hub id, and check its files.

    A hub id is fetched unless it lies in the local cache. Raises ModelNotFoundError, saying what is wrong and
    what mends it.
    """
    path = _locate(name)
    config = _config(name, path)
    row = _row(name, config)
    sizes = [_count(name, path, file) for file in _weights(name, path)]
    if not any((path / file).is_file() for file in ("tokenizer.json", "vocab.json")):
        raise _fault("no_file", name, path, file="tokenizer.json")
    numbers, stored = (sum(one) for one in zip(*sizes, strict=True))
    return ModelFolder(name, path, row, numbers, stored, bool(config.get("quantization_config")))


@dataclass(frozen=True)
class Glimpse:
    """What a config tells before its model is loaded: the row, and the limit of tokens, None where unsaid."""

    row: ModelRow
    window: int | None


def peek(name: str) -> Glimpse | None:
    """Read the config of a folder, or of a hub id in the local cache; None where neither is here."""
    try:
        path = _at_hand(name)
        if path is None:
            return None
        config = _config(name, path)
        return Glimpse(_row(name, config), _window(config))
    except ModelNotFoundError:
        return None


def _at_hand(name: str) -> Path | None:
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    from huggingface_hub import errors, try_to_load_from_cache

    try:
        found = try_to_load_from_cache(name, "config.json")
    except errors.HFValidationError:
        return None
    return Path(found).parent if isinstance(found, str) else None


def _window(config: dict[str, Any]) -> int | None:
    """Find the limit of tokens: of the text part, or where configs of 2024 have it."""
    text = config.get("text_config")
    for part in (text if isinstance(text, dict) else {}, config):
        most = part.get("max_position_embeddings")
        if isinstance(most, int) and most > 0:
            return most
    return None


def _locate(name: str) -> Path:
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if (
        path.is_absolute()
        or path.exists()
        or name.startswith((".", "~"))
        or "\\" in name
        or name.count("/") > 1
    ):
        raise ModelNotFoundError("engines_local.no_folder", name=name)
    return _fetch(name)


def _fetch(name: str) -> Path:
    from huggingface_hub import errors, snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=WANTED))
    except errors.HFValidationError as error:
        raise ModelNotFoundError("engines_local.bad_id", name=name) from error
    except errors.GatedRepoError as error:
        raise ModelNotFoundError("engines_local.gated", name=name) from error
    except errors.RepositoryNotFoundError as error:
        raise ModelNotFoundError("engines_local.unknown_id", name=name) from error
    except errors.LocalEntryNotFoundError as error:
        raise ModelNotFoundError("engines_local.offline", name=name) from error
    except Exception as error:  # its HTTP client, and so what a broken line raises, differs by version
        lines = str(error).strip().splitlines() or [type(error).__name__]
        reason = lines[0][:200]
        raise ModelNotFoundError("engines_local.fetch_failed", name=name, reason=reason) from error


def _config(name: str, path: Path) -> dict[str, Any]:
    file = path / "config.json"
    if not file.is_file():
        other = "no_config_gguf" if any(path.glob("*.gguf")) else "no_file"
        raise _fault(other, name, path, file="config.json")
    config = _json(name, file)
    if not isinstance(config.get("model_type"), str):
        raise _fault("bad_file", name, path, file="config.json", reason="model_type")
    return config


def _row(name: str, config: dict[str, Any]) -> ModelRow:
    kind = config["model_type"]
    if kind not in MODELS:
        raise ModelNotFoundError(
            "engines_local.wrong_kind", name=name, given=kind[:40], allowed=", ".join(MODELS)
        )
    if not isinstance(config.get("vision_config"), dict):
        raise ModelNotFoundError("engines_local.no_vision", name=name)
    return MODELS[kind]


def _weights(name: str, path: Path) -> list[Path]:
    index = path / "model.safetensors.index.json"
    if index.is_file():
        listed = _json(name, index).get("weight_map")
        if not isinstance(listed, dict) or not listed:
            raise _fault("bad_file", name, path, file=index.name, reason="weight_map")
        names = sorted({str(file) for file in listed.values()})
        missing = [n for n in names if Path(n).name != n or not (path / n).is_file()]
        if missing:
            raise _fault("no_file", name, path, file=", ".join(missing[:3]))
        return [path / n for n in names]
    if (path / "model.safetensors").is_file():
        return [path / "model.safetensors"]
    pickled = sorted(file.name for pattern in PICKLED for file in path.glob(pattern))
    if pickled:
        raise _fault("pickled", name, path, file=pickled[0])
    raise _fault("no_file", name, path, file="model.safetensors")


def _count(name: str, path: Path, file: Path) -> tuple[int, int]:
    """Count the numbers and bytes in a safetensors file by its header; check that none of it is cut off."""
    try:
        with file.open("rb") as opened:
            size = struct.unpack("<Q", opened.read(8))[0]
            if size > MAX_HEADER:
                raise ValueError(f"header of {size} bytes")
            header = json.loads(opened.read(size))
        tensors = [entry for key, entry in header.items() if key != "__metadata__"]
        end = max(entry["data_offsets"][1] for entry in tensors)
        if file.stat().st_size != 8 + size + end:
            raise ValueError(f"{file.stat().st_size} bytes instead of {8 + size + end}")
        spans = [(entry["data_offsets"], _SIZES.get(entry["dtype"], 4)) for entry in tensors]
        return sum((span[1] - span[0]) // itemsize for span, itemsize in spans), end
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, struct.error) as error:
        raise _fault("bad_file", name, path, file=file.name, reason=str(error)[:120]) from error


def _json(name: str, file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > MAX_CONFIG:
            raise ValueError(f"> {MAX_CONFIG} bytes")
        found = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError(type(found).__name__)
    except (OSError, ValueError, RecursionError) as error:
        raise _fault("bad_file", name, file.parent, file=file.name, reason=str(error)[:120]) from error
    return found


def _fault(key: str, name: str, path: Path, **values: object) -> ModelNotFoundError:
    return ModelNotFoundError(f"engines_local.{key}", name=name, folder=path, **values)
