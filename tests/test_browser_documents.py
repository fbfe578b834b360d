"""Step 1 in a real browser: looking closely, undo, page ranges, passwords, paste, camera, reload."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from browsing import Tab, add, address, browser, documents, open_tab, prepare, tab
from documents import Page, Words, write_pdf
from encrypted_pdf import encrypted_pdf
from PIL import Image, ImageDraw

pytestmark = pytest.mark.browser

__all__ = ["address", "browser", "tab"]


def small_pdf(folder: Path, pages: int, name: str = "many.pdf") -> Path:
    return write_pdf(
        folder / name, *[Page(content=(Words(f"Page {n}", y=600, size=20),)) for n in range(pages)]
    )


def cards(tab: Tab) -> int:
    return int(tab.page.locator("#vp-gallery .vp-card:not(.vp-coming)").count())


def test_a_picture_is_looked_at_in_three_ways(tab: Tab, tmp_path: Path) -> None:
    prepare(tab, documents(tmp_path))
    page = tab.page
    page.locator("#vp-gallery [data-act=look]").first.click()
    before = page.wait_for_selector(".vp-compare-before")
    page.wait_for_function("document.querySelector('.vp-compare-before').complete")
    # What is compared is PNG, never Gradio's own lossy copy, and the original has more pixels.
    sizes = page.evaluate(
        "[...document.querySelectorAll('.vp-compare img')].map((i) => [i.naturalWidth, i.src])"
    )
    assert all(address.endswith(".png") for _, address in sizes)
    assert sizes[1][0] > 2 * sizes[0][0]
    assert before is not None
    slider = page.locator("[data-compare] input[type=range]")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.querySelector('[data-compare]').style.getPropertyValue('--at')") == "55%"

    page.locator("[data-act=view][data-arg=true]").click()
    picture = page.wait_for_selector(".vp-stage-true img")
    shown = picture.bounding_box()
    natural = picture.evaluate("(i) => [i.naturalWidth, i.naturalHeight]")
    assert [shown["width"], shown["height"]] == pytest.approx(natural, abs=0.5)

    page.locator("[data-act=view][data-arg=text]").click()
    page.wait_for_selector(".vp-plot")
    page.wait_for_function("document.querySelector('.vp-plot').naturalWidth > 500")
    page.locator(".vp-detail [data-act=window]").select_option("4096")
    page.wait_for_function("document.querySelector('.vp-facts').textContent.includes('18 % of a window')")
    page.get_by_role("button", name="All images").click()
    page.wait_for_selector(".vp-card")


def test_a_click_is_answered_within_200_ms(tab: Tab, tmp_path: Path) -> None:
    prepare(tab, documents(tmp_path))
    waited = tab.page.evaluate(
        """async () => {
          const button = document.querySelector("#vp-gallery [data-act=look]");
          const began = performance.now();
          button.click();
          while (!button.classList.contains("vp-pressed")) await new Promise(requestAnimationFrame);
          return performance.now() - began;
        }"""
    )
    assert waited < 200
    tab.page.wait_for_selector(".vp-detail")


def test_pages_are_chosen_and_a_wrong_range_is_named(tab: Tab, tmp_path: Path) -> None:
    add(tab, small_pdf(tmp_path, 5))
    field = tab.page.wait_for_selector("[data-field=pages]")
    field.fill("2-9")
    tab.press("documents.prepare")
    tab.page.wait_for_function("document.querySelector('#vp-gallery').textContent.includes('mend')")
    assert "9" in tab.page.wait_for_selector(".vp-fault").inner_text()
    tab.page.locator("[data-field=pages]").fill("2,4")
    tab.press("documents.prepare")
    tab.page.wait_for_selector("#vp-next-order", state="visible")
    words = tab.page.locator("#vp-gallery .vp-card .vp-meta").all_inner_texts()
    assert [text.strip() for text in words] == ["page 2", "page 4"]


def test_a_password_is_typed_beside_its_document(tab: Tab, tmp_path: Path) -> None:
    add(tab, encrypted_pdf(tmp_path / "secret.pdf", "geheim"))
    field = tab.page.wait_for_selector("[data-field=password]")
    field.fill("geheim")
    field.press("Enter")
    tab.page.wait_for_function("document.querySelector('.vp-uploads').textContent.includes('unlocked')")
    tab.press("documents.prepare")
    tab.page.wait_for_selector("#vp-next-order", state="visible")
    assert cards(tab) == 1


def test_a_password_that_was_not_sent_yet_counts_when_preparing(tab: Tab, tmp_path: Path) -> None:
    add(tab, encrypted_pdf(tmp_path / "secret.pdf", "geheim"))
    tab.page.wait_for_selector("[data-field=password]").fill("geheim")
    tab.press("documents.prepare")
    tab.page.wait_for_selector("#vp-next-order", state="visible")
    assert cards(tab) == 1


def test_removing_is_undone(tab: Tab, tmp_path: Path) -> None:
    add(tab, *documents(tmp_path))
    tab.page.get_by_role("button", name="Remove bill.pdf").click()
    tab.page.wait_for_function("document.querySelectorAll('.vp-uploads li').length === 1")
    tab.page.get_by_role("button", name="Undo: remove bill.pdf").click()
    tab.page.wait_for_function("document.querySelectorAll('.vp-uploads li').length === 2")


def test_a_reload_in_the_middle_finds_the_preparation_again(tab: Tab, tmp_path: Path) -> None:
    add(tab, small_pdf(tmp_path, 60))
    tab.press("documents.prepare")
    tab.page.wait_for_function("document.querySelectorAll('.vp-card:not(.vp-coming)').length > 1")
    tab.page.reload()
    tab.page.wait_for_selector(".vp-lead h2")
    tab.page.wait_for_selector("#vp-next-order", state="visible")
    assert cards(tab) == 60
    # Gradio complains of the stream that the reload cut off.
    cut_off = ("AbortError", "Connection errored out")
    tab.troubles[:] = [said for said in tab.troubles if not any(words in said for words in cut_off)]


def scanned_pdf(folder: Path, pages: int) -> Path:
    """Scans are judged in pixels, which takes long enough to be stopped; typeset pages are done at once."""
    scan = Image.new("L", (2480, 3508), 255)
    for line in range(60):
        ImageDraw.Draw(scan).text((200, 160 + 52 * line), "Every line was scanned. " * 3, 0, font_size=36)
    scan.save(folder / "scan.pdf", save_all=True, append_images=[scan] * (pages - 1))
    return folder / "scan.pdf"


def test_stop_keeps_what_is_ready(tab: Tab, tmp_path: Path) -> None:
    add(tab, scanned_pdf(tmp_path, 100))
    tab.press("documents.prepare")
    tab.page.wait_for_function("document.querySelectorAll('.vp-card:not(.vp-coming)').length > 1")
    tab.page.locator("#vp-stop").click()
    tab.page.wait_for_function("document.querySelector('#vp-gallery').textContent.includes('Stopped')")
    assert 1 < cards(tab) < 100


def test_a_picture_is_pasted(tab: Tab, tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "p.png")
    data = base64.b64encode((tmp_path / "p.png").read_bytes()).decode()
    tab.page.evaluate(
        """async (data) => {
          const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
          const carried = new DataTransfer();
          carried.items.add(new File([bytes], "image.png", { type: "image/png" }));
          document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
        }""",
        data,
    )
    tab.page.wait_for_selector(".vp-uploads li")
    assert re.fullmatch(r"clipboard-\d{6}\.png", tab.page.locator(".vp-uploads .vp-name").inner_text())


def test_a_photo_is_taken(tab: Tab) -> None:
    tab.page.get_by_role("button", name="Take a photo").click()
    tab.page.wait_for_function("document.querySelector('.vp-camera video')?.videoWidth > 0")
    tab.page.get_by_role("button", name="Take the photo").click()
    tab.page.wait_for_selector(".vp-uploads li")
    assert tab.page.locator(".vp-uploads .vp-name").inner_text().startswith("photo-")


def test_a_downloaded_zip_opens_again(tab: Tab, tmp_path: Path) -> None:
    prepare(tab, documents(tmp_path))
    with tab.page.expect_download() as caught:
        tab.press("documents.download")
    caught.value.save_as(tmp_path / "out.zip")
    tab.press("documents.next")
    tab.page.wait_for_selector(".vp-row")
    tab.page.locator(".vp-row [data-act=remove]").first.click()
    tab.page.wait_for_function("document.querySelectorAll('.vp-row').length === 1")
    tab.page.locator("#vp-step-documents-button").click()
    tab.page.wait_for_function("document.querySelectorAll('#vp-gallery .vp-card').length === 1")
    tab.page.set_input_files("#vp-upload input[type=file]", str(tmp_path / "out.zip"))
    tab.page.wait_for_function("document.querySelectorAll('#vp-gallery .vp-card').length === 2")


def test_presets_turn_the_knobs_and_knobs_name_themselves(tab: Tab) -> None:
    page = tab.page
    page.locator("#vp-recipe > button").click()
    page.get_by_text("OCR detail").click()
    page.wait_for_function("document.querySelector('#vp-recipe > button').textContent.includes('OCR detail')")
    page.locator("#vp-knobs > button").click()
    assert page.locator("#vp-long-side input").input_value() == "1664 px"
    page.locator("#vp-knobs").get_by_label("Cut long screenshots").uncheck()
    page.wait_for_function("document.querySelector('#vp-recipe > button').textContent.includes('Your own')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_nothing_is_cut_off_and_words_can_be_read(
    browser: Any,
    address: str,
    tmp_path: Path,
    scheme: str,
    width: int,
) -> None:
    tab = open_tab(browser, address, "zh", width)
    page = tab.page
    page.emulate_media(color_scheme=scheme)
    prepare(tab, documents(tmp_path))
    for act in ("look", "back"):
        page.locator(f"#vp-gallery [data-act={act}]").first.click()
        page.wait_for_timeout(1200)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) == []
    tab.press("documents.next")
    page.wait_for_selector(".vp-row")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST) == []
    page.context.close()


CONTRAST = """() => {
  // WCAG 2.2, 1.4.3: contrast of text with the nearest background that is not transparent, at least 4.5.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const poor = [];
  for (const one of document.querySelectorAll(".vp-panel *")) {
    const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const style = getComputedStyle(one);
    if (!own || !one.offsetParent || one.closest(":disabled, .vp-hidden, .vp-bar-over, svg")) continue;
    if (style.visibility === "hidden" || style.color.includes("0)")) continue;
    const [a, b] = [light(rgb(style.color)), light(behind(one))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(`${one.className}: ${one.textContent.trim().slice(0, 30)}`);
  }
  return poor;
}"""


def test_a_step_begins_at_its_top_and_says_what_it_needs(browser: Any, address: str, tmp_path: Path) -> None:
    tab = open_tab(browser, address, "en", 390)
    page = tab.page
    add(tab, small_pdf(tmp_path, 6))
    page.click("#vp-prepare")
    page.locator("#vp-next-order").click()
    page.wait_for_selector(".vp-row")
    page.wait_for_timeout(400)
    box = page.locator("#vp-step-order .vp-lead h2").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 400
    page.context.close()


def test_the_way_on_is_in_sight_below_a_long_gallery(tab: Tab, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.png" for number in range(14)]
    for number, file in enumerate(files):
        Image.new("L", (400, 300), 10 * number).save(file)
    prepare(tab, files)
    tab.page.evaluate("window.scrollTo(0, 0)")
    height = tab.page.viewport_size["height"]
    assert tab.page.evaluate("document.documentElement.scrollHeight") > 1.5 * height
    button = tab.page.locator("#vp-next-order").bounding_box()
    assert 0 < button["y"] < button["y"] + button["height"] <= height
