"""A survey report: two A4 pages with headings, paragraphs in both languages, a bar chart and a table."""

from typing import Any

from benchmarks.samples.fonts import sans, sans_bold, serif
from benchmarks.samples.sheet import GREY, RULE, Column, Sheet, ruled_table, write_pdf
from benchmarks.samples.truth import document

LEFT, RIGHT = 62.0, 533.28
WIDTH = RIGHT - LEFT
GREEN, PALE = "#2f6f4f", "#a9cdb8"
SUMMARY = (
    "Five parks in Linjiang were observed on 56 days between March 2025 and February 2026. "
    "Together they received 26,040 visits a day, about a third more at weekends than the "
    "footpath counters had suggested. Satisfaction was high, but shade and toilets were named "
    "as the two most urgent gaps in every park."
)
METHOD_ZH = (
    "调查在五个公园的全部出入口进行。每个季节选取十个工作日和四个周末日，从早上六点到晚上九点，"
    "由两名观察员分别计数，每小时核对一次；两人的差异超过百分之五时，以现场录像为准。"
    "同时共发放问卷 1,860 份，收回有效问卷 1,642 份，有效率为 88.3%。"
)
METHOD_EN = (
    "Visitors were asked how they had come, how long they stayed, and what they would change "
    "first. Interviewers spoke to every tenth adult who left the park, in Chinese or in English. "
    "Rainy days were not replaced, so that the figures describe an ordinary year rather than a "
    "fine one."
)
SEASONS = [
    ("春季 Spring", 25.2, 40.4),
    ("夏季 Summer", 22.8, 34.5),
    ("秋季 Autumn", 27.7, 43.1),
    ("冬季 Winter", 13.5, 23.4),
]
PARKS = [
    ["公园 Park", "面积 Area (ha)", "日客流 Visits a day", "满意度 Score", "60 岁以上 Aged 60+"],
    ["松溪公园 Songxi", "18.4", "4,210", "4.3", "31%"],
    ["北岭公园 Beiling", "42.7", "6,880", "4.5", "24%"],
    ["月湖公园 Moon Lake", "65.2", "9,350", "4.6", "28%"],
    ["工人公园 Workers", "9.6", "3,140", "3.8", "47%"],
    ["河口湿地 Estuary", "88.1", "2,460", "4.4", "15%"],
    ["合计 Total", "224.0", "26,040", "4.4", "28%"],
]
COLUMNS = [
    Column(131.28, "left"),
    Column(80, "right"),
    Column(100, "right"),
    Column(70, "right"),
    Column(90, "right"),
]
DISCUSSION_ZH = (
    "工人公园面积最小，单位面积的客流却是河口湿地的十倍以上，老年人占比也最高。"
    "受访者提到最多的是座椅不足（61%）和夏季缺少遮阴（54%）。"
    "相比之下，河口湿地的游客平均停留 2.6 小时，为五个公园之最，但公共交通不便，七成以上的人自驾前往。"
)
DISCUSSION_EN = (
    "The gap between weekdays and weekends is widest in autumn and narrowest in winter, when the "
    "days are short. Moon Lake alone takes more than a third of all visits. A second "
    "entrance on its north side would shorten the walk from the metro from 14 minutes to 5."
)
ADVICE = [
    "1. 在工人公园增设 40 张带靠背的座椅，优先布置在树荫下。",
    "2. Extend bus line 27 to the Estuary Wetland on weekends from April to October.",
    "3. 月湖公园北门 2026 年底前开工，预算 380 万元。",
]


def draw() -> tuple[bytes, dict[str, Any]]:
    """Draw the report; gives the PDF and its truth."""
    sheets = [_first_page(), _second_page()]
    for number, sheet in enumerate(sheets, 1):
        sheet.rule(LEFT, 786, RIGHT, 786)
        sheet.text(LEFT, 803, "城市公园使用调查 2025", sans(), 8.5, colour=GREY)
        sheet.text(RIGHT, 803, f"{number} / {len(sheets)}", sans(), 8.5, align="right", colour=GREY)
    data = write_pdf(sheets, title="Urban Park Use Survey 2025", author="Lakeside Institute")
    return data, document("report", "report.pdf", "pt", [sheet.truth for sheet in sheets])


