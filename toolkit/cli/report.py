"""What came out, for people: every entry of a short run, the first ones and a summary of a long one."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from toolkit.manifest import ImageRecord, notes_in
from toolkit.page_ranges import number_runs
from toolkit.texts import Language, say

SHORT = 12
"""Entries up to which each is listed: they fit on a screen with their notes."""
FIRST, MOST_KINDS, MOST_NAMES = 5, 20, 2
MOST_WHERE = 90
"""Characters that tell where a note stands; who needs more asks for --verbose or JSON."""
_NUMBER = re.compile(r"\d+([.,]\d+)*")


@dataclass(frozen=True)
class Entry:
    """One image or page of a list: its `lines` as printed, and the `notes` counted where the list is long.

    `number` counts within `group`, the name of a file, or "" where all numbers are of one kind. `name` is
    that of the entry itself, where it has one.
    """

    number: int
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    group: str = ""
    name: str = ""


@dataclass(frozen=True)
class NoteKind:
    """Notes that are alike but for their numbers: one stands for all, `where` names the entries."""

    count: int
    note: str
    where: str


def print_images(
    images: Sequence[ImageRecord],
    lang: Language,
    line: Callable[[ImageRecord], str],
    *,
    verbose: bool = False,
) -> None:
    """Print a `line` for each image and its notes below; of a long run only the first, unless `verbose`."""
    entries = []
    for image in images:
        notes = tuple(notes_in(image, lang))
        lines = (line(image).rstrip(), *(f"     {note}" for note in notes))
        entries.append(Entry(image.label, lines, notes, name=image.file))
    print_entries(entries, lang, "images", verbose=verbose)


def print_entries(entries: Sequence[Entry], lang: Language, things: str, *, verbose: bool = False) -> None:
    """Print entries; of a long list the first ones, and the notes of the others by kind, unless `verbose`.

    `things` is what they are: "images" or "pages".
    """
    shown = entries if verbose or len(entries) <= SHORT else entries[:FIRST]
    for entry in shown:
        print("\n".join(entry.lines))
    if len(shown) < len(entries):
        _print_rest(entries[len(shown) :], lang, things)


def _print_rest(rest: Sequence[Entry], lang: Language, things: str) -> None:
    print(say(f"cli_report.more_{things}", count=len(rest)).in_language(lang))
    kinds = note_kinds(rest, lang)
    for kind in kinds[:MOST_KINDS]:
        values = {"count": kind.count, "note": kind.note, "where": kind.where}
        print(say("cli_report.kind", **values).in_language(lang))
    if len(kinds) > MOST_KINDS:
        print(say("cli_report.more_kinds", count=len(kinds) - MOST_KINDS).in_language(lang))
    print(say("cli_report.verbose").in_language(lang))


def note_kinds(entries: Iterable[Entry], lang: Language) -> list[NoteKind]:
    """Count the notes that are alike but for their numbers, the most frequent first; one stands for each."""
    found: dict[str, list[tuple[Entry, str]]] = {}
    for entry in entries:
        for note in dict.fromkeys(entry.notes):
            found.setdefault(_NUMBER.sub("#", note), []).append((entry, note))
    kinds = [
        NoteKind(len(of_kind), of_kind[0][1], where([entry for entry, _ in of_kind], lang))
        for of_kind in found.values()
    ]
    return sorted(kinds, key=lambda kind: -kind.count)


def where(entries: Sequence[Entry], lang: Language) -> str:
    """Say where entries stand: "6–9, 12", or by file "a.pdf 6–9, 12; b.png 1"; cut off if it grows long."""
    comma, semicolon = ("、", "；") if lang == "zh" else (", ", "; ")
    names = [entry.name for entry in entries]
    if all(names) and len(names) <= MOST_NAMES:
        return semicolon.join(f"{entry.number} {entry.name}" for entry in entries)
    words = ""
    for group, members in groupby(entries, key=lambda entry: entry.group):
        separator = f"{semicolon if words else ''}{group} " if group else ""
        for run in number_runs([entry.number for entry in members]):
            if words and len(words) + len(separator) + len(run) > MOST_WHERE:
                return f"{words}{comma}…"
            words, separator = words + separator + run, comma
    return words
