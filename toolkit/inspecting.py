"""`inspect`: what a model will see of each page, judged in worker processes, in figures and advice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from toolkit.errors import PageLimitError
from toolkit.families import FAMILIES, fit_long_side, visual_tokens
from toolkit.files import make_folder
from toolkit.geometry import Size
from toolkit.inputs import PAGE_TIMEOUT, InputFile, InputOptions, InputPage, list_files
from toolkit.manifest import Failure
from toolkit.plan import plan_page
from toolkit.progress import Meter, ProgressCallback
from toolkit.quality import Quality
from toolkit.readability import Readability, seen_height, smallest_readable_long_side, verdict
from toolkit.recipe import Recipe
from toolkit.text_height import TextHeight
from toolkit.texts import Language, Text, say
from toolkit.work import Failed, Job, WorkerPool

HANDLER = "toolkit.inspect_job:run"


@dataclass(frozen=True)
class View:
    """How the pages are to be looked at: as `family` sees them at `long_side`; pictures go to `plot_dir`."""

    family: str = "qwen3-vl"
    long_side: int = 1024
    plot_dir: Path | None = None
    lang: Language = "en"


@dataclass(frozen=True)
class PageReport:
    """What was found out about one page. `page` counts from 1; `size` is at full size, in pixels.

    `seen` is the size after the resize to the long side that was asked for, `seen_text` the text there.
    `tokens` are the visual tokens by family at that long side, `readable_long_side` the smallest one that
    keeps the smallest text readable. `plot` is the path of the picture drawn of it.
    """

    file: str
    page: int
    size: Size
    dpi: float | None
    text: TextHeight
    quality: Quality
    family: str
    seen: Size
    seen_text: TextHeight
    tokens: dict[str, int]
    readable_long_side: int
    advice: tuple[Text, ...]
    notes: tuple[Text, ...] = ()
    plot: str | None = None

    @property
    def verdict(self) -> Readability | Literal["no-text"]:
        """Whether the smallest text can be read at the size that the model will see."""
        return "no-text" if self.seen_text.smallest is None else verdict(self.seen_text.smallest)

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        seen = {"family": self.family, "width": self.seen[0], "height": self.seen[1]}
        heights = {key: self.seen_text.to_dict()[key] for key in ("smallest", "typical", "unit")}
        return {
            "file": self.file,
            "page": self.page,
            "width": self.size[0],
            "height": self.size[1],
            "dpi": None if self.dpi is None else round(self.dpi, 1),
            "text_height": self.text.to_dict(),
            "quality": self.quality.to_dict(),
            "seen": seen | heights | {"verdict": self.verdict},
            "tokens": self.tokens,
            "readable_long_side": self.readable_long_side,
            "advice": [text.en for text in self.advice],
            "advice_zh": [text.zh for text in self.advice],
            "notes": [text.en for text in self.notes],
            "notes_zh": [text.zh for text in self.notes],
            "plot": self.plot,
        }


def inspect_files(
    paths: Sequence[Path],
    view: View,
    *,
    options: InputOptions | None = None,
    jobs: int | None = None,
    names: Sequence[str] | None = None,
    max_pages: int | None = None,
    progress: ProgressCallback | None = None,
) -> tuple[list[PageReport], list[Failure]]:
    """Inspect every page of `paths`, in their order; what fails is listed and the rest goes on.

    `names` are what the files are called in reports and messages, by default their paths. `progress` is
    called after each page, in this thread; what it raises stops the run. Raises UsageError for a long side
    below the family's factor, OutputError if `view.plot_dir` cannot be written, PageLimitError for more than
    `max_pages` pages.
    """
    options = options or InputOptions()
    fit_long_side((1000, 1000), long_side=view.long_side, family=view.family)
    folder = None if view.plot_dir is None else str(make_folder(view.plot_dir))
    extra = {"family": view.family, "long_side": view.long_side, "plot_dir": folder, "lang": view.lang}
    shown = [str(path) for path in paths] if names is None else names
    files = [
        InputFile(Path(path), name, options.password, options.spans, hidden=names is not None)
        for path, name in zip(paths, shown, strict=True)
    ]
    with WorkerPool(jobs) as pool:
        listing = list_files(files, options, pool)
        if max_pages is not None and len(listing.pages) > max_pages:
            raise PageLimitError("too_many_pages", given=len(listing.pages), limit=max_pages)
        failures = [
            Failure.of(files[n].named(error), files[n].name) for n, error in sorted(listing.errors.items())
        ]
        reports, failed = _inspect(listing.pages, extra, pool, progress)
    return reports, [*failures, *failed]


def _inspect(
    pages: Sequence[InputPage], extra: dict[str, Any], pool: WorkerPool, progress: ProgressCallback | None
) -> tuple[list[PageReport], list[Failure]]:
    meter = Meter(len(pages), progress)
    reports: dict[int, PageReport] = {}
    failures: dict[int, Failure] = {}
    work = [
        Job(str(n), page.request.to_dict() | extra | {"stem": page.stem, "folder": extra["plot_dir"]})
        for n, page in enumerate(pages)
    ]
    for outcome in pool.run(HANDLER, work, job_timeout=PAGE_TIMEOUT):
        number = int(outcome.job.key)
        page = pages[number]
        if isinstance(outcome, Failed):
            failures[number] = replace(page.failure(page.file.named(outcome.error)), file=page.file.name)
        else:
            reports[number] = page_report(outcome.result, page, extra["family"], extra["long_side"])
        meter.step(page.file.name, page.request.page, failure=failures.get(number))
    return [reports[n] for n in sorted(reports)], [failures[n] for n in sorted(failures)]


def to_plain(reports: Sequence[PageReport], failures: Sequence[Failure]) -> dict[str, Any]:
    """Give reports and failures as plain data for JSON, sentences in both languages."""
    return {
        "version": 1,
        "pages": [report.to_dict() for report in reports],
        "failures": [failure.to_dict() for failure in failures],
    }


def page_report(result: dict[str, Any], page: InputPage, family: str, long_side: int) -> PageReport:
    """Put what a worker measured of a page into a report."""
    size = (int(result["size"][0]), int(result["size"][1]))
    text, quality = TextHeight.from_dict(result["text_height"]), Quality.from_dict(result["quality"])
    seen = fit_long_side(size, long_side=long_side, family=family)
    return PageReport(
        file=page.file.name,
        page=page.request.page,
        size=size,
        dpi=result["dpi"],
        text=text,
        quality=quality,
        family=family,
        seen=seen,
        seen_text=text.at_scale(seen_height(size, seen, 1.0)),
        tokens={
            name: visual_tokens(fit_long_side(size, long_side=max(long_side, row.factor), family=row), row)
            for name, row in FAMILIES.items()
        },
        readable_long_side=smallest_readable_long_side(size, text, family),
        advice=advice_for(size, text, quality, family, long_side, inside=result["inside"]),
        notes=tuple(Text(en, zh) for en, zh in result["notes"]),
        plot=result["plot"],
    )


def advice_for(
    size: Size,
    text: TextHeight,
    quality: Quality,
    family: str,
    long_side: int,
    *,
    inside: float | None = None,
) -> tuple[Text, ...]:
    """Say at which long side a page can be read, and what would make the picture itself better.

    `inside` is the height of small text inside pictures on the page, in px per em, None where there is none.
    """
    advice = [_size_advice(size, text.smallest, family, long_side)]
    advice += _inside_advice(size, text.smallest, inside, family, long_side)
    if quality.verdict != "good":
        advice += [quality.reason, quality.mend]
    return tuple(advice)


def _inside_advice(
    size: Size, smallest: float | None, inside: float | None, family: str, long_side: int
) -> list[Text]:
    seen = fit_long_side(size, long_side=long_side, family=family)
    if inside is None or verdict(seen_height(size, seen, inside)) != "unreadable":
        return []
    plan = plan_page(size, smallest, Recipe(family=family), inside=inside)
    height = seen_height(size, seen, inside)
    if plan.piece_ratio is None and max(plan.size) > max(seen):
        tokens = visual_tokens(plan.size, family)
        return [say("cli_inspect.advice_inside", height=height, long_side=max(plan.size), tokens=tokens)]
    return []


def _size_advice(size: Size, smallest: float | None, family: str, long_side: int) -> Text:
    if smallest is None:
        return say("cli_inspect.advice_no_text", long_side=long_side)
    seen = fit_long_side(size, long_side=long_side, family=family)
    if verdict(seen_height(size, seen, smallest)) == "readable":
        return say("cli_inspect.advice_enough", long_side=max(seen))
    plan = plan_page(size, smallest, Recipe(family=family))
    if plan.piece_ratio is not None:
        return say("cli_inspect.advice_split")
    if verdict(smallest) != "readable":
        return say("plan.too_small_at_source", height=smallest)
    tokens = visual_tokens(plan.size, family)
    return say("cli_inspect.advice_larger", long_side=max(plan.size), tokens=tokens, family=family)
