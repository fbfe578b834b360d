"""Make text from users, documents and models harmless: it can become no role, no label and no image.

Chat templates join everything into one string, so what separates turns there must not occur in text.
Every change is visible in the text itself.
"""

import re
import unicodedata

MAX_TEXT = 20_000
"""Longest text of one input, in characters: about 10,000 tokens, beside which no page would fit."""

_MARKS = re.compile(r"<\|")
_TAGS = re.compile(r"<(/?)(think|tool_call|tool_response|tools)>", re.IGNORECASE)
_ODD = re.compile(
    "[^\n\t -~\u00a1-\u00ac\u00ae-\u05ff\u2010-\u2027\u2030-\u205e\u3000-\ud7ff\ue000-\ufefe\uff01-\uffee]"
)
"""Anything but common letters and marks, which hold nothing hidden: only then is each character looked at."""

_FORGED = re.compile(
    r"^\W*(image|picture|figure|图片|图像|图|系统|用户|助手|system|user|assistant|developer|tool)\W*\d*\W*[:：]",
    re.IGNORECASE,
)


def neutralise(text: str) -> str:
    """Break the special tokens of chat templates and drop invisible control characters.

    `<|im_start|>`, `<|image_pad|>` and the like become ‹|im_start|>: the Qwen tokenizers (and the Llama,
    GLM and Phi ones) start every such token with "<|"; `<think>` and `<tool_call>` get the same mark.
    Line ends become "\\n"; tabs stay.
    """
    text = _MARKS.sub("‹|", _visible(text.replace("\r\n", "\n").replace("\r", "\n")))
    return _TAGS.sub(r"‹\1\2›", text)


def quote_block(text: str) -> str:
    """Neutralise a text of several lines; where a line looks like a label or a role, every line is quoted.

    So that "Image 2: …" or "system: …" typed by a user stands visibly inside a quotation ("> ").
    """
    clean = neutralise(text).strip()
    if not any(_FORGED.match(line) for line in clean.split("\n")):
        return clean
    return "\n".join(f"> {line}" for line in clean.split("\n"))


def one_line(text: str, limit: int = 200) -> str:
    """Neutralise a text and put it on one line, cut to `limit` characters with … at the end."""
    flat = " ".join(neutralise(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def is_changed(text: str) -> bool:
    """Tell whether `quote_block` would alter anything but white space at the ends."""
    return quote_block(text) != text.strip()


def _visible(text: str) -> str:
    if _ODD.search(text) is None:
        return text
    return "".join(c for c in text if c in "\n\t" or not _hidden(c)).replace("\u2028", "\n")


def _hidden(character: str) -> bool:
    # Cc: control; Cf: zero-width and bidirectional marks; Cs: lone surrogates, which no UTF-8 can carry;
    # Zp: the paragraph separator. The joiners that some scripts and emoji need stay (U+200C, U+200D).
    if character in "\u200c\u200d":
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zp")
