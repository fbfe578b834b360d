"""Conversations as tokens: what the model sees, what it has to say, and where things stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .conversations import Conversation
from .glyphs import CHARACTERS, Size
from .shape import MERGE, PATCH

SILENT = -100
"""Marks a token that the model need not predict."""


@dataclass
class Encoded:
    """Tokens of a conversation.

    Attributes:
        tokens: The numbers of the tokens.
        targets: The same where the model has to say them, else `SILENT`.
        weights: How much each target counts: the tail of a long answer counts little, else it would be all.
        positions: Three lists: time, row and column of each token, as Qwen3-VL counts them.
        ends: Where each image's last mark stands.
        chars: The number of each image's character in `CHARACTERS`.
        labels: The number of each image.
        looks: Where a character is about to be said, the end of the image that it stands in, and its number.
        sizes: The size of each image.
    """

    tokens: list[int]
    targets: list[int]
    weights: list[float]
    positions: tuple[list[int], list[int], list[int]]
    ends: list[int]
    chars: list[int]
    labels: list[int]
    looks: list[tuple[int, int, int]]
    sizes: list[Size]


class Encoder:
    """Writes conversations as the chat template does, and remembers what the model has to say."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._plain = lru_cache(maxsize=20000)(self._encode)
        self.start, self.end = (self._one(name) for name in ("<|im_start|>", "<|im_end|>"))
        self.vision_start, self.vision_end = (self._one(f"<|vision_{edge}|>") for edge in ("start", "end"))
        self._chars = {self._one(char): number for number, char in enumerate(CHARACTERS)}
        self.pad, self.image = self._one("<|endoftext|>"), self._one("<|image_pad|>")

    def _one(self, name: str) -> int:
        return int(self._tokenizer.convert_tokens_to_ids(name))

    def _encode(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False))

    def __call__(self, talk: Conversation, sizes: Sequence[Size]) -> Encoded:
        """Encode a conversation whose images have the given sizes, in order."""
        done = Encoded([], [], [], ([], [], []), [], [], [], [], list(sizes))
        waiting = list(sizes)
        for turn in talk.messages:
            role = turn["role"]
            self._hear(done, (self.start, *self._plain(f"{role}\n")))
            said = ""
            for part in turn["content"]:
                if part["type"] == "text":
                    said += part["text"]
                    continue
                self._hear(done, self._plain(said))
                said = ""
                self._look(done, waiting.pop(0))
            speak = self._say if role == "assistant" else self._hear
            speak(done, self._plain(said))
            if not (talk.endless and turn is talk.messages[-1]):
                speak(done, (self.end,))
                self._hear(done, self._plain("\n"))
        done.chars = [CHARACTERS.index(shown.char) for shown in talk.images]
        done.labels = [shown.label for shown in talk.images]
        done.looks = list(self._looks(done))
        return done

    def _looks(self, done: Encoded) -> Iterator[tuple[int, int, int]]:
        """Find the characters that are said and stand in one image alone."""
        shown = zip(done.chars, done.ends, done.labels, strict=True)
        images = {char: (end, label) for char, end, label in shown if done.chars.count(char) == 1}
        for place, (target, weight) in enumerate(zip(done.targets, done.weights, strict=True)):
            image = images.get(self._chars.get(target, SILENT))
            if weight == 1.0 and image is not None and image[0] < place:
                yield place - 1, *image

    def _hear(self, done: Encoded, tokens: Sequence[int]) -> None:
        self._add(done, tokens, [SILENT] * len(tokens))

    def _say(self, done: Encoded, tokens: Sequence[int]) -> None:
        self._add(done, tokens, tokens)

    def _add(self, done: Encoded, tokens: Sequence[int], targets: Sequence[int]) -> None:
        first = self._next(done)
        done.tokens.extend(tokens)
        done.targets.extend(targets)
        done.weights.extend(1.0 if n < 14 else 0.1 for n in range(len(tokens)))
        for axis in done.positions:
            axis.extend(range(first, first + len(tokens)))

    def _next(self, done: Encoded) -> int:
        """Give the next position: one more than the greatest on any axis."""
        return 1 + max((axis[-1] for axis in done.positions), default=-1) if done.tokens else 0

    def _look(self, done: Encoded, size: Size) -> None:
        self._hear(done, (self.vision_start,))
        first = self._next(done)
        columns, rows = (side // (PATCH * MERGE) for side in size)
        done.tokens.extend([self.image] * rows * columns)
        done.targets.extend([SILENT] * rows * columns)
        done.weights.extend([0.0] * rows * columns)
        time, row, column = done.positions
        time.extend([first] * rows * columns)
        row.extend(first + n // columns for n in range(rows * columns))
        column.extend(first + n % columns for n in range(rows * columns))
        done.ends.append(len(done.tokens))
        self._hear(done, (self.vision_end,))
