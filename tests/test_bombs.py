from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.bombs import (
    BOMBS,
    HARMLESS,
    defuse,
    held,
    pdf_content,
    pdf_nested_filters,
    pdf_object_stream,
    png_profile,
    png_text,
    webp,
)
from benchmarks.pdf_writer import text_pdf

_BY_LIMIT = [name for name in BOMBS if name not in HARMLESS and not name.endswith(".pdf")]
_BY_LIMIT += ["image.pdf", "page.pdf"]
_SMALLER = {"text.png": partial(png_text, megabytes=100), "profile.png": partial(png_profile, megabytes=100)}
"""Deflating 600 MB takes two seconds of each; 100 are over the limit too."""


def test_declared_giants_and_packed_texts_are_refused_by_name_in_bounded_memory(tmp_path: Path) -> None:
    for name in _BY_LIMIT:
        _SMALLER.get(name, BOMBS[name])(tmp_path / name)
    paths = [tmp_path / name for name in _BY_LIMIT]
    found, whole = defuse([*paths, text_pdf(tmp_path / "good.pdf")], tmp_path / "out")
    assert [outcome for outcome in found[:-1] if not held(outcome, whole)] == []
    assert whole == {"good.pdf"}
    assert sum(path.stat().st_size for path in paths) < 10**7


@pytest.mark.parametrize("make", [pdf_content, pdf_nested_filters, pdf_object_stream])
def test_stream_that_unpacks_beyond_the_limit_ends_its_worker_alone(tmp_path: Path, make: object) -> None:
    make(tmp_path / "bomb.pdf", 300)  # type: ignore[operator]
    found, whole = defuse([tmp_path / "bomb.pdf", text_pdf(tmp_path / "good.pdf")], tmp_path / "out")
    assert held(found[0], whole), found
    assert "bomb.pdf" not in whole


def test_harmless_ones_cost_no_memory(tmp_path: Path) -> None:
    for name in HARMLESS:
        BOMBS[name](tmp_path / name)
    paths = [tmp_path / name for name in HARMLESS]
    found, whole = defuse([*paths, text_pdf(tmp_path / "good.pdf")], tmp_path / "out")
    assert all(held(outcome, whole) for outcome in found[:-1])


def test_webp_of_34_bytes_is_a_whole_picture_and_no_broken_file(tmp_path: Path) -> None:
    webp(tmp_path / "small.webp", 2000)
    with Image.open(tmp_path / "small.webp") as image:
        assert image.getpixel((1999, 1999)) == (0, 0, 0)
