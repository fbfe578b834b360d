"""The page's endpoints and events, called through its own app."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_client import Visitor, open_page
from documents import Page, Words, write_pdf


@pytest.fixture(scope="module")
def page() -> Iterator[tuple[Any, Any]]:
    with open_page() as opened:
        yield opened


@pytest.fixture
def visitor(page: tuple[Any, Any]) -> Visitor:
    return Visitor(*page, {"accept-language": "en"})


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    words = Words("Total amount 97.65", x=72, y=700, size=24)
    return write_pdf(tmp_path / "a bill.pdf", Page(content=(words,)), Page())


def prepared(visitor: Visitor, *files: Path) -> dict[str, Any]:
    return visitor.call("prepare", visitor.upload(*files), "auto", "qwen3-vl", 300, "never", "")


def test_info_names_describes_and_types_every_endpoint(page: tuple[Any, Any]) -> None:
    endpoints = page[0].get("/gradio_api/info").json()["named_endpoints"]
    assert list(endpoints) == ["/prepare", "/inspect", "/order", "/build_prompt", "/ask"]
    for endpoint in endpoints.values():
        assert endpoint["description"]
        assert all(parameter["type"] for parameter in endpoint["parameters"])


def test_prepare_gives_the_manifest_in_order(visitor: Visitor, pdf: Path) -> None:
    manifest = prepared(visitor, pdf)
    assert [image["source"]["page"] for image in manifest["images"]] == [1, 2]
    assert manifest["failures"] == []
    assert manifest["tokens"] == sum(image["tokens"] for image in manifest["images"])


def test_the_whole_job_ends_with_places_on_the_page(visitor: Visitor, pdf: Path) -> None:
    prepared(visitor, pdf)
    ordered = visitor.call("order", "none", [2, 1], {})
    assert [image["source"]["page"] for image in ordered["images"]] == [2, 1]
    prompt = visitor.call("build_prompt", "read-text", "whole", "text", "", "", "en")
    images = [part["image"] for part in prompt["messages"][1]["content"] if part["type"] == "image"]
    assert images == [1, 2]
    answer = visitor.call("ask", "read-boxes", "whole", "boxes", "", "", "en", False)
    assert answer["ok"], answer["faults"]
    place = next(p for one in answer["pages"] if one["page"] == 1 for p in one["places"])
    assert "97.65" in place["text"]
    # 24 pt text with its baseline at 700 of 842 pt stands between 118 and 147 pt from the top.
    left, upper, _, lower = place["box"]
    assert left == pytest.approx(72, abs=4)
    assert 115 < upper < lower < 150


def test_a_task_the_reader_cannot_do_is_refused_by_name(visitor: Visitor, pdf: Path) -> None:
    prepared(visitor, pdf)
    with pytest.raises(AssertionError, match="language model"):
        visitor.call("ask", "describe", "whole", "", "", "", "en", False)


def test_an_error_speaks_the_language_of_the_request(page: tuple[Any, Any]) -> None:
    chinese = Visitor(*page, {"accept-language": "zh-TW,zh;q=0.9,en;q=0.5"})
    with pytest.raises(AssertionError, match="请先在第 1 步处理文档"):
        chinese.call("ask", "read-text", "whole", "", "", "", "zh", False)


def test_visitors_do_not_see_each_other(page: tuple[Any, Any], pdf: Path) -> None:
    one, other = (Visitor(*page, {}) for _ in range(2))
    assert prepared(one, pdf)["images"]
    assert other.call("order", "none", [], {})["images"] == []


def test_a_path_that_was_not_uploaded_is_refused(visitor: Visitor) -> None:
    stranger = [{"path": str(Path(__file__)), "meta": {"_type": "gradio.FileData"}}]
    with pytest.raises(AssertionError):
        visitor.call("prepare", stranger, "auto", "qwen3-vl", 300, "never", "")
    assert Path(__file__).is_file()


def test_an_upload_cannot_be_fetched_by_its_address(visitor: Visitor, pdf: Path) -> None:
    (uploaded,) = visitor.upload(pdf)
    assert Path(uploaded["path"]).is_file()
    assert visitor.client.get(f"/gradio_api/file={uploaded['path']}").status_code == 404


def test_two_visitors_may_upload_the_same_file(page: tuple[Any, Any], pdf: Path) -> None:
    one, other = (Visitor(*page, {}) for _ in range(2))
    given = [visitor.upload(pdf) for visitor in (one, other)]
    for visitor, files in zip((one, other), given, strict=True):
        assert visitor.call("prepare", files, "auto", "qwen3-vl", 300, "never", "")["failures"] == []


def test_there_is_no_way_round_the_queue(page: tuple[Any, Any]) -> None:
    answer = page[0].post("/gradio_api/run/order", json={"data": ["none", [], {}]})
    assert answer.status_code == 404


def test_a_broken_file_is_named_without_its_path_and_the_other_comes_through(
    visitor: Visitor, pdf: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "坏 文件.pdf"
    broken.write_bytes(b"%PDF-1.4\nnothing more")
    manifest = prepared(visitor, broken, pdf)
    assert len(manifest["images"]) == 2
    (failure,) = manifest["failures"]
    assert "坏 文件.pdf" in failure["message"]
    assert str(visitor.blocks.context.store.root) not in str(manifest)


def test_sample_button_adds_the_sample_and_looks_into_it(visitor: Visitor) -> None:
    step = visitor.blocks.context.steps["documents"]
    told = visitor.fire("add_sample", act="sample", arg="report", value="")
    assert "report.pdf" in told[step.sources.list]
    told = visitor.fire("look_closer")
    assert "2 pages" in told[step.sources.list]


def test_pressing_prepare_without_documents_says_what_to_do(visitor: Visitor) -> None:
    step = visitor.blocks.context.steps["documents"]
    told = visitor.fire("run", "[]")
    assert "Add a document first" in told[step.gallery]


def test_a_hostile_event_changes_nothing(visitor: Visitor, pdf: Path) -> None:
    prepared(visitor, pdf)
    before = visitor.call("order", "none", [], {})
    for act, arg in (("up", "99"), ("remove", "-1"), ("role", "1; drop"), ("<b>", "1"), ("put", "2")):
        visitor.fire("change", act=act, arg=arg, value="<script>")
    after = visitor.call("order", "none", [], {})
    assert [i["label"] for i in after["images"]] == [i["label"] for i in before["images"]]


def test_an_unknown_image_number_is_refused_with_those_there_are(visitor: Visitor, pdf: Path) -> None:
    prepared(visitor, pdf)
    with pytest.raises(AssertionError, match="Images have the numbers 1, 2"):
        visitor.call("order", "none", [7], {})


def test_the_page_has_its_head_and_safe_headers_before_anything_of_gradios(page: tuple[Any, Any]) -> None:
    answer = page[0].get("/")
    text = answer.text
    assert text.index("vlPreflight") < text.index("window.gradio_config")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=https://example.com/x.png",
        "/gradio_api/file=http:/example.com",
        "/gradio_api/proxy=x",
    ],
)
def test_the_page_fetches_nothing_from_elsewhere(page: tuple[Any, Any], path: str) -> None:
    assert page[0].get(path).status_code == 404
