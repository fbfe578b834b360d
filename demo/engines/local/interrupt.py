"""Stop a model in the middle of a forward pass: within one matrix product, not after minutes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


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
