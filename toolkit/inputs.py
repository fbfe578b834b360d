"""The files a command was given, as a list of pages to work on; what cannot be opened becomes a failure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.errors import PreflightError, UsageError
from toolkit.files import unique_stems
from toolkit.manifest import Failure, SourceRef
from toolkit.page_ranges import Span, select_pages
from toolkit.pages import Engine, PageBox, PageRequest
from toolkit.survey import HANDLER, Survey, read_survey
from toolkit.work import Failed, Job, WorkerPool

_NUMBERED = tuple(
    re.compile(r"(.+?)" + page + piece + look)
    for page in ("", r"-p\d+")
    for piece in ("", r"-[st]\d+")
    for look in ("", "-look")
    if page or piece or look
)
"""What may follow the stem of a file: its page, a piece of that, and a second look at either."""


@dataclass(frozen=True)
class InputOptions:
    """How inputs are opened: `dpi` for PDF pages, `spans` of pages (None: all), a password, a limit."""

    dpi: float = 300.0
    spans: tuple[Span, ...] | None = None
    password: str | None = None
    max_megapixels: float = 200.0
    engine: Engine = "pdfium"
    box: PageBox = "crop"


@dataclass(frozen=True)
class InputPage:
    """One page to work on. `stem` is the start of its output files' names, `size` in `unit` as displayed."""

    request: PageRequest
    stem: str
    sha256: str
    survey: Survey

    def source(self, size: tuple[float, float]) -> SourceRef:
        """Name this page in a manifest; `size` is that of the page in the source's own unit."""
        name = Path(self.request.file).name
        return SourceRef(name, self.sha256, self.request.page, size[0], size[1], self.survey.unit)


def list_pages(
    paths: Sequence[Path], options: InputOptions, pool: WorkerPool
) -> tuple[list[InputPage], list[Failure]]:
    """Survey the files in worker processes and list their pages, file by file in the order given."""
    surveys, failures = _survey(paths, options, pool)
    pages: list[InputPage] = []
    for index, stem in enumerate(distinct_stems(paths)):
        if index in surveys:
            try:
                pages += _pages(surveys[index], stem, options)
            except PreflightError as error:
                failures.append(Failure.of(error, str(paths[index])))
    return pages, failures


def distinct_stems(paths: Sequence[Path]) -> list[str]:
    """Give each file a stem that no page or piece of another file can have: beside a, a-p0001 is a-p0001_."""
    stems = unique_stems(paths)
    taken = {stem.casefold() for stem in stems}
    for number, stem in enumerate(stems):
        if any(base.casefold() in taken for base in _bases(stem)):
            while stem.casefold() in taken:
                stem += "_"
            taken.add(stem.casefold())
            stems[number] = stem
    return stems


def _bases(stem: str) -> list[str]:
    """Give the stems whose page or piece would be called `stem`."""
    return [match[1] for pattern in _NUMBERED if (match := pattern.fullmatch(stem))]


def refuse_overwriting(paths: Sequence[Path], outputs: Sequence[Path]) -> None:
    """Raise UsageError if a result would replace one of the inputs."""
    given = {path.resolve() for path in paths}
    for output in outputs:
        if output.resolve() in given:
            raise UsageError("output_is_source", file=output)


def _survey(
    paths: Sequence[Path], options: InputOptions, pool: WorkerPool
) -> tuple[dict[int, Survey], list[Failure]]:
    surveys: dict[int, Survey] = {}
    failures: list[Failure] = []
    numbers = {str(index): path for index, path in enumerate(paths)}
    limits = {
        "password": options.password,
        "max_megapixels": options.max_megapixels,
        "engine": options.engine,
    }
    # The same file may be given twice, so the key is its number.
    jobs = [Job(key, {"file": str(path)} | limits) for key, path in numbers.items()]
    for outcome in pool.run(HANDLER, jobs):
        if isinstance(outcome, Failed):
            failures.append(Failure.of(outcome.error, str(numbers[outcome.job.key])))
        else:
            surveys[int(outcome.job.key)] = read_survey(outcome.result)
    return surveys, failures


def _pages(survey: Survey, stem: str, options: InputOptions) -> list[InputPage]:
    count = survey.page_count
    single = survey.kind != "pdf" and count == 1
    spans = None if single else options.spans
    return [
        InputPage(
            _request(survey, index + 1, options),
            stem if single else f"{stem}-p{index + 1:04d}",
            survey.sha256,
            survey,
        )
        for index in select_pages(spans, count, survey.path)
    ]


def _request(survey: Survey, page: int, options: InputOptions) -> PageRequest:
    return PageRequest(
        str(survey.path),
        page,
        survey.kind,
        dpi=options.dpi,
        engine=options.engine,
        box=options.box,
        password=options.password,
        max_megapixels=options.max_megapixels,
        stamp=survey.stamp,
    )
