"""Tokens to text as they come, never half a character."""

from typing import Any

from tokenizers.decoders import DecodeStream


class TextStream:
    """Joins tokens to text; a Chinese character or an emoji cut between tokens waits until it is whole."""

    def __init__(self, tokenizer: Any) -> None:
        self._backend = tokenizer.backend_tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)
        self._tokens: list[int] = []
        self.text = ""

    def push(self, token: int) -> str:
        """Take a token; give the text that is now certain."""
        self._tokens.append(token)
        piece = self._stream.step(self._backend, token) or ""
        self.text += piece
        return piece

    def end(self) -> str:
        """Give what was held back, without the ruins of a character that never became whole."""
        whole = str(self._backend.decode(self._tokens, skip_special_tokens=True))
        rest = whole[len(self.text) :] if whole.startswith(self.text) else ""
        rest = rest.rstrip("\ufffd")
        self.text += rest
        return rest
