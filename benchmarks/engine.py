"""What the first and the second question cost, for any engine and model.

    python -m benchmarks.engine [--engine reader|transformers|openai] [--model ID] [--base-url URL]
        [--manifest DIR] [--option NAME=VALUE]... [--images 1] [--tokens 48] [--rounds 1] [--json]

Asks about the same images: a first question, a follow-up in the same conversation, and another question in
a new one; then the first again with nothing kept, so that what loading and warming up took shows. Without
`--manifest` the bundled invoice is prepared at long side 1024. Seconds are an engine's own, from
`Result.usage`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from demo.engines import Engine, EngineError, EngineInfo, Request, Result, engine, engine_names
from prompts import build_prompt
from prompts.images import images_from_manifest
from prompts.prompt import Prompt

SAMPLE = Path(__file__).parents[1] / "demo" / "samples" / "invoice.pdf"
ASKED: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("answer", "text", {"question": "What is the total amount?"}),
    ("answer", "text", {"question": "Which date stands on the first page?"}),
    ("read-text", "text", {}),
    ("to-markdown", "markdown", {}),
)
"""Tasks, the first two of which an engine doesn't refuse are asked: a language model's, then a reader's."""


@dataclass(frozen=True)
class Turn:
    """One question and what it took; `name` says where it stands in the conversation."""

    name: str
    seconds: float
    first: float | None
    phases: Mapping[str, float]
    prompt_tokens: int | None
    cached_tokens: int | None
    visual_tokens: int | None
    output_tokens: int | None
    images: int
    cached_images: int
    stop_reason: str

    @property
    def tokens_a_second(self) -> float | None:
        """The speed of decoding: tokens after the first, by the engine's own clock."""
        spent, tokens = self.phases.get("decode"), self.output_tokens or 0
        return (tokens - 1) / spent if spent and tokens > 1 else None


def main(argv: Sequence[str]) -> int:
    options = _options(argv)
    try:
        with _images(options) as folder:
            asked = engine(options.engine, **_engine_options(options))
            asked.load()
            turns = measure(asked, folder, options.images, options.tokens, options.rounds)
    except EngineError as error:
        print(error.text.en, file=sys.stderr)
        return 3
    info = asked.describe("en")
    print(as_json(info, turns) if options.json else as_table(info, turns))
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine")
    parser.add_argument("--engine", choices=engine_names(), default="reader")
    parser.add_argument("--model")
    parser.add_argument("--base-url")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="an engine's own")
    parser.add_argument("--manifest", type=Path, help="a prepared folder; else the bundled invoice")
    parser.add_argument("--images", type=int, default=1, help="how many of its images to ask about")
    parser.add_argument("--tokens", type=int, default=48, help="the longest answer")
    parser.add_argument("--rounds", type=int, default=1, help="the quickest round of each question counts")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(argv)


def _engine_options(options: argparse.Namespace) -> dict[str, Any]:
    given = {"model": options.model, "base_url": options.base_url}
    given |= dict(_split(item) for item in options.option)
    return {name: value for name, value in given.items() if value is not None}


def _split(item: str) -> tuple[str, Any]:
    name, _, value = item.partition("=")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


@contextmanager
def _images(options: argparse.Namespace) -> Iterator[Path]:
    if options.manifest is not None:
        yield options.manifest
        return
    from toolkit import Recipe, prepare

    with tempfile.TemporaryDirectory() as folder:
        prepare([SAMPLE], Recipe(long_side=1024), output_dir=Path(folder))
        yield Path(folder)


def measure(asked: Engine, folder: Path, images: int, tokens: int, rounds: int) -> list[Turn]:
    """Ask each question `rounds` times in a fresh state, and keep the quickest of each.

    Raises EngineError, also where the engine refuses every task of `ASKED`.
    """
    first, second = _prompts(asked, folder, images)
    found: dict[str, list[Turn]] = {}
    for number in range(rounds):
        for turn in _round(asked, first, second, tokens, f"round-{number}"):
            found.setdefault(turn.name, []).append(turn)
    return [min(turns, key=lambda turn: turn.seconds) for turns in found.values()]


