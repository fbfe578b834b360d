"""Stop a model in the middle of a forward pass: within one matrix product, not after minutes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

LONG = 4_096
"""Rows (1,024 tokens) from which one attention of a vision tower takes too long on a CPU to stay whole."""

WORK = 3_000 * 3_000
"""Rows times keys of one cut: 0.3 s in float32 on two cores, for the 16 heads of Qwen3-VL's tower."""

BLOCKS = "preflight_blocks"


class Stopped(Exception):
    """The person, or whoever read the answer, wants no more of it."""


@contextmanager
def interruptible(module: Any, check: Callable[[], None]) -> Iterator[None]:
    """Call `check` before every leaf of `module` runs; what it raises ends the pass.

    For long passes only (an image, a prompt): 600 hooks cost milliseconds, too much for each single token.
    """

    def look(*_: Any) -> None:
        check()

    leaves = [part for part in module.modules() if not any(True for _ in part.children())]
    hooks = [leaf.register_forward_pre_hook(look) for leaf in leaves]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def attending_in_blocks(tower: Any, rows: int, check: Callable[[], None]) -> Iterator[None]:
    """Let a vision tower on a CPU attend some rows at a time, with `check` between; short rows as ever.

    Rows attend to the same keys one by one or together, so the result is the same.
    """
    if rows < LONG or tower.device.type != "cpu":
        yield
        return
    from transformers import AttentionInterface

    before = tower.config._attn_implementation
    inner = AttentionInterface().get_interface(before, None)

    def blocks(module: Any, query: Any, key: Any, value: Any, **options: Any) -> Any:
        import torch

        size = max(256, WORK // key.shape[2])
        made = []
        for part in query.split(size, dim=2):
            check()
            made.append(inner(module, part, key, value, **options)[0])
        return torch.cat(made, dim=1), None

    AttentionInterface.register(BLOCKS, blocks)
    tower.config._attn_implementation_internal = BLOCKS
    try:
        yield
    finally:
        tower.config._attn_implementation_internal = before
