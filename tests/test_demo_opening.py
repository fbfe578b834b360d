"""Prepared folders opened again: honest ones come back as they were, hostile ones are refused by name."""

import io
import json
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from demo import opening
from demo.bundle import write_bundle
from demo.history import undo
from demo.opening import OpeningError, open_server_folder, open_zips, unpack
from demo.session import Session, SessionStore
from demo.settings import Limits
from toolkit.files import sha256_of
from toolkit.geometry import Placement
from toolkit.manifest import ImageRecord, Manifest, SourceRef

LIMITS = Limits(max_file_mb=2, max_pages=4, max_megapixels=1.0)


@pytest.fixture
def session() -> Iterator[Session]:
    store = SessionStore(idle_seconds=300, max_sessions=3)
    yield store.of_tab("a", "en")
    store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A prepared folder of two pictures, the first with its full-size page."""
    place = tmp_path / "prepared"
    (place / "pages").mkdir(parents=True)
    source = SourceRef("文件.pdf", "a" * 64, 1, 64.0, 96.0, "pt")
    images = []
    for number in (1, 2):
        path = place / f"文件-{number}.png"
        Image.new("L", (64, 96), 40 * number).save(path)
        record = ImageRecord(path.name, sha256_of(path), 64, 96, source, Placement(), 6, label=number)
        images.append(replace(record, role="reference"))
    Image.new("L", (640, 960), 9).save(place / "pages" / "one.png")
    images[0] = replace(images[0], page_file="pages/one.png")
    Manifest("qwen3-vl", {}, tuple(images), (), place).save()
    return place


def zipped(folder: Path, target: Path, top: str = "", **more: bytes) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, top + path.relative_to(folder).as_posix())
        for name, data in more.items():
            archive.writestr(name, data)
    return target


def changed(folder: Path, **values: object) -> None:
    """Change the manifest's first image."""
    path = folder / "manifest.json"
    data = json.loads(path.read_bytes())
    data["images"][0] |= values
    path.write_text(json.dumps(data), encoding="utf-8")


def refused(path: Path, place: Path, word: str) -> OpeningError:
    with pytest.raises(OpeningError) as caught:
        unpack(path, "up.zip", place, LIMITS)
    text = caught.value.text
    assert word in text.en
    assert "up.zip" in text.en
    assert "up.zip" in text.zh
    assert str(place) not in text.en + text.zh
    return caught.value


@pytest.mark.parametrize("top", ["", "my folder/"])
def test_a_zip_opens_as_it_was_prepared(session: Session, folder: Path, tmp_path: Path, top: str) -> None:
    path = zipped(folder, tmp_path / "a.zip", top)
    assert open_zips(session, [str(path)], LIMITS) == []
    manifest = session.work.manifest
    assert manifest is not None
    assert [image.source.file for image in manifest.images] == ["文件.pdf"] * 2
    assert session.work.arrangement.roles == {1: "reference", 2: "reference"}
    for image in manifest.images:
        assert manifest.path(image).read_bytes() == (folder / image.file).read_bytes()
    page = manifest.page_path(manifest.images[0])
    assert page is not None
    assert page.is_file()


def test_what_the_page_gives_as_zip_can_be_opened_again(
    session: Session, folder: Path, tmp_path: Path
) -> None:
    open_zips(session, [str(zipped(folder, tmp_path / "a.zip"))], LIMITS)
    first = session.work.sending
    assert first is not None
    (tmp_path / "out").mkdir()
    again = write_bundle(first.reordered([2, 1]), tmp_path / "out")
    assert open_zips(session, [str(again)], LIMITS) == []
    assert [image.file for image in session.work.images] == ["文件-2.png", "文件-1.png"]
    undo(session)
    assert [image.file for image in session.work.images] == ["文件-1.png", "文件-2.png"]


