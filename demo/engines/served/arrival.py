"""How large an image is when it reaches the model behind a server. Pure."""

from demo.engines.served.kinds import version_of
from toolkit.budget import SERVERS, server_bounds
from toolkit.families import (
    MAX_RATIO,
    Family,
    fit_visual_tokens,
    get_family,
    processed_size,
    visual_tokens,
)
from toolkit.geometry import Size

LM_STUDIO_SIDE = 1024
"""LM Studio shrinks to this long side since 0.3.31, to 500 before (its bug tracker, 990); it can be set."""
DASHSCOPE_MOST = 16_384
"""With vl_high_resolution_images (Alibaba Cloud Model Studio, visual understanding)."""
FIRST_OLLAMA_ON_LLAMA = (0, 30)
"""Ollama 0.30 (June 2026) runs llama.cpp's own server, with its bounds; before, a processor of its own."""


def arrives(size: Size, server: str, family: str, version: str = "") -> int:
    """Count the visual tokens of an image as a server lets it reach the model.

    `version` is the server's, "" where nobody knows it.
    """
    there = _bounds(server, get_family(family), version)
    whole = visual_tokens(size, there)
    if server == "lm-studio" and max(size) > LM_STUDIO_SIDE:
        scale = LM_STUDIO_SIDE / max(size)
        return min(whole, visual_tokens((_scaled(size[0], scale), _scaled(size[1], scale)), there))
    if server == "dashscope" and whole > DASHSCOPE_MOST:
        return visual_tokens(fit_visual_tokens(size, tokens=DASHSCOPE_MOST, family=there), there)
    return whole


def size_there(size: Size, server: str, family: str, version: str = "") -> Size:
    """Give the size that an image has when it reaches the model, where the server has bounds of its own."""
    row = get_family(family)
    there = _bounds(server, row, version)
    return size if there == row else processed_size(size, there)


def _bounds(server: str, row: Family, version: str) -> Family:
    """Give the family with a server's bounds: its own for unknown servers and for an old Ollama."""
    old = server == "ollama" and version_of(version) < FIRST_OLLAMA_ON_LLAMA
    return row if old or server not in SERVERS else server_bounds(server, row)


def _scaled(side: int, scale: float) -> int:
    """Scale a side; a strip keeps the ratio that the processors still take."""
    return max(-(-LM_STUDIO_SIDE // MAX_RATIO), round(side * scale))
