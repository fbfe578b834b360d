"""Passwords: hashed, compared, slowed down."""

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


def test_doorkeeper_grows_slower_with_each_failure_and_forgives_after_success() -> None:
    waits: list[float] = []
    door = Doorkeeper({"ann": hash_password("correct horse")}, waits.append)
    assert [door("ann", "wrong") for _ in range(3)] == [False] * 3
    assert door("ann", "correct horse")
    assert door("ann", "correct horse")
    assert waits == [0.0, 0.5, 1.0, 2.0, 0.0]


def test_doorkeeper_lets_no_unknown_name_in() -> None:
    door = Doorkeeper({"ann": hash_password("correct horse")}, lambda seconds: None)
    assert not door("bob", "correct horse")
    assert not door("", "")
