"""The files a command was given, as a list of pages to work on; what cannot be opened becomes a failure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.errors import PreflightError, UsageError
from toolkit.files import unique_stems
from toolkit.manifest import Failure, SourceRef
from toolkit.page_ranges import Span, select_pages
from toolkit.pages import Engine, PageBox, PageRequest
from toolkit.survey import HANDLER, Survey, read_survey
from toolkit.texts import Text
from toolkit.work import Failed, Job, WorkerPool
from toolkit.work.pool import DEFAULT_TIMEOUT

_NUMBERED = tuple(
    re.compile(r"(.+?)" + page + piece + look)
    for page in ("", r"-p\d+")
    for piece in ("", r"-[st]\d+")
    for look in ("", "-look")
    if page or piece or look
)
"""What may follow the stem of a file: its page, a piece of that, and a second look at either."""


PAGE_TIMEOUT = 120.0
"""Seconds for one page: the largest allowed picture takes about ten."""


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
class InputFile:
    """One file as it was given: where it is, what people call it, and how it opens.

    `hidden`: the caller gave the name, and the path is nobody's business.
    """

    path: Path
    name: str
    password: str | None = None
    spans: tuple[Span, ...] | None = None
    hidden: bool = False

    def named(self, error: PreflightError) -> PreflightError:
        """Call the file by the name people know, where its path is hidden."""
        if not self.hidden:
            return error
        path = str(self.path)
        text = Text(error.text.en.replace(path, self.name), error.text.zh.replace(path, self.name))
        return type(error).from_text(text)


@dataclass(frozen=True)
class InputPage:
    """One page to work on, of the file `number` (from 0).

    `stem` is the start of its output files' names.
    """

    request: PageRequest
    stem: str
    sha256: str
    survey: Survey
    file: InputFile
    number: int

    def source(self, size: tuple[float, float]) -> SourceRef:
        """Name this page in a manifest; `size` is that of the page in the source's own unit."""
        return SourceRef(self.file.name, self.sha256, self.request.page, size[0], size[1], self.survey.unit)

    def failure(self, error: PreflightError) -> Failure:
        """Record what went wrong with this page; the only page of a picture needs no number."""
        alone = self.survey.page_count == 1 and self.survey.kind != "pdf"
        return Failure.of(error, self.request.file, None if alone else self.request.page)


@dataclass(frozen=True)
class Listing:
    """The pages of some files, in their order, and by the number of a file (from 0) why it gives none."""

    pages: tuple[InputPage, ...]
    errors: Mapping[int, PreflightError]


def list_pages(
    paths: Sequence[Path], options: InputOptions, pool: WorkerPool
) -> tuple[list[InputPage], list[Failure]]:
    """Survey the files in worker processes and list their pages, file by file in the order given."""
    files = [InputFile(path, path.name, options.password, options.spans) for path in paths]
    listing = list_files(files, options, pool)
    return list(listing.pages), [Failure.of(e, str(paths[n])) for n, e in sorted(listing.errors.items())]


def list_files(
    files: Sequence[InputFile],
    options: InputOptions,
    pool: WorkerPool,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    surveyed: Callable[[InputFile], None] | None = None,
) -> Listing:
    """Survey files that open in their own ways and list their pages; of `options` the rest counts.

    `surveyed` is called after each file, in this thread; what it raises stops everything.
    """
    surveys: dict[int, Survey] = {}
    errors: dict[int, PreflightError] = {}
    for outcome in pool.run(HANDLER, _survey_jobs(files, options), job_timeout=timeout):
        number = int(outcome.job.key)
        if isinstance(outcome, Failed):
            errors[number] = outcome.error
        else:
            surveys[number] = read_survey(outcome.result)
        if surveyed is not None:
            surveyed(files[number])
    pages: list[InputPage] = []
    for number, stem in enumerate(distinct_stems([Path(file.name) for file in files])):
        if number in surveys:
            try:
                pages += _pages(surveys[number], stem, options, files[number], number)
            except PreflightError as error:
                errors[number] = error
    return Listing(tuple(pages), errors)


def _survey_jobs(files: Sequence[InputFile], options: InputOptions) -> list[Job]:
    """Make a job for each file; the same one may be given twice, so the key is its number."""
    limits = {"max_megapixels": options.max_megapixels, "engine": options.engine}
    payloads = [{"file": str(file.path), "password": file.password} | limits for file in files]
    return [Job(str(number), payload) for number, payload in enumerate(payloads)]


def as_paths(paths: Sequence[Path | str] | Path | str) -> list[Path]:
    """Take paths however they are given: a single one is a list of one, and not cut into its letters."""
    return [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]


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


def refuse_inputs_in(paths: Sequence[Path], folders: Sequence[Path]) -> None:
    """Raise UsageError for a PNG that lies where the results go: a result might take its name."""
    places = {folder.resolve() for folder in folders}
    for path in map(Path, paths):
        if path.suffix.lower() == ".png" and path.resolve().parent in places:
            raise UsageError("output_is_source", file=path)


def _pages(survey: Survey, stem: str, options: InputOptions, file: InputFile, number: int) -> list[InputPage]:
    count = survey.page_count
    single = survey.kind != "pdf" and count == 1
    return [
        InputPage(
            _request(survey, index + 1, options, file.password),
            stem if single else f"{stem}-p{index + 1:04d}",
            survey.sha256,
            survey,
            file,
            number,
        )
        for index in select_pages(None if single else file.spans, count, survey.path)
    ]


def _request(survey: Survey, page: int, options: InputOptions, password: str | None) -> PageRequest:
    return PageRequest(
        str(survey.path),
        page,
        survey.kind,
        dpi=options.dpi,
        engine=options.engine,
        box=options.box,
        password=password,
        max_megapixels=options.max_megapixels,
        stamp=survey.stamp,
    )
