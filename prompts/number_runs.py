"""Numbers of images and pages as a sentence lists them: runs in short, so that 200 pages stay one line."""

from collections.abc import Iterable


def number_runs(numbers: Iterable[int]) -> list[str]:
    """Write numbers as they come, three and more in a row in short: 1–4, 6, 9, 10."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    written: list[str] = []
    for run in runs:
        written += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else [str(number) for number in run]
    return written
