"""What a PDF holds beside its pages is told, on its first page and in a sentence."""

from pathlib import Path

import pytest
from documents import Page, pdf_bytes

from toolkit import Recipe, prepare, render_pages
from toolkit.pdf import open_document


def with_catalog(path: Path, entries: str, objects: dict[int, str]) -> Path:
    """Two pages whose catalog has more `entries`; PDFium rebuilds the table of the objects."""
    data = pdf_bytes([Page(), Page()])
    start = data.index(b"/Type /Catalog")
    head, tail = data[:start] + entries.encode(), data[start:]
    body = b"".join(f"{number} 0 obj\n{text}\nendobj\n".encode() for number, text in objects.items())
    end = tail.index(b"xref")
    path.write_bytes(head + tail[:end] + body + tail[end:].replace(b"startxref", b"startxrex"))
    return path


@pytest.fixture
def portfolio(tmp_path: Path) -> Path:
    names = " ".join(f"(f{n}) {50 + 2 * n} 0 R" for n in range(4))
    objects = {}
    for n in range(4):
        name = "<FEFF5408540C0007002E007000640066>" if n == 0 else f"(inner {n}.pdf)"
        objects[50 + 2 * n] = f"<</Type/Filespec/F{name}/UF{name}/EF<</F {51 + 2 * n} 0 R>>>>"
        objects[51 + 2 * n] = "<</Type/EmbeddedFile/Length 5>>stream\nhello\nendstream"
    return with_catalog(tmp_path / "p.pdf", f"/Names<</EmbeddedFiles<</Names[{names}]>>>>", objects)


def test_attached_files_are_counted_and_the_first_named(portfolio: Path) -> None:
    with open_document(portfolio) as document:
        assert document.attached_files == (4, ("合同.pdf", "inner 1.pdf", "inner 2.pdf"))
        assert not document.is_dynamic_form


def test_attached_files_are_told_once_by_prepare_and_render(portfolio: Path, tmp_path: Path) -> None:
    for manifest in (
        prepare([portfolio], Recipe(), output_dir=tmp_path / "a"),
        render_pages([portfolio], output_dir=tmp_path / "b"),
    ):
        said = [[note.en for note in image.notes if "files inside" in note.en] for image in manifest.images]
        assert [len(notes) for notes in said] == [1, 0]
        assert "(4): 合同.pdf, inner 1.pdf, inner 2.pdf, …" in said[0][0]


def test_attached_files_without_a_name_are_counted(tmp_path: Path) -> None:
    names = "/Names<</EmbeddedFiles<</Names[(a) 99 0 R (b) null]>>>>"
    manifest = render_pages([with_catalog(tmp_path / "n.pdf", names, {})], output_dir=tmp_path / "out")
    (told,) = [note.en for note in manifest.images[0].notes if "files inside" in note.en]
    assert "(2): …. Save" in told


def test_dynamic_form_is_told_and_nothing_else_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    form = "/NeedsRendering true/AcroForm<</Fields[]/XFA 50 0 R>>"
    xfa = "<</Length 60>>stream\n<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'></xdp:xdp>    \nendstream"
    path = with_catalog(tmp_path / "x.pdf", form, {50: xfa})
    manifest = prepare([path], Recipe(), output_dir=tmp_path / "out")
    assert ["XFA form" in " ".join(note.en for note in image.notes) for image in manifest.images] == [
        True,
        False,
    ]
    assert "XFA" not in capfd.readouterr().err
