"""How fast a 2B model answers on this processor, as the engine computes and as plain float32 torch does.

    python -m benchmarks.engine_cpu [--layers 28] [--depth 24] [--rounds 2] [--steps 16] [--json]
        [--ways fp32,chosen,spinning]

A random-weight model of Qwen3-VL-2B's true geometry answers about one A4 page of 736 visual tokens. Each
way runs in a process of its own: `fp32` is stock torch; `chosen` what the engine picks; `spinning` the same
with OpenMP's threads as torch leaves them. Seconds are the least of the rounds, a step's the median. Then a
page preparation runs beside it, and steps are timed again. The cosine is the least one of all logits
against `fp32`. Needs 9 GB of memory and about three minutes.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "demo" / "samples" / "report.pdf"
WAYS = ("fp32", "chosen", "spinning")
FIRST_TOKEN = 2000  # the steps are fed these tokens, so that every way computes the same logits
Figures = dict[str, Any]


def main(argv: list[str]) -> None:
    options = _options(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended too
    if options.one:
        print(json.dumps(measure(options.one, options)))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = {way: _in_own_process(way, argv, Path(folder)) for way in options.ways.split(",")}
    print(json.dumps(found, indent=1) if options.json else table(found))


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine_cpu")
    parser.add_argument("--layers", type=int, default=28, help="layers of the decoder")
    parser.add_argument("--depth", type=int, default=24, help="layers of the vision tower")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=16, help="tokens decoded in a round")
    parser.add_argument("--ways", default="fp32,chosen", help="some of " + ", ".join(WAYS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--keep", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _in_own_process(way: str, argv: list[str], folder: Path) -> Figures:
    waiting = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
    environ = {name: value for name, value in os.environ.items() if name not in waiting}
    command = [sys.executable, "-m", "benchmarks.engine_cpu", *argv, "--one", way, "--keep", str(folder)]
    said = subprocess.run(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=sys.stderr, text=True, check=True
    )
    figures: Figures = json.loads(said.stdout.splitlines()[-1])
    return figures


def measure(way: str, options: argparse.Namespace) -> Figures:
    """Measure one way in this process; torch must not be loaded yet."""
    if way == "chosen":
        from demo.engines.local.openmp import settle_openmp

        settle_openmp()
    import torch

    from benchmarks.qwen_geometry import geometry, page_pixels, prompt_tokens, random_model
    from demo.engines.local.precision import apply, plan_precision

    config = geometry(options.layers, options.depth)
    plan = plan_precision(config, "cpu", exact=way == "fp32")
    model = random_model(config, getattr(torch, plan.dtype))
    applied = apply(model, plan)
    pixels, grid = page_pixels()
    question = Question(model, pixels.to(model.dtype), grid, *prompt_tokens(736))
    with torch.inference_mode():
        figures = _timed(question, options)
    torch.save(question.logits, options.keep / f"{way}.pt")
    facts = {label.en: value.en for label, value in applied.facts}
    return figures | {"cosine": _cosine(options.keep, way), "int8_mb": applied.bytes / 1e6, "facts": facts}


class Question:
    """One page and a question: what an answer computes, part by part."""

    def __init__(self, model: Any, pixels: Any, grid: Any, tokens: Any, kinds: Any) -> None:
        self.model = model
        self.pixels = pixels
        self.grid = grid
        self.tokens = tokens
        self.kinds = kinds
        self.logits: list[Any] = []

    def vision(self) -> None:
        """Encode the image."""
        self.features = self.model.get_image_features(self.pixels, self.grid)

    def prefill(self) -> None:
        """Read the prompt with the encoded image; the head is computed for the last token only."""
        given = self.model(
            input_ids=self.tokens,
            mm_encoder_outputs={"image": self.features},
            image_grid_thw=self.grid,
            mm_token_type_ids=self.kinds,
            use_cache=True,
            logits_to_keep=1,
        )
        self.past = given.past_key_values
        self.logits = [given.logits[0, -1].float()]

    def step(self, number: int) -> None:
        """Decode one token."""
        import torch

        token = torch.tensor([[FIRST_TOKEN + number]])
        given = self.model(input_ids=token, past_key_values=self.past, use_cache=True)
        self.logits.append(given.logits[0, -1].float())


def _timed(question: Question, options: argparse.Namespace) -> Figures:
    spent: dict[str, list[tuple[float, float]]] = {"vision": [], "prefill": []}
    for _ in range(options.rounds):
        spent["vision"].append(_clock(question.vision))
        spent["prefill"].append(_clock(question.prefill))
    quiet = [_clock(question.step, number) for number in range(options.steps)]
    with preparation_beside():
        busy = [_clock(question.step, options.steps + number) for number in range(options.steps)]
    parts = {name: tuple(map(min, zip(*times, strict=True))) for name, times in spent.items()}
    return {
        "vision_s": parts["vision"][0],
        "vision_cpu_s": parts["vision"][1],
        "prefill_s": parts["prefill"][0],
        "prefill_cpu_s": parts["prefill"][1],
        "step_s": statistics.median(wall for wall, _ in quiet),
        "step_cpu_s": statistics.median(cpu for _, cpu in quiet),
        "step_beside_s": sum(wall for wall, _ in busy) / len(busy),
    }


def _clock(action: Callable[..., None], *given: object) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    action(*given)
    return time.perf_counter() - wall, time.process_time() - cpu


@contextmanager
def preparation_beside() -> Iterator[None]:
    """Prepare a document of 60 pages again and again meanwhile, with all the worker processes of the demo."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = _long_document(folder / "pages.pdf")
        again = f"{sys.executable} -m toolkit prepare {document} -o {folder}/$RANDOM"
        script = f"while kill -0 {os.getpid()}; do {again}; done"  # ends by itself if this is killed
        beside = subprocess.Popen(
            ["bash", "-c", script],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,  # in the same session: the system shares the cores out by session
        )
        try:
            _wait_for(folder, "*/*.png")
            yield
        finally:
            os.killpg(beside.pid, signal.SIGKILL)
            beside.wait()


