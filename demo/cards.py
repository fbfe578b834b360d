"""Prepared images as the page shows them: plain values for the templates in views/."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit.manifest import ImageRecord, notes_in
from toolkit.texts import Language

from demo.views import file_url
from demo.words import say

MAX_CARDS = 120
"""Cards drawn at once: a browser stays quick, and longer documents are read in the ZIP."""


def card(image: ImageRecord, folder: Path, lang: Language, number: int | None = None) -> dict[str, Any]:
    """Describe one image for a template; `number` is its place where that is not its label."""
    label = image.label if number is None else number
    page = say("messages.gallery.page", page=image.source.page).in_language(lang)
    words = say("messages.gallery.alt", label=label, title=image.source.file, page=page)
    return {
        "key": image.label,
        "label": label,
        "title": image.source.file,
        "page": page,
        "alt": words.in_language(lang),
        "url": file_url(folder / image.file),
        "width": image.width,
        "height": image.height,
        "tokens": image.tokens,
        "notes": notes_in(image, lang),
        "warn": is_worrying(image),
        "copy_of": image.copy_of,
    }


def cards(images: Sequence[ImageRecord], folder: Path, lang: Language) -> list[dict[str, Any]]:
    """Describe the first images for a template, numbered from 1."""
    return [card(image, folder, lang, number) for number, image in enumerate(images[:MAX_CARDS], 1)]


def is_worrying(image: ImageRecord) -> bool:
    """Tell whether the quality or the size of the text deserves a warning."""
    quality = (image.quality or {}).get("verdict")
    text = (image.text_height or {}).get("verdict")
    return quality in ("doubtful", "poor") or text in ("doubtful", "unreadable")


def summary(images: Sequence[ImageRecord], lang: Language) -> str:
    """Say how many images there are and what they cost together."""
    tokens = f"{sum(image.tokens for image in images):,}"
    key = "ready_one" if len(images) == 1 else "ready"
    return say(f"messages.gallery.{key}", count=len(images), tokens=tokens).in_language(lang)
