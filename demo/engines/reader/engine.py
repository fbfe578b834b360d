"""The engine called "reader"."""

import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from demo.engines.errors import CannotDoError, OutOfMemoryError, say
from demo.engines.picture import load_picture
from demo.engines.protocol import Cancel, EngineInfo, Piece, Request, Result, Usage
from demo.engines.reader.cache import PageCache
from demo.engines.reader.field_notes import images_of
from demo.engines.reader.ink import grey_of
from demo.engines.reader.model import TextModels
from demo.engines.reader.page import Clock, NewRow, read_rows, to_page
from demo.engines.reader.rules import Rule, find_rules
from demo.engines.reader.scope import boxes_of, boxes_within, images_to_read, within
from demo.engines.reader.tasks import TASKS, make_writer, refusal
from demo.engines.reader.writer import Writer
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from prompts import ImageRef, Prompt


class ReaderEngine:
    """RapidOCR behind the protocol: what it reads is what it answers; what it can't do it refuses by name."""

    name = "reader"

    def __init__(self) -> None:
        self._models = TextModels()
        self._cache = PageCache()

    def describe(self, lang: Language) -> EngineInfo:
        """Say what the reader is and can do."""

        def words(key: str, **values: object) -> str:
            return say(f"engines_reader.{key}", **values).in_language(lang)

        facts = (
            (words("fact_program"), f"RapidOCR {version('rapidocr')}, ONNX Runtime {version('onnxruntime')}"),
            (words("fact_models"), "PP-OCRv6 small"),
            (words("fact_device"), words("fact_cpu", threads=self._models.threads)),
            (words("fact_scripts"), words("scripts")),
        )
        limits = tuple(
            words(key) for key in ("limit_no_model", "limit_scripts", "limit_handwriting", "limit_formulas")
        )
        return EngineInfo(
            self.name, words("title"), words("summary"), False, self._models.loaded, TASKS, facts, limits
        )

    def refusal(self, prompt: "Prompt") -> Text | None:
        """Say why the reader can't answer `prompt`; None where it can."""
        return refusal(prompt)

    def load(self) -> None:
        """Load the models (about a second)."""
        self._models.load()

    def forget(self, session: str = "") -> None:
        """Drop the pages that only this session had read, or all of them."""
        if session:
            self._cache.forget(session)
        else:
            self._cache.clear()

    def ask(self, request: Request, cancel: Cancel | None = None) -> Iterator[Piece | Result]:
        """Read the images of the prompt and answer in its format, row by row where the format allows it."""
        prompt = request.prompt
        reason = refusal(prompt)
        if reason is not None:
            raise CannotDoError.from_text(reason)
        return self._answer(request, cancel)

    def _answer(self, request: Request, cancel: Cancel | None) -> Iterator[Piece | Result]:
        prompt = request.prompt
        images = images_to_read(prompt)
        writer, tally = make_writer(prompt, images), _Tally(request.session)
        writer.lang = request.lang or prompt.lang
        for image in images:
            yield from tally.pieces(self._pieces_of(image, prompt, writer, tally, cancel))
            if _is_set(cancel):
                break
        else:
            yield from tally.pieces(writer.end())
        yield tally.result(writer, prompt, images, cancelled=_is_set(cancel))

    def _pieces_of(
        self, image: "ImageRef", prompt: "Prompt", writer: Writer, tally: "_Tally", cancel: Cancel | None
    ) -> Iterator[str]:
        boxes = boxes_of(prompt, image)
        kept = []
        rules: list[Rule] = []
        for new in self._rows(image, tally, cancel, rules):
            part = replace(new, row=within(new.row, boxes), unread=boxes_within(new.unread, boxes))
            kept.append(part)
            if part.row:
                tally.with_text.add(image.label)
                yield from writer.row(image, part)
            if _is_set(cancel):
                return
        tally.read.add(image.label)
        page = to_page(image.size, kept, tuple(rules))
        if page.unread:
            writer.notes.append(say("engines_reader.unread", label=image.label, count=len(page.unread)))
        yield from writer.page(image, page)

    def _rows(
        self, image: "ImageRef", tally: "_Tally", cancel: Cancel | None, rules: "list[Rule]"
    ) -> Iterator[NewRow]:
        start = time.perf_counter()
        pixels, key = load_picture(image)
        tally.clock.add("open", start)
        page = self._cache.get(key, tally.session)
        if page is not None:
            tally.cached += 1
            rules.extend(page.rules)
            for number, block in enumerate(page.blocks):
                yield from (NewRow(number, row, (), page.tilt) for row in block)
            yield NewRow(len(page.blocks), (), page.unread)
            return
        start = time.perf_counter()
        rules.extend(find_rules(grey_of(pixels)))
        tally.clock.add("detect", start)
        rows = []
        try:
            for new in read_rows(pixels, self._models, tally.clock, cancel):
                rows.append(new)
                yield new
        except MemoryError as error:
            raise OutOfMemoryError("engines.out_of_memory", label=image.label) from error
        if not _is_set(cancel):
            self._cache.put(key, to_page(image.size, rows, tuple(rules)), tally.session)


class _Tally:
    """What an answer of a session took so far."""

    def __init__(self, session: str) -> None:
        self.session = session
        self.start = time.perf_counter()
        self.clock = Clock()
        self.cached = 0
        self.read: set[int] = set()
        self.with_text: set[int] = set()
        self._first: float | None = None
        self._text: list[str] = []

    def pieces(self, texts: Iterator[str]) -> Iterator[Piece]:
        """Pass texts on as pieces and remember them."""
        for text in texts:
            if text:
                if self._first is None:
                    self._first = time.perf_counter() - self.start
                self._text.append(text)
                yield Piece(text)

    def result(
        self, writer: Writer, prompt: "Prompt", images: "list[ImageRef]", *, cancelled: bool
    ) -> Result:
        """Close the account."""
        text = "".join(self._text)
        usage = Usage(
            seconds=time.perf_counter() - self.start,
            seconds_to_first_piece=self._first,
            output_characters=len(text),
            phases=self.clock.seconds,
            images=len(self.read),
            cached_images=self.cached,
        )
        notes = _notes(writer, prompt, images, self.read - self.with_text)
        return Result(text, usage, "cancelled" if cancelled else "done", tuple(writer.found), notes)


def _notes(writer: Writer, prompt: "Prompt", images: "list[ImageRef]", empty: set[int]) -> tuple[Text, ...]:
    notes = list(writer.notes)
    doubtful = sum(found.doubtful for found in writer.found)
    if doubtful:
        notes.append(say("engines_reader.doubtful", count=doubtful, total=len(writer.found)))
    read = {image.label for image in images}
    repeats = [image for image in prompt.images if image.copy_of in read and image.label not in read]
    notes += [say("engines_reader.repeat", label=image.label, original=image.copy_of) for image in repeats]
    if empty:
        part = "whole" if prompt.region.kind == "whole" else "part"
        notes.append(say(f"engines_reader.nothing_read_{part}", images=images_of(sorted(empty))))
    return tuple(notes)


def _is_set(cancel: Cancel | None) -> bool:
    return cancel is not None and cancel.is_set()
