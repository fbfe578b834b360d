"""Sentences of a prompt that depend on its parts: names of images, roles, pages, regions."""

from collections.abc import Sequence
from itertools import groupby

from prompts.grid_wording import describe_grid
from prompts.images import ImageRef, find_image
from prompts.neutral import one_line
from prompts.regions import Region
from prompts.words import say
from toolkit.families import get_family, processed_size, to_family
from toolkit.geometry import Box
from toolkit.page_ranges import number_runs
from toolkit.texts import Language


def name_images(images: Sequence[ImageRef], lang: Language) -> str:
    """Name images in a sentence: "image 1", "images 1 and 2", "images 1 to 5", "images 1–3, 5 and 6"."""
    labels = [image.label for image in images]
    if not labels:
        return say("labels.none").in_language(lang)
    first, last = labels[0], labels[-1]
    if len(labels) == 1:
        return say("labels.one", first=first).in_language(lang)
    if len(labels) == 2:
        return say("labels.two", first=first, last=last).in_language(lang)
    if labels == list(range(first, last + 1)):
        return say("labels.range", first=first, last=last).in_language(lang)
    return say("labels.some", some=join_words(number_runs(labels), lang)).in_language(lang)


def join_words(words: Sequence[str], lang: Language) -> str:
    """Join words as a sentence lists them."""
    if lang == "zh":
        return "、".join(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def describe_images(images: Sequence[ImageRef], lang: Language) -> str:
    """Say which pages the images are and what each is there for; empty where there is nothing to say."""
    sentences = [*_pages(images, lang), *_roles(images, lang)]
    return _join_sentences(sentences, lang)


def _pages(images: Sequence[ImageRef], lang: Language) -> list[str]:
    found = []
    for (title, _), group in groupby(images, key=lambda image: (image.title, bool(image.parts))):
        members = [image for image in group if image.copy_of is None]
        found += [_grid(image, lang) for image in members if image.parts]
        if not title or not members:
            continue
        pages = [image.page for image in members]
        if len(set(pages)) < len(pages) and None not in pages:
            found += _parts(members, lang)
            continue
        number = "one" if len(members) == 1 else "many"
        kind = "title" if None in pages else "page"
        values = {
            "title": one_line(title, 80),
            "pages": join_words(number_runs(p for p in pages if p is not None), lang),
        }
        found.append(_about(members, f"roles.{kind}.{number}", lang, values))
    return found


def _grid(image: ImageRef, lang: Language) -> str:
    sentence = describe_grid(image, name_images([image], lang), lang)
    return sentence[:1].upper() + sentence[1:]


def _parts(members: Sequence[ImageRef], lang: Language) -> list[str]:
    """Say of which page several images are parts, page by page; pages that are whole stay pages."""
    found = []
    for page, group in groupby(members, key=lambda image: image.page):
        parts = list(group)
        key = "roles.page.one" if len(parts) == 1 else "roles.page.parts"
        found.append(_about(parts, key, lang, {"title": one_line(parts[0].title, 80), "pages": str(page)}))
    return found


def _roles(images: Sequence[ImageRef], lang: Language) -> list[str]:
    if all(image.role == "main" and image.copy_of is None for image in images):
        return []
    groups: dict[tuple[str, int | None], list[ImageRef]] = {}
    for image in images:
        groups.setdefault((image.role, image.copy_of), []).append(image)
    return [_role(role, original, members, lang) for (role, original), members in groups.items()]


def _role(role: str, original: int | None, members: list[ImageRef], lang: Language) -> str:
    number = "one" if len(members) == 1 else "many"
    if original is not None:
        name = say("labels.one", first=original).in_language(lang)
        return _about(members, "roles.second-look.of", lang, {"original": name})
    if role in KNOWN_ROLES:
        return _about(members, f"roles.{role}.{number}", lang, {})
    return _about(members, f"roles.own.{number}", lang, {"words": one_line(role, 80)})


KNOWN_ROLES = (
    "main", "reference", "detail", "second-look", "requirement", "source", "error", "scene", "close-up",
    "people",
)  # fmt: skip


def _about(members: Sequence[ImageRef], key: str, lang: Language, values: dict[str, str]) -> str:
    sentence = say(key, images=name_images(members, lang), **values).in_language(lang)
    return sentence[:1].upper() + sentence[1:]


def _join_sentences(sentences: Sequence[str], lang: Language) -> str:
    return ("" if lang == "zh" else " ").join(sentences)


def meant_images(region: Region, images: Sequence[ImageRef]) -> list[ImageRef]:
    """Give the images a region is about: the one it names, else all; for boxes and marks the first."""
    if region.image is not None and images:
        return [find_image(images, region.image)]
    if region.kind in ("boxes", "marked"):
        return list(images[:1])
    return [image for image in images if image.copy_of is None] or list(images)


def place(region: Region, images: Sequence[ImageRef], lang: Language, family: str) -> dict[str, str]:
    """Word a region: `where` (a name of the place), `inside` (after "the text"), `note` (may be empty)."""
    meant = meant_images(region, images)
    names = name_images(meant, lang)
    if region.kind == "area":
        words = [say(f"regions.areas.{name}").in_language(lang) for name in region.names]
        return _place("area", lang, images=names, areas=_list_areas(words, lang))
    if region.kind == "boxes":
        return _place_boxes(region, meant, names, lang, family)
    if region.kind == "marked":
        return _place("marked", lang, images=names, colour=_colour(region.colour, lang))
    return _place("whole", lang, images=names)


def _place(kind: str, lang: Language, note: str = "note", **values: str) -> dict[str, str]:
    keys = {"where": "where", "inside": "inside"} | ({} if kind == "whole" else {"note": note})
    said = {name: say(f"regions.{kind}.{key}", **values).in_language(lang) for name, key in keys.items()}
    said.setdefault("note", "")
    return said | {"note": said["note"][:1].upper() + said["note"][1:]}


def _list_areas(words: list[str], lang: Language) -> str:
    if lang == "en":
        return join_words(words, lang)
    return "和".join(["、".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _colour(colour: str, lang: Language) -> str:
    word = say(f"regions.colours.{colour or 'any'}").in_language(lang)
    return f"{word} " if word and lang == "en" else word


def _place_boxes(
    region: Region, meant: Sequence[ImageRef], names: str, lang: Language, family: str
) -> dict[str, str]:
    size = meant[0].size if meant else (1000, 1000)
    written = [_written(to_family(box, size, family)) for box in region.corners]
    number = "one" if len(written) == 1 else "many"
    boxes = say(f"regions.boxes.{number}", boxes=join_words(written, lang)).in_language(lang)
    row = get_family(family)
    width, height = processed_size(size, row) if meant else size
    note = f"note_{row.coordinates}_{number}"
    return _place("boxes", lang, note, images=names, boxes=boxes, width=str(width), height=str(height))


def _written(box: Box) -> str:
    return "[" + ", ".join(str(round(n)) for n in box) + "]"


def coordinates(images: Sequence[ImageRef], lang: Language, family: str) -> str:
    """Say in which coordinates the family answers; for absolute ones with the size of each image."""
    row = get_family(family)
    if row.coordinates == "relative":
        return say("formats.coordinates.relative").in_language(lang)
    if not 1 <= len(images) <= 8:
        return say("formats.coordinates.absolute").in_language(lang)
    sizes = [_size(image, lang, family) for image in images]
    return say("formats.coordinates.sized", sizes=join_words(sizes, lang)).in_language(lang)


def _size(image: ImageRef, lang: Language, family: str) -> str:
    width, height = processed_size(image.size, family)
    name = name_images([image], lang)
    return say("formats.coordinates.size", image=name, width=width, height=height).in_language(lang)