def test_a_zip_is_known_by_its_content(folder: Path, tmp_path: Path) -> None:
    assert opening.is_zip(zipped(folder, tmp_path / "picture.png"))
    assert not opening.is_zip(folder / "文件-1.png")
    assert not opening.is_zip(tmp_path / "none")


@pytest.mark.parametrize(
    "entry", ["../evil.png", "/etc/evil.png", "a/../../evil.png", "..\\evil.png", "C:/evil.png", "a\x01b.png"]
)
def test_an_entry_that_leads_outside_is_refused(folder: Path, tmp_path: Path, entry: str) -> None:
    path = zipped(folder, tmp_path / "a.zip", **{entry: b"x"})
    place = tmp_path / "in" / "place"
    place.mkdir(parents=True)
    refused(path, place, "outside")
    assert list(place.iterdir()) == []
    assert not list(tmp_path.glob("in/evil*"))


def test_a_manifest_that_names_files_outside_is_refused(folder: Path, tmp_path: Path) -> None:
    changed(folder, file="../../etc/passwd")
    (tmp_path / "in").mkdir()
    refused(zipped(folder, tmp_path / "a.zip"), tmp_path / "in", "passwd")


def test_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    path = zipped(folder, tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    (tmp_path / "in").mkdir()
    refused(path, tmp_path / "in", "link.png")


def test_a_bomb_is_refused_by_what_it_unpacks_to(folder: Path, tmp_path: Path) -> None:
    (folder / "文件-1.png").write_bytes(bytes(9_000_000))
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.glob("*.*")):
            archive.write(file, file.name)
    assert path.stat().st_size < 50_000
    (tmp_path / "in").mkdir()
    refused(path, tmp_path / "in", "8 MB")


def test_a_bomb_that_lies_about_its_size_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "文件-1.png").write_bytes(bytes(9_000_000))
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.glob("*.*")):
            archive.write(file, file.name)
    size = (9_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (70).to_bytes(4, "little")))
    (tmp_path / "in").mkdir()
    with pytest.raises(OpeningError):
        unpack(path, "up.zip", tmp_path / "in", LIMITS)
    assert sum(one.stat().st_size for one in (tmp_path / "in").rglob("*") if one.is_file()) < 9_000_000


def test_a_file_that_was_changed_is_refused(folder: Path, tmp_path: Path) -> None:
    Image.new("L", (64, 96), 200).save(folder / "文件-1.png")
    (tmp_path / "in").mkdir()
    refused(zipped(folder, tmp_path / "a.zip"), tmp_path / "in", "文件-1.png")


def test_a_picture_that_is_missing_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "文件-2.png").unlink()
    (tmp_path / "in").mkdir()
    refused(zipped(folder, tmp_path / "a.zip"), tmp_path / "in", "文件-2.png")


def test_a_page_that_is_no_png_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "pages" / "one.png").write_text("<script>alert(1)</script>")
    (tmp_path / "in").mkdir()
    refused(zipped(folder, tmp_path / "a.zip"), tmp_path / "in", "pages/one.png")


def test_a_page_over_the_limit_is_refused(folder: Path, tmp_path: Path) -> None:
    Image.new("L", (1200, 1200)).save(folder / "pages" / "one.png")
    (tmp_path / "in").mkdir()
    refused(zipped(folder, tmp_path / "a.zip"), tmp_path / "in", "megapixels")


def test_a_picture_over_the_limit_is_refused_before_it_is_unpacked(folder: Path, tmp_path: Path) -> None:
    changed(folder, width=40_000, height=40_000)
    (tmp_path / "in").mkdir()
    refused(zipped(folder, tmp_path / "a.zip"), tmp_path / "in", "megapixels")
    assert [one.name for one in (tmp_path / "in").iterdir()] == ["manifest.json"]


def test_too_many_pictures_are_refused(folder: Path, tmp_path: Path) -> None:
    path = folder / "manifest.json"
    data = json.loads(path.read_bytes())
    data["images"] = [data["images"][0] | {"label": number} for number in range(1, 6)]
    path.write_text(json.dumps(data), encoding="utf-8")
    (tmp_path / "in").mkdir()
    refused(zipped(folder, tmp_path / "a.zip"), tmp_path / "in", "--max-pages")


