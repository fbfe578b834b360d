"""How the next token is chosen: checked figures, and transformers' own logits processors that apply them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from demo.engines.errors import CannotDoError
from demo.engines.loops import hotter

MAX_TOKENS = 8_192
"""Tokens of an answer where nobody says how many: several dense pages of text."""

LIMITS: dict[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "top_k": (0, 1_000_000),
    "min_p": (0, 1),
    "repetition_penalty": (0.01, 10),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
    "max_tokens": (1, 1_000_000),
    "seed": (-(2**63), 2**63 - 1),
}
"""What is allowed, by the bounds of OpenAI's and vLLM's API."""

COLDEST = 1e-6
"""What Qwen2.5-VL asks for to take the likeliest token; with less, float32 scores overflow."""

WHOLE = ("top_k", "max_tokens", "seed")


@dataclass(frozen=True)
class Sampling:
    """Figures for one answer, by their OpenAI and vLLM names. Temperature 0 takes the likeliest token."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    max_tokens: int = MAX_TOKENS
    seed: int | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any], model: Mapping[str, Any]) -> "Sampling":
        """Take what is `given`, else what the model's own generation config has.

        Keys of no meaning here are passed over. Raises CannotDoError for a value out of bounds.
        """
        given = {key: value for key, value in given.items() if value is not None}
        if "max_completion_tokens" in given:
            given.setdefault("max_tokens", given["max_completion_tokens"])
        merged = {**_of_model(model), **given}
        return cls(**{f.name: _checked(f.name, merged[f.name]) for f in fields(cls) if f.name in merged})

    def hotter(self, attempt: int) -> "Sampling":
        """Give the figures for another attempt after a loop: a higher temperature, another seed."""
        seed = None if self.seed is None else self.seed + attempt
        return replace(self, temperature=hotter(self.temperature, attempt), seed=seed)


def _of_model(model: Mapping[str, Any]) -> dict[str, Any]:
    names = ("top_p", "top_k", "min_p", "repetition_penalty")
    found = {name: model[name] for name in names if model.get(name) is not None}
    if model.get("do_sample"):
        told = model.get("temperature")  # transformers names what is not there, with None
        found["temperature"] = 1.0 if told is None else told
    return found


def _checked(name: str, value: Any) -> Any:
    low, high = LIMITS[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or not low <= value <= high or (name in WHOLE and value != int(value)):
        raise CannotDoError("engines_local.sampling", name=name, given=str(value)[:40], low=low, high=high)
    return int(value) if name in WHOLE else float(value)


class Sampler:
    """Chooses tokens by a `Sampling`; remembers what it chose."""

    def __init__(self, sampling: Sampling, prompt: list[int], device: str) -> None:
        import torch

        self._sampling = sampling
        self._steps = _processors(sampling)
        self._made: dict[int, int] = {}
        self._ids = torch.tensor([prompt], device=device) if sampling.repetition_penalty != 1 else None
        self._random = torch.Generator(device)
        if sampling.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(sampling.seed)

    def pick(self, scores: Any) -> int:
        """Choose from `scores`, float32 of shape (vocabulary,); they may be changed in place."""
        import torch

        self._punish(scores)
        scores = scores[None]
        for step in self._steps:
            scores = step(self._ids, scores)
        if self._sampling.temperature == 0:
            token = int(scores.argmax(-1))
        else:
            token = int(torch.multinomial(scores.softmax(-1), 1, generator=self._random))
        self._remember(token)
        return token

    def _punish(self, scores: Any) -> None:
        presence, frequency = self._sampling.presence_penalty, self._sampling.frequency_penalty
        if presence or frequency:
            for token, count in self._made.items():
                scores[token] -= presence + frequency * count

    def _remember(self, token: int) -> None:
        import torch

        self._made[token] = self._made.get(token, 0) + 1
        if self._ids is not None:
            self._ids = torch.cat([self._ids, self._ids.new_tensor([[token]])], dim=1)


def _processors(sampling: Sampling) -> list[Any]:
    """Give the processors in the order in which transformers' generate applies them."""
    from transformers import generation as g

    steps: list[Any] = []
    if sampling.repetition_penalty != 1:
        steps.append(g.RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty))
    if sampling.temperature == 0:
        return steps
    steps.append(g.TemperatureLogitsWarper(max(sampling.temperature, COLDEST)))
    if sampling.top_k > 0:
        steps.append(g.TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        steps.append(g.TopPLogitsWarper(max(sampling.top_p, 1e-6)))  # the likeliest token always stays
    if sampling.min_p > 0:
        steps.append(g.MinPLogitsWarper(sampling.min_p))
    return steps
