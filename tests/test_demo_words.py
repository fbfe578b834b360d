"""Languages of the page, and HTML that nothing hostile gets through."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.views import view
from demo.words import language_of, page_translations, say

SENTENCES = Path(__file__).parents[1] / "demo" / "sentences"


@pytest.mark.parametrize(
    ("wanted", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-TW", "zh"),
        ("zh-Hant-HK", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr-FR,fr;q=0.9", "en"),
        ("fr;q=0.9,zh;q=0.5,en;q=0.4", "zh"),
        ("en;q=0,zh;q=0.1", "zh"),
        ("", "en"),
        ("zh;q=abc", "en"),
        (",;q=,,,", "en"),
    ],
)
def test_language_of_a_browsers_list(wanted: str, lang: str) -> None:
    assert language_of(wanted) == lang


def test_page_sentences_hold_no_values_as_the_browser_fills_none_in() -> None:
    for key, words in page_translations()["en"].items():
        assert not list(filter(None, (name for _, name, _, _ in string.Formatter().parse(words)))), key


def test_traditional_chinese_falls_to_simplified() -> None:
    words = page_translations()
    assert words["zh-TW"] == words["zh-CN"]
    assert words["zh-CN"]["page.tab.documents"] == "文档"


def test_no_chinese_screen_says_its_labels_in_english() -> None:
    same = {k for k, v in page_translations()["en"].items() if v == page_translations()["zh-CN"][k]}
    assert same == {"page.title"}


@given(st.text(alphabet=st.sampled_from("<>\"'&=/ scriptonerror`${}"), min_size=1))
def test_a_hostile_file_name_stays_text(name: str) -> None:
    fields = {"locked": True, "opened": False, "pages": 2, "ranges": True}
    upload = fields | {"name": name, "fault": "", "wanted": name, "wanted_fault": name}
    drawn = view("uploads", "en", uploads=[upload], notes=[name])
    harmless = {"name": "x", "wanted": "x", "wanted_fault": "x"}
    plain = view("uploads", "en", uploads=[upload | harmless], notes=["x"])
    assert drawn.count("<") == plain.count("<")
    assert drawn.count('"') == plain.count('"')


def test_an_unknown_sentence_is_an_error_and_not_an_empty_label() -> None:
    with pytest.raises(KeyError):
        say("page.no_such_sentence")


IN_A_DOCUMENT = "save it with smaller pictures"
"""Where a picture is one that somebody put into a document, and no image of ours."""
NUMBERED_OR_JOINED = re.compile(r"图片|截图|拼图|原图|主图|发送图|柱状图|第 (?:\{\w+\}|\d) 张图|图\{\w+\}")


def test_what_a_model_is_sent_has_one_name_in_each_language() -> None:
    """It is an image, and 图片; a bare 图 stands only with a number or in a compound."""
    files = [path for path in SENTENCES.glob("*.toml") if not path.stem.startswith("engines")]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    english = [line for line in lines if line.startswith("en =") and "picture" in line.lower()]
    chinese = [line for line in lines if line.startswith("zh =") and "图" in NUMBERED_OR_JOINED.sub("", line)]
    assert [line for line in english if IN_A_DOCUMENT not in line] == []
    assert chinese == []
