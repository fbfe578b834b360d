"""Hold an answer to a JSON Schema while it is written, by llguidance."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from demo.engines.errors import CannotDoError, say
from toolkit.texts import Text

MAX_SCHEMA = 50_000
"""Characters of a schema, as prompts.schemas allows."""

SPACE = r"[ \n\t]{0,24}"
"""White space between two parts: room for indentation, none for a model that writes blanks without end."""


class Grammar:
    """The schema of one answer. `note` says what of the schema can't be held to while writing."""

    def __init__(
        self, schema: Mapping[str, Any], tokenizer: Any, vocabulary: int, ends: frozenset[int]
    ) -> None:
        """Compile. Raises CannotDoError for a schema that is none, or too large to be followed."""
        from llguidance import LLMatcher

        written = _written(schema)
        tokens = _tokens(tokenizer, vocabulary, tuple(sorted(ends)))
        self.note: Text | None = None
        options: Any = {"whitespace_pattern": SPACE}
        matcher = LLMatcher(
            tokens, LLMatcher.grammar_from_json_schema(written, overrides=options), log_level=0
        )
        if matcher.is_error():
            options["lenient"] = True
            matcher = LLMatcher(
                tokens, LLMatcher.grammar_from_json_schema(written, overrides=options), log_level=0
            )
            reasons = "; ".join(matcher.get_grammar_warnings())[:200]
            self.note = say("engines_local.schema_in_part", reason=reasons or "?")
        if matcher.is_error():
            raise CannotDoError("engines_local.schema_refused", reason=str(matcher.get_error())[:200])
        self._matcher = matcher

    def restrict(self, scores: Any) -> None:
        """Rule out in `scores`, shape (vocabulary,), every token that the schema doesn't allow next."""
        import numpy as np
        import torch

        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        self._check()
        allowed = np.unpackbits(bits, bitorder="little")[: scores.shape[0]].astype(bool)
        scores[: len(allowed)].masked_fill_(torch.from_numpy(~allowed).to(scores.device), float("-inf"))
        scores[len(allowed) :] = float("-inf")

    def accept(self, token: int) -> bool:
        """Take the token that was chosen; True when the JSON is complete and nothing may follow."""
        self._matcher.consume_token(token)
        self._check()
        return bool(self._matcher.is_stopped())

    def restart(self) -> None:
        """Begin anew, for another attempt."""
        self._matcher.reset()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise CannotDoError("engines_local.schema_refused", reason=str(self._matcher.get_error())[:200])


def _written(schema: Mapping[str, Any]) -> str:
    try:
        written = json.dumps(dict(schema))
    except (TypeError, ValueError, RecursionError) as error:
        raise CannotDoError("engines_local.schema_refused", reason=str(error)[:200]) from error
    if len(written) > MAX_SCHEMA:
        raise CannotDoError("engines_local.schema_refused", reason=f"> {MAX_SCHEMA} characters")
    return written


@lru_cache(maxsize=2)
def _tokens(tokenizer: Any, vocabulary: int, ends: tuple[int, ...]) -> Any:
    """Give llguidance's view of a tokenizer: a second to make for 150,000 tokens, so it is kept."""
    import llguidance.hf

    return llguidance.hf.from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=list(ends))
