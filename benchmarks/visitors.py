"""Twenty visitors at once: none fails, none gets another's words or pictures, and their memory comes back.

    python -m benchmarks.visitors [--visitors 20] [--tabs 2] [--idle-minutes 0.25]

Starts the page with the embedded reader. Each visitor prepares a PDF of five pages of their own and asks for
a number that only this document holds: most as programs over HTTP, `--tabs` of them in headless Chromium as
people do. Every page carries a colour of its visitor, which tells whose picture one is. Prints the times of
a visit and the resident memory of the server with all its workers: before (one visitor has warmed it up and
left), at the peak, and after the last session has ended. The exit code is 1 if one figure does not hold.
"""

import argparse
import io
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.attacks.caller import Caller
from benchmarks.browsing import Server, chromium, page_server
from benchmarks.measure import Memory, table
from benchmarks.pdf_writer import PdfWriter, text

PAGES = 5
MAY_GROW = 1.10
"""What is resident after all have left, of what was before."""
PATIENCE = 900
"""Seconds that a visitor waits for one thing; with two cores the twentieth waits for nineteen others."""
SETTLES_WITHIN = 60
"""Seconds after the last session's end in which worker processes and threads that idle come to their end."""
QUESTION = "What is the parcel number? Give it as JSON."
FIELD = "Parcel number"
BAND = 40
"""Height in points of the coloured band at the top of each page."""


