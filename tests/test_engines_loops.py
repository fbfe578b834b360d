import random
import string
import time

import pytest

from demo.engines.loops import WINDOW, Loop, LoopDetector, find_loop


def run(text: str, step: int = 7) -> Loop | None:
    watch = LoopDetector()
    for start in range(0, len(text), step):
        loop = watch.feed(text[start : start + step])
        if loop is not None:
            return loop
    return None


HEAD = "合同编号：A-2041。The parties agree as follows.\n"

LOOPS = {
    "a phrase": "the amount due is ",
    "one word": "the ",
    "one character": "我",
    "digits": "0",
    "a Chinese phrase": "请核对以下内容，",
    "a line": "- Please see the attached schedule.\n",
    "a row": "| 2024-01-01 | 服务费 | 100.00 |\n",
    "a paragraph": " ".join(f"word{n}" for n in range(60)) + "\n",
    "half a page": "".join(f"{n}. clause {n * 7919 % 1000} of the contract\n" for n in range(40)),
    "a key of JSON": '"value": "", ',
    "dots": ".",
    "blanks": " ",
    "empty rows": "|   |   |   |\n",
    "emoji": "👍🏽",
}


@pytest.mark.parametrize("piece", LOOPS.values(), ids=LOOPS)
def test_loop_without_end_is_found_and_cut_after_its_first_round(piece: str) -> None:
    text = HEAD + piece * (1 + 15_000 // len(piece))
    loop = run(text)
    assert loop is not None
    kept = loop.cut(text)
    rounds = (len(kept) - len(HEAD)) / len(piece)
    assert text.startswith(kept)
    assert 0 <= rounds <= 2 or len(kept) <= len(HEAD) + WINDOW
    assert "\n" not in piece or text[len(kept)] == "\n"


def test_loop_of_sentences_is_cut_after_a_sentence() -> None:
    text = "Paid to A. " + "The total is due. " * 60
    loop = run(text)
    assert loop is not None
    assert loop.cut(text) == "Paid to A. The total is due."


COUNTS = {
    "numbers": lambda n: f"{n}, ",
    "lines": lambda n: f"Item {n}\n",
    "rows with two numbers": lambda n: f"| {n} | {n * 10} | open |\n",
    "down": lambda n: f"{9000 - n}\n",
    "Chinese": lambda n: f"第{n}条 \n",
}


@pytest.mark.parametrize("make", COUNTS.values(), ids=COUNTS)
def test_loop_counting_without_end_is_found(make: object) -> None:
    text = HEAD + "".join(make(n) for n in range(1, 2000))  # type: ignore[operator]
    loop = run(text)
    assert loop is not None
    assert loop.cut(text).startswith(HEAD)
    assert len(loop.cut(text)) < len(text) / 2


REAL = {
    "rows whose cells differ": "".join(
        f"| {n} | 2024-{n % 12 + 1:02}-{n % 28 + 1:02} | 服务费 | {(n * 7919) % 10000 / 100:.2f} |\n"
        for n in range(400)
    ),
    "a numbered list of names": "".join(
        f"{n}. {''.join(random.Random(n).choices(string.ascii_lowercase, k=9))}\n" for n in range(300)
    ),
    "rows equal but for their number, a page of them": "".join(f"| {n} | | |\n" for n in range(1, 101)),
    "a blank form": "| 姓名 | 日期 | 签名 |\n" + "|      |      |      |\n" * 40,
    "a page of nil rows": "| 待定 | 0.00 | — |\n" * 38,
    "a table of contents": "".join(
        f"{n}. Chapter about {'abcdefghij'[n % 10]}{n * 37} {'.' * 120} {n * 3}\n" for n in range(60)
    ),
    "a rule": "=" * 400 + "\n" + "-" * 900,
    "a separator of a wide table": "|" + "---|" * 60 + "\n",
    "a masked number": "X" * 64 + "0" * 64,
    "laughing": "哈" * 40,
    "zeros in thirty columns": "| 0 " * 31 + "|\n" + "| 0 " * 31 + "|\n",
    "the days of two months": "".join(f"{n}日 休 \n" for n in range(1, 32)) * 2,
    "three copies of one slip": ("".join(f"field {n}: value {n * n * 31}\n" for n in range(25)) + "\n") * 3,
    "an empty list of JSON cells": "[" + ", ".join(['""'] * 35) + "]",
    "the multiplication table": "".join(f"{a} x {b} = {a * b}\n" for a in range(1, 13) for b in range(1, 13)),
    "prose": " ".join(random.Random(1).choices(["the", "page", "says", "that", "and", "or", "of"], k=3000)),
    "a page of zeros, with spaces": "0 0 0 0 0 0\n" * 72,
    "a page of zeros, with commas": "0,0,0,0\n" * 70,
    "a page of equal rows": "| 2024-01-01 | 服务费 | 0.00 | 0.00 | 无 | 待定 | — |\n" * 70,
    "a page of ditto": "- 同上\n" * 75,
    "blank rows of HTML": "<tr><td></td><td></td><td></td></tr>" * 60,
    "empty records of JSON": '{"item": null, "quantity": null, "price": null},\n' * 60,
    "empty records of JSON over lines": '    {\n      "item": null,\n      "price": null\n    },\n' * 45,
    "a column of equal cells": '"tax": [' + '"0.00", ' * 90,
    "blanks to be filled in": "姓名：______  日期：____年__月__日\n" * 45,
    "blanks for dates on one line": "    年  月  日  " * 60,
    "lines of code": "    nop\n" * 70,
    "a dump of bytes": "0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,\n" * 70,
    "nothing": "",
}


@pytest.mark.parametrize("text", REAL.values(), ids=REAL)
def test_loop_is_not_seen_in_what_repeats_for_a_reason(text: str) -> None:
    assert run(text) is None
    assert run(HEAD + text + HEAD + text[: len(text) // 2]) is None


def test_loop_far_down_a_long_answer_is_found_where_it_stands() -> None:
    text = "".join(f"{n}: {n * 104729 % 99991}\n" for n in range(4000)) + "and so on " * 120
    loop = find_loop(text)
    assert loop is not None
    assert text[loop.start :].startswith(("and so on ", "nd so on", "d so on", " and so on", "so on"))
    assert loop.period == 10


def test_loop_detector_takes_little_time() -> None:
    text = "".join(f"| {n} | {n * 7919 % 1000} |\n" for n in range(1500))
    start = time.process_time()
    run(text, step=4)
    assert time.process_time() - start < 8.0 * len(text) / 20_000


def test_loop_of_a_number_too_long_for_python_is_no_fault() -> None:
    assert run("1" * 6_000 + " end") is not None
