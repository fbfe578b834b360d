"""How large an image is when it reaches the model behind a server. Pure."""

from dataclasses import replace

from demo.engines.served.kinds import version_of
from toolkit.budget import SERVERS, on_server
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
LLAMA_LEAST = 8
"""llama.cpp, tools/mtmd/clip.cpp: an image of Qwen-VL has at least so many visual tokens; seen on b11549."""
OLLAMA_LEAST = 1024
"""Ollama, llm/llama_server.go: what it sets for the models of OLLAMA_RAISED (--image-min-tokens)."""
OLLAMA_RAISED = frozenset({"qwen2-vl", "qwen2.5-vl", "qwen3-vl"})
FIRST_OLLAMA_ON_LLAMA = (0, 30)
"""Ollama 0.30 (June 2026) runs llama.cpp's own server, with its bounds; before, a processor of its own."""


def arrives(size: Size, server: str, family: str, version: str = "") -> int:
    """Count the visual tokens of an image as a server lets it reach the model.

    `version` is the server's, "" where nobody knows it.
    """
    whole = visual_tokens(size, family)
    bounded = _bounded(server, get_family(family), version)
    if bounded is not None:
        return visual_tokens(size, bounded)
    if server == "lm-studio" and max(size) > LM_STUDIO_SIDE:
        scale = LM_STUDIO_SIDE / max(size)
        return min(whole, visual_tokens((_scaled(size[0], scale), _scaled(size[1], scale)), family))
    if server == "dashscope" and whole > DASHSCOPE_MOST:
        return visual_tokens(fit_visual_tokens(size, tokens=DASHSCOPE_MOST, family=family), family)
    return on_server(size, server, family=family).tokens if server in SERVERS else whole


def size_there(size: Size, server: str, family: str, version: str = "") -> Size:
    """Give the size that an image has when it reaches the model, where the server has bounds of its own."""
    bounded = _bounded(server, get_family(family), version)
    return size if bounded is None else processed_size(size, bounded)


def _bounded(server: str, row: Family, version: str) -> Family | None:
    """Give a family with the bounds of llama.cpp, whose rounding is the same; None where it does not run."""
    ollama = server == "ollama" and version_of(version) >= FIRST_OLLAMA_ON_LLAMA
    if server != "llama.cpp" and not ollama:
        return None
    least = OLLAMA_LEAST if ollama and row.name in OLLAMA_RAISED else LLAMA_LEAST
    token, most = row.factor**2, SERVERS["llama.cpp"].image_cap or 4096
    return replace(row, min_pixels=least * token, max_pixels=min(row.max_pixels, most * token))


def _scaled(side: int, scale: float) -> int:
    """Scale a side; a strip keeps the ratio that the processors still take."""
    return max(-(-LM_STUDIO_SIDE // MAX_RATIO), round(side * scale))
