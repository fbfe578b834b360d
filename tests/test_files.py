"""Whole-or-not writing, real refusals of the system, and names that never collide."""

import errno
import hashlib
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from toolkit.errors import DiskFullError, NotWritableError, OutputError
from toolkit.files import (
    PART_SUFFIX,
    make_folder,
    output_error,
    part_file,
    safe_stem,
    sha256_of,
    unique_stems,
    write_whole,
)


@contextmanager
def small_files() -> Iterator[int]:
    """Let this process write at most 1,000 bytes a file: the system refuses more, as on a full disk.

    A block and no fixture: pytest writes its own report, perhaps to a file, before a fixture is taken down.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield 1000
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_write_whole_writes_the_bytes_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "a b 中文.json", b"abc")
    assert [path.name for path in tmp_path.iterdir()] == ["a b 中文.json"]
    assert (tmp_path / "a b 中文.json").read_bytes() == b"abc"


def test_write_whole_replaces_what_was_there(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"old")
    write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_block_that_fails_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"old")

    def fail() -> None:
        with part_file(tmp_path / "a") as part:
            part.write_bytes(b"half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_part_lies_beside_its_file_and_says_what_it_is(tmp_path: Path) -> None:
    with part_file(tmp_path / "a") as part:
        part.write_bytes(b"x")
        assert part.parent == tmp_path
        assert part.name.endswith(PART_SUFFIX)
        assert part.name.startswith(".")
        assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("name", ["字" * 60 + ".png", "a" * 200 + ".png"])
def test_a_long_name_leaves_room_for_its_part(tmp_path: Path, name: str) -> None:
    write_whole(tmp_path / name, b"x")
    assert (tmp_path / name).read_bytes() == b"x"


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match=r"disk is full: .*big\.bin"), small_files() as limit:
        write_whole(tmp_path / "big.bin", bytes(limit * 20))
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotWritableError, match=r"file.*may not be written"):
        make_folder(tmp_path / "file" / "inside")
    with pytest.raises(OutputError):
        write_whole(tmp_path / "file" / "inside.json", b"")


def test_make_folder_makes_its_parents_and_leaves_it_empty(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "a" / "b")
    assert folder.is_dir()
    assert list(folder.iterdir()) == []
    assert make_folder(folder) == folder


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_running_out_of_space_is_told_from_other_refusals(code: int) -> None:
    assert isinstance(output_error(OSError(code, os.strerror(code)), Path("x")), DiskFullError)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.ENAMETOOLONG])
def test_other_refusals_say_why(code: int) -> None:
    error = output_error(OSError(code, os.strerror(code)), Path("x"))
    assert isinstance(error, NotWritableError)
    assert os.strerror(code) in error.text.zh


def test_sha256_of_a_file_longer_than_one_chunk(tmp_path: Path) -> None:
    data = os.urandom(2**20 + 17)
    (tmp_path / "a").write_bytes(data)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("contract", "contract"),
        ("合同 第1版", "合同 第1版"),
        ("a/b\\c:d*e", "a_b_c_d_e"),
        ("...hidden", "hidden"),
        ("", "page"),
        (" . ", "page"),
        ("a\x00b\nc\u202ed", "abcd"),
        ("nul", "nul_"),
        ("COM3", "COM3_"),
        ("e\u0301", "é"),
    ],
)
def test_safe_stem_of_known_names(name: str, expected: str) -> None:
    assert safe_stem(name) == expected


@given(st.text(max_size=300))
@example("字" * 300)
@example("a" * 79 + " . . x")
def test_safe_stem_is_one_short_visible_name(name: str) -> None:
    stem = safe_stem(name)
    assert 0 < len(stem) <= 81
    assert len(stem.encode()) <= 181
    assert not set(stem) & set('\\/:*?"<>|\x00\n')
    assert stem == stem.strip(". ")


@given(st.lists(st.text(alphabet="aAbB-2 é", max_size=4), max_size=12))
@example(["a", "a", "a-2", "A"])
def test_unique_stems_differ_even_without_regard_to_case(names: list[str]) -> None:
    stems = unique_stems([Path(f"{name}.pdf") for name in names])
    assert len(stems) == len(names)
    assert len({stem.casefold() for stem in stems}) == len(names)


def test_unique_stems_number_the_repeats() -> None:
    paths = [Path("x/a.pdf"), Path("y/a.png"), Path("A.jpg"), Path("b.pdf")]
    assert unique_stems(paths) == ["a", "a-2", "A-3", "b"]
