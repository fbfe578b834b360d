"""How much memory a question needs and how much is free: counted before anything runs."""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ANSWER_RESERVE = 1_024
"""Tokens of an answer for which room is asked beforehand; few answers are longer."""

SPARE = 128 * 2**20
"""Left free in any case: what the estimates fall short of, and the interpreter's own needs while it works."""

OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")
"""How torch words it where it raises a plain RuntimeError (CPU, MPS)."""


@dataclass(frozen=True)
class Footprint:
    """What one token, one patch and one pass take of a model, in bytes.

    `weights` in all; `kv` and `feature` for each token; `patch` while an image is looked at, for each patch
    (four patches make a visual token); `prefill` for each token of a chunk of the prompt.
    """

    weights: int
    kv: int
    feature: int
    patch: int
    prefill: int

    @classmethod
    def of(cls, config: Any, weights: int, itemsize: int) -> "Footprint":
        """Count from a model's config; `itemsize` is the bytes of one number."""
        text, vision = config.text_config, config.vision_config
        heads = text.num_attention_heads
        width = getattr(text, "head_dim", None) or text.hidden_size // heads
        kinds = getattr(text, "layer_types", None) or ["full_attention"] * text.num_hidden_layers
        layers = sum(kind != "linear_attention" for kind in kinds)
        deep = len(getattr(vision, "deepstack_visual_indexes", ()) or ())
        hidden = getattr(vision, "embed_dim", None) or vision.hidden_size
        inner = getattr(vision, "intermediate_size", None) or 4 * hidden
        wide = [getattr(text, name, None) or 0 for name in ("intermediate_size", "moe_intermediate_size")]
        # About eight copies of the hidden states and two of the feed-forward's, and the pixels three times
        # as float32. Peaks measured on Qwen3-VL-2B's widths: 204 MB for an estimate of 162 (736 tokens,
        # bf16), 339 for 273 (float32), 562 for 848 (2,304 tokens): SPARE covers the difference.
        pixels = 3 * 2 * vision.patch_size**2 * 4 * 3
        return cls(
            weights=weights,
            kv=2 * layers * text.num_key_value_heads * width * itemsize,
            feature=text.hidden_size * (1 + deep) * itemsize,
            patch=(8 * hidden + 2 * inner) * itemsize + pixels,
            prefill=(8 * text.hidden_size + 3 * max(wide[0], wide[1] * _experts(text))) * itemsize,
        )


@dataclass(frozen=True)
class Need:
    """What one question takes, in tokens: its text, each image, those to be looked at, the answer."""

    text: int
    images: tuple[int, ...]
    new_images: tuple[int, ...]
    kept: int
    answer: int
    chunk: int

    def bytes(self, per: Footprint) -> int:
        """Estimate the memory it takes beyond the weights and what is kept already."""
        tokens = self.text + sum(self.images) + min(self.answer, ANSWER_RESERVE) - self.kept
        largest = max(self.new_images, default=0)
        return (
            max(0, tokens) * per.kv
            + sum(self.new_images) * per.feature
            + max(4 * largest * per.patch, min(self.chunk, max(0, tokens)) * per.prefill)
        )

    def fitting(self, per: Footprint, free: int) -> int:
        """Count how many of the images, from the first on, would fit into `free` bytes."""
        for count in range(len(self.images), 0, -1):
            new = tuple(self.images[:count])
            part = Need(self.text, new, new, 0, self.answer, self.chunk)
            if part.bytes(per) <= free:
                return count
        return 0

    def shrink(self, per: Footprint, free: int) -> float:
        """Give the factor for every image's sides at which all would fit; 0 where none does."""
        bare = Need(self.text, (), (), 0, self.answer, self.chunk).bytes(per)
        full = Need(self.text, self.images, self.images, 0, self.answer, self.chunk).bytes(per)
        share = (free - bare) / max(1, full - bare)
        return math.sqrt(min(1.0, share)) if share > 0.01 else 0.0


def _experts(text: Any) -> int:
    """Count the experts that work on one token; 1 where the model has none."""
    return int(getattr(text, "num_experts_per_tok", None) or 1)


def free_memory(device: str) -> int | None:
    """Give the bytes that can still be taken on a device; None where the system doesn't tell."""
    if device.startswith("cuda"):
        import torch

        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0] + unused) - SPARE
    if not device.startswith("cpu"):
        return None
    known = [n for n in (_available(), _left_in_group(), _left_in_limit()) if n is not None]
    return min(known) - SPARE if known else None


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that memory ran out, whatever class a device gives it."""
    if isinstance(error, MemoryError):
        return True
    by_name = type(error).__name__ == "OutOfMemoryError"  # torch's: a RuntimeError, which the engines' is not
    return isinstance(error, RuntimeError) and (by_name or any(w in str(error) for w in OUT_OF_MEMORY))


def _available() -> int | None:
    text = _read(Path("/proc/meminfo")) or ""
    found = [line.split()[1] for line in text.splitlines() if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None


def _left_in_group(root: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Give what a container's limit leaves: cgroup v2, then v1. Pages of files count as free."""
    for limit, used, old in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),
    ):
        most, now = _read(root / limit), _read(root / used)
        if most and now and most.strip().isdigit():
            stat = (_read((root / used).with_name("memory.stat")) or "").split()
            files = int(stat[stat.index(old) + 1]) if old in stat else 0
            return int(most) - int(now) + files
    return None


def _left_in_limit() -> int | None:
    """Give what the process's own limit of address space leaves (ulimit -v)."""
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    size = (_read(Path("/proc/self/statm")) or "").split()
    if most == resource.RLIM_INFINITY or not size:
        return None
    return most - int(size[0]) * os.sysconf("SC_PAGE_SIZE")


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None
