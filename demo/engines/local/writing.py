"""One attempt at an answer: token after token, until the model, a limit or a loop ends it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.engines.local.grammar import Grammar
from demo.engines.local.sampling import Sampler
from demo.engines.local.stream import TextStream
from demo.engines.loops import Loop, LoopDetector
from demo.engines.protocol import StopReason

if TYPE_CHECKING:
    from demo.engines.local.forward import Passes
    from demo.engines.local.loading import Loaded

THOUGHT_END = "</think>"
"""Ends the thinking aloud of Qwen's thinking models; only what follows is the answer."""


@dataclass
class Attempt:
    """Writes with `sampler` up to `limit` tokens; each new text goes to `emit`, `check` may raise to end it.

    `text` is what was written so far, `made` the tokens, thoughts included; `loop` the repetition that ended
    it. Thoughts (`thinking`) are watched for loops too, but never emitted.
    """

    loaded: "Loaded"
    passes: "Passes"
    sampler: Sampler
    grammar: Grammar | None
    limit: int
    thinking: bool
    emit: Callable[[str], None]
    check: Callable[[], None]
    text: str = ""
    made: int = 0
    loop: Loop | None = None

    def __post_init__(self) -> None:
        self._stream = TextStream(self.loaded.tokenizer)
        self._watch = LoopDetector()
        self._bare = False  # white space between the thoughts and the answer belongs to neither
        self._thought_end = self.loaded.tokenizer.convert_tokens_to_ids(THOUGHT_END)

    def write(self, scores: Any) -> StopReason:
        """Write the answer whose first token has `scores`; give why it ended."""
        for _ in range(self.limit):
            self.check()
            token, complete = self._choose(scores)
            if token in self.loaded.ends:
                return self._end("done")
            if self._take(token):
                return "repetition"
            if complete:
                return self._end("done")
            scores = self.passes.step(token)
        return self._end("length")

    def _choose(self, scores: Any) -> tuple[int, bool]:
        held = self.grammar if not self.thinking else None
        if held is not None:
            held.restrict(scores)
        token = self.sampler.pick(scores)
        self.made += 1
        return token, held is not None and held.accept(token)

    def _take(self, token: int) -> bool:
        """Add a token to the text; True if it closes a loop."""
        if self.thinking and token == self._thought_end:
            self.thinking, self._bare = False, True
            self._stream, self._watch = TextStream(self.loaded.tokenizer), LoopDetector()
            return False
        piece = self._stream.push(token)
        self.loop = self._watch.feed(piece) if piece else None
        self._say(piece)
        return self.loop is not None

    def _say(self, piece: str) -> None:
        if self.thinking:
            return
        piece = piece.lstrip() if self._bare and not self.text else piece
        if piece:
            self.text += piece
            self.emit(piece)

    def _end(self, reason: StopReason) -> StopReason:
        self._say(self._stream.end())
        return reason
