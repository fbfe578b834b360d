"""Room for a question: looked for before it runs, and made again where memory ran out all the same."""

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from demo.engines.errors import OutOfMemoryError
from demo.engines.local.chat import Asked
from demo.engines.local.forward import chunk_of
from demo.engines.local.memory import Need, free_memory
from demo.engines.local.store import Store

if TYPE_CHECKING:
    from demo.engines.local.loading import Loaded


def make_room(
    loaded: "Loaded", store: Store | None, asked: Asked, new: Sequence[int], cached: int, answer: int
) -> None:
    """Check that a question fits; what is kept of others goes first, if `store` lies in the same memory.

    `new` are the tokens of the images to be looked at, `cached` those of the prompt that are in the state,
    `answer` the most that may be written. Raises OutOfMemoryError with what would fit.
    """
    sizes = tuple(image.tokens for image in asked.images)
    need = Need(len(asked.tokens) - asked.visual, sizes, tuple(new), cached, answer, chunk_of(loaded.device))
    wanted, free = need.bytes(loaded.per), free_memory(loaded.device)
    if store is not None and free is not None and wanted > free:
        store.shrink(max(0, store.bytes - (wanted - free)))
        free = free_memory(loaded.device)
    if free is not None and wanted > free:
        raise _too_little(need, asked, loaded, free)


def _too_little(need: Need, asked: Asked, loaded: "Loaded", free: int) -> OutOfMemoryError:
    fitting = need.fitting(loaded.per, free)
    largest = max((max(image.size) for image in asked.images), default=0)
    long_side = int(need.shrink(loaded.per, free) * largest)
    key = "no_room_text" if long_side == 0 else "no_room" if fitting else "no_room_side"
    return OutOfMemoryError(
        f"engines_local.{key}",
        need=f"{need.bytes(loaded.per) / 1e9:.1f}",
        free=f"{max(0, free) / 1e9:.1f}",
        images=len(asked.images),
        fitting=fitting,
        long_side=long_side,
    )


def ran_out(loaded: "Loaded", store: Store, images: int) -> OutOfMemoryError:
    """Free everything that is kept, and give the error that says so."""
    store.clear()
    gc.collect()
    if loaded.device.startswith("cuda"):
        torch.cuda.empty_cache()
    return OutOfMemoryError("engines_local.ran_out", images=images)
