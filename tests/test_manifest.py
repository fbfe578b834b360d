"""The manifest: there and back, found again by number, and hostile ones refused with one clear sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit import Cell, Failure, ImageRecord, Manifest, Placement, Recipe, SourceRef, Text, read_manifest
from toolkit.errors import ManifestError, PageTimeoutError, PasswordError, error_class
from toolkit.manifest import MANIFEST_NAME, notes_in
from toolkit.manifest_file import MAX_MANIFEST_BYTES

SHA = "0123456789abcdef" * 4
SOURCE = SourceRef("合同 a.pdf", SHA, 1, 595.3, 841.9, "pt")
PLACEMENT = Placement.scaling((736, 1024), (595.3, 841.9))


def record(label: int = 1, **values: Any) -> ImageRecord:
    given = {
        "file": f"a-p{label:04d}.png",
        "sha256": SHA,
        "width": 736,
        "height": 1024,
        "source": SOURCE,
        "placement": PLACEMENT,
        "tokens": 736,
        "label": label,
    }
    return ImageRecord(**(given | values))


def manifest(folder: Path, *images: ImageRecord) -> Manifest:
    return Manifest("qwen3-vl", Recipe().to_dict(), images or (record(1), record(2)), folder=folder)


def full(folder: Path) -> Manifest:
    """A manifest in which every field is used."""
    cells = (
        Cell((16.0, 48.0, 100.0, 200.0), SOURCE, Placement(2, 0, 0, 2, -32, -96), 1),
        Cell(
            (116.0, 48.0, 200.0, 200.0), SourceRef("b.png", SHA, 1, 90, 80, "px"), Placement(e=-116, f=-48), 2
        ),
    )
    images = (
        record(
            1, dpi=87.6, quality={"verdict": "good"}, text_height={"smallest": 11.0}, notes=(Text("a", "甲"),)
        ),
        record(2, role="second-look", copy_of=1, page_file="pages/a.png"),
        record(3, cells=cells),
    )
    failures = (
        Failure.of(PasswordError("password_missing", file="x.pdf"), "x.pdf"),
        Failure.of(PageTimeoutError("page_timeout", file="y.pdf", page=7, seconds=60), "y.pdf", 7),
    )
    return Manifest("qwen3-vl", Recipe().to_dict(), images, failures, folder)


def write(folder: Path, data: Any) -> Path:
    path = folder / MANIFEST_NAME
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def altered(folder: Path, *where: Any, value: Any) -> Path:
    """A whole manifest in which one thing was changed."""
    data = json.loads(full(folder).to_json())
    inner = data
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    return write(folder, data)


def test_a_manifest_comes_back_whole_from_its_file_and_from_its_folder(tmp_path: Path) -> None:
    saved = full(tmp_path)
    path = saved.save()
    assert read_manifest(path) == read_manifest(tmp_path) == saved
    assert read_manifest(path).folder == tmp_path


def test_the_file_is_version_1_with_the_fields_of_the_design(tmp_path: Path) -> None:
    data = json.loads(full(tmp_path).to_json())
    assert data["version"] == 1
    assert data["tool"].startswith("vl-preflight ")
    assert data["images"][0]["placement"] == PLACEMENT.to_list()
    assert data["images"][0]["source"]["unit"] == "pt"
    assert data["failures"][1] == {
        "file": "y.pdf",
        "page": 7,
        "error": "PageTimeoutError",
        "message": "Page 7 of y.pdf took longer than 60 s, twice. Try a lower dpi, or raise --page-timeout.",
        "message_zh": data["failures"][1]["message_zh"],
    }
    assert "60 秒" in data["failures"][1]["message_zh"]


def test_a_failure_names_a_class_that_is_found_again() -> None:
    failure = Failure.of(PasswordError("password_missing", file="x.pdf"), "x.pdf")
    assert error_class(failure.error) is PasswordError


def test_tokens_are_those_of_all_images(tmp_path: Path) -> None:
    assert manifest(tmp_path).tokens == 2 * 736


def test_an_image_is_found_by_its_number_and_a_missing_one_is_named(tmp_path: Path) -> None:
    assert manifest(tmp_path).image(2).file == "a-p0002.png"
    with pytest.raises(ManifestError, match=r"There is no image 3 in .*; the last one is 2"):
        manifest(tmp_path).image(3)


def test_reordering_numbers_anew_and_keeps_copies_with_their_originals(tmp_path: Path) -> None:
    old = manifest(tmp_path, record(1), record(2, copy_of=1), record(3))
    new = old.reordered([3, 2, 1], {3: "reference"})
    assert [(image.file, image.label, image.role, image.copy_of) for image in new.images] == [
        ("a-p0003.png", 1, "reference", None),
        ("a-p0002.png", 2, "main", 3),
        ("a-p0001.png", 3, "main", None),
    ]
    assert [image.copy_of for image in old.reordered([2, 3]).images] == [None, None]


def test_locate_maps_to_the_page_and_stays_on_it() -> None:
    source, box = record().locate((0, 0, 736, 2000))
    assert source == SOURCE
    assert box == pytest.approx((0, 0, 595.3, 841.9))


def test_locate_in_a_grid_takes_the_cell_that_holds_most_of_the_box(tmp_path: Path) -> None:
    merged = full(tmp_path).images[2]
    assert merged.locate((20, 50, 30, 60)) == (SOURCE, (8, 4, 28, 24))
    source, box = merged.locate((90, 50, 160, 60))
    assert (source.file, box) == ("b.png", (0, 2, 44, 12))


def test_notes_in_one_language(tmp_path: Path) -> None:
    assert notes_in(full(tmp_path).images[0], "zh") == ["甲"]
    assert notes_in(full(tmp_path).images[0], "en") == ["a"]


def test_a_missing_manifest_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="Make one with"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '"x"', "\x00", "{} {}", "[" * 100_000, '{"version": 2}', "1" * 5000],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ManifestError, match="not a manifest of version 1"):
        read_manifest(write(tmp_path, text))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST_NAME).write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(ManifestError, match="not a manifest"):
        read_manifest(tmp_path)


def test_a_huge_manifest_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / MANIFEST_NAME).open("wb") as file:
        file.truncate(MAX_MANIFEST_BYTES + 1)
    with pytest.raises(ManifestError, match="over 64 MiB"):
        read_manifest(tmp_path)


IMAGE = ("images", 0)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("version",), 2),
        (("version",), True),
        (("images",), {}),
        ((*IMAGE, "width"), 0),
        ((*IMAGE, "width"), 1.5),
        ((*IMAGE, "height"), 10**7),
        ((*IMAGE, "sha256"), "g" * 64),
        ((*IMAGE, "sha256"), SHA + "\n"),
        ((*IMAGE, "placement"), [1, 0, 0, 1, 0]),
        ((*IMAGE, "placement"), [1, 0, 0, 1, 0, "0"]),
        ((*IMAGE, "placement"), [1e300, 0, 0, 1, 0, 0]),
        ((*IMAGE, "placement"), [10**400, 0, 0, 1, 0, 0]),
        ((*IMAGE, "placement"), [float("nan"), 0, 0, 1, 0, 0]),
        ((*IMAGE, "placement"), [float("inf"), 0, 0, 1, 0, 0]),
        ((*IMAGE, "placement"), [0, 0, 0, 1, 0, 0]),
        (("images", 2, "cells", 1, "placement"), [1, 2, 2, 4, 0, 0]),
        ((*IMAGE, "source", "page"), 0),
        ((*IMAGE, "source", "unit"), "mm"),
        ((*IMAGE, "source", "width"), 0),
        ((*IMAGE, "source", "extra"), 1),
        ((*IMAGE, "tokens"), -1),
        ((*IMAGE, "label"), 0),
        ((*IMAGE, "label"), 2),
        ((*IMAGE, "copy_of"), 0),
        ((*IMAGE, "role"), "r" * 201),
        ((*IMAGE, "notes"), ["n" * 4001]),
        ((*IMAGE, "notes"), "text"),
        ((*IMAGE, "file"), ""),
        ((*IMAGE, "file"), "\ud800.png"),
        ((*IMAGE, "role"), "\udfff"),
        (("images", 2, "cells", 0, "box"), [1, 2, 3]),
        (("images", 2, "cells", 0, "placement"), [1]),
        (("images", 2, "cells", 0, "label"), 0),
        (("failures", 0, "message"), 5),
        (("failures", 0, "page"), 0),
        (("recipe",), []),
    ],
)
def test_a_manifest_with_one_wrong_value_is_refused(
    tmp_path: Path, where: tuple[Any, ...], value: Any
) -> None:
    with pytest.raises(ManifestError, match="not a manifest of version 1") as error:
        read_manifest(altered(tmp_path, *where, value=value))
    assert MANIFEST_NAME in error.value.text.zh


@pytest.mark.parametrize("missing", ["file", "sha256", "width", "source", "placement", "role", "label"])
def test_a_manifest_without_a_required_field_is_refused(tmp_path: Path, missing: str) -> None:
    data = json.loads(full(tmp_path).to_json())
    del data["images"][0][missing]
    with pytest.raises(ManifestError, match=missing):
        read_manifest(write(tmp_path, data))


@pytest.mark.parametrize("field", ["file", "page_file"])
@pytest.mark.parametrize(
    "name", ["../a.png", "a/../../b.png", "/etc/passwd", "..", "a\\..\\b", "C:\\a.png", "a\x00b", "a\nb"]
)
def test_a_name_outside_the_folder_is_refused(tmp_path: Path, field: str, name: str) -> None:
    with pytest.raises(ManifestError, match="outside its folder"):
        read_manifest(altered(tmp_path, *IMAGE, field, value=name))


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "prepared"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (folder / "in.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(ManifestError, match="outside its folder"):
        read_manifest(altered(folder, *IMAGE, "file", value="in.png"))


def test_a_name_with_braces_is_text_and_nothing_else(tmp_path: Path) -> None:
    read = read_manifest(altered(tmp_path, *IMAGE, "file", value="{0.__class__}.png"))
    with pytest.raises(ManifestError, match="no image 9"):
        read.image(9)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    where=st.sampled_from(
        ["version", "tool", "recipe", "family", "images", "failures", "file", "width", "source", "placement"]
    ),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
)
def test_any_value_anywhere_is_read_or_refused_with_our_error(tmp_path: Path, where: str, value: Any) -> None:
    data = json.loads(full(tmp_path).to_json())
    (data if where in data else data["images"][0])[where] = value
    try:
        read = read_manifest(write(tmp_path, data))
    except ManifestError:
        return
    assert read.save().is_file()
