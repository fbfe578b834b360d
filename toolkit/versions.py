"""The versions that decide pixels, for manifests: a new renderer may draw the same page otherwise."""

import subprocess
from functools import cache
from importlib import metadata


@cache
def renderer_version(engine: str) -> str:
    """Name the renderer behind an engine with its version, "poppler" alone where it does not tell."""
    if engine == "poppler":
        return _poppler_version()
    return f"pypdfium2 {metadata.version('pypdfium2')}"


def _poppler_version() -> str:
    try:
        said = subprocess.run(["pdftoppm", "-v"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "poppler"
    words = said.stderr.split()
    return f"poppler {words[2]}" if len(words) > 2 else "poppler"
