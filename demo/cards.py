"""Prepared images as the page shows them: plain values for the templates in views/."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from demo.views import file_url
from demo.words import say
from toolkit.manifest import ImageRecord, notes_in
from toolkit.texts import Language, Text

MAX_CARDS = 120
"""Cards drawn at once: a browser stays quick, and longer documents are read in the ZIP."""


def card(
    image: ImageRecord,
    folder: Path,
    lang: Language,
    number: int | None = None,
    part: tuple[int, int] = (1, 1),
) -> dict[str, Any]:
    """Describe one image for a template.

    `number` is its place where that is not its label; `part` says which piece of how many of its page it is.
    """
    label = image.label if number is None else number
    page = "" if image.cells else _page_words(image, part).in_language(lang)
    title = image.source.file
    if image.cells:
        title = say("documents.grid_title", count=len(image.cells)).in_language(lang)
    words = say("messages.gallery.alt", label=label, title=title, page=page)
    return {
        "key": image.label,
        "label": label,
        "title": title,
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


def cards(
    images: Sequence[ImageRecord], folder: Path, lang: Language, most: int = MAX_CARDS
) -> list[dict[str, Any]]:
    """Describe the first images for a template, numbered from 1."""
    parts = parts_of(images)
    shown = zip(images[:most], parts, strict=False)
    return [card(image, folder, lang, number, part) for number, (image, part) in enumerate(shown, 1)]


def parts_of(images: Sequence[ImageRecord]) -> list[tuple[int, int]]:
    """Tell for each image which piece of its page it is, and of how many; a second look is no piece.

    Manifests of old don't say: then those that are there are counted.
    """
    keys = [None if image.copy_of else (image.source.file, image.source.page) for image in images]
    totals = Counter(keys)
    seen: Counter[tuple[str, int] | None] = Counter()
    parts = []
    for key, image in zip(keys, images, strict=True):
        seen[key] += 1
        counted = (1, 1) if key is None else (seen[key], totals[key])
        parts.append((image.piece, image.pieces) if image.pieces > 1 else counted)
    return parts


def _page_words(image: ImageRecord, part: tuple[int, int]) -> Text:
    words = []
    if image.source.unit == "pt" or image.source.page > 1:
        words.append(say("messages.gallery.page", page=image.source.page))
    if part[1] > 1:
        words.append(say("messages.gallery.part", part=part[0], count=part[1]))
    return Text(", ".join(text.en for text in words), "，".join(text.zh for text in words))


def is_worrying(image: ImageRecord) -> bool:
    """Tell whether the quality or the size of the text deserves a warning.

    A second look is the mend already: what is wrong is said of the image that it looks at again.
    """
    if image.copy_of is not None:
        return False
    quality = (image.quality or {}).get("verdict")
    text = (image.text_height or {}).get("verdict")
    return quality in ("doubtful", "poor") or text in ("doubtful", "unreadable")


def summary(images: Sequence[ImageRecord], key: str = "ready") -> Text:
    """Say how many images there are and what they cost together; `key` is "ready" or "cost"."""
    tokens = f"{sum(image.tokens for image in images):,}"
    key = f"{key}_one" if len(images) == 1 else key
    return say(f"messages.gallery.{key}", count=len(images), tokens=tokens)
