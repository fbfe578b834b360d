"""Facts about files for `plan_order`: measured in worker processes, compared with each other."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from toolkit.inputs import PAGE_TIMEOUT, InputOptions, InputPage, list_pages
from toolkit.manifest import Failure, Manifest
from toolkit.order_facts import OrderFacts, facts_of
from toolkit.pages import PageRequest
from toolkit.progress import Meter, ProgressCallback
from toolkit.texts import Text, say
from toolkit.work import Done, Failed, Job, WorkerPool

FACTS, RELATIONS = "toolkit.order_job:facts", "toolkit.order_job:relations"
MOST_PAIRS = 780
"""Pairs of pictures that are compared, those of 40 pictures: they take about two minutes."""
MOST_COMPARED = 120
"""Pictures in these pairs: a page takes as long to load as to compare, and 2 MB to remember."""

Gathered = tuple[list[OrderFacts], list[Failure], list[Text]]
"""Facts by label from 1, what failed, and notes on what could not be found out."""


def looks_for(scenario: str) -> dict[str, bool]:
    """Give what a scenario wants to know beyond the measures, as options of the two functions below."""
    return {"read": scenario == "diagnose", "within": scenario == "locate"}


def gather_facts(
    paths: Sequence[Path],
    *,
    read: bool = False,
    within: bool = False,
    long_side: int = 1024,
    family: str = "qwen3-vl",
    options: InputOptions | None = None,
    jobs: int | None = None,
    progress: ProgressCallback | None = None,
) -> Gathered:
    """Measure every page of `paths`; with `read` also recognise some of its text.

    Pages are compared with those of other files, and with `within` also with those of their own.

    Labels count the pages that could be measured, from 1, in the order given.
    """
    extra = {"read": read, "long_side": long_side, "family": family}
    with WorkerPool(jobs) as pool:
        pages, failures = list_pages(paths, options or InputOptions(), pool)
        measured, failed = _measure(pages, extra, pool, progress)
        kept = [(pages[number], measured[number]) for number in sorted(measured)]
        facts = [_facts(label, page, figures) for label, (page, figures) in enumerate(kept, 1)]
        facts, notes = _compare(facts, [page.request for page, _ in kept], pool, within=within)
    unread = [_unread(page.request.file, figures) for page, figures in kept if "unread" in figures]
    return facts, [*failures, *failed], [*notes, *unread]


def manifest_facts(
    manifest: Manifest, pool: WorkerPool, *, read: bool = False, within: bool = False
) -> Gathered:
    """Take the facts that a manifest carries, and compare its images with each other.

    `within` compares pages of one document too. With `read` some text of the images is recognised; one that
    cannot be read just stays without.
    """
    facts = [facts_of(record) for record in manifest.images]
    requests = [PageRequest(str(manifest.path(image)), 1, "png") for image in manifest.images]
    facts, notes = _compare(facts, requests, pool, within=within)
    unread = _add_samples(facts, requests, manifest, pool) if read else []
    return facts, [], [*notes, *unread]


def _add_samples(
    facts: list[OrderFacts], requests: list[PageRequest], manifest: Manifest, pool: WorkerPool
) -> list[Text]:
    extra = {"read": True, "long_side": 1024, "family": manifest.family}
    unread = []
    work = [Job(str(number), request.to_dict() | extra) for number, request in enumerate(requests)]
    for outcome in pool.run(FACTS, work, job_timeout=PAGE_TIMEOUT):
        number = int(outcome.job.key)
        if isinstance(outcome, Failed):
            unread.append(say("order.unread", file=requests[number].file, reason=outcome.error.text))
        elif "unread" in outcome.result:
            unread.append(_unread(requests[number].file, outcome.result))
        else:
            facts[number] = replace(facts[number], text_sample=outcome.result["text_sample"])
    return unread


def _unread(file: str, figures: dict[str, Any]) -> Text:
    return say("order.unread", file=file, reason=Text(*figures["unread"]))


def _measure(
    pages: list[InputPage], extra: dict[str, Any], pool: WorkerPool, progress: ProgressCallback | None
) -> tuple[dict[int, dict[str, Any]], list[Failure]]:
    meter = Meter(len(pages), progress)
    measured: dict[int, dict[str, Any]] = {}
    failures: list[Failure] = []
    work = [Job(str(number), page.request.to_dict() | extra) for number, page in enumerate(pages)]
    for outcome in pool.run(FACTS, work, job_timeout=PAGE_TIMEOUT):
        page = pages[int(outcome.job.key)]
        failure = page.failure(outcome.error) if isinstance(outcome, Failed) else None
        if isinstance(outcome, Done):
            measured[int(outcome.job.key)] = outcome.result
        failures += [failure] if failure is not None else []
        meter.step(page.request.file, page.request.page, failure=failure)
    return measured, failures


def _facts(label: int, page: InputPage, figures: dict[str, Any]) -> OrderFacts:
    width, height = figures["size"]
    known = {name: value for name, value in figures.items() if name not in ("size", "unread")}
    alone = page.survey.page_count == 1
    return OrderFacts(
        label,
        (width, height),
        title=Path(page.request.file).name,
        document="" if alone else page.sha256,
        page=page.request.page,
        **known,
    )


def _compare(
    facts: list[OrderFacts], requests: list[PageRequest], pool: WorkerPool, *, within: bool
) -> tuple[list[OrderFacts], list[Text]]:
    pairs = pairs_to_compare(facts, within=within)
    if not pairs:
        return facts, []
    pictures = len({number for pair in pairs for number in pair})
    if len(pairs) > MOST_PAIRS or pictures > MOST_COMPARED:
        most = {"limit": MOST_PAIRS, "most": MOST_COMPARED}
        return facts, [say("order.not_compared", pictures=pictures, pairs=len(pairs), **most)]
    listed = [request.to_dict() for request in requests]
    payload = {"file": requests[0].file, "requests": listed, "pairs": pairs}
    timeout = PAGE_TIMEOUT + 10.0 * len(requests)
    for outcome in pool.run(RELATIONS, [Job("relations", payload)], job_timeout=timeout):
        if isinstance(outcome, Failed):
            return facts, [say("order.compare_failed", reason=outcome.error.text)]
        triples = [(int(a), int(b), str(kind)) for a, b, kind in outcome.result["relations"]]
        return with_relations(facts, triples), []
    return facts, []


def pairs_to_compare(facts: Sequence[OrderFacts], *, within: bool) -> list[tuple[int, int]]:
    """Give the pairs (numbers from 0) worth a look: pages of one document are no shots of each other.

    `within` looks at these too: a document of photos may hold a scene and close-ups of it.
    """
    pairs = combinations(range(len(facts)), 2)
    return [(i, j) for i, j in pairs if within or not _pages_of_one(facts[i], facts[j])]


def with_relations(facts: list[OrderFacts], relations: Sequence[tuple[int, int, str]]) -> list[OrderFacts]:
    """Enter what was found about pairs: (first, second, "same_page" or "close_up"), numbers from 0.

    The later of two equal shots names the earlier one; a close-up names the first scene that it lies in.
    Two pages of one document are no shots of one page, however alike they look.
    """
    known = list(facts)
    for first, second, kind in relations:
        mine, label = known[second], known[first].label
        if kind == "same_page" and _pages_of_one(known[first], mine):
            continue
        if kind == "same_page" and mine.same_page_as is None and mine.copy_of is None:
            known[second] = replace(mine, same_page_as=label)
        elif kind == "close_up" and mine.close_up_of is None:
            known[second] = replace(mine, close_up_of=label)
    return known


def _pages_of_one(one: OrderFacts, other: OrderFacts) -> bool:
    return bool(one.document) and one.document == other.document and one.page != other.page
