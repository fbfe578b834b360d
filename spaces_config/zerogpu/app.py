"""The start of the ZeroGPU Space: a Qwen-VL model on a card that is lent for each question."""

import os
from dataclasses import replace
from typing import Any

import spaces  # first: it stands in for CUDA until a card is lent

from demo.app import launch
from demo.engines.lent import LentEngine
from demo.engines.registry import ENGINES
from demo.settings import Limits, Settings

MODEL = os.environ.get("VL_PREFLIGHT_MODEL", "Qwen/Qwen3-VL-8B-Instruct")
"""What answers; README.md has it loaded into the image beforehand (preload_from_hub)."""

SECONDS_LENT = 120
"""How long one question may hold the card; the platform stops what takes longer."""

LIMITS = Limits(max_files=20, max_file_mb=50.0, max_pages=60, max_megapixels=100.0, max_sessions=60)
"""The same as on the CPU Space: visitors share its two cores for preparing."""


class SpaceEngine(LentEngine):
    """The transformers engine, lent by this Space's scheduler."""

    def __init__(self, **options: Any) -> None:
        super().__init__(spaces.GPU(duration=SECONDS_LENT), **options)


def settings() -> Settings:
    """Listen on every address, which Spaces forwards to; the page is public on purpose."""
    port = int(os.environ.get("GRADIO_SERVER_PORT", "7860"))
    return Settings(
        host="0.0.0.0",  # noqa: S104
        port=port,
        engine="transformers",
        model=MODEL,
        preload=True,  # in this process: what is loaded in a lent one is lost with it
        allow_open=True,
        limits=LIMITS,
    )


if __name__ == "__main__":
    ENGINES["transformers"] = replace(ENGINES["transformers"], home=f"{__name__}:SpaceEngine")
    launch(settings())
