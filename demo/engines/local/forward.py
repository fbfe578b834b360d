"""The model's passes: an image to features, a prompt to state, one token to the next.

transformers keeps the rope offset of the last prompt on the model itself, so one conversation would change
another's. Here every pass is told its positions, which follow from the prompt alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch

from demo.engines.local.chat import Asked
from demo.engines.local.images import SeenImage, patches
from demo.engines.local.interrupt import attending_in_blocks, interruptible
from demo.engines.local.kv import Conversation
from demo.engines.local.place import moved

if TYPE_CHECKING:
    from demo.engines.local.loading import Loaded

CHUNK = {"cpu": 1_024}
GPU_CHUNK = 4_096
"""Tokens of a prompt in one pass: bounds a pass's memory, and on a GPU the time until a stop is heard."""


@dataclass(frozen=True)
class Features:
    """What the vision tower made of one image: its tokens, and those for the decoder's first layers."""

    tokens: Any
    deep: tuple[Any, ...]

    @property
    def bytes(self) -> int:
        """The memory they take."""
        return int(self.tokens.nbytes + sum(part.nbytes for part in self.deep))

    def on(self, device: str) -> "Features":
        """Give the same on `device`; nothing is copied if they lie there."""
        return Features(moved(self.tokens, device), moved(self.deep, device))


def chunk_of(device: str) -> int:
    """Give the tokens of a prompt that go in one pass."""
    return CHUNK.get(device.partition(":")[0], GPU_CHUNK)


def look(image: SeenImage, loaded: "Loaded", check: Callable[[], None]) -> Features:
    """Run the vision tower over one image; `check` is called often and may raise to end it."""
    pixels = patches(image, loaded).to(loaded.device)
    grid = torch.tensor([image.grid], device=loaded.device)
    tower = loaded.model.model.visual
    with interruptible(tower, check), attending_in_blocks(tower, len(pixels), check):
        made = loaded.model.model.get_image_features(pixels, grid, return_dict=True)
    deep = getattr(made, "deepstack_features", None) or ()
    return Features(torch.cat(tuple(made.pooler_output)), tuple(torch.cat(tuple(part)) for part in deep))


class Passes:
    """The passes of one question: `read` its prompt, then `step` token by token."""

    def __init__(self, loaded: "Loaded", asked: Asked, conversation: Conversation) -> None:
        self._loaded, self._asked, self._conversation = loaded, asked, conversation
        self._positions = _positions(loaded, asked)
        self._offset = int(self._positions.max()) + 1 - len(asked.tokens)

    def read(self, features: Sequence[Features | None], check: Callable[[], None]) -> Any:
        """Read what the conversation lacks of the prompt; give the scores of the next token, float32.

        `features` belong to the images of the prompt, None where the state already covers one.
        """
        end = len(self._asked.tokens)
        hidden = None
        with interruptible(self._loaded.model.model.language_model, check):
            while self._conversation.length < end:
                check()
                start = self._conversation.length
                hidden = self._chunk(start, self._chunk_end(start, end), features)
                if self._conversation.length in self._ends_of_images():
                    self._conversation.snapshot()
        self._conversation.snapshot()
        return self._scores(hidden)

    def step(self, token: int) -> Any:
        """Add one token of the answer; give the scores of the next one, float32 of shape (vocabulary,)."""
        place = self._conversation.length + self._offset
        positions = torch.full((3, 1, 1), place, dtype=torch.long, device=self._loaded.device)
        return self._scores(self._run([token], [token], positions, None))

    def _chunk_end(self, start: int, end: int) -> int:
        """End a chunk after the last image: a place to come back to with another question."""
        last = max((after for after in self._ends_of_images() if start < after < end), default=end)
        return min(start + chunk_of(self._loaded.device), last)

    def _ends_of_images(self) -> list[int]:
        # Only a model that can't cut its state profits: another chunk costs others a pass over the weights.
        if not self._conversation.is_recurrent or not self._asked.spans:
            return []
        return [self._asked.spans[-1][1]]

    def _chunk(self, start: int, end: int, features: Sequence[Features | None]) -> Any:
        tokens, marks = self._asked.tokens[start:end], self._asked.marks[start:end]
        positions = self._positions[:, :, start:end]
        return self._run(tokens, marks, positions, _within(self._asked.spans, features, start, end))

    def _run(self, tokens: Sequence[int], marks: Sequence[Any], positions: Any, seen: Any) -> Any:
        ids = torch.tensor([list(tokens)], device=self._loaded.device)
        with self._conversation.growing_by(marks) as cache:
            made = self._loaded.model.model(
                input_ids=ids,
                position_ids=positions,
                past_key_values=cache,
                mm_encoder_outputs=None if seen is None else {"image": seen},
                use_cache=True,
            )
        return made.last_hidden_state[:, -1:]

    def _scores(self, hidden: Any) -> Any:
        return self._loaded.model.lm_head(hidden)[0, -1].float()


def _positions(loaded: "Loaded", asked: Asked) -> Any:
    """Give the rope positions of every token, shape (3, 1, tokens): time, height, width."""
    ids = torch.tensor([asked.tokens])
    kinds = torch.zeros_like(ids)
    for first, after in asked.spans:
        kinds[0, first:after] = 1
    grids = torch.tensor([image.grid for image in asked.images]) if asked.images else None
    found, _ = loaded.model.model.get_rope_index(ids, mm_token_type_ids=kinds, image_grid_thw=grids)
    return found.to(loaded.device)


def _within(
    spans: Sequence[tuple[int, int]], features: Sequence[Features | None], start: int, end: int
) -> Any | None:
    """Give the features of the image tokens between `start` and `end`, in the form the model takes them."""
    tokens: list[Any] = []
    deep: list[list[Any]] = []
    for (first, after), made in zip(spans, features, strict=True):
        low, high = max(first, start), min(after, end)
        if low >= high:
            continue
        if made is None:
            raise AssertionError("an image of the prompt was not looked at")
        tokens.append(made.tokens[low - first : high - first])
        deep.append([part[low - first : high - first] for part in made.deep])
    if not tokens:
        return None
    layers = [list(layer) for layer in zip(*deep, strict=True)]
    return SimpleNamespace(pooler_output=tokens, deepstack_features=layers)