@dataclass
class Visitor:
    """One document with its secret, and what came of the visit."""

    number: int
    secret: str
    colour: tuple[int, int, int]
    document: Path
    prepared: float = 0.0
    answered: float = 0.0
    shown: str = ""
    colours: list[tuple[int, int, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long the whole visit took."""
        return self.prepared + self.answered


def make_visitors(count: int, folder: Path, seed: int = 20_261_122) -> list[Visitor]:
    """Draw a document for each visitor: its number stands once, on the third of five pages."""
    chance = random.Random(seed)
    secrets = chance.sample(range(10_000_000, 99_999_999), count)
    return [_draw_document(n, str(secret), folder, chance) for n, secret in enumerate(secrets, 1)]


def _draw_document(number: int, secret: str, folder: Path, chance: random.Random) -> Visitor:
    # Steps of 32 survive any rescaling; no two visitors share a colour.
    colour = (32 * (number % 8), 32 * (number // 8 % 8), 32 * chance.randrange(2, 6))
    writer = PdfWriter()
    resources = f"/Font << /F1 {writer.font()} 0 R >>"
    red, green, blue = (value / 255 for value in colour)
    for page in range(1, PAGES + 1):
        band = f"{red:.5f} {green:.5f} {blue:.5f} rg 0 {842 - BAND} 595 {BAND} re f 0 g\n"
        lines = [f"Waybill, sheet {page} of {PAGES}", *(_filler(chance) for _ in range(12))]
        lines += [f"{FIELD}: {secret}"] if page == 3 else []
        words = "".join(text(line, y=740 - 40 * row, size=14) for row, line in enumerate(lines))
        writer.page(band + words, resources=resources)
    path = writer.save(folder / f"waybill-{number:02d}.pdf")
    return Visitor(number, secret, colour, path)


def _filler(chance: random.Random) -> str:
    goods = chance.choice(("Oak planks", "Copper wire", "Glass jars", "Wool", "Bearings", "Paper"))
    return f"{goods} {chance.randint(2, 99)} crates of {chance.randint(5, 80)} kg"


class Program:
    """A visitor that is a program: the page's named endpoints over plain HTTP."""

    def __init__(self, server: Server) -> None:
        self._address = server.address
        with httpx.Client(base_url=server.address, timeout=PATIENCE) as http:
            caller = Caller(http)
            self._numbers = {name: caller.number(name) for name in ("prepare", "ask")}

    def visit(self, visitor: Visitor) -> None:
        """Prepare, ask, and note what came back."""
        with httpx.Client(base_url=self._address, timeout=PATIENCE) as http:
            caller, began = Caller(http), time.monotonic()
            file = caller.bring(visitor.document.name, visitor.document.read_bytes())
            manifest = self._call(caller, "prepare", [file], "auto", "qwen3-vl", 300, "never", "")
            visitor.prepared = time.monotonic() - began
            files = {image["source"]["file"] for image in manifest["images"]}
            if files != {visitor.document.name} or len(manifest["images"]) != PAGES:
                visitor.faults.append(f"{len(manifest['images'])} pictures of {sorted(files)}")
            answer = self._call(
                caller, "ask", "extract-fields", "whole", "json", QUESTION, FIELD, "en", False
            )
            visitor.answered = time.monotonic() - began - visitor.prepared
            visitor.shown = str(answer)

    def _call(self, caller: Caller, name: str, *data: Any) -> dict[str, Any]:
        last = caller.call(self._numbers[name], list(data))[-1]
        if last["msg"] != "process_completed" or not last.get("success"):
            raise RuntimeError(f"{name}: {last}")
        result: dict[str, Any] = last["output"]["data"][0]
        return result


class Person:
    """A visitor in a browser tab, who does what the page says."""

    def __init__(self, server: Server) -> None:
        self._address = server.address

    def visit(self, visitor: Visitor) -> None:
        """Upload, prepare, ask, and note what the page shows in the end."""
        with chromium() as browser:
            page = browser.new_page(locale="en-US")
            page.set_default_timeout(1000 * PATIENCE)
            page.goto(self._address)
            page.wait_for_selector(".vp-lead h2")
            began = time.monotonic()
            page.set_input_files("#vp-upload input[type=file]", str(visitor.document))
            page.wait_for_selector(".vp-uploads li")
            page.click("#vp-prepare")
            page.wait_for_selector("#vp-next-order", state="visible")
            visitor.prepared = time.monotonic() - began
            self._ask(page)
            visitor.answered = time.monotonic() - began - visitor.prepared
            self._look(page, visitor)

    def _ask(self, page: Any) -> None:
        page.click("#vp-step-prompt-button")
        page.wait_for_selector(".vp-cost")
        page.fill("#vp-words textarea", QUESTION)
        page.wait_for_selector(".vp-heard-line")
        page.click("#vp-next-ask")
        page.wait_for_selector("#vp-answer .vp-tab")

    def _look(self, page: Any, visitor: Visitor) -> None:
        visitor.shown = page.inner_text("#vp-answer")
        page.click("#vp-step-documents-button")
        page.wait_for_selector(".vp-card")
        for source in page.eval_on_selector_all(".vp-card img", "(all) => all.map((one) => one.src)"):
            visitor.colours.append(_colour_of(page.request.get(source).body()))
        if len(visitor.colours) != PAGES:
            visitor.faults.append(f"{len(visitor.colours)} pictures")


def _colour_of(png: bytes) -> tuple[int, int, int]:
    """Give the colour of a page's band, rounded to the steps in which it was chosen."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGB")
    found = picture.getpixel((picture.width // 2, picture.height * BAND // 842 // 2))
    assert isinstance(found, tuple)
    red, green, blue = (round(value / 32) * 32 for value in found)
    return (red, green, blue)


def judge(visitor: Visitor, everybody: Sequence[Visitor]) -> list[str]:
    """Say what went wrong in one visit."""
    faults = list(visitor.faults)
    if visitor.secret not in visitor.shown:
        faults.append(f"its own number {visitor.secret} is not in the answer {visitor.shown[:200]!r}")
    strange = [other.number for other in everybody if other is not visitor and other.secret in visitor.shown]
    faults += [f"shows the number of visitor {number}" for number in strange]
    faults += [f"a picture has the colour {one}" for one in visitor.colours if one != visitor.colour]
    return [f"visitor {visitor.number}: {fault}" for fault in faults]


def visit_at_once(visits: Sequence[tuple[Callable[[Visitor], None], Visitor]]) -> None:
    """Let all begin at the same moment; a visit that breaks off notes why."""
    start = threading.Barrier(len(visits))

    def one(visit: Callable[[Visitor], None], visitor: Visitor) -> None:
        start.wait()
        try:
            visit(visitor)
        except Exception as error:
            visitor.faults.append(f"{type(error).__name__}: {str(error)[:400]}")

    with ThreadPoolExecutor(len(visits)) as pool:
        for done in [pool.submit(one, *pair) for pair in visits]:
            done.result()


def wait_until_gone(server: Server, patience: float) -> None:
    """Wait until no session is left. Raises RuntimeError if one stays."""
    end = time.monotonic() + patience
    root = next(Path(tempfile.gettempdir()).glob(f"vl-preflight-{server.process}-*"))
    while left := [one for one in root.iterdir() if one.name != "incoming"]:
        if time.monotonic() > end:
            raise RuntimeError(f"{len(left)} sessions have not ended")
        time.sleep(0.5)


def settled(memory: Memory) -> float:
    """Give what stays resident: the least seen once nothing moves any more."""
    end, seen = time.monotonic() + SETTLES_WITHIN, [memory.now()]
    while time.monotonic() < end and (len(seen) < 20 or min(seen[-20:]) < 0.995 * min(seen[:-10])):
        time.sleep(0.5)
        seen.append(memory.now())
    return min(seen)


def report(visitors: Sequence[Visitor], tabs: int, before: float, peak: float, after: float) -> bool:
    """Print the figures; give whether all of them hold."""
    rows = []
    for name, few in (("programs", visitors[tabs:]), ("browser tabs", visitors[:tabs])):
        for what in ("prepared", "answered", "seconds"):
            times = [getattr(one, what) for one in few]
            if times:
                rows.append((name, what, statistics.median(times), max(times)))
    print(table(["visitors", "seconds until", "median", "worst"], rows))
    faults = [fault for visitor in visitors for fault in judge(visitor, visitors)]
    print("\n".join(faults) or f"all {len(visitors)} got their own answer and their own pictures")
    grown = after / before
    print(
        f"memory of the server, MB: {before:.0f} before, {peak:.0f} at the peak, {after:.0f} after: ", end=""
    )
    print(f"{100 * (grown - 1):+.1f} % (limit {100 * (MAY_GROW - 1):+.0f} %)")
    return not faults and grown <= MAY_GROW


def main() -> int:
    """Warm up, let all visit, wait until they are gone, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--tabs", type=int, default=2, help="how many of them are people in a browser")
    parser.add_argument("--idle-minutes", type=float, default=0.25)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="visitors-") as folder,
        page_server("--lang", "en", "--idle-minutes", str(options.idle_minutes)) as server,
    ):
        first, *visitors = make_visitors(options.visitors + 1, Path(folder))
        person, program = Person(server).visit, Program(server).visit
        leave_by = 60 * options.idle_minutes + 90
        visit_at_once([(person if options.tabs else program, first)])
        wait_until_gone(server, leave_by)
        with Memory(server.process) as memory:
            before = settled(memory)
            ways = [person if number < options.tabs else program for number in range(len(visitors))]
            visit_at_once(list(zip(ways, visitors, strict=True)))
            wait_until_gone(server, leave_by)
            held = report(visitors, options.tabs, before, memory.peak, settled(memory))
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
