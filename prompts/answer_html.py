"""Make HTML of an answer safe to parse: Python's parser takes quadratic time on parts that never close."""

import re

_NO_CONTENT = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^>]*(?:>|\Z)", re.DOTALL)


def parseable(text: str) -> str:
    """Take out comments and declarations, and a tag at the end that is not closed."""
    bare = _NO_CONTENT.sub("", text)
    end = bare.rfind(">") + 1
    return bare[:end] + bare[end:].split("<", 1)[0]