def _first_page() -> Sheet:
    sheet = Sheet("report")
    _running_head(sheet)
    sheet.text(LEFT, 104, "2025 年城市公园使用调查", sans_bold(), 22, colour=GREEN)
    sheet.text(LEFT, 128, "Urban Park Use Survey 2025", sans(), 14, colour=GREY)
    sheet.text(LEFT, 152, "湖畔研究所 城市空间组", sans(), 9.5)
    sheet.text(RIGHT, 152, "2026 年 3 月 12 日", sans(), 9.5, align="right")
    sheet.fill(LEFT - 10, 170, WIDTH + 20, 96, "#eef5f0", round_by=4)
    sheet.text(LEFT, 190, "Summary", sans_bold(), 11, colour=GREEN)
    sheet.paragraph(LEFT, 208, SUMMARY, serif(), 10.5, width=WIDTH, lead=15.5)
    _heading(sheet, 296, "1 方法 Method")
    y = sheet.paragraph(LEFT, 318, METHOD_ZH, serif(), 10.5, width=WIDTH, lead=17)
    sheet.paragraph(LEFT, y + 6, METHOD_EN, serif(), 10.5, width=WIDTH, lead=15.5)
    _heading(sheet, 474, "2 季节变化 Visits by season")
    _chart(sheet, 490, 250)
    caption = "图 1 五个公园合计日均客流（千人次） Figure 1. Mean daily visits, thousands"
    sheet.text(LEFT + WIDTH / 2, 766, caption, sans(), 8.5, align="centre", colour=GREY)
    return sheet


def _second_page() -> Sheet:
    sheet = Sheet("report")
    _running_head(sheet)
    _heading(sheet, 92, "3 各公园结果 Results by park")
    sheet.text(
        LEFT, 114, "表 1 面积、客流与满意度 Table 1. Area, visits and satisfaction", sans(), 8.5, colour=GREY
    )
    lower = ruled_table(sheet, LEFT, 124, PARKS, COLUMNS, (sans(), sans_bold()), size=8.5, row_height=23)
    sheet.truth.value("visits", "合计 Total / 日客流 Visits a day", "26,040")
    note = "满意度为 1 至 5 分，按客流加权。 Scores run from 1 to 5 and are weighted by visits."
    sheet.text(LEFT, lower + 16, note, sans(), 8, colour=GREY)
    _heading(sheet, 348, "4 讨论 Discussion")
    y = sheet.paragraph(LEFT, 370, DISCUSSION_ZH, serif(), 10.5, width=WIDTH, lead=17)
    y = sheet.paragraph(LEFT, y + 6, DISCUSSION_EN, serif(), 10.5, width=WIDTH, lead=15.5)
    _heading(sheet, y + 26, "5 建议 Recommendations")
    y += 48
    for item in ADVICE:
        sheet.text(LEFT, y, item, serif(), 10.5)
        y += 20
    _contact(sheet, y + 20)
    return sheet


def _contact(sheet: Sheet, y: float) -> None:
    sheet.fill(LEFT - 10, y, WIDTH + 20, 74, "#eef5f0", round_by=4)
    rows = [
        ("lead", "负责人 Lead author", "沈知微 Shen Zhiwei"),
        ("number", "报告编号 Report no.", "LI-2026-07"),
        ("contact", "联系方式 Contact", "parks@lakeside.example"),
    ]
    for step, (name, label, value) in enumerate(rows):
        sheet.text(LEFT, y + 22 + 20 * step, label, sans(), 9.5, colour=GREY)
        sheet.text(LEFT + 150, y + 22 + 20 * step, value, sans_bold(), 9.5)
        sheet.truth.value(name, label, value)


def _running_head(sheet: Sheet) -> None:
    sheet.text(LEFT, 50, "湖畔研究所 Lakeside Institute", sans(), 8.5, colour=GREY)
    sheet.text(RIGHT, 50, "研究简报 Research brief", sans(), 8.5, align="right", colour=GREY)
    sheet.rule(LEFT, 58, RIGHT, 58)


def _heading(sheet: Sheet, y: float, text: str) -> None:
    sheet.text(LEFT, y, text, sans_bold(), 13, colour=GREEN)


def _chart(sheet: Sheet, y: float, height: float) -> None:
    base, step = y + height - 20, (height - 62) / 50
    for legend, (colour, label) in enumerate([(GREEN, "工作日 Weekday"), (PALE, "周末 Weekend")]):
        x = LEFT + 250 + legend * 116
        sheet.fill(x, y + 5, 10, 10, colour)
        sheet.text(x + 16, y + 14, label, sans(), 8.5)
    for mark in range(0, 51, 10):
        sheet.rule(LEFT + 28, base - mark * step, RIGHT, base - mark * step, width=0.4, colour=RULE)
        sheet.text(LEFT + 20, base - mark * step + 3, str(mark), sans(), 8.5, align="right", colour=GREY)
    for place, (name, weekday, weekend) in enumerate(SEASONS):
        middle = LEFT + 28 + (WIDTH - 28) * (place + 0.5) / len(SEASONS)
        _bar(sheet, middle - 31, base, weekday, step, GREEN)
        _bar(sheet, middle + 3, base, weekend, step, PALE)
        sheet.text(middle, base + 16, name, sans(), 9, align="centre")


def _bar(sheet: Sheet, x: float, base: float, value: float, step: float, colour: str) -> None:
    sheet.fill(x, base - value * step, 28, value * step, colour)
    sheet.fill(x + 2, base - value * step - 14, 24, 13, "#ffffff")  # keeps the grid line out of the figure
    sheet.text(x + 14, base - value * step - 5, f"{value}", sans(), 8.5, align="centre")
