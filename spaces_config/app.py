"""The start of the Space: the page on the port that Spaces shows, with limits that suit two cores."""

import os

from demo.app import launch
from demo.settings import Limits, Settings

LIMITS = Limits(max_files=20, max_file_mb=50.0, max_pages=60, max_megapixels=100.0, max_sessions=60)
"""A free Space has 2 cores and 16 GB for all its visitors together."""


def settings() -> Settings:
    """Listen on every address, which Spaces forwards to; the page is public on purpose."""
    port = int(os.environ.get("GRADIO_SERVER_PORT", "7860"))
    return Settings(host="0.0.0.0", port=port, allow_open=True, limits=LIMITS)  # noqa: S104


if __name__ == "__main__":
    launch(settings())