def _long_document(path: Path, copies: int = 30) -> Path:
    import pypdfium2

    with pypdfium2.PdfDocument.new() as long, pypdfium2.PdfDocument(REPORT) as report:
        for _ in range(copies):
            long.import_pages(report)
        long.save(path)
    return path


def _wait_for(folder: Path, pattern: str) -> None:
    """Wait until the work has begun. Raises TimeoutError after a minute."""
    until = time.monotonic() + 60
    while not any(folder.glob(pattern)):
        if time.monotonic() > until:
            raise TimeoutError("the preparation beside wrote no page within a minute")
        time.sleep(0.05)


def _cosine(folder: Path, way: str) -> float | None:
    import torch

    truth = folder / "fp32.pt"
    if way == "fp32" or not truth.is_file():
        return None
    pairs = zip(torch.load(truth), torch.load(folder / f"{way}.pt"), strict=True)
    return min(float(torch.cosine_similarity(true, given, dim=0)) for true, given in pairs)


def table(found: dict[str, Figures]) -> str:
    """Lay the figures out as Markdown: seconds, and how many times as fast as the first way."""
    base = next(iter(found.values()))
    lines = [
        "| way | vision s | prefill s | steps/s | beside a preparation | cosine | int8 MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for way, figures in found.items():
        cells = [_times(figures, base, name) for name in ("vision_s", "prefill_s")]
        steps = f"{1 / figures['step_s']:.2f} ({base['step_s'] / figures['step_s']:.1f}x)"
        kept = figures["step_s"] / figures["step_beside_s"]
        cosine = "" if figures["cosine"] is None else f"{figures['cosine']:.5f}"
        beside = f"{1 / figures['step_beside_s']:.2f} ({kept:.0%})"
        lines.append(f"| {way} | {' | '.join([*cells, steps, beside, cosine])} | {figures['int8_mb']:,.0f} |")
    return "\n".join([*lines, "", *_spent(found), "", *_said(found)])


def _times(figures: Figures, base: Figures, name: str) -> str:
    return f"{figures[name]:.2f} ({base[name] / figures[name]:.1f}x)"


def _spent(found: dict[str, Figures]) -> Iterator[str]:
    """Tell the CPU seconds, which neighbours move less than the clock's (spinning threads count as work)."""
    for way, figures in found.items():
        shares = (f"{part} {figures[f'{part}_cpu_s']:.2f}" for part in ("vision", "prefill", "step"))
        yield f"CPU s, {way}: {', '.join(shares)}"


def _said(found: dict[str, Figures]) -> Iterator[str]:
    for way, figures in found.items():
        for label, value in figures["facts"].items():
            yield f"{way}: {label}: {value}"


if __name__ == "__main__":
    main(sys.argv[1:])
