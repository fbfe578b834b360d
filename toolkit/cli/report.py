"""What came out, for people: every image of a short run, the first ones and a summary of a long one."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from toolkit.manifest import ImageRecord, notes_in
from toolkit.texts import Language, say

SHORT = 12
"""Images up to which each is listed: they fit on a screen with their notes."""
FIRST, MOST_KINDS = 5, 10
_NUMBER = re.compile(r"\d+([.,]\d+)*")


def print_images(
    images: Sequence[ImageRecord],
    lang: Language,
    line: Callable[[ImageRecord], str],
    *,
    verbose: bool = False,
) -> None:
    """Print a `line` for each image and its notes below; of a long run only the first, unless `verbose`."""
    shown = images if verbose or len(images) <= SHORT else images[:FIRST]
    for image in shown:
        print(line(image).rstrip())
        for note in notes_in(image, lang):
            print(f"     {note}")
    rest = images[len(shown) :]
    if rest:
        print(say("cli_report.more", count=len(rest)).in_language(lang))
        for count, note in note_kinds(rest, lang)[:MOST_KINDS]:
            print(say("cli_report.kind", count=count, note=note).in_language(lang))
        print(say("cli_report.verbose").in_language(lang))


def note_kinds(images: Sequence[ImageRecord], lang: Language) -> list[tuple[int, str]]:
    """Count the notes that are alike but for their numbers, the most frequent first; one stands for each."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for image in images:
        for note in notes_in(image, lang):
            kind = _NUMBER.sub("#", note)
            counts[kind] += 1
            examples.setdefault(kind, note)
    return [(count, examples[kind]) for kind, count in counts.most_common()]
