import random
from pathlib import Path
from typing import Any

import pytest
from documents import Block, Page, Words, write_pdf
from PIL import Image, ImageDraw, ImageFont

from toolkit import Limits, Manifest, Progress, Recipe, prepare, preparing_ahead
from toolkit.errors import DamagedSourceError
from toolkit.geometry import Placement
from toolkit.manifest import ImageRecord, SourceRef
from toolkit.preparing_ahead import GridsAhead
from toolkit.preparing_grids import grid_prefix, group_size
from toolkit.work import Done, Failed, Job


def _long_screenshot(path: Path) -> Path:
    image = Image.new("RGB", (600, 4000), "white")
    draw = ImageDraw.Draw(image)
    for row in range(66):
        font = ImageFont.load_default(size=24)
        draw.text((40, 20 + 60 * row), f"Line number {row} of the page", fill="navy", font=font)
    image.save(path)
    return path


def _documents(folder: Path) -> list[Path]:
    pages = [Page(content=(Words(f"This is page {n}", size=30), Block(50, 40 * n, 80, 20))) for n in range(5)]
    broken = folder / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    return [write_pdf(folder / "a.pdf", *pages), broken, _long_screenshot(folder / "long.png")]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _grids(paths: list[Path], folder: Path, *, jobs: int = 1, shown: bool = False, **values: Any) -> Manifest:
    recipe = Recipe(merge=2, second_look="always", **values)
    return prepare(paths, recipe, output_dir=folder, limits=Limits(jobs=jobs), show_images=shown)


def test_grids_drawn_ahead_are_those_drawn_at_the_end(tmp_path: Path) -> None:
    paths = _documents(tmp_path)
    late = _grids(paths, tmp_path / "late", shown=True, keep_pages=True)
    ahead = _grids(paths, tmp_path / "ahead", jobs=2, keep_pages=True)
    assert [len(image.cells) for image in ahead.images[:2]] == [4, 4]
    assert ahead == late
    assert _files(tmp_path / "ahead") == _files(tmp_path / "late")


def test_names_of_grids_do_not_depend_on_the_way_either(tmp_path: Path) -> None:
    paths = [_long_screenshot(tmp_path / "grid.png"), write_pdf(tmp_path / "a.pdf", Page(), Page())]
    late = _grids(paths, tmp_path / "late", shown=True)
    assert _grids(paths, tmp_path / "ahead") == late
    assert all(late.path(image).is_file() for image in late.images)


@pytest.mark.parametrize(
    ("stem", "prefix"), [("a", "grid"), ("grid-001", "grid_"), ("Grid-001", "grid_"), ("grid", "grid")]
)
def test_grid_takes_the_name_of_no_page_on_any_file_system(stem: str, prefix: str) -> None:
    assert grid_prefix([stem, "b"]) == prefix


def test_one_grid_never_gets_more_pictures_than_it_may_hold() -> None:
    assert [group_size(Recipe(merge=n)) for n in (0, 1, 3, 10, 11, 40)] == [4, 1, 9, 100, 100, 100]


