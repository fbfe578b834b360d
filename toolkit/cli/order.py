"""`order IN... --scenario S`: an order, a role and a reason for each image; a default to test."""

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from toolkit.cli.common import add_family, add_inputs, add_verbose, report_failures, say_on_stderr
from toolkit.cli.inputs import add_input_options, input_options
from toolkit.cli.report import SHORT, Entry, print_entries
from toolkit.errors import NothingDoneError, UsageError
from toolkit.files import write_whole
from toolkit.manifest import MANIFEST_NAME, Failure, Manifest
from toolkit.manifest_file import read_manifest
from toolkit.page_ranges import number_runs
from toolkit.recipe import Scenario
from toolkit.texts import Language, Text, say

if TYPE_CHECKING:
    from toolkit.order import Place
    from toolkit.order_facts import OrderFacts


ROLES = (
    "main", "reference", "detail", "second-look", "requirement", "source", "error", "scene", "close-up",
    "people",
)  # fmt: skip
"""Roles that have a name in both languages; a user may give any other word."""


def configure(parser: argparse.ArgumentParser, lang: Language) -> None:
    """Add the verb's options to `parser`, explained in `lang`."""

    def words(key: str) -> str:
        return say(f"cli_order.{key}").in_language(lang)

    add_inputs(parser, lang)
    parser.add_argument("--scenario", choices=get_args(Scenario), required=True, help=words("scenario"))
    parser.add_argument("--role", action="append", default=[], metavar="N=ROLE", help=words("role"))
    parser.add_argument("--weight", action="append", default=[], metavar="N=WEIGHT", help=words("weight"))
    parser.add_argument("--long-side", type=int, default=1024, metavar="N", help=words("long_side"))
    parser.add_argument("--save", action="store_true", help=words("save"))
    parser.add_argument("--json", action="store_true", help=words("json"))
    add_family(parser, lang)
    add_input_options(parser, lang)
    add_verbose(parser, lang)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Order the inputs and print the places; give the exit code."""
    from toolkit.order import plan_order

    roles = dict(_pairs(options.role, "--role"))
    weights = {number: _weight(weight) for number, weight in _pairs(options.weight, "--weight")}
    manifest = _manifest(options.inputs)
    if options.save and manifest is None:
        raise UsageError("order_save_needs_manifest")
    facts, failures, notes = _gather(options, manifest, lang)
    if not facts:
        report_failures(failures, lang)
        raise NothingDoneError("nothing_done")
    places = plan_order(facts, options.scenario, roles=roles, weights=weights)
    by_label = {one.label: one for one in facts}
    if options.json:
        listed = [_data(place, by_label[place.label]) for place in places]
        print(json.dumps(listed, ensure_ascii=False, indent=1))
    else:
        _show(places, by_label, lang, verbose=options.verbose)
    for note in notes:
        say_on_stderr(note, lang)
    report_failures(failures, lang)
    if manifest is not None and options.save:
        _save(manifest, _manifest_path(options.inputs[0]), places, lang)
    return 1 if failures else 0


def _manifest(inputs: Sequence[Path]) -> Manifest | None:
    """Take a single manifest, or a folder that holds one."""
    if len(inputs) != 1:
        return None
    path = inputs[0]
    is_one = path.is_dir() or path.suffix.lower() == ".json" or path.name == MANIFEST_NAME
    return read_manifest(path) if is_one else None


def _manifest_path(given: Path) -> Path:
    """Give the file that was read: that of a grid is not called manifest.json."""
    return given / MANIFEST_NAME if given.is_dir() else given


def _gather(
    options: argparse.Namespace, manifest: Manifest | None, lang: Language
) -> "tuple[list[OrderFacts], list[Failure], list[Text]]":
    from toolkit.cli.progress import progress_bar
    from toolkit.order_files import gather_facts, looks_for, manifest_facts
    from toolkit.work import WorkerPool

    opened = input_options(options)
    if manifest is not None:
        with WorkerPool(options.jobs) as pool:
            return manifest_facts(manifest, pool, **looks_for(options.scenario))
    with progress_bar(lang) as progress:
        return gather_facts(
            options.inputs,
            **looks_for(options.scenario),
            long_side=options.long_side,
            family=options.family,
            options=opened,
            jobs=options.jobs,
            progress=progress,
        )


def _show(places: "list[Place]", facts: "dict[int, OrderFacts]", lang: Language, *, verbose: bool) -> None:
    entries = [_entry(number, place, facts[place.label], lang) for number, place in enumerate(places, 1)]
    print_entries(entries, lang, "images", verbose=verbose)
    if len(places) > SHORT:
        whole = say("cli_order.comma").in_language(lang).join(number_runs(place.label for place in places))
        print(say("cli_order.whole", labels=whole).in_language(lang))
    print(say("cli_order.to_test").in_language(lang))


def _entry(number: int, place: "Place", one: "OrderFacts", lang: Language) -> Entry:
    guess = say("cli_order.guessed").in_language(lang) if place.guessed else ""
    values = {"number": number, "label": place.label, "title": one.title, "page": one.page}
    head = say("cli_order.place", **values, role=_role(place.role, lang), guessed=guess).in_language(lang)
    reason = place.reason.in_language(lang)
    warnings = [f"! {warning.in_language(lang)}" for warning in place.warnings]
    below = (reason, *warnings)
    return Entry(place.label, (head, *(f"     {line}" for line in below)), below)


def _role(role: str, lang: Language) -> str:
    """Name a role as people know it, in Chinese with the word that --role takes; one's own as it is."""
    return say(f"cli_order.roles.{role}").in_language(lang) if role in ROLES else role


def _data(place: "Place", one: "OrderFacts") -> dict[str, Any]:
    return {
        "label": place.label,
        "file": one.title,
        "page": one.page,
        "role": place.role,
        "guessed": place.guessed,
        "reason": place.reason.en,
        "reason_zh": place.reason.zh,
        "warnings": [warning.en for warning in place.warnings],
        "warnings_zh": [warning.zh for warning in place.warnings],
    }


def _save(manifest: Manifest, path: Path, places: "list[Place]", lang: Language) -> None:
    roles = {place.label: place.role for place in places}
    ordered = manifest.reordered([place.label for place in places], roles)
    write_whole(path, ordered.to_json().encode())
    say_on_stderr(say("cli_order.saved", file=path), lang)


def _pairs(words: Sequence[str], option: str) -> list[tuple[int, str]]:
    pairs = []
    for word in words:
        number, equals, value = word.partition("=")
        if not equals or not number.strip().isdecimal() or not value.strip():
            raise UsageError("order_bad_pair", option=option, given=word)
        pairs.append((int(number), value.strip()))
    return pairs


def _weight(word: str) -> float:
    try:
        weight = float(word)
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight):
        raise UsageError("order_bad_weight", given=word)
    return weight
