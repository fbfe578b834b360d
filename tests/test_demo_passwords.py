"""Passwords: hashed, compared, slowed down."""

import asyncio
import inspect
import time
from pathlib import Path

import pytest

from demo.passwords import Doorkeeper, hash_password, matches, read_auth_file
from demo.settings import SettingsError


def test_a_hash_fits_its_password_only_and_holds_no_word_of_it() -> None:
    stored = hash_password("correct horse")
    assert matches("correct horse", stored)
    assert not matches("correct horsf", stored)
    assert "correct" not in stored
    assert stored != hash_password("correct horse")


def test_read_auth_file_skips_empty_lines_and_remarks(tmp_path: Path) -> None:
    path = tmp_path / "users"
    stored = hash_password("correct horse")
    path.write_text(f"# friends\n\n张三:{stored}\n", encoding="utf-8")
    assert read_auth_file(path) == {"张三": stored}


@pytest.mark.parametrize("content", ["", "ann:secret\n", "ann:scrypt$x$y\n", ":scrypt$a$b\n", "no colon\n"])
def test_read_auth_file_refuses_what_is_no_hash(tmp_path: Path, content: str) -> None:
    path = tmp_path / "users"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"demo\.passwords"):
        read_auth_file(path)


def test_read_auth_file_names_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="users cannot be used"):
        read_auth_file(tmp_path / "users")


def door(waits: list[float] | None = None, **entries: str) -> Doorkeeper:
    """Make a door whose waits are noted, not waited for."""

    async def sleep(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)

    return Doorkeeper({name: hash_password(word) for name, word in entries.items()}, sleep, lambda: 100.0)


def opens(keeper: Doorkeeper, name: str, password: str) -> bool:
    return asyncio.run(keeper.opens(name, password))


def test_doorkeeper_grows_slower_with_each_failure_and_forgives_after_success() -> None:
    waits: list[float] = []
    keeper = door(waits, ann="correct horse")
    assert [opens(keeper, "ann", "wrong") for _ in range(3)] == [False] * 3
    assert opens(keeper, "ann", "correct horse")
    assert opens(keeper, "ann", "correct horse")
    assert waits == [0.0, 0.5, 1.5, 3.5, 0.0]  # the clock stands still: each waits for those before it


def test_doorkeeper_makes_many_tries_at_once_wait_for_each_other() -> None:
    waits: list[float] = []
    keeper = door(waits, ann="correct horse")

    async def storm() -> list[bool]:
        return await asyncio.gather(*(keeper.opens("ann", f"guess {n}") for n in range(40)))

    assert not any(asyncio.run(storm()))
    assert len(waits) < 8  # the rest is refused unseen
    assert sorted(waits)[-1] > 8


def test_doorkeeper_remembers_a_name_through_a_flood_of_others() -> None:
    waits: list[float] = []
    keeper = door(waits, ann="correct horse")
    opens(keeper, "ann", "wrong")
    for number in range(20_000):
        keeper._reserve(keeper._slot(f"nobody {number}"))
    waits.clear()
    assert not opens(keeper, "ann", "wrong again") and (not waits or waits[0] > 0)


def test_doorkeeper_holds_up_nobody_else() -> None:
    keeper = Doorkeeper({"ann": hash_password("correct horse")})
    asyncio.run(keeper.opens("ann", "wrong"))

    async def longest_gap() -> float:
        trying = asyncio.create_task(keeper.opens("ann", "wrong"))
        gap = 0.0
        while not trying.done():
            before = time.monotonic()
            await asyncio.sleep(0.01)
            gap = max(gap, time.monotonic() - before)
        return gap

    assert inspect.iscoroutinefunction(keeper.opens)  # else Gradio calls it in its event loop
    assert asyncio.run(longest_gap()) < 0.4  # it waits 0.5 s itself


def test_doorkeeper_lets_no_unknown_name_in() -> None:
    keeper = door(ann="correct horse")
    assert not opens(keeper, "bob", "correct horse")
    assert not opens(keeper, "", "")
