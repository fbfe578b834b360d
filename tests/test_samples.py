"""The sample documents say what truth.json says, and say it there."""

from decimal import Decimal

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from demo.samples import SAMPLES, TruthPage, get_sample, true_pages

SCALE = 4.0
"""Pixels a point at which the PDF samples are drawn to look for ink."""
PDF_NAMES = ["invoice", "report"]
ALL_NAMES = [sample.name for sample in SAMPLES]


def _pixels(name: str) -> list[np.ndarray]:
    path = get_sample(name).path
    if path.suffix != ".pdf":
        with Image.open(path) as image:
            return [np.asarray(image.convert("L"), np.float32)]
    with pypdfium2.PdfDocument(path) as pdf:
        return [np.asarray(page.render(scale=SCALE).to_pil().convert("L"), np.float32) for page in pdf]


def _edges_of_ink(page: TruthPage, number: int, pixels: np.ndarray, scale: float, slack: int) -> np.ndarray:
    """Measure the ink in and around one line's box, other lines left out; ink has a third of the contrast."""
    boxes = np.array([line.box for line in page.lines]) * scale
    left, upper, right, lower = boxes[number].round().astype(int)
    x, y = max(left - slack - 4, 0), max(upper - slack - 4, 0)
    area = pixels[y : lower + slack + 4, x : right + slack + 4].copy()
    ground = float(np.median(area[0]))
    for other in (
        np.delete(boxes, number, axis=0).round().astype(int) - [x, y, x, y] + [-slack, -slack, slack, slack]
    ):
        area[max(other[1], 0) : max(other[3], 0), max(other[0], 0) : max(other[2], 0)] = ground
    contrast = np.abs(area - ground)
    rows, columns = np.nonzero(contrast > max(contrast.max() / 3, 16))
    return np.array([x + columns.min(), y + rows.min(), x + columns.max() + 1, y + rows.max() + 1])


def _faults(page: TruthPage, pixels: np.ndarray, scale: float, slack: int) -> list[str]:
    """Name the lines whose ink ends more than `slack` pixels inside or outside an edge of their box."""
    faults = []
    for number, line in enumerate(page.lines):
        drawn, noted = _edges_of_ink(page, number, pixels, scale, slack), np.array(line.box) * scale
        if np.abs(drawn - noted).max() > slack:
            faults.append(f"{line.text}: noted {noted}, drawn {drawn}")
    return faults


@pytest.mark.parametrize("name", ALL_NAMES)
def test_truth_has_every_page_of_the_sample_in_its_own_size(name: str) -> None:
    pages, path = true_pages(name), get_sample(name).path
    if path.suffix == ".pdf":
        with pypdfium2.PdfDocument(path) as pdf:
            sizes = [page.get_size() for page in pdf]
    else:
        with Image.open(path) as image:
            sizes = [image.size]
    assert [(p.width, p.height) for p in pages] == [pytest.approx(size, abs=0.01) for size in sizes]
    assert [p.page for p in pages] == list(range(1, len(sizes) + 1))


@pytest.mark.parametrize("name", PDF_NAMES)
def test_text_of_a_pdf_sample_equals_the_truth(name: str) -> None:
    with pypdfium2.PdfDocument(get_sample(name).path) as pdf:
        for page, truth in zip(pdf, true_pages(name), strict=True):
            assert page.get_textpage().get_text_range().split() == truth.text.split()


@pytest.mark.parametrize("name", PDF_NAMES)
def test_box_of_a_line_holds_the_text_of_a_pdf_sample(name: str) -> None:
    with pypdfium2.PdfDocument(get_sample(name).path) as pdf:
        for page, truth in zip(pdf, true_pages(name), strict=True):
            text = page.get_textpage()
            for line in truth.lines:
                left, upper, right, lower = line.box
                inside = text.get_text_bounded(
                    left - 1, truth.height - lower - 1, right + 1, truth.height - upper + 1
                )
                assert inside.split() == line.text.split()


@pytest.mark.parametrize("name", PDF_NAMES)
def test_fonts_of_a_pdf_sample_are_embedded(name: str) -> None:
    with pypdfium2.PdfDocument(get_sample(name).path) as pdf:
        texts = [o for page in pdf for o in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])]
        assert texts
        assert all(text.get_font().is_embedded for text in texts)


@pytest.mark.parametrize("name", ["invoice", "report", "chat"])
def test_box_of_a_line_holds_its_ink_and_nothing_else(name: str) -> None:
    scale = SCALE if name in PDF_NAMES else 1.0
    pages = zip(true_pages(name), _pixels(name), strict=True)
    assert [fault for page, pixels in pages for fault in _faults(page, pixels, scale, slack=2)] == []


def test_box_of_a_line_on_the_blurred_photo_holds_its_ink() -> None:
    (page,), (pixels,) = true_pages("receipt"), _pixels("receipt")
    assert _faults(page, pixels, 1.0, slack=5) == []


@pytest.mark.parametrize("name", ALL_NAMES)
def test_labels_and_values_stand_on_the_page(name: str) -> None:
    for page in true_pages(name):
        cells = {cell for table in page.tables for row in table.rows for cell in row}
        assert cells <= {line.text for line in page.lines}
        for field in page.fields:
            assert field.value in page.text
            assert all(part in page.text for part in field.label.split(" / "))


def _amount(text: str) -> Decimal:
    return Decimal(text.removeprefix("¥ ").replace(",", ""))


def test_invoice_adds_up() -> None:
    (page,) = true_pages("invoice")
    rows = page.tables[0].rows[1:]
    assert all(_amount(r[2]) * _amount(r[3]) == _amount(r[4]) for r in rows)
    values = {field.name: field.value for field in page.fields}
    subtotal, discount, tax, total = (_amount(values[n]) for n in ("subtotal", "discount", "tax", "total"))
    assert subtotal == sum(_amount(row[4]) for row in rows) == Decimal("30420.00")
    assert discount == -subtotal * Decimal("0.05")
    assert tax == (subtotal + discount) * Decimal("0.06")
    assert total == subtotal + discount + tax == Decimal("30632.94")


def test_receipt_adds_up() -> None:
    (page,) = true_pages("receipt")
    values = {field.name: field.value for field in page.fields}
    subtotal, discount, total, cash, change = (
        _amount(values[name]) for name in ("subtotal", "discount", "total", "cash", "change")
    )
    texts = [line.text for line in page.lines]
    items = [(text, texts[place + 1]) for place, text in enumerate(texts) if " x " in text]
    assert len(items) == 4
    assert all(_amount(a.split(" x ")[0]) * _amount(a.split(" x ")[1]) == _amount(b) for a, b in items)
    assert sum(_amount(amount) for _, amount in items) == subtotal
    assert (subtotal + discount, cash - total) == (total, change)
    assert total == Decimal("97.65")


def test_report_table_adds_up() -> None:
    table = true_pages("report")[1].tables[0]
    for column in (1, 2):
        numbers = [_amount(row[column]) for row in table.rows[1:]]
        assert sum(numbers[:-1]) == numbers[-1]


def test_samples_are_small_together() -> None:
    files = list(SAMPLES[0].path.parent.iterdir())
    assert sum(file.stat().st_size for file in files if file.is_file()) < 1_500_000


def test_words_of_a_sample_are_there_in_both_languages() -> None:
    for sample in SAMPLES:
        for text in (sample.title, sample.about, sample.question):
            assert text.en.isascii()
            assert any("一" <= char <= "鿿" for char in text.zh)
