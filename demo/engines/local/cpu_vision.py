"""A vision tower's blocks shared out among threads, each of which computes alone.

torch's threads meet after every operation. With attention as products those are 600 meetings a block, each
long enough to fall asleep in: on two cores an eighth of the time was lost to them. Here a thread takes some
rows through all that concerns rows alone, then heads through attention, then rows again, and all meet three
times a block. Rows are few enough for what lies between to stay in the caches, and for no memory to be asked
of the system. The numbers are those of the block's own layers.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from inspect import getmodule
from itertools import pairwise
from threading import Barrier
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from transformers import AttentionInterface

LEAST = 512
"""Rows (128 tokens) from which a block is worth sharing out."""
ROWS = 256
"""Rows a thread takes at a time: the widest layer's, 2 MB, lie in the second and third cache."""
MOST_THREADS = 8
"""With more, the interpreter's lock would be what they wait for: they need it between operations of 1 ms."""

T = TypeVar("T")
Span = tuple[int, int]


class Crew:
    """Threads that compute alone: torch splits nothing among others in them."""

    def __init__(self, count: int) -> None:
        """Take the number of threads; they start with the first work."""
        self.count = count
        self._pool: ThreadPoolExecutor | None = None

    def share(self, tasks: Iterable[T], work: Callable[[T], None]) -> None:
        """Do `work` on every task, the next by whoever is free. What one raises ends all, and is raised."""
        left = deque(tasks)
        pool = self._pool or self._start()
        runs = [pool.submit(_do_all, left, work) for _ in range(self.count)]
        wait(runs)
        for each in runs:
            each.result()

    def end(self) -> None:
        """Let the threads go; later work starts others."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _start(self) -> ThreadPoolExecutor:
        """Start all threads, each set to one of torch's; the caller keeps the number it has.

        torch takes the last number set anywhere for threads that start later, so it is set again here.
        """
        usual, all_here = torch.get_num_threads(), Barrier(self.count)
        self._pool = ThreadPoolExecutor(self.count, "vision", initializer=_alone)
        wait([self._pool.submit(all_here.wait) for _ in range(self.count)])
        torch.set_num_threads(usual)
        return self._pool


def _alone() -> None:
    torch.get_num_threads()  # a thread that never asked would take the usual number with its first operation
    torch.set_num_threads(1)


def _do_all(left: deque[T], work: Callable[[T], None]) -> None:
    with torch.inference_mode():
        while True:
            try:
                task = left.popleft()
            except IndexError:
                return
            try:
                work(task)
            except BaseException:
                left.clear()
                raise


def share_blocks(model: Any, count: int) -> "list[SharedBlock]":
    """Share out a model's vision blocks among `count` threads; gives none where they are not as known.

    The first block proves it: shared and plain it has to give the same within rounding. If it does not with
    torch's private product that takes GELU along, it may without.
    """
    blocks = list(getattr(model.model.visual, "blocks", ()))
    if not blocks or not 1 < count <= MOST_THREADS or not all(_is_known(block) for block in blocks):
        return []
    crew = Crew(count)
    for fused in (True, False):
        shared = [SharedBlock(block, crew, fused=fused) for block in blocks]
        if _is_right(shared[0]):
            return shared
        for block in shared:
            block.remove()
    return []


class SharedBlock:
    """One block whose long images are computed by a crew; `remove` puts its own way back."""

    def __init__(self, block: nn.Module, crew: Crew, *, fused: bool = True) -> None:
        """Take the block over; `fused` lets its first feed-forward product take GELU along where it can."""
        self.block, self.crew = block, crew
        self.feed: Callable[[Tensor], Tensor] = (fused and _fused(block)) or block.mlp
        self.plain: Callable[..., Tensor] = block.forward
        block.forward = self._forward

    def remove(self) -> None:
        """Let the block compute as before, and the crew go; calling again does nothing."""
        if self.block.__dict__.get("forward") == self._forward:
            del self.block.forward
        self.crew.end()

    def _forward(self, hidden_states: Tensor, *others: Any, **options: Any) -> Tensor:
        places, lengths = options.get("position_embeddings"), options.get("cu_seqlens")
        if others or places is None or lengths is None or len(hidden_states) < LEAST:
            return self.plain(hidden_states, *others, **options)
        work = _Work(self.block, self.feed, hidden_states, places)
        spans = spans_of(len(hidden_states), self.crew.count)
        self.crew.share(spans, work.project)
        self.crew.share(_parts(lengths.tolist(), work.heads), work.attend)
        self.crew.share(spans, work.finish)
        return work.made


def spans_of(rows: int, threads: int, most: int = ROWS) -> list[Span]:
    """Part rows into spans of about one length, at most `most`, and as many for every thread."""
    turns = -(-rows // (most * threads))
    count = min(rows, turns * threads)
    edges = [rows * n // count for n in range(count + 1)]
    return list(pairwise(edges))


def _parts(ends: Sequence[int], heads: int) -> list[tuple[Span, Span]]:
    """Give heads and rows to attend at a time: one image by its heads, windows (and frames) one by one."""
    spans = list(pairwise(ends))
    if len(spans) == 1:
        return [((head, head + 1), spans[0]) for head in range(heads)]
    return [((0, heads), span) for span in spans]


class _Work:
    """What the threads make of one image in one block."""

    def __init__(
        self, block: Any, feed: Callable[[Tensor], Tensor], hidden: Tensor, places: tuple[Tensor, Tensor]
    ) -> None:
        self._block, self._attn, self._hidden, self._places = block, block.attn, hidden, places
        self._feed = feed
        rows, width = hidden.shape
        self.heads = int(self._attn.num_heads)
        self._by_head = hidden.new_empty(3, 1, self.heads, rows, width // self.heads)
        self._found = hidden.new_empty(rows, self.heads, width // self.heads)
        self.made = torch.empty_like(hidden)
        self._turn = getmodule(type(self._attn)).apply_rotary_pos_emb_vision  # type: ignore[union-attr]
        self._interface = AttentionInterface().get_interface(self._attn.config._attn_implementation, None)

    def project(self, span: Span) -> None:
        """Make queries, keys and values of some rows, and lay them out head by head."""
        part = slice(*span)
        normed = self._block.norm1(self._hidden[part])
        made = self._attn.qkv(normed).reshape(len(normed), 3, self.heads, -1).unbind(1)
        turned = self._turn(made[0], made[1], *(table[part] for table in self._places))
        for room, values in zip(self._by_head, (*turned, made[2]), strict=True):
            room[0, :, part] = values.transpose(0, 1)

    def attend(self, task: tuple[Span, Span]) -> None:
        """Attend with some heads among the rows of one image or window."""
        heads, part = slice(*task[0]), slice(*task[1])
        query, key, value = self._by_head[:, :, heads, part]
        options = {"scaling": self._attn.scaling, "dropout": 0.0, "is_causal": False}
        given, _ = self._interface(self._attn, query, key, value, attention_mask=None, **options)
        self._found[part, heads] = given[0]

    def finish(self, span: Span) -> None:
        """Bring attention and the feed-forward part to some rows."""
        part = slice(*span)
        given = self._hidden[part] + self._attn.proj(self._found[part].flatten(1))
        torch.add(given, self._feed(self._block.norm2(given)), out=self.made[part])


def _is_known(block: Any) -> bool:
    """Tell whether a block has the parts that all of Qwen's towers have."""
    attn = getattr(block, "attn", None)
    parts = [getattr(block, name, None) for name in ("norm1", "norm2", "mlp")]
    parts += [getattr(attn, name, None) for name in ("qkv", "proj")]
    return all(isinstance(part, nn.Module) for part in parts) and hasattr(
        getmodule(type(attn)), "apply_rotary_pos_emb_vision"
    )


