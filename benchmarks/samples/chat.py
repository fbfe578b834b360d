"""A long phone screenshot: a group chat, 1080 pixels wide, dark text on light bubbles and light on dark."""

import io
from typing import Any

from PIL import Image, ImageDraw

from benchmarks.samples.fonts import sans, sans_bold, wrap
from benchmarks.samples.ink import put_text
from benchmarks.samples.truth import Page, document

WIDTH, MAX_HEIGHT = 1080, 12_000
BACKGROUND, DARK, WHITE, GREY = "#ededf0", "#1b1e24", "#ffffff", "#77797f"
BUBBLES = {"me": ("#1d4f91", WHITE), "other": (WHITE, DARK), "card": ("#23272f", "#f2f3f5")}
PEOPLE = {"阿澈": "#d9763f", "Mia": "#5b8c5a", "老周": "#7a6bb0", "me": "#33658a"}
SIZE, LEAD = 44, 64
ME = "me"
MESSAGES: list[tuple[str, str]] = [
    ("time", "4 月 15 日 19:02"),
    ("阿澈", "这周末的露营定了吧？天气预报说周六晴，最高 24 度。"),
    ("Mia", "Confirmed! I booked two pitches at Heron Bay, sites 14 and 15."),
    (ME, "太好了。几点集合？"),
    ("阿澈", "集合时间：周六早上 7:40，地铁 6 号线云杉站 B 口。"),
    ("老周", "我开车，可以坐四个人，后备箱放得下两顶帐篷。"),
    ("Mia", "The gate opens at 9:00 and the drive takes about 70 minutes, so 7:40 works."),
    ("picture", "Mia"),
    ("Mia", "This is the view from site 14 last autumn."),
    (ME, "好美！需要自己带炉子吗？"),
    ("老周", "要的。营地不提供炉具，也不许生明火。"),
    (
        "card",
        "装备清单 Packing list|帐篷 2 顶：老周|气罐 3 个：阿澈|"
        "Sleeping bags: everyone|头灯 4 个：我|First aid kit: Mia",
    ),
    (ME, "头灯我有四个，都充好电了。"),
    ("阿澈", "菜单我来定：周六中午三明治，晚上番茄牛腩火锅，周日早上燕麦粥和煎蛋。"),
    ("Mia", "I can bring oat milk and fruit. Is anyone allergic to nuts?"),
    ("老周", "我对腰果过敏，别的都行。"),
    ("time", "4 月 15 日 19:31"),
    (ME, "费用怎么算？"),
    ("阿澈", "营位 360 元，油费和过路费 140 元，食材 220 元，一共 720 元，每人 180 元。"),
    ("Mia", "Sounds fair. I will pay for the pitches now and send you the receipt."),
    ("card", "付款成功 Paid|Heron Bay Campsite|订单号 HB-20260415-0093|金额 360.00 元"),
    (ME, "收到，明天我把 180 元转给你。"),
    ("老周", "记得带雨衣，山里下午容易有阵雨。"),
    ("Mia", "Also bring a warm layer. It drops to 9 degrees at night."),
    ("阿澈", "还有，垃圾全部带下山，营地没有垃圾桶。"),
    (ME, "明白。路上可以放我新做的歌单吗？"),
    ("老周", "可以，别放摇篮曲就行，我怕犯困。"),
    ("Mia", "Last thing: quiet hours start at 22:00, and phones have no signal past the bridge."),
    ("阿澈", "那大家出发前把离线地图下载好。"),
    (ME, "好的，周六见！"),
    ("Mia", "See you on Saturday!"),
]


class Screen:
    """The screenshot as it grows downwards: `y` is where the next thing starts."""

    def __init__(self) -> None:
        self.picture = Image.new("RGB", (WIDTH, MAX_HEIGHT), BACKGROUND)
        self.pen = ImageDraw.Draw(self.picture)
        self.truth = Page(WIDTH, 0)
        self.y = 0

    def write(
        self, x: float, baseline: float, text: str, size: int, colour: str, *, bold: bool = False
    ) -> None:
        """Draw one line and note its ink."""
        face = sans_bold() if bold else sans()
        self.truth.line(text, put_text(self.picture, x, baseline, text, face, size, colour))

    def centred(self, baseline: float, text: str, size: int, colour: str, *, bold: bool = False) -> None:
        """Draw one line in the middle."""
        face = sans_bold() if bold else sans()
        self.write(WIDTH / 2 - face.width(text, size) / 2, baseline, text, size, colour, bold=bold)


def draw() -> tuple[bytes, dict[str, Any]]:
    """Draw the screenshot; gives the PNG and its truth."""
    screen = Screen()
    _header(screen)
    for who, text in MESSAGES:
        _message(screen, who, text)
    _input_bar(screen)
    picture = screen.picture.crop((0, 0, WIDTH, screen.y))
    screen.truth.height = screen.y
    for name, label, value in (
        ("meeting", "集合时间", "周六早上 7:40"),
        ("order", "订单号", "HB-20260415-0093"),
        ("amount", "金额", "360.00 元"),
    ):
        screen.truth.value(name, label, value)
    data = io.BytesIO()
    picture.save(data, "PNG", optimize=True)
    return data.getvalue(), document("chat", "chat.png", "px", [screen.truth])


