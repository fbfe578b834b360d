"""Spaces that the recogniser dropped, from the white between the characters. Pure."""

from collections.abc import Sequence


def restore(text: str, white: Sequence[float]) -> str:
    """Put spaces where the white between two characters says so.

    `white[i]` is the width of the white after the i-th character that is no space, in heights of the line.
    """
    return text
