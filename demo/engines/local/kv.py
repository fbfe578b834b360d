"""The decoder's state of one conversation: keys and values of every token, and whose they are."""

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, LinearAttentionCacheLayerMixin

from demo.engines.local.place import moved

GROW = 256
"""Room is made for so many tokens at a time: 28 MiB of a 2B model in bf16."""

SNAPSHOTS = 2
"""States of linear attention kept to go back to: after the images, and at the end of the question."""


class GrowingLayer(DynamicLayer):
    """Keys and values in one buffer with room at its end.

    transformers' own layer copies everything at each token: 180 MB a token for a page in a 2B model.
    """

    room: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append the states of new tokens; give all of them."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        keys, values = self._with_room(end, key_states, value_states)
        keys[..., start:end, :] = key_states
        values[..., start:end, :] = value_states
        self.keys, self.values = keys[..., :end, :], values[..., :end, :]
        return self.keys, self.values

    def move(self, device: str) -> None:
        """Take everything to another device; keys and values stay parts of the one buffer."""
        if self.room is None:
            return
        length = self.get_seq_length()
        keys, values = moved(self.room, device)
        self.room, self.device = (keys, values), keys.device
        self.keys, self.values = keys[..., :length, :], values[..., :length, :]

    def _with_room(self, end: int, *new: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.room is not None and self.room[0].shape[-2] >= end:
            return self.room
        length = self.get_seq_length()
        larger = -(-end // GROW) * GROW
        made = [state.new_empty((*state.shape[:-2], larger, state.shape[-1])) for state in new]
        if length:
            for room, old in zip(made, (self.keys, self.values), strict=True):
                room[..., :length, :] = old
        self.room = (made[0], made[1])
        return self.room


class Conversation:
    """The state after `marks`: one mark for each token, by which another prompt is compared.

    A mark is the token's number, and for a token of an image the image's key, so that two images of the same
    size never pass for each other. Not safe for threads: one request at a time holds it.
    """

    def __init__(self, config: Any) -> None:
        self._config = config
        self.cache = _new_cache(config)
        self.marks: list[Hashable] = []
        self._snapshots: list[tuple[int, list[Any]]] = []
        self._broken = False

    @property
    def length(self) -> int:
        """How many tokens the state stands for."""
        return len(self.marks)

    @property
    def is_recurrent(self) -> bool:
        """Whether some layers hold a running state that can't be cut back to fewer tokens."""
        return any(not isinstance(layer, GrowingLayer) for layer in self.cache.layers)

    @property
    def bytes(self) -> int:
        """The memory it holds, room for further tokens and snapshots included."""
        rooms = [layer.room for layer in self.cache.layers if isinstance(layer, GrowingLayer)]
        states = [state for _, saved in self._snapshots for state in saved]
        plain = [layer for layer in self.cache.layers if not isinstance(layer, GrowingLayer)]
        held = [t for room in rooms if room for t in room] + [t for s in states for t in _tensors(s)]
        return sum(t.nbytes for t in [*held, *(t for layer in plain for t in _tensors(vars(layer)))])

    def move(self, device: str) -> None:
        """Take all of it to `device`, for a rest in other memory or back; what lies there stays."""
        for layer in self.cache.layers:
            if isinstance(layer, GrowingLayer):
                layer.move(device)
            else:
                vars(layer).update(moved(vars(layer), device))
        self._snapshots = moved(self._snapshots, device)

    def keep_common(self, marks: Sequence[Hashable]) -> int:
        """Drop exactly what does not begin a prompt of `marks`; give how many tokens are left.

        At least one token of the prompt stays to be read anew: its answer is what follows.
        """
        pairs = zip(self.marks, marks[:-1], strict=False)
        self.keep(sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))
        return self.length

    def keep(self, length: int) -> None:
        """Go back to at most `length` tokens, also out of a step that broke off half-way.

        Layers with a recurrent state can't be cut: they go back to the last snapshot before `length`.
        """
        growing = [layer for layer in self.cache.layers if isinstance(layer, GrowingLayer)]
        if len(growing) < len(self.cache.layers):
            if length == self.length and not self._broken:
                return
            length = self._restore(length)
        for layer in growing:
            if layer.get_seq_length() > length:
                layer.crop(length - layer.get_seq_length())
        del self.marks[length:]
        self._broken = False

    @contextmanager
    def growing_by(self, marks: Sequence[Hashable]) -> Iterator[Any]:
        """Lend the cache to a pass over `marks`; if the pass breaks off, go back to where it began."""
        self._broken = True
        try:
            yield self.cache
        except BaseException:
            self.keep(self.length)
            raise
        self.marks += marks
        self._broken = False

    def snapshot(self) -> None:
        """Remember the recurrent states as they are now; does nothing where there are none."""
        linear = _linear(self.cache)
        if not linear:
            return
        self._snapshots = [s for s in self._snapshots if s[0] != self.length][-(SNAPSHOTS - 1) :]
        self._snapshots.append((self.length, [_copy(vars(layer)) for layer in linear]))

    def _restore(self, length: int) -> int:
        self._snapshots = [s for s in self._snapshots if s[0] <= length]
        linear = _linear(self.cache)
        if not self._snapshots or len(linear) + self._growing() < len(self.cache.layers):
            self.cache, self._snapshots = _new_cache(self._config), []
            self.marks.clear()
            return 0
        at, states = self._snapshots[-1]
        for layer, state in zip(linear, states, strict=True):
            vars(layer).update(_copy(state))
        return at

    def _growing(self) -> int:
        return sum(isinstance(layer, GrowingLayer) for layer in self.cache.layers)


def _new_cache(config: Any) -> Any:
    cache = DynamicCache(config=config)
    cache.layers = [GrowingLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def _linear(cache: Any) -> list[Any]:
    return [layer for layer in cache.layers if isinstance(layer, LinearAttentionCacheLayerMixin)]


def _copy(state: Any) -> Any:
    if isinstance(state, torch.Tensor):
        return state.clone()
    if isinstance(state, dict):
        return {key: _copy(value) for key, value in state.items()}
    return state


def _tensors(state: Any) -> list[torch.Tensor]:
    if isinstance(state, torch.Tensor):
        return [state]
    return [t for value in state.values() for t in _tensors(value)] if isinstance(state, dict) else []
