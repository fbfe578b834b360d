"""A designer's invoice: one A4 page, Chinese and English, an item table with ruling lines."""

from decimal import Decimal
from typing import Any

from benchmarks.samples.fonts import sans, sans_bold
from benchmarks.samples.sheet import GREY, Column, Sheet, ruled_table, write_pdf
from benchmarks.samples.truth import document

LEFT, RIGHT = 48.0, 547.28
BRAND = "#1f5f8b"
ITEMS = [
    ("品牌标志设计 Brand mark", "1", "12,800.00"),
    ("包装插画 Packaging illustration", "6", "1,450.00"),
    ("菜单排版 Menu layout, A3", "2", "960.00"),
    ("门店导视 Shop signage drawings", "4", "1,180.00"),
    ("印前校对 Prepress proofing, hours", "9.5", "240.00"),
]
COLUMNS = [
    Column(44, "centre"),
    Column(227.28, "left"),
    Column(60, "right"),
    Column(84, "right"),
    Column(84, "right"),
]
HEADING = ["序号 No.", "服务内容 Description", "数量 Qty", "单价 Unit price", "金额 Amount"]


def draw() -> tuple[bytes, dict[str, Any]]:
    """Draw the invoice; gives the PDF and its truth."""
    sheet = Sheet("invoice")
    _letterhead(sheet)
    _parties(sheet)
    rows = [HEADING, *([str(n), *_row(*item)] for n, item in enumerate(ITEMS, 1))]
    lower = ruled_table(sheet, LEFT, 306, rows, COLUMNS, (sans(), sans_bold()), row_height=26)
    _totals(sheet, lower + 28)
    _payment(sheet, lower + 170)
    _footer(sheet)
    data = write_pdf([sheet], title="Invoice CL-2026-0317", author="Clearlight Design Studio")
    return data, document("invoice", "invoice.pdf", "pt", [sheet.truth])


def _row(name: str, quantity: str, price: str) -> list[str]:
    return [name, quantity, price, _money(Decimal(quantity) * _amount(price))]


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _money(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.01')):,}"


def _letterhead(sheet: Sheet) -> None:
    sheet.fill(0, 0, 595.28, 10, BRAND)
    sheet.disc(LEFT + 19, 68, 19, BRAND)
    sheet.disc(LEFT + 26, 61, 10, "#f6c445")
    sheet.text(LEFT + 50, 64, "澄光设计工作室", sans_bold(), 17)
    sheet.text(LEFT + 50, 83, "Clearlight Design Studio", sans(), 11, colour=GREY)
    sheet.text(RIGHT, 68, "发票", sans_bold(), 24, align="right", colour=BRAND)
    sheet.text(RIGHT, 88, "INVOICE", sans(), 12, align="right", colour=BRAND)
    sheet.rule(LEFT, 106, RIGHT, 106, width=1, colour=BRAND)
    sheet.text(LEFT, 126, "临江市和风路 88 号梧桐里 3 栋 502 室", sans(), 9, colour=GREY)
    sheet.text(LEFT, 141, "Room 502, Building 3, 88 Hefeng Road, Linjiang", sans(), 9, colour=GREY)
    sheet.text(RIGHT, 126, "hello@clearlight.example", sans(), 9, align="right", colour=GREY)
    sheet.text(RIGHT, 141, "021-5555-0134", sans(), 9, align="right", colour=GREY)


def _parties(sheet: Sheet) -> None:
    sheet.text(LEFT, 182, "客户 Bill to", sans_bold(), 10, colour=BRAND)
    sheet.text(LEFT, 202, "松溪咖啡有限公司", sans_bold(), 12)
    sheet.text(LEFT, 220, "Songxi Coffee Roasters Co., Ltd.", sans(), 10)
    sheet.text(LEFT, 238, "松溪县河埠街 12 号", sans(), 10)
    sheet.text(LEFT, 256, "联系人 Attn: 林予安 Lin Yu'an", sans(), 10)
    rows = [
        ("number", "发票号码 Invoice no.", "CL-2026-0317"),
        ("issued", "开票日期 Issued", "2026-03-17"),
        ("due", "付款期限 Due date", "2026-04-16"),
        ("order", "合同编号 Contract", "SX-0926"),
    ]
    for step, (name, label, value) in enumerate(rows):
        _labelled(sheet, 190 + 22 * step, name, label, value)


def _labelled(sheet: Sheet, y: float, name: str, label: str, value: str, *, right: float = RIGHT) -> None:
    sheet.text(332, y, label, sans(), 10, colour=GREY)
    sheet.text(right, y, value, sans_bold(), 10, align="right")
    sheet.truth.value(name, label, value)


def _totals(sheet: Sheet, y: float) -> None:
    subtotal = sum((_amount(_row(*item)[-1]) for item in ITEMS), Decimal(0))
    discount = -subtotal * Decimal("0.05")
    tax = (subtotal + discount) * Decimal("0.06")
    _labelled(sheet, y, "subtotal", "小计 Subtotal", _money(subtotal), right=RIGHT - 7)
    _labelled(sheet, y + 22, "discount", "老客户折扣 Discount 5%", _money(discount), right=RIGHT - 7)
    _labelled(sheet, y + 44, "tax", "增值税 VAT 6%", _money(tax), right=RIGHT - 7)
    sheet.fill(322, y + 58, RIGHT - 322, 34, BRAND, round_by=3)
    label, total = "应付合计 Total due", f"¥ {_money(subtotal + discount + tax)}"
    sheet.text(332, y + 80, label, sans_bold(), 11, colour="#ffffff")
    sheet.text(RIGHT - 7, y + 80, total, sans_bold(), 13, align="right", colour="#ffffff")
    sheet.truth.value("total", label, total)


def _payment(sheet: Sheet, y: float) -> None:
    sheet.text(LEFT, y, "付款方式 Payment", sans_bold(), 10, colour=BRAND)
    rows = [
        ("bank", "开户银行 Bank", "临江商业银行梧桐支行"),
        ("account", "账号 Account", "6200 0000 1234 5678"),
        ("reference", "附言 Reference", "CL-2026-0317"),
    ]
    for step, (name, label, value) in enumerate(rows, 1):
        sheet.text(LEFT, y + 20 * step, label, sans(), 10, colour=GREY)
        sheet.text(LEFT + 120, y + 20 * step, value, sans(), 10)
        sheet.truth.value(name, label, value)
    sheet.text(LEFT, y + 92, "请在付款期限前汇款，并注明发票号码。", sans(), 9.5)
    sheet.text(LEFT, y + 108, "Please pay by the due date and quote the invoice number.", sans(), 9.5)


def _footer(sheet: Sheet) -> None:
    sheet.rule(LEFT, 790, RIGHT, 790)
    sheet.text(LEFT, 808, "感谢您的信任 Thank you for your trust", sans(), 9, colour=GREY)
    sheet.text(RIGHT, 808, "1 / 1", sans(), 9, align="right", colour=GREY)
