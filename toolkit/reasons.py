"""What libraries say about broken files, in words for both languages."""

import re

from toolkit.texts import Text, say

_MOST = 200
"""Characters of a library's own message that are passed on."""

_KNOWN: tuple[tuple[str, str], ...] = (
    (r"truncated|unexpected end|premature end|end of file|not enough (image )?data|incomplete", "truncated"),
    (r"unsupported|not supported|no decoder|unknown (compression|raw mode|pixel mode|data type)",
     "unsupported"),
    (r"could not create decoder", "no_decoder"),
    (r"broken data|decod(er|ing) error|when decoding|corrupt|crc|bad huffman|checksum", "broken_data"),
    (r"invalid (data|distance|code)", "broken_data"),
    (r"cannot identify|unidentified|not a .{1,12} file|bad (magic|header)|header", "header"),
    (r"failed to load page", "page"),
)  # fmt: skip
"""What the messages of Pillow, its codecs, PDFium and poppler say, by pattern; the first that fits holds."""


def reason(name: str, **values: object) -> Text:
    """Give the reason `name` of sentences/reasons.toml."""
    return say(f"reasons.{name}", **values)


def reason_of(error: object) -> Text:
    """Put a library's error, or its message, into words: a known reason, or the message itself as it is."""
    kind = type(error).__name__ if isinstance(error, BaseException) else ""
    raw = " ".join((str(error) or kind).split())[:_MOST]
    name = next((name for pattern, name in _KNOWN if re.search(pattern, raw, re.IGNORECASE)), "other")
    return reason(name, raw=raw)