def _round(asked: Engine, first: Prompt, second: Prompt, tokens: int, session: str) -> Iterator[Turn]:
    asked.forget()
    turn, result = _ask(asked, "first question", first, tokens, f"{session}-a")
    yield turn
    yield _ask(asked, "follow-up", _follow_up(asked, first, second, result), tokens, f"{session}-a")[0]
    yield _ask(asked, "new conversation", second, tokens, f"{session}-b")[0]
    asked.forget()
    yield _ask(asked, "nothing kept", first, tokens, f"{session}-c")[0]
    asked.forget()


def _prompts(asked: Engine, folder: Path, images: int) -> tuple[Prompt, Prompt]:
    seen = images_from_manifest(folder)[:images]
    able: list[Prompt] = []
    refusals = []
    for task, form, inputs in ASKED:
        prompt = build_prompt(task, format=form, images=seen, inputs=inputs)
        refusal = asked.refusal(prompt)
        refusals += [refusal] if refusal else []
        able += [] if refusal else [prompt]
    if len(able) < 2:
        raise EngineError.from_text(refusals[0])
    return able[0], able[1]


def _follow_up(asked: Engine, first: Prompt, second: Prompt, result: Result) -> Prompt:
    """Append the second question to the first answer; a reader holds no conversation and is asked anew."""
    if not asked.describe("en").is_language_model:
        return second
    return first.follow_up(result.text or "-", str(second.inputs["question"]))


def _ask(asked: Engine, name: str, prompt: Prompt, tokens: int, session: str) -> tuple[Turn, Result]:
    sampling = {"temperature": 0, "max_tokens": tokens}
    result = None
    for event in asked.ask(Request(prompt, sampling, session=session)):
        result = event if isinstance(event, Result) else result
    assert result is not None  # the protocol: the last event is the result
    return _turn(name, result), result


def _turn(name: str, result: Result) -> Turn:
    usage = result.usage
    return Turn(
        name=name,
        seconds=usage.seconds,
        first=usage.seconds_to_first_piece,
        phases=dict(usage.phases),
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        visual_tokens=usage.visual_tokens,
        output_tokens=usage.output_tokens,
        images=usage.images,
        cached_images=usage.cached_images,
        stop_reason=result.stop_reason,
    )


def as_json(info: EngineInfo, turns: Sequence[Turn]) -> str:
    """Write everything as JSON: the engine, its facts, and each question."""
    rows = [asdict(turn) | {"tokens_a_second": turn.tokens_a_second} for turn in turns]
    whole = {"engine": info.name, "title": info.title, "facts": dict(info.facts), "turns": rows}
    return json.dumps(whole, indent=1)


def as_table(info: EngineInfo, turns: Sequence[Turn]) -> str:
    """Lay the questions out as Markdown, with the share of the first one's time to the first piece."""
    phases = list(dict.fromkeys(name for turn in turns for name in turn.phases))
    head = ["question", "first piece s", "of the first", "all s", *(f"{name} s" for name in phases)]
    head += ["tokens/s", "prompt (cached)", "visual", "output", "images (cached)", "ended"]
    lines = [_row(head), _row(["---"] * len(head))]
    lines += [_row(_cells(turn, turns[0], phases)) for turn in turns]
    facts = [f"{name}: {value}" for name, value in info.facts]
    return "\n".join([info.title, "", *lines, "", *facts])


def _cells(turn: Turn, base: Turn, phases: Sequence[str]) -> list[str]:
    share = f"{turn.first / base.first:.1%}" if turn.first and base.first else ""
    spent = [_number(turn.phases.get(name), 3) for name in phases]
    cells = [turn.name, _number(turn.first, 3), share, _number(turn.seconds, 3), *spent]
    cells += [_number(turn.tokens_a_second, 2), _of(turn.prompt_tokens, turn.cached_tokens)]
    cells += [_number(turn.visual_tokens), _number(turn.output_tokens)]
    return [*cells, _of(turn.images, turn.cached_images), turn.stop_reason]


def _number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _of(count: int | None, cached: int | None) -> str:
    return "" if count is None else f"{count:,} ({cached or 0:,})"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
