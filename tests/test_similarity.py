"""Twins and close-ups found in pixels, and different pages of one form told apart."""

import io
import random
from functools import cache

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks.known_screens import Screen, blank
from toolkit.similarity import Features, find_features, hash_distance, perceptual_hash, relate

LETTERS = "etaoinshrdlucmfwypvbgk"


def line(rng: random.Random, count: int) -> str:
    return " ".join("".join(rng.choice(LETTERS) for _ in range(rng.randint(2, 9))) for _ in range(count))


@cache
def page(seed: int) -> Image.Image:
    rng, screen = random.Random(seed), blank(1240, 1754, (255, 255, 255))
    for y in range(80, 1650, 46):
        screen.write(80, y, line(rng, 9), 30, (0, 0, 0))
    return screen.image


@cache
def form(seed: int) -> Image.Image:
    """The same frame and labels each time, filled in differently."""
    frame, rng = random.Random(99), random.Random(seed)
    screen: Screen = blank(1240, 1754, (255, 255, 255))
    screen.write(90, 80, line(frame, 5), 48, (0, 0, 0))
    for y in range(260, 1600, 90):
        screen.draw.line((60, y, 1180, y), fill=(0, 0, 0), width=2)
        screen.write(80, y + 20, line(frame, 2), 26, (0, 0, 0))
        screen.write(420, y + 20, line(rng, 6), 28, (20, 20, 120))
    return screen.image


@cache
def photo(seed: int) -> Image.Image:
    """Soft coloured blobs and edges of many sizes: a scene without text."""
    rng = np.random.default_rng(seed)
    canvas = np.zeros((1200, 1600, 3), np.float32)
    for _ in range(900):
        centre = (int(rng.integers(0, 1600)), int(rng.integers(0, 1200)))
        colour = tuple(float(c) for c in rng.integers(0, 256, 3))
        cv2.circle(canvas, centre, int(rng.integers(4, 70)), colour, -1)
    return Image.fromarray(cv2.GaussianBlur(canvas, (0, 0), 1.2).clip(0, 255).astype(np.uint8))


def shot(image: Image.Image, seed: int) -> Image.Image:
    """A photograph of a page: in perspective, unevenly lit, blurred, noisy, on a table."""
    rng, (width, height) = random.Random(seed), image.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = [[rng.uniform(-0.04, 0.04) * width, rng.uniform(-0.04, 0.04) * height] for _ in range(4)]
    target = (corners * 0.82 + np.array([width, height]) * 0.09 + np.array(moved)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    flat = cv2.warpPerspective(np.asarray(image.convert("RGB")), matrix, image.size, borderValue=(90, 70, 60))
    lit = flat.astype(np.float32) * np.linspace(0.75, 1, width)[None, :, None]
    noise = np.random.default_rng(seed).normal(0, 4, lit.shape)
    return Image.fromarray((cv2.GaussianBlur(lit, (0, 0), 0.8) + noise).clip(0, 255).astype(np.uint8))


@cache
def features(name: str, seed: int = 1) -> Features:
    made = {"page": page, "form": form, "photo": photo}
    return find_features(made[name](seed))


def kinds(*found: Features) -> list[tuple[int, int, str]]:
    return [(relation.first, relation.second, relation.kind) for relation in relate(found)]


def test_a_reduced_and_recompressed_copy_is_the_same_page() -> None:
    file = io.BytesIO()
    page(1).resize((620, 877), Image.Resampling.LANCZOS).save(file, "JPEG", quality=30)
    copy = Image.open(file)
    assert hash_distance(perceptual_hash(page(1)), perceptual_hash(copy)) <= 24
    assert kinds(features("page"), find_features(copy)) == [(0, 1, "same_page")]


def test_a_photograph_of_a_page_is_the_same_page() -> None:
    assert kinds(features("page"), find_features(shot(page(1), 3))) == [(0, 1, "same_page")]


@pytest.mark.parametrize("name", ["page", "form", "photo"])
def test_different_pictures_of_a_kind_are_not_related(name: str) -> None:
    assert kinds(features(name, 1), features(name, 2)) == []


def test_a_photographed_form_is_not_that_form_filled_in_differently() -> None:
    assert kinds(features("form", 1), find_features(shot(form(2), 4))) == []


def test_a_crop_of_a_scene_is_a_close_up_whichever_comes_first() -> None:
    crop = find_features(photo(1).crop((500, 300, 1000, 700)).resize((1500, 1200)))
    assert kinds(features("photo"), crop) == [(0, 1, "close_up")]
    assert kinds(crop, features("photo")) == [(1, 0, "close_up")]


def test_a_crop_of_a_text_page_is_a_close_up() -> None:
    crop = find_features(page(1).crop((100, 300, 800, 800)))
    assert kinds(features("page"), crop) == [(0, 1, "close_up")]


def test_a_close_up_of_small_print_is_found_in_its_page() -> None:
    """Two columns of 24 px letters on a scan of 2,400 px: at 1,000 px they have no features of their own."""
    rng, scan = random.Random(5), blank(1700, 2400, (255, 255, 255))
    for y in range(90, 2300, 36):
        scan.write(90, y, line(rng, 11)[:56], 24, (0, 0, 0))
        scan.write(880, y, line(rng, 11)[:56], 24, (0, 0, 0))
    part = scan.image.crop((400, 700, 1150, 1300)).resize((1500, 1200), Image.Resampling.BICUBIC)
    assert kinds(find_features(part), find_features(scan.image)) == [(1, 0, "close_up")]


def test_empty_pictures_are_related_to_nothing() -> None:
    empty = [
        find_features(Image.new("L", size, grey)) for size, grey in [((800, 800), 255), ((800, 800), 255)]
    ]
    assert kinds(*empty, features("page")) == []


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (30, 20)])
def test_tiny_pictures_are_compared_without_a_fault(size: tuple[int, int]) -> None:
    tiny = find_features(Image.new("RGB", size, "red"))
    assert kinds(tiny, features("page"), tiny) == []