def test_pages_beyond_what_may_be_held_go_by_way_of_png(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = _documents(tmp_path)
    usual = _grids(paths, tmp_path / "usual")
    monkeypatch.setattr(preparing_ahead, "MOST_HELD", -1)
    assert _grids(paths, tmp_path / "png") == usual
    assert _files(tmp_path / "png") == _files(tmp_path / "usual")


def test_grid_that_fails_ahead_leaves_its_images_apart_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = _documents(tmp_path)
    apart = prepare(paths, Recipe(second_look="always"), output_dir=tmp_path / "apart", limits=Limits(jobs=1))
    planned = preparing_ahead.PlannedGrid.job

    def lost(self: Any, key: str, folder: Path, requests: list[dict[str, Any]], recipe: Recipe) -> Job:
        if self.name == "grid-002.png":
            Path(requests[2]["cell"]).unlink()
        return planned(self, key, folder, requests, recipe)

    monkeypatch.setattr(preparing_ahead.PlannedGrid, "job", lost)
    manifest = _grids(paths, tmp_path / "out")
    assert [bool(image.cells) for image in manifest.images[:6]] == [True, False, False, False, False, True]
    assert [image.label for image in manifest.images] == list(range(1, len(manifest.images) + 1))
    assert "Images 5 to 8 could not be merged" in manifest.failures[-1].text.en
    written, wanted = _files(tmp_path / "out"), _files(tmp_path / "apart")
    for mine, theirs in zip(manifest.images[1:5], apart.images[4:8], strict=True):
        assert (mine.file, mine.sha256, mine.role) == (theirs.file, theirs.sha256, theirs.role)
        assert written[mine.file] == wanted[mine.file]
    assert {*written} == {"manifest.json", *(image.file for image in manifest.images)}


@pytest.mark.parametrize("most", [preparing_ahead.MOST_HELD, -1])
def test_stop_leaves_no_pixels_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(preparing_ahead, "MOST_HELD", most)

    def stop(state: Progress) -> None:
        assert not state.records
        if state.done == 3:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        prepare(
            _documents(tmp_path),
            Recipe(merge=3),
            output_dir=tmp_path / "out",
            limits=Limits(jobs=2),
            progress=stop,
            show_images=False,
        )
    assert list((tmp_path / "out").iterdir()) == []


def test_images_can_be_seen_as_they_come_where_progress_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "out"

    def look(state: Progress) -> None:
        assert all((folder / record.file).is_file() for record in state.records)
        seen.extend(state.records)

    seen: list[ImageRecord] = []
    prepare(_documents(tmp_path), Recipe(merge=2), output_dir=folder, limits=Limits(jobs=1), progress=look)
    assert len(seen) > 6


def _record(place: int, label: int) -> ImageRecord:
    source = SourceRef("a.pdf", "0" * 64, place + 1, 595.0, 842.0, "pt")
    return ImageRecord(
        f"a-{place}-{label}.png", "", 736, 1024, source, Placement.offset(0, 0), 736, label=label
    )


def test_grids_wait_for_the_pages_before_theirs_and_for_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing_ahead, "MOST_HELD", 10**12)
    rng = random.Random(3)
    counts = [rng.choice([0, 1, 1, 1, 2, 7]) for _ in range(40)]
    places = sorted(range(40), key=lambda place: place + rng.uniform(0, 6))
    grids = GridsAhead(tmp_path, Recipe(merge=2), [])
    drawn: list[list[str]] = []
    done: set[int] = set()
    for place in places:
        grids.take(place, [_record(place, n + 1) for n in range(counts[place])], grids.request(place))
        done.add(place)
        drawn += [[Path(r["cell"]).name for r in job.payload["requests"]] for job in grids.ready()]
        before = next(number for number in range(41) if number not in done)
        assert len(drawn) == sum(counts[:before]) // 4
    drawn += [[Path(r["cell"]).name for r in job.payload["requests"]] for job in grids.rest()]
    flat = [name.split(".")[1] for group in drawn for name in group]
    assert flat == [f"cell-{place}-{n + 1}" for place in range(40) for n in range(counts[place])]
    assert all(len(group) == 4 for group in drawn[:-1])


def test_what_is_held_is_let_go_with_each_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing_ahead, "MOST_HELD", 5 * 3 * 736 * 1024)
    grids = GridsAhead(tmp_path, Recipe(merge=2), [])
    for place in range(1, 7):
        assert ("owner" in grids.request(place)) == (place < 7)
        grids.take(place, [_record(place, 1)], grids.request(place))
    assert grids.request(7) == {}
    grids.take(0, [_record(0, 1)], grids.request(0))
    (job,) = grids.ready()
    grids.drawn(Done(job, {"sha256": "0" * 64}, 0.1))
    assert "owner" in grids.request(7)
    assert grids.undone == []
    (job,) = grids.rest()
    grids.drawn(Failed(job, DamagedSourceError("damaged", file="x", reason="y"), 0.1))
    assert grids.undone == [4, 5, 6]