def _fused(block: Any) -> Callable[[Tensor], Tensor] | None:
    """Give a feed-forward part whose GELU is taken in the first product, before it is rounded, by oneDNN.

    None for other kinds of it, and where this torch has no such product. A twentieth of a block's time.
    """
    first, second = (getattr(block.mlp, name, None) for name in ("linear_fc1", "linear_fc2"))
    product = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
    if product is None or first is None or second is None or first.weight.dtype is not torch.bfloat16:
        return None
    if getattr(block.attn.config, "hidden_act", "") != "gelu_pytorch_tanh":
        return None
    return lambda rows: second(product(rows, first.weight, first.bias, "gelu", [], "tanh"))


def _is_right(shared: SharedBlock) -> bool:
    """Compare a block's two ways on random rows, as one image and as two."""
    attn: Any = shared.block.attn
    weight = attn.qkv.weight
    dice = torch.Generator().manual_seed(0)
    hidden = torch.randn(LEAST, weight.shape[1], generator=dice).to(weight.dtype)
    width = weight.shape[1] // attn.num_heads
    angles = torch.randn(LEAST, width // 2, generator=dice).repeat(1, 2)
    places = (angles.cos(), angles.sin())
    ways = shared.plain, shared.block.forward
    try:
        with torch.inference_mode():
            return all(
                _alike(*(way(hidden, cu_seqlens=ends, position_embeddings=places) for way in ways))
                for ends in (torch.tensor([0, LEAST]), torch.tensor([0, LEAST // 4, LEAST]))
            )
    except (RuntimeError, TypeError):  # how torch answers to a private product it no longer has like this
        return False


def _alike(one: Tensor, other: Tensor) -> bool:
    distance = (one.float() - other.float()).abs().max()
    return bool(distance <= 2.0**-5 * one.float().abs().max())
