from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from benchmarks.pdf_writer import PdfWriter, scan_pdf, text, text_pdf
from tests.encrypted_pdf import encrypted_pdf
from toolkit.errors import (
    DamagedSourceError,
    EmptySourceError,
    PageTooLargeError,
    PasswordError,
    RenderError,
    SourceMissingError,
)
from toolkit.geometry import Placement
from toolkit.pages import PageImage, PageRequest, load_page
from toolkit.pdf import check_megapixels, open_document, pixel_size

RNG = np.random.default_rng(5)


def page_of(path: Path, page: int = 1, **options: object) -> PageImage:
    return load_page(PageRequest(str(path), page, "pdf", **options))  # type: ignore[arg-type]


def rgb(page: PageImage) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    pixels = page.pixels.to_array() if hasattr(page.pixels, "to_array") else np.asarray(page.pixels)
    return np.stack([pixels] * 3, axis=2) if pixels.ndim == 2 else pixels


def noise(width: int, height: int) -> Image.Image:
    small = RNG.integers(0, 256, (height // 10 + 1, width // 10 + 1, 3), np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.NEAREST)


def test_letter_at_300_dpi_has_3300_rows_and_not_3301() -> None:
    assert pixel_size((612, 792), 300) == (2550, 3300)
    assert pixel_size((595.276, 841.89), 300) == (2480, 3508)
    assert pixel_size((0.01, 5), 72) == (1, 5)


def test_page_over_the_limit_is_refused_with_the_dpi_that_fits() -> None:
    with pytest.raises(
        PageTooLargeError, match=r"Page 2 of a\.pdf would have 3600 megapixels at 300 dpi"
    ) as caught:
        check_megapixels((14_400, 14_400), 300, 200, file="a.pdf", page=2)
    fitting = int(caught.value.text.en.split("Render it at ")[1].split()[0])
    assert check_megapixels((14_400, 14_400), fitting, 200, file="a.pdf", page=2)
    with pytest.raises(PageTooLargeError):
        check_megapixels((14_400, 14_400), fitting + 1, 200, file="a.pdf", page=2)


def test_pixels_equal_those_of_pypdfium2(tmp_path: Path) -> None:
    writer = PdfWriter()
    resources = f"/Font << /F1 {writer.font('Times-Roman')} 0 R >>"
    colour = "0.8 0.1 0.2 rg 100 100 200 50 re f 0 0 1 RG 3 w 50 400 m 500 700 l S\n"
    writer.page(text("Gray words only", size=30), resources=resources)
    writer.page(colour + text("And colour", size=30), resources=resources)
    path = writer.save(tmp_path / "a.pdf")
    with open_document(path) as document, pypdfium2.PdfDocument(path) as peer:
        for index in range(2):
            expected = peer[index].render(scale=1).to_numpy()
            size = (expected.shape[1], expected.shape[0])
            raster = document.render(index, size)
            assert raster.grey == (index == 0)
            assert np.array_equal(raster.channels[..., :3], expected)


@pytest.mark.shared
def test_pixels_equal_those_of_pypdfium2_on_real_pages(shared_data: Path) -> None:
    for path in sorted((shared_data / "pdf").glob("*.pdf")):
        try:
            document = open_document(path)
        except (PasswordError, DamagedSourceError):
            continue
        with document, pypdfium2.PdfDocument(path) as peer:
            peer.init_forms()
            for index in range(min(2, document.page_count)):
                expected = peer[index].render(scale=0.7).to_numpy()
                raster = document.render(index, (expected.shape[1], expected.shape[0]))
                assert np.array_equal(raster.channels[..., :3], expected), (path.name, index)


def test_crop_box_is_the_page_and_media_box_on_request(tmp_path: Path) -> None:
    writer = PdfWriter()
    content = "1 0 0 rg 0 0 50 50 re f 0 0 1 rg 100 100 20 20 re f"
    writer.page(content, size=(300, 200), entries="/CropBox [100 100 250 180]")
    path = writer.save(tmp_path / "a.pdf")
    cropped, whole = page_of(path, dpi=72), page_of(path, dpi=72, box="media")
    assert (cropped.size, whole.size) == ((150, 80), (300, 200))
    assert tuple(rgb(cropped)[79 - 5, 5]) == (0, 0, 255)
    assert tuple(rgb(page_of(path, dpi=72, box="media"))[199 - 5, 5]) == (255, 0, 0)


@pytest.mark.parametrize(("turn", "corner"), [(0, "ll"), (90, "ul"), (180, "ur"), (270, "lr")])
def test_turned_page_is_as_displayed(tmp_path: Path, turn: int, corner: str) -> None:
    writer = PdfWriter()
    writer.page("1 0 0 rg 0 0 30 30 re f", size=(200, 100), entries=f"/Rotate {turn}")
    page = page_of(writer.save(tmp_path / "a.pdf"), dpi=72)
    assert page.source_size == ((200, 100) if turn % 180 == 0 else (100, 200))
    pixels = rgb(page)
    y, x = {"ll": (-5, 5), "ul": (5, 5), "ur": (5, -5), "lr": (-5, -5)}[corner]
    assert tuple(pixels[y, x]) == (255, 0, 0)


def test_annotations_and_form_fields_are_drawn(tmp_path: Path) -> None:
    writer = PdfWriter()
    box = "/Type /XObject /Subtype /Form /BBox [0 0 40 40]"
    red = writer.stream(b"1 0 0 rg 0 0 40 40 re f", box)
    blue = writer.stream(b"0 0 1 rg 0 0 40 40 re f", box)
    stamp = writer.add(f"<< /Type /Annot /Subtype /Stamp /F 4 /Rect [10 10 50 50] /AP << /N {red} 0 R >> >>")
    field = writer.add(
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /F 4 /Rect [100 10 140 50] "
        f"/AP << /N {blue} 0 R >> >>"
    )
    writer.catalog = f"/AcroForm << /Fields [{field} 0 R] >>"
    writer.page("", size=(200, 100), entries=f"/Annots [{stamp} 0 R {field} 0 R]")
    pixels = rgb(page_of(writer.save(tmp_path / "a.pdf"), dpi=72))
    assert tuple(pixels[70, 30]) == (255, 0, 0)
    assert pixels[70, 120, 2] > 200
    assert pixels[70, 120, 0] < pixels[70, 120, 2]


def test_transparent_page_lies_on_white(tmp_path: Path) -> None:
    writer = PdfWriter()
    resources = "/ExtGState << /G << /ca 0.5 >> >>"
    writer.page("/G gs 0 0 0 rg 0 0 50 50 re f", size=(100, 100), resources=resources)
    pixels = rgb(page_of(writer.save(tmp_path / "a.pdf"), dpi=72))
    assert 120 <= pixels[90, 10, 0] <= 135
    assert tuple(pixels[10, 90]) == (255, 255, 255)


def test_text_heights_are_in_points_as_displayed(tmp_path: Path) -> None:
    writer = PdfWriter()
    resources = f"/Font << /F1 {writer.font()} 0 R >>"
    scaled = "q 0.5 0 0 0.5 0 0 cm " + text("tiny", x=900, y=900, size=16) + "Q\n"
    hidden = "BT 3 Tr /F1 40 Tf 72 100 Td (hidden) Tj ET\n"
    writer.page(text("normal words", size=12) + scaled + hidden, resources=resources, entries="/Rotate 90")
    with open_document(writer.save(tmp_path / "a.pdf")) as document:
        assert document.text_heights(0) == [(8.0, 4), (12.0, 11)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_scan_is_taken_with_its_own_samples(tmp_path: Path, mode: str, turn: int) -> None:
    picture = noise(400, 560).convert(mode, dither=Image.Dither.NONE)
    path = scan_pdf(tmp_path / "scan.pdf", picture, dpi=200, entries=f"/Rotate {turn}")
    page = page_of(path, dpi=300)
    upright = picture.convert("RGB").rotate(-turn, expand=True)
    assert page.dpi == pytest.approx(200, rel=0.001)
    assert np.array_equal(rgb(page), np.asarray(upright))
    assert "scanned image" in page.notes[0].en
    width, height = page.source_size
    found = page.placement.to_source((0, 0, *page.size))
    assert found == pytest.approx((0, 0, width, height), abs=0.01)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_scan_that_ends_inside_the_page_is_taken_too(tmp_path: Path, turn: int) -> None:
    picture = noise(400, 560)
    writer = PdfWriter()
    resources = f"/XObject << /I1 {writer.image(picture)} 0 R >>"
    writer.page(
        "q 144 0 0 201.6 0.4 0.7 cm /I1 Do Q", size=(145, 203), resources=resources, entries=f"/Rotate {turn}"
    )
    page = page_of(writer.save(tmp_path / "a.pdf"), dpi=300)
    assert np.array_equal(rgb(page), np.asarray(picture.rotate(-turn, expand=True)))
    left, upper, right, lower = page.placement.to_source((0, 0, *page.size))
    assert sorted((right - left, lower - upper)) == pytest.approx([144, 201.6], abs=0.01)
    assert min(left, upper) > 0.2


def test_mirrored_scan_is_taken_as_displayed(tmp_path: Path) -> None:
    picture = noise(300, 200)
    writer = PdfWriter()
    resources = f"/XObject << /I1 {writer.image(picture)} 0 R >>"
    writer.page("q -150 0 0 100 150 0 cm /I1 Do Q", size=(150, 100), resources=resources)
    page = page_of(writer.save(tmp_path / "a.pdf"))
    assert np.array_equal(rgb(page), np.asarray(picture)[:, ::-1])


def test_jpeg_scan_is_decoded_once(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "a.pdf", noise(500, 700), dpi=100, jpeg=True)
    page = page_of(path)
    assert page.size == (500, 700)
    assert page.dpi == pytest.approx(100, rel=0.001)


@pytest.mark.parametrize(
    ("extra", "entries"),
    [
        (text("Paid", y=50), ""),
        ("1 0 0 rg 10 10 20 20 re f", ""),
        ("", "/Annots [<< /Type /Annot /Subtype /Square /Rect [5 5 30 30] /C [1 0 0] >>]"),
    ],
)
def test_scan_with_something_on_it_is_drawn(tmp_path: Path, extra: str, entries: str) -> None:
    page = page_of(
        scan_pdf(tmp_path / "a.pdf", noise(400, 500), dpi=150, extra=extra, entries=entries), dpi=72
    )
    assert page.dpi == 72
    assert page.notes == ()


def test_scan_with_a_layer_of_hidden_text_is_still_a_scan(tmp_path: Path) -> None:
    hidden = "BT 3 Tr /F1 12 Tf 20 20 Td (recognised words) Tj ET"
    page = page_of(scan_pdf(tmp_path / "a.pdf", noise(400, 500), dpi=150, extra=hidden))
    assert page.size == (400, 500)


def test_inverted_scan_is_never_taken_inverted(tmp_path: Path) -> None:
    writer = PdfWriter()
    picture = Image.new("L", (300, 300), 250)
    picture.paste(0, (50, 50, 120, 280))
    resources = f"/XObject << /I1 {writer.image(picture, entries='/Decode [1 0]')} 0 R >>"
    writer.page("q 150 0 0 150 0 0 cm /I1 Do Q", size=(150, 150), resources=resources)
    pixels = rgb(page_of(writer.save(tmp_path / "a.pdf"), dpi=144))
    assert pixels[5, 5, 0] < 10
    assert pixels[150, 80, 0] == 255


def test_fax_with_oblong_pixels_is_drawn(tmp_path: Path) -> None:
    writer = PdfWriter()
    resources = f"/XObject << /I1 {writer.image(noise(816, 392))} 0 R >>"
    writer.page("q 288 0 0 288 0 0 cm /I1 Do Q", size=(288, 288), resources=resources)
    assert page_of(writer.save(tmp_path / "a.pdf"), dpi=100).size == (400, 400)


def test_text_in_a_font_that_nobody_has_is_reported(tmp_path: Path) -> None:
    writer = PdfWriter()
    descriptor = writer.add(
        "<< /Type /FontDescriptor /FontName /NoSuchFont /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 "
        "/Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    font = writer.add(
        "<< /Type /Font /Subtype /TrueType /BaseFont /NoSuchFont /FirstChar 32 /LastChar 126 "
        f"/Widths [{' '.join(['600'] * 95)}] /FontDescriptor {descriptor} 0 R /Encoding /WinAnsiEncoding >>"
    )
    writer.page(text("Stand in", size=30), resources=f"/Font << /F1 {font} 0 R >>")
    page = page_of(writer.save(tmp_path / "a.pdf"), dpi=72)
    assert len(page.notes) == 1
    assert "NoSuchFont" in page.notes[0].en
    assert "未嵌入" in page.notes[0].zh


def test_standard_fonts_are_not_worth_a_note(tmp_path: Path) -> None:
    assert page_of(text_pdf(tmp_path / "a.pdf"), dpi=72).notes == ()


def test_password_is_asked_for_and_opens(tmp_path: Path) -> None:
    path = encrypted_pdf(tmp_path / "secret.pdf", "geheim")
    with pytest.raises(PasswordError, match=r"secret\.pdf is encrypted"):
        open_document(path)
    with pytest.raises(PasswordError, match="does not open"):
        open_document(path, "wrong")
    with open_document(path, "geheim") as document:
        assert document.page_count == 1
        assert document.text_heights(0) == [(12.0, 5)]


def test_faulty_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError, match="nowhere"):
        open_document(tmp_path / "nowhere.pdf")
    (tmp_path / "cut.pdf").write_bytes(text_pdf(tmp_path / "a.pdf").read_bytes()[:200])
    with pytest.raises(DamagedSourceError, match=r"cut\.pdf is damaged"):
        open_document(tmp_path / "cut.pdf")
    PdfWriter().save(tmp_path / "none.pdf")
    with pytest.raises(EmptySourceError, match="without pages"):
        open_document(tmp_path / "none.pdf")


def test_page_that_is_not_there_is_a_render_error(tmp_path: Path) -> None:
    with open_document(text_pdf(tmp_path / "a.pdf")) as document, pytest.raises(RenderError, match="Page 8"):
        document.page_size(7)


def test_image_that_declares_too_many_pixels_is_refused(tmp_path: Path) -> None:
    writer = PdfWriter()
    head = "/Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceGray /BitsPerComponent 8"
    resources = f"/XObject << /I1 {writer.stream(bytes(1000), head)} 0 R >>"
    writer.page("q 100 0 0 100 0 0 cm /I1 Do Q", size=(100, 100), resources=resources)
    path = writer.save(tmp_path / "bomb.pdf")
    with pytest.raises(PageTooLargeError, match="holds an image of 3600 megapixels"):
        page_of(path)


def test_file_that_changed_since_the_survey_is_refused(tmp_path: Path) -> None:
    path = text_pdf(tmp_path / "a.pdf")
    stamp = (path.stat().st_size, path.stat().st_mtime_ns)
    assert page_of(path, stamp=stamp, dpi=72).size == (595, 842)
    text_pdf(path, 3)
    with pytest.raises(DamagedSourceError, match="changed while it was being read"):
        page_of(path, stamp=stamp)


def test_placement_of_a_drawn_page_maps_to_points(tmp_path: Path) -> None:
    page = page_of(text_pdf(tmp_path / "a.pdf"), dpi=300)
    assert page.size == (2479, 3508)
    assert page.placement == Placement.scaling(page.size, (595, 842))
