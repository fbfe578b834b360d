import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.pdf_writer import text_pdf
from toolkit.errors import DamagedSourceError, PreflightError
from toolkit.pdf import open_document
from toolkit.reasons import reason_of
from toolkit.sources import open_picture


def _refusal(path: Path) -> PreflightError:
    with pytest.raises(DamagedSourceError) as caught:
        open_picture(path)
    return caught.value


@pytest.mark.parametrize(("kind", "zh"), [("JPEG", "不完整"), ("PNG", "（"), ("TIFF", "（")])
def test_cut_image_says_why_in_both_languages(tmp_path: Path, kind: str, zh: str) -> None:
    file = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (90, 90), np.uint8)
    Image.fromarray(noise).save(file, kind)
    path = tmp_path / "cut.img"
    path.write_bytes(file.getvalue()[:900])
    text = _refusal(path).text
    assert zh in text.zh
    inner = text.zh.split("（", 1)[1].split("）。", 1)[0]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in inner), inner


def test_cut_pdf_says_why_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "cut.pdf"
    path.write_bytes(text_pdf(tmp_path / "a.pdf").read_bytes()[:200])
    with pytest.raises(DamagedSourceError) as caught:
        open_document(path)
    assert "it has no PDF structure" in caught.value.text.en
    assert "缺少 PDF 结构" in caught.value.text.zh


@pytest.mark.parametrize(
    ("said", "zh"),
    [
        ("image file is truncated (12 bytes not processed)", "末尾缺失"),
        ("broken data stream when reading image file", "数据损坏"),
        ("unknown compression 999", "不支持的压缩方式"),
        ("cannot identify image file", "文件头"),
        ("Failed to load page.", "无法载入该页"),
        ("something that nobody has seen", "读取时出错：something that nobody has seen"),
    ],
)
def test_messages_of_libraries_are_put_into_chinese(said: str, zh: str) -> None:
    assert zh in reason_of(said).zh
    assert reason_of(OSError(said)) == reason_of(said)
