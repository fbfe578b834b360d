"""Lessons in conversation: batches, the loss, and one step of learning."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers.models.qwen3_vl.modeling_qwen3_vl import apply_rotary_pos_emb

from .conversations import Conversation, Course, converse
from .encoding import SILENT, Encoded, Encoder
from .glyphs import CHARACTERS, Size

LABELS = 12
"""More numbers of images than a conversation ever has."""
HELPED_LAYER = 2
"""After this decoder layer the mark that ends an image has to know its character and its number."""

SizeChoice = Callable[[Random], Size]


@dataclass
class Batch:
    """Conversations of about the same length, padded on the right."""

    tokens: Any
    targets: Any
    weights: Any
    positions: Any
    ends: Any
    chars: Any
    labels: Any
    looks: Any
    wanted: list[tuple[int, Size]]


def batches(encoder: Encoder, course: Course, sizes: SizeChoice, seed: int, tokens: int) -> Iterator[Batch]:
    """Give batches without end, each of at most `tokens` tokens; `seed` fixes them."""
    rng = Random(seed)
    while True:
        talks = [converse(rng, course) for _ in range(200)]
        done = sorted(
            (encoder(talk, _choose(talk, sizes, rng)) for talk in talks), key=lambda e: len(e.tokens)
        )
        groups = list(_grouped(done, tokens))
        rng.shuffle(groups)
        yield from (collate(group, encoder.pad) for group in groups)


def _choose(talk: Conversation, sizes: SizeChoice, rng: Random) -> list[Size]:
    """Mostly one size for all images of a conversation, now and then mixed."""
    one = sizes(rng)
    mixed = rng.random() < 0.2
    return [sizes(rng) if mixed else one for _ in talk.images]


def _grouped(done: Sequence[Encoded], tokens: int) -> Iterator[list[Encoded]]:
    group: list[Encoded] = []
    for one in done:
        if group and len(one.tokens) * (len(group) + 1) > tokens:
            yield group
            group = []
        group.append(one)
    yield group


def collate(group: Sequence[Encoded], pad: int) -> Batch:
    """Pad conversations to one length and put them together."""
    length = max(len(one.tokens) for one in group)

    def padded(rows: Sequence[Sequence[Any]], fill: Any) -> Any:
        return torch.tensor([[*row, *[fill] * (length - len(row))] for row in rows])

    return Batch(
        tokens=padded([one.tokens for one in group], pad),
        targets=padded([one.targets for one in group], SILENT),
        weights=padded([one.weights for one in group], 0.0),
        positions=torch.stack([padded([one.positions[axis] for one in group], 0) for axis in range(3)]),
        ends=torch.tensor([(row, end) for row, one in enumerate(group) for end in one.ends]).T,
        chars=torch.tensor([char for one in group for char in one.chars]),
        labels=torch.tensor([label for one in group for label in one.labels]),
        looks=torch.tensor([(row, *look) for row, one in enumerate(group) for look in one.looks]).T,
        wanted=[pair for one in group for pair in zip(one.chars, one.sizes, strict=True)],
    )


class Helper(nn.Module):  # type: ignore[misc]
    """Heads that name character and number at the end of each image; they are thrown away after training."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.char, self.label = nn.Linear(width, len(CHARACTERS)), nn.Linear(width, LABELS)

    def losses(self, hidden: Any, batch: Batch) -> list[Any]:
        """Cross entropy of both, and of the number asked for where a character is to be said."""
        at = hidden[batch.ends[0], batch.ends[1]]
        row, place, _end, label = batch.looks
        return [
            cross_entropy(self.char(at), batch.chars),
            cross_entropy(self.label(at), batch.labels),
            cross_entropy(self.label(hidden[row, place]), label),
        ]


@dataclass
class Outcome:
    """Losses of a batch, and the share of right characters among those of conversations with several images.

    `helped` are the losses of character and number at the images, of the number asked for, and of the look.
    """

    loss: Any
    helped: list[Any]
    right: float


def study(model: Any, helper: Helper, batch: Batch, features: list[Any], image_token: int) -> Outcome:
    """Run the language model over a batch whose images have these features, and judge what it says."""
    kept: list[Any] = []
    language = model.model.language_model
    hook = language.layers[HELPED_LAYER].register_forward_hook(lambda _m, _i, out: kept.append(out))
    looking: dict[str, Any] = {}
    attention = language.layers[HELPED_LAYER + 1].self_attn
    second = attention.register_forward_hook(
        lambda _m, _i, given, _o: looking.update(given), with_kwargs=True
    )
    seen = batch.tokens == image_token
    embedded = language.embed_tokens(batch.tokens).masked_scatter(seen[..., None], features[0])
    hidden = language(
        inputs_embeds=embedded,
        position_ids=batch.positions,
        visual_pos_masks=seen,
        deepstack_visual_embeds=features[1:],
        use_cache=False,
    ).last_hidden_state
    hook.remove()
    second.remove()
    spoken = batch.targets[:, 1:] != SILENT
    logits = model.lm_head(hidden[:, :-1][spoken])
    targets, weights = batch.targets[:, 1:][spoken], batch.weights[:, 1:][spoken]
    loss = (cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum()
    helped = [*helper.losses(kept[0], batch), look_loss(attention, looking, batch)]
    return Outcome(loss, helped, _right(model, hidden, batch))


def _right(model: Any, hidden: Any, batch: Batch) -> float:
    row, place, *_ = batch.looks
    several = torch.bincount(batch.ends[0], minlength=len(batch.tokens))[row] > 1
    with torch.no_grad():
        said = model.lm_head(hidden[row, place][several]).argmax(-1)
    return float((said == batch.tokens[row, place + 1][several]).float().mean())


def look_loss(attention: Any, given: dict[str, Any], batch: Batch) -> Any:
    """Judge where the first head looks when a character is to be said: at the end of its image, nowhere else.

    Args:
        attention: The attention of a decoder layer.
        given: What it was called with.
        batch: Holds the places.
    """
    hidden = given["hidden_states"]
    shape = (*hidden.shape[:2], -1, attention.head_dim)
    query = attention.q_norm(attention.q_proj(hidden).view(shape)).transpose(1, 2)
    key = attention.k_norm(attention.k_proj(hidden).view(shape)).transpose(1, 2)
    query, key = apply_rotary_pos_emb(query, key, *given["position_embeddings"])
    row, place, end, _label = batch.looks
    scores = torch.einsum("qd,qsd->qs", query[row, 0, place], key[row, 0]) * attention.scaling
    later = torch.arange(scores.shape[1]) > place[:, None]
    return cross_entropy(scores.masked_fill(later, -1e9), end)
