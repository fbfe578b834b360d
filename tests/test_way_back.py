"""Boxes through every step and back to the source page: by arithmetic, and by marks found in real pixels."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from toolkit import FAMILIES, Placement, merge_images, plan_grid, plan_split, resize_image, split_image
from toolkit.families import fit_long_side, to_family, to_pixels
from toolkit.geometry import Box, exif_placement
from toolkit.pages import PageRequest, load_page
from toolkit.resize import resized_placement
from toolkit.second_look import second_look

SIDE = st.integers(40, 4000)


@st.composite
def chains(draw: st.DrawFn) -> tuple[tuple[int, int], Placement]:
    """Draw a prepared size and its placement, through render or EXIF, cuts, resizes and grids."""
    size = (draw(SIDE), draw(SIDE))
    if draw(st.booleans()):
        dpi = draw(st.integers(18, 1200))
        placement = Placement.scaling(size, (size[0] * 72 / dpi, size[1] * 72 / dpi))
    else:
        orientation = draw(st.integers(1, 8))
        stored = size if orientation < 5 else (size[1], size[0])
        placement = exif_placement(orientation, stored)
    for step in draw(st.lists(st.sampled_from(["cut", "resize", "grid"]), max_size=4)):
        size, placement = STEPS[step](draw, size, placement)
    return size, placement


def cut(draw: Any, size: tuple[int, int], placement: Placement) -> tuple[tuple[int, int], Placement]:
    left, upper = draw(st.integers(0, size[0] - 1)), draw(st.integers(0, size[1] - 1))
    width, height = draw(st.integers(1, size[0] - left)), draw(st.integers(1, size[1] - upper))
    return (width, height), Placement.offset(left, upper).then(placement)


def resize(draw: Any, size: tuple[int, int], placement: Placement) -> tuple[tuple[int, int], Placement]:
    if max(size) > 200 * min(size):
        return size, placement
    new = fit_long_side(size, long_side=draw(st.integers(32, 3000)), enlarge=draw(st.booleans()))
    return new, resized_placement(size, new).then(placement)


def grid(draw: Any, size: tuple[int, int], placement: Placement) -> tuple[tuple[int, int], Placement]:
    if max(size) > 50 * min(size):
        return size, placement
    others = draw(st.lists(st.tuples(st.integers(50, 500), st.integers(50, 500)), max_size=3))
    plan = plan_grid([*others, size], columns=draw(st.integers(0, 3)))
    return plan.size, plan.cells[-1].placement.then(placement)


STEPS = {"cut": cut, "resize": resize, "grid": grid}


@settings(max_examples=300, deadline=None)
@given(
    chains(),
    st.sampled_from(sorted(FAMILIES)),
    st.tuples(*[st.floats(0, 1)] * 4),
)
def test_a_box_in_a_familys_coordinates_goes_to_the_source_and_back(
    chain: tuple[tuple[int, int], Placement], family: str, shares: tuple[float, float, float, float]
) -> None:
    size, placement = chain
    if max(size) > 200 * min(size):
        return
    xs, ys = sorted(shares[:2]), sorted(shares[2:])
    pixels: Box = (xs[0] * size[0], ys[0] * size[1], xs[1] * size[0], ys[1] * size[1])
    answered = to_family(pixels, size, family)
    on_source = placement.to_source(to_pixels(answered, size, family))
    assert placement.from_source(on_source) == pytest.approx(pixels, abs=0.01)


def page_with_mark(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    """Grey noise of text-like lines with one pure red box."""
    image = Image.new("RGB", size, "white")
    rng = random.Random(5)
    for y in range(10, size[1] - 10, 24):
        for x in range(10, size[0] - 20, 14):
            if rng.random() < 0.7:
                image.paste((60, 60, 60), (x, y, x + 8, y + 10))
    image.paste((255, 0, 0), box)
    return image


def find_mark(image: Image.Image) -> Box | None:
    """Give the box of the red mark: its pixels that are more than half red."""
    pixels = np.asarray(image.convert("RGB"), np.float64)
    red = np.clip((pixels[..., 0] - pixels[..., 1]) / 255, 0, 1)
    if red.max() < 0.9:
        return None
    columns, rows = red.max(axis=0), red.max(axis=1)
    (left, right), (upper, lower) = _ends(columns), _ends(rows)
    return (left, upper, right, lower)


def _ends(profile: np.ndarray[Any, Any]) -> tuple[float, float]:
    full = np.flatnonzero(profile > 0.5)
    return float(full[0]), float(full[-1] + 1)


def assert_found(image: Image.Image, placement: Placement, truth: Box) -> None:
    """The mark that is seen in `image` lies, by `placement`, on the true box: to a pixel of the image."""
    seen = find_mark(image)
    assert seen is not None
    expected = placement.from_source(truth)
    assert seen == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_mark_is_found_again_after_a_resize(family: str) -> None:
    image = page_with_mark((1240, 1754), (300, 800, 420, 860))
    resized = resize_image(image, long_side=1024, family=family)
    assert_found(resized, resized_placement(image.size, resized.size), (300, 800, 420, 860))


def test_a_mark_is_found_in_the_piece_that_holds_it() -> None:
    image = page_with_mark((540, 4000), (100, 3010, 180, 3050))
    pieces = plan_split(image)
    held = [
        (cut, piece) for cut, piece in zip(split_image(image, pieces), pieces, strict=True) if find_mark(cut)
    ]
    assert len(pieces) >= 3
    for cut_out, piece in held:
        small = resize_image(cut_out, long_side=512)
        placement = resized_placement(cut_out.size, small.size).then(piece.placement)
        assert_found(small, placement, (100, 3010, 180, 3050))
    assert held


@pytest.mark.parametrize("match", ["height", "scale"])
def test_a_mark_is_found_in_its_cell_of_a_grid(match: Any) -> None:
    marked = page_with_mark((900, 1300), (200, 400, 320, 470))
    plain = page_with_mark((600, 500), (0, 0, 1, 1))
    merged = merge_images([plain, marked, plain], max_long_side=1200, match=match)
    cell = merged.grid.cells[1]
    assert_found(
        merged.image.crop(cell.box),
        Placement.offset(*cell.box[:2]).then(cell.placement),
        (200, 400, 320, 470),
    )


def test_a_mark_is_found_in_the_enlarged_second_look() -> None:
    image = page_with_mark((1240, 1754), (300, 800, 420, 860))
    look = second_look(image, (736, 1024), kind="enlarged", region=(250, 700, 900, 1000))
    assert look.scale > 1.5
    assert_found(look.image, look.placement, (300, 800, 420, 860))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mark_is_found_in_a_photo_turned_by_exif(orientation: int, tmp_path: Path) -> None:
    stored = page_with_mark((400, 300), (40, 60, 80, 90))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "photo.png", exif=exif)
    page = load_page(PageRequest(str(tmp_path / "photo.png"), 1, "png"))
    upright = page.picture()
    placement = resized_placement(upright.size, (upright.width * 2, upright.height * 2)).then(page.placement)
    assert_found(
        upright.resize((upright.width * 2, upright.height * 2), Image.Resampling.NEAREST),
        placement,
        (40, 60, 80, 90),
    )


def pdf_with_mark(rotate: int, box: Box) -> bytes:
    """A page of 300 x 500 points with one red box, given from the upper left of the page as displayed."""
    placed = {0: _upright, 90: _turned_90, 180: _turned_180, 270: _turned_270}[rotate](box)
    content = b"1 0 0 rg %f %f %f %f re f" % (
        placed[0],
        placed[1],
        placed[2] - placed[0],
        placed[3] - placed[1],
    )
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 500]/Rotate %d/Contents 4 0 R>>" % rotate,
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    return (
        out
        + b"xref\n0 5\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 5/Root 1 0 R>>startxref\n%d\n%%%%EOF" % start
    )


def _upright(box: Box) -> Box:
    return (box[0], 500 - box[3], box[2], 500 - box[1])


def _turned_90(box: Box) -> Box:
    return (box[1], box[0], box[3], box[2])


def _turned_180(box: Box) -> Box:
    return (300 - box[2], box[1], 300 - box[0], box[3])


def _turned_270(box: Box) -> Box:
    return (300 - box[3], 500 - box[2], 300 - box[1], 500 - box[0])


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("dpi", [72, 150, 300])
def test_a_mark_is_found_on_a_turned_page_in_points_as_displayed(
    rotate: int, dpi: int, tmp_path: Path
) -> None:
    truth = (50.0, 80.0, 110.0, 120.0)
    (tmp_path / "page.pdf").write_bytes(pdf_with_mark(rotate, truth))
    page = load_page(PageRequest(str(tmp_path / "page.pdf"), 1, "pdf", dpi=dpi))
    assert page.source_size == ((300, 500) if rotate in (0, 180) else (500, 300))
    picture = page.picture()
    assert_found(picture, page.placement, truth)
    small = resize_image(picture, long_side=480)
    assert_found(small, resized_placement(picture.size, small.size).then(page.placement), truth)
