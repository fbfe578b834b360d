"""A prompt in the forms that other programs take, with image files named as they stand in the ZIP."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.manifest import Manifest

if TYPE_CHECKING:
    from prompts import Prompt

TARGETS = {"openai": "json", "curl": "sh", "python": "py", "qwen": "json", "markdown": "md"}
"""The forms with the endings of their files, in the order in which they are offered."""

_DATA = re.compile(r"(data:image/[a-z]+;base64,)([A-Za-z0-9+/=]{200,})")


@dataclass(frozen=True)
class Exported:
    """`text` is whole; `shown` has long image data cut out, for reading."""

    target: str
    text: str
    shown: str

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"prompt-{self.target}.{TARGETS[self.target]}"


def export_prompt(prompt: "Prompt", manifest: Manifest, target: str) -> Exported:
    """Write a prompt for another program. Raises PromptError for another target or an image that is gone.

    The folder of the images is this machine's business: their files are named as in the ZIP of step 1, so
    that the text runs where that was unpacked.
    """
    from prompts import export

    text = _without_folder(export(prompt, target), manifest.folder)
    return Exported(target, text, _DATA.sub(_cut, text))


def _without_folder(text: str, folder: Path) -> str:
    resolved = folder.resolve()
    for prefix in (resolved.as_uri() + "/", f"{resolved}/", folder.as_uri() + "/", f"{folder}/"):
        text = text.replace(prefix, "")
    return text


def _cut(match: "re.Match[str]") -> str:
    return f"{match[1]}{match[2][:24]}… ({len(match[2]) * 3 // 4 // 1024} KB)"