def test_an_unknown_family_is_refused(folder: Path, tmp_path: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"qwen3-vl"', '"qwen9-vl"'), encoding="utf-8")
    (tmp_path / "in").mkdir()
    refused(zipped(folder, tmp_path / "a.zip"), tmp_path / "in", "")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + bytes(200), b"not a zip"])
def test_what_is_no_zip_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "in").mkdir()
    refused(tmp_path / "a.zip", tmp_path / "in", "damaged")


def test_a_zip_of_documents_says_what_to_do(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("letter.pdf", b"%PDF-1.4")
    (tmp_path / "in").mkdir()
    refused(tmp_path / "a.zip", tmp_path / "in", "Unzip")


def test_an_encrypted_zip_says_so(folder: Path, tmp_path: Path) -> None:
    data = bytearray(zipped(folder, tmp_path / "a.zip").read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "in").mkdir()
    refused(tmp_path / "a.zip", tmp_path / "in", "encrypted")


def test_what_is_refused_leaves_the_earlier_pictures(session: Session, folder: Path, tmp_path: Path) -> None:
    open_zips(session, [str(zipped(folder, tmp_path / "a.zip"))], LIMITS)
    before = session.work.manifest
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04" + bytes(99))
    (said,) = open_zips(session, [str(tmp_path / "bad.zip")], LIMITS)
    assert "bad.zip" in said.zh
    assert session.work.manifest is before
    assert len(list(session.folder.glob("prepared-*"))) == 1


def test_tokens_are_counted_anew(session: Session, folder: Path, tmp_path: Path) -> None:
    changed(folder, tokens=1)
    open_zips(session, [str(zipped(folder, tmp_path / "a.zip"))], LIMITS)
    assert [image.tokens for image in session.work.images] == [
        70,
        70,
    ]  # enlarged to 224 x 320 by the processor: 7 x 10 tokens of 32 px


def test_a_folder_of_this_machine_is_copied(session: Session, folder: Path) -> None:
    assert opening.offered(folder) == ["prepared"]
    assert opening.offered(folder.parent) == ["prepared"]
    assert opening.offered(None) == []
    open_server_folder(session, folder.parent, "prepared", LIMITS)
    manifest = session.work.manifest
    assert manifest is not None
    assert manifest.folder.is_relative_to(session.folder)
    assert len(manifest.images) == 2


@pytest.mark.parametrize("name", ["..", "", "/etc", "prepared/../..", "other"])
def test_a_folder_that_is_not_offered_is_refused(session: Session, folder: Path, name: str) -> None:
    with pytest.raises(OpeningError):
        open_server_folder(session, folder.parent, name, LIMITS)
    assert session.work.manifest is None
    assert list(session.folder.glob("prepared-*")) == []


def test_entries_are_counted_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_ENTRIES", 3)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number in range(4):
            archive.writestr(str(number), b"")
    (tmp_path / "a.zip").write_bytes(data.getvalue())
    (tmp_path / "in").mkdir()
    refused(tmp_path / "a.zip", tmp_path / "in", "4 entries")


@pytest.mark.parametrize("ending", ["docx", "pdf", "zip"])
def test_an_office_document_is_told_by_its_content(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"letter.{ending}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    assert opening.is_office(path)
    drawing = tmp_path / "odt"
    with zipfile.ZipFile(drawing, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    assert opening.is_office(drawing)


def test_a_prepared_zip_a_picture_and_nothing_are_no_office_documents(folder: Path, tmp_path: Path) -> None:
    assert not opening.is_office(zipped(folder, tmp_path / "prepared.zip"))
    assert not opening.is_office(folder / "文件-1.png")
    assert not opening.is_office(tmp_path / "none")