def _header(screen: Screen) -> None:
    screen.pen.rectangle((0, 0, WIDTH, 230), fill="#f7f7f8")
    screen.write(64, 78, "21:47", 40, DARK, bold=True)
    screen.pen.rounded_rectangle((936, 46, 1004, 80), 8, outline=DARK, width=4)
    screen.pen.rectangle((944, 54, 984, 72), fill=DARK)
    screen.pen.rectangle((1007, 56, 1012, 70), fill=DARK)
    screen.pen.line([(72, 146), (48, 170), (72, 194)], fill=DARK, width=6, joint="curve")
    screen.centred(187, "周末露营 Camping crew", 48, DARK, bold=True)
    for x in (972, 996, 1020):
        screen.pen.ellipse((x - 5, 165, x + 5, 175), fill=DARK)
    screen.pen.line([(0, 230), (WIDTH, 230)], fill="#d5d6da", width=2)
    screen.y = 230


def _message(screen: Screen, who: str, text: str) -> None:
    if who == "time":
        screen.centred(screen.y + 76, text, 32, GREY)
        screen.y += 100
    elif who == "picture":
        _photo(screen, text)
    elif who == "card":
        _bubble(screen, "Mia" if "Paid" in text else "阿澈", text.split("|"), BUBBLES["card"], card=True)
    else:
        colours = BUBBLES[ME if who == ME else "other"]
        _bubble(screen, who, wrap(text, sans(), SIZE, 690), colours)


def _bubble(
    screen: Screen, who: str, lines: list[str], colours: tuple[str, str], *, card: bool = False
) -> None:
    top = _person(screen, who)
    inner = 620 if card else max(sans().width(line, SIZE) for line in lines)
    width, height = int(inner) + 72, LEAD * len(lines) + 44 + (22 if card else 0)
    left = WIDTH - 172 - width if who == ME else 172
    screen.pen.rounded_rectangle((left, top, left + width, top + height), 26, fill=colours[0])
    baseline = top + 22 + 46
    for number, line in enumerate(lines):
        first = card and number == 0
        screen.write(left + 36, baseline, line, SIZE, colours[1], bold=first)
        if first:
            screen.pen.line(
                [(left + 36, baseline + 27), (left + width - 36, baseline + 27)], fill="#5a606b", width=2
            )
            baseline += 22
        baseline += LEAD
    screen.y = top + height


def _person(screen: Screen, who: str) -> int:
    """Draw the avatar and, for the others, the name; give the upper edge of what they say."""
    top = screen.y + 44
    left = WIDTH - 140 if who == ME else 36
    screen.pen.rounded_rectangle((left, top, left + 104, top + 104), 20, fill=PEOPLE[who])
    screen.pen.ellipse((left + 34, top + 20, left + 70, top + 56), fill="#fbf3ea")
    screen.pen.pieslice((left + 16, top + 62, left + 88, top + 146), 180, 360, fill="#fbf3ea")
    if who == ME:
        return top
    screen.write(176, top + 28, who, 32, GREY)
    return top + 48


def _photo(screen: Screen, who: str) -> None:
    """Draw a picture of a lake in the evening; it holds no text."""
    top = _person(screen, who)
    photo = Image.new("RGB", (620, 420))
    pen = ImageDraw.Draw(photo)
    for row in range(420):
        glow = row / 260
        pen.line(
            [(0, row), (620, row)],
            fill=(int(90 + 150 * min(glow, 1)), int(120 + 60 * glow), int(170 - 40 * glow)),
        )
    pen.ellipse((410, 120, 480, 190), fill="#ffe3a3")
    pen.polygon([(0, 250), (120, 130), (230, 230), (330, 150), (470, 260), (0, 260)], fill="#51607f")
    pen.polygon([(250, 260), (430, 190), (620, 250), (620, 262), (250, 262)], fill="#3d4a66")
    pen.rectangle((0, 260, 620, 420), fill="#6d83a3")
    for row in range(270, 420, 14):
        pen.line([(390 - (row - 260) // 3, row), (500 + (row - 260) // 3, row)], fill="#c9b98f", width=3)
    pen.polygon([(60, 400), (150, 300), (240, 400)], fill="#d8703a")
    pen.polygon([(150, 300), (128, 400), (172, 400)], fill="#7d3b1c")
    corners = Image.new("L", photo.size)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, 619, 419), 26, fill=255)
    screen.picture.paste(photo, (172, top), corners)
    screen.y = top + 420


def _input_bar(screen: Screen) -> None:
    top = screen.y + 60
    screen.pen.rectangle((0, top, WIDTH, top + 190), fill="#f7f7f8")
    screen.pen.rounded_rectangle((120, top + 30, 830, top + 120), 20, fill=WHITE)
    screen.write(152, top + 90, "输入消息 Message", 40, "#8a8d94")
    for x in (76, 886, 1002):
        screen.pen.ellipse((x - 32, top + 43, x + 32, top + 107), outline=DARK, width=5)
    screen.pen.rounded_rectangle((370, top + 160, 710, top + 170), 5, fill=DARK)
    screen.y = top + 190
