"""Figures of the prompts package: `python -m benchmarks.prompts` from the root of the project.

Times are CPU times of this process (imports: of a fresh one): other work on the machine does not show.
"""

import random
import resource
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path

from prompts import FORMATS, TASKS, CombinationError, ImageRef, build_prompt, route, validate
from prompts import router as module

ROOT = Path(__file__).parents[1]
IMAGES = [ImageRef(n, 736, 1024, title="report.pdf", page=n) for n in (1, 2)]
Questions = list[tuple[str, str]]


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def import_seconds(code: str) -> float:
    times = []
    for _ in range(7):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def build_thousand() -> None:
    tasks = list(TASKS)
    for number in range(1_000):
        build_prompt(tasks[number % len(tasks)], images=IMAGES, lang="zh" if number % 2 else "en")


def combinations() -> tuple[int, int]:
    built = refused = 0
    regions = ["whole", "area:header", "box:10,10,300,300", "marked:red"]
    for task, region, name, lang in product(TASKS, regions, FORMATS, ("en", "zh")):
        try:
            build_prompt(task, region, name, IMAGES, lang)
            built += 1
        except CombinationError:
            refused += 1
    return built, refused


def questions(path: str) -> Questions:
    data = tomllib.loads((ROOT / path).read_text(encoding="utf-8"))
    return [(q, task) for task, by in data.items() for asked in by.values() for q in asked]


def confusion(found: list[tuple[str, str]]) -> str:
    wrong = Counter((task, got) for task, got in found if task != got)
    asked = Counter(task for task, _ in found)
    lines = ["| task | asked | right | taken for |", "| --- | --- | --- | --- |"]
    for task in TASKS:
        taken = ", ".join(f"{got} {n}" for (t, got), n in wrong.most_common() if t == task)
        missed = sum(n for (t, _), n in wrong.items() if t == task)
        lines.append(f"| {task} | {asked[task]} | {asked[task] - missed} | {taken} |")
    return "\n".join(lines)


def cross_validation(weight: float, folds: int = 5) -> float:
    """Accuracy over the examples, each judged by what was learnt from the other four fifths."""
    examples = questions("prompts/data/questions.toml")
    random.Random(1).shuffle(examples)
    right = 0
    for fold in range(folds):
        learnt = module.learn([e for n, e in enumerate(examples) if n % folds != fold])
        for question, task in examples[fold::folds]:
            points, _ = module.rule_points(question.lower())
            for name, likeness in module.likeness(question.lower(), learnt).items():
                points[name] += weight * likeness
            right += max(points, key=lambda name: points[name]) == task
    return right / len(examples)


def main() -> None:
    bare, full = import_seconds("import sys"), import_seconds("import prompts")
    print(f"import prompts: {1000 * (full - bare):.0f} ms over bare Python ({1000 * bare:.0f} ms)")
    print(f"1,000 prompts: {cpu(build_thousand):.2f} s the first time, {cpu(build_thousand):.2f} s again")
    print("combinations built, refused:", combinations())
    print(f"first route: {1000 * cpu(lambda: route('hello')):.0f} ms")
    kept = questions("tests/data/questions_held_out.toml")
    print(f"route: {1000 * cpu(lambda: [route(q) for q, _ in kept]) / len(kept):.1f} ms a question")
    boxes = "[" + ",".join(['{"bbox_2d": [1, 2, 3, 4], "label": "x",}'] * 200) + "]"
    print(f"validate 200 boxes with slips: {1000 * cpu(lambda: validate(boxes, 'boxes', IMAGES[:1])):.0f} ms")
    found = [(task, route(q).task) for q, task in kept]
    print(f"kept questions right: {sum(a == b for a, b in found)} of {len(found)}")
    for weight in (0.0, 5.0, 10.0, 15.0, 30.0):
        print(f"cross-validation, weight of likeness {weight:g}: {cross_validation(weight):.3f}")
    print(confusion(found))


if __name__ == "__main__":
    main()
