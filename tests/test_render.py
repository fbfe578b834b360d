import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from benchmarks.pdf_writer import PdfWriter, scan_pdf, text_pdf
from tests.encrypted_pdf import encrypted_pdf
from toolkit.cli import main
from toolkit.errors import DiskFullError, NotWritableError, UsageError
from toolkit.files import PART_SUFFIX, sha256_of
from toolkit.journal import JOURNAL_NAME
from toolkit.manifest import Manifest
from toolkit.manifest_file import read_manifest
from toolkit.progress import Progress
from toolkit.render import render_pages


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def render(paths: list[Path], folder: Path, **options: object) -> Manifest:
    return render_pages(paths, output_dir=folder, **({"dpi": 50, "jobs": 1} | options))  # type: ignore[arg-type]


def test_pages_equal_the_renderers_and_stand_in_the_manifest(tmp_path: Path) -> None:
    source = text_pdf(tmp_path / "a b 合同.pdf", 3, lines=4)
    manifest = render([source], tmp_path / "out", dpi=72)
    assert [image.file for image in manifest.images] == [f"a b 合同-p000{n}.png" for n in (1, 2, 3)]
    with pypdfium2.PdfDocument(source) as peer:
        for index, image in enumerate(manifest.images):
            with Image.open(manifest.path(image)) as written:
                found = np.asarray(written.convert("RGB"))
                assert written.info["dpi"] == pytest.approx((72, 72), abs=0.02)
            assert np.array_equal(found, peer[index].render(scale=1).to_numpy())
            assert image.sha256 == sha256_of(manifest.path(image))
            assert image.source.page == index + 1
            assert image.source.sha256 == sha256_of(source)
            assert image.placement.to_source((0, 0, 595, 842)) == pytest.approx((0, 0, 595, 842))
    assert read_manifest(tmp_path / "out").images == manifest.images
    assert names(tmp_path / "out") == sorted([*(image.file for image in manifest.images), "manifest.json"])


def test_range_names_pages_and_keeps_the_order_given(tmp_path: Path) -> None:
    manifest = render([text_pdf(tmp_path / "a.pdf", 5)], tmp_path / "out", pages="4,1-2")
    assert [image.source.page for image in manifest.images] == [4, 1, 2]
    assert [image.label for image in manifest.images] == [1, 2, 3]


def test_mixed_inputs_keep_their_order_and_never_share_a_name(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        text_pdf(tmp_path / folder / "doc.pdf")
    Image.new("RGB", (30, 20), "red").save(tmp_path / "doc-p0001.png")
    frames = [Image.new("L", (9, 9), n * 50) for n in range(2)]
    frames[0].save(tmp_path / "fax.tif", save_all=True, append_images=frames[1:])
    inputs = [
        tmp_path / "x" / "doc.pdf",
        tmp_path / "doc-p0001.png",
        tmp_path / "y" / "doc.pdf",
        tmp_path / "fax.tif",
    ]
    manifest = render(inputs, tmp_path / "out")
    assert [image.file for image in manifest.images] == [
        "doc-p0001.png",
        "doc-p0001_.png",
        "doc-2-p0001.png",
        "fax-p0001.png",
        "fax-p0002.png",
    ]
    assert [image.source.unit for image in manifest.images] == ["pt", "px", "pt", "px", "px"]


def test_input_in_the_output_folder_is_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "photo.png"
    Image.new("RGB", (40, 30), "navy").save(source)
    before = source.read_bytes()
    manifest = render([source], tmp_path)
    assert source.read_bytes() == before
    assert manifest.images[0].file == "photo-2.png"


def test_each_bad_file_gives_one_message_and_the_others_come_out(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "words.pdf").write_text("these are words")
    (tmp_path / "cut.pdf").write_bytes(text_pdf(tmp_path / "good.pdf").read_bytes()[:300])
    PdfWriter().save(tmp_path / "none.pdf")
    encrypted_pdf(tmp_path / "secret.pdf", "x")
    Image.new("L", (1, 5000)).save(tmp_path / "strip.png")
    huge = PdfWriter()
    huge.page("", size=(14_400, 14_400))
    huge.save(tmp_path / "huge.pdf")
    order = ["empty", "words", "cut", "none", "secret", "huge", "nowhere", "good"]
    paths = [tmp_path / f"{name}.pdf" for name in order] + [tmp_path / "strip.png"]
    manifest = render(paths, tmp_path / "out", dpi=300)
    assert [image.file for image in manifest.images] == ["good-p0001.png", "strip.png"]
    assert manifest.images[1].tokens == 0
    assert "200 times" in manifest.images[1].notes[0].en
    errors = {Path(failure.file).stem: failure.error for failure in manifest.failures}
    assert errors == {
        "empty": "EmptySourceError",
        "words": "NotADocumentError",
        "cut": "DamagedSourceError",
        "none": "EmptySourceError",
        "secret": "PasswordError",
        "huge": "PageTooLargeError",
        "nowhere": "SourceMissingError",
    }
    assert len(manifest.failures) == len(errors)
    for failure in manifest.failures:
        assert Path(failure.file).name in failure.text.en
        assert Path(failure.file).name in failure.text.zh
    assert names(tmp_path / "out") == ["good-p0001.png", "manifest.json", "strip.png"]


def test_options_that_cannot_be_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    source = text_pdf(tmp_path / "a.pdf")
    wrong = (
        {"dpi": 5},
        {"engine": "gs"},
        {"box": "trim"},
        {"compress": "best"},
        {"pages": "x"},
        {"family": "gpt"},
    )
    for options in wrong:
        with pytest.raises(UsageError):
            render([source], tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_same_page_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    source = text_pdf(tmp_path / "a.pdf", 2, lines=30)
    one, two = (render([source], tmp_path / name, dpi=150) for name in ("one", "two"))
    assert [image.sha256 for image in one.images] == [image.sha256 for image in two.images]


def test_progress_counts_every_page_once(tmp_path: Path) -> None:
    states: list[Progress] = []
    render([text_pdf(tmp_path / "a.pdf", 4)], tmp_path / "out", progress=states.append)
    assert [state.done for state in states] == [0, 1, 2, 3, 4]
    assert {state.total for state in states} == {4}
    assert states[-1].pages_per_second > 0
    assert states[-1].seconds_left == 0
    assert sorted(state.page or 0 for state in states[1:]) == [1, 2, 3, 4]


def test_resume_keeps_whole_pages_and_redoes_the_others(tmp_path: Path) -> None:
    source, out = text_pdf(tmp_path / "a.pdf", 5), tmp_path / "out"
    first = render([source], out)
    times = {name: (out / name).stat().st_mtime_ns for name in names(out)}
    (out / "a-p0002.png").unlink()
    (out / "a-p0004.png").write_bytes((out / "a-p0004.png").read_bytes()[:-1] + b"?")
    states: list[Progress] = []
    second = render([source], out, resume=True, progress=states.append)
    assert second.images == first.images
    redone = {
        name for name in times if name != "manifest.json" and (out / name).stat().st_mtime_ns != times[name]
    }
    assert redone == {"a-p0002.png", "a-p0004.png"}
    assert states[-1].kept == 3


@pytest.mark.parametrize("change", [{"dpi": 60}, {"compress": "small"}, {"scans": False}])
def test_resume_with_other_options_redoes_everything(tmp_path: Path, change: dict[str, object]) -> None:
    source = text_pdf(tmp_path / "a.pdf", 2)
    render([source], tmp_path / "out")
    states: list[Progress] = []
    render([source], tmp_path / "out", resume=True, progress=states.append, **change)
    assert states[-1].kept == 0


def test_resume_with_another_source_of_the_same_name_redoes_everything(tmp_path: Path) -> None:
    source = text_pdf(tmp_path / "a.pdf", 2)
    render([source], tmp_path / "out")
    text_pdf(source, 2, lines=2)
    states: list[Progress] = []
    manifest = render([source], tmp_path / "out", resume=True, progress=states.append)
    assert states[-1].kept == 0
    assert manifest.images[0].source.sha256 == sha256_of(source)


def slow_document(path: Path, pages: int) -> Path:
    """Pages that take some 50 ms each, so that a run can be caught in the middle."""
    writer = PdfWriter()
    lines = "".join(f"{x % 590} {x * 7 % 840} m {x * 13 % 590} {x * 3 % 840} l S\n" for x in range(500))
    for _ in range(pages):
        writer.page(lines)
    return writer.save(path)


def _hears_ctrl_c() -> None:
    """A shell's background jobs are born deaf to SIGINT, and their children with them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_run_leaves_whole_pages_and_can_be_resumed(tmp_path: Path, how: signal.Signals) -> None:
    source, out = slow_document(tmp_path / "a.pdf", 40), tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "toolkit",
        "render",
        str(source),
        "-o",
        str(out),
        "--dpi",
        "150",
        "--jobs",
        "2",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=_hears_ctrl_c)
    while len(list(out.glob("*.png"))) < 4:
        assert process.poll() is None
        time.sleep(0.01)
    children = workers_of(process.pid)
    assert len(children) == 2
    process.send_signal(how)
    _, said = process.communicate(timeout=20)
    assert process.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert b"Traceback" not in said
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert not [name for name in names(out) if name.endswith(PART_SUFFIX)]
    made = len(list(out.glob("*.png")))
    assert made < 40
    for path in out.glob("*.png"):
        Image.open(path).load()
    states: list[Progress] = []
    manifest = render([source], out, dpi=150, resume=True, progress=states.append)
    assert len(manifest.images) == 40
    assert states[-1].kept >= made - 2
    assert JOURNAL_NAME not in names(out)


def workers_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if int(stat[1]) == pid:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the workers in /proc")
def test_killed_workers_cost_no_page(tmp_path: Path) -> None:
    source, out = slow_document(tmp_path / "a.pdf", 20), tmp_path / "out"
    killed: list[int] = []

    def strike(state: Progress) -> None:
        if state.done in (3, 9):
            before = set(killed)
            victims = [pid for pid in workers_of(os.getpid()) if pid not in before and is_worker(pid)]
            os.kill(victims[0], signal.SIGKILL)
            killed.append(victims[0])

    manifest = render([source], out, dpi=100, jobs=2, progress=strike)
    assert len(killed) == 2
    assert len(manifest.images) == 20
    assert manifest.failures == ()
    assert not [name for name in names(out) if name.endswith(PART_SUFFIX)]


def is_worker(pid: int) -> bool:
    try:
        return b"toolkit.work.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_source_removed_in_the_middle_costs_only_what_was_not_read(tmp_path: Path) -> None:
    paths = [slow_document(tmp_path / f"{n}.pdf", 3) for n in range(3)]

    def remove(state: Progress) -> None:
        if state.done == 1:
            paths[2].unlink()

    manifest = render(paths, tmp_path / "out", progress=remove)
    assert len(manifest.images) == 6
    assert {(failure.error, Path(failure.file).name) for failure in manifest.failures} == {
        ("SourceMissingError", "2.pdf")
    }
    assert len(manifest.failures) == 3


def test_full_disk_stops_the_run_and_can_be_resumed(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits on file sizes are POSIX")
    paths = [text_pdf(tmp_path / "a.pdf"), slow_document(tmp_path / "b.pdf", 3)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        with pytest.raises(DiskFullError, match="The disk is full"):
            render(paths, tmp_path / "out", dpi=100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    found = names(tmp_path / "out")
    assert "a-p0001.png" in found
    assert not [name for name in found if name.endswith(PART_SUFFIX) or name.startswith("b-")]
    states: list[Progress] = []
    manifest = render(paths, tmp_path / "out", dpi=100, resume=True, progress=states.append)
    assert len(manifest.images) == 4
    assert states[-1].kept == 1


def test_output_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(NotWritableError, match="out may not be written"):
        render([text_pdf(tmp_path / "a.pdf")], tmp_path / "out")


def test_content_that_unpacks_to_gigabytes_ends_its_page_alone(tmp_path: Path) -> None:
    writer = PdfWriter()
    writer.page(b"0 0 m\n" * 40_000_000)
    writer.page("0 0 m")
    source = writer.save(tmp_path / "bomb.pdf")
    assert source.stat().st_size < 2_000_000
    manifest = render([source], tmp_path / "out", page_timeout=30)
    assert [image.source.page for image in manifest.images] == [2]
    assert [failure.page for failure in manifest.failures] == [1]


def test_threads_render_at_the_same_time(tmp_path: Path) -> None:
    source = text_pdf(tmp_path / "a.pdf", 4)
    found: dict[int, Manifest] = {}

    def one(number: int) -> None:
        found[number] = render([source], tmp_path / str(number))

    threads = [threading.Thread(target=one, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    hashes = {tuple(image.sha256 for image in manifest.images) for manifest in found.values()}
    assert len(found) == 3
    assert len(hashes) == 1


def test_scan_is_noted_and_redrawn_on_request(tmp_path: Path) -> None:
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (30, 20), np.uint8)).resize(
        (400, 600)
    )
    source = scan_pdf(tmp_path / "a.pdf", picture, dpi=150)
    taken = render([source], tmp_path / "out", dpi=72).images[0]
    drawn = render([source], tmp_path / "out", dpi=72, scans=False).images[0]
    assert (taken.size, round(taken.dpi or 0)) == ((400, 600), 150)
    assert (drawn.size, drawn.dpi) == ((192, 288), 72)
    assert "扫描图" in taken.notes[0].zh
    assert drawn.notes == ()


@pytest.mark.poppler
def test_poppler_draws_the_same_page(tmp_path: Path) -> None:
    source = text_pdf(tmp_path / "a.pdf", 2, lines=20)
    ours = render([source], tmp_path / "out", dpi=100)
    theirs = render([source], tmp_path / "poppler", dpi=100, engine="poppler")
    for one, other in zip(ours.images, theirs.images, strict=True):
        assert one.size == other.size
        assert one.placement == other.placement
        with Image.open(ours.path(one)) as a, Image.open(theirs.path(other)) as b:
            small = [
                np.asarray(image.convert("L").resize((60, 80), Image.Resampling.BOX), np.int16)
                for image in (a, b)
            ]
        assert np.abs(small[0] - small[1]).mean() < 4


@pytest.mark.poppler
def test_poppler_takes_the_box_that_is_asked_for(tmp_path: Path) -> None:
    writer = PdfWriter()
    writer.page("1 0 0 rg 0 0 50 50 re f", size=(300, 200), entries="/CropBox [100 100 250 180] /Rotate 90")
    source = writer.save(tmp_path / "a.pdf")
    for box, size in (("crop", (80, 150)), ("media", (200, 300))):
        both = [
            render([source], tmp_path / f"{box}-{engine}", dpi=72, box=box, engine=engine)
            for engine in ("pdfium", "poppler")
        ]
        pictures = []
        for manifest in both:
            with Image.open(manifest.path(manifest.images[0])) as image:
                pictures.append(np.asarray(image.convert("RGB")))
            assert manifest.images[0].size == size
        assert np.array_equal(pictures[0][10:40, 10:40], pictures[1][10:40, 10:40])


@pytest.mark.poppler
def test_poppler_names_its_faults_like_pdfium(tmp_path: Path) -> None:
    encrypted_pdf(tmp_path / "secret.pdf", "geheim")
    (tmp_path / "cut.pdf").write_bytes(text_pdf(tmp_path / "a.pdf").read_bytes()[:100])
    options = {"engine": "poppler", "dpi": 72}
    manifest = render([tmp_path / "secret.pdf", tmp_path / "cut.pdf"], tmp_path / "out", **options)
    errors = {Path(failure.file).stem: failure.error for failure in manifest.failures}
    assert errors == {"secret": "PasswordError", "cut": "DamagedSourceError"}
    opened = render([tmp_path / "secret.pdf"], tmp_path / "out", password="geheim", **options)
    assert opened.images[0].size == (595, 842)


def test_poppler_that_is_missing_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    manifest = render([text_pdf(tmp_path / "a.pdf")], tmp_path / "out", engine="poppler")
    assert [failure.error for failure in manifest.failures] == ["MissingDependencyError"]
    assert "apt install poppler-utils" in manifest.failures[0].text.en


def test_command_line_renders_and_tells_by_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = text_pdf(tmp_path / "good.pdf"), tmp_path / "bad.pdf"
    bad.write_text("no")
    base = ["-o", str(tmp_path / "out"), "--dpi", "50", "--jobs", "1"]
    assert main(["render", str(good), *base]) == 0
    assert "1 page in" in capsys.readouterr().out
    assert main(["--lang", "zh", "render", str(good), str(bad), *base]) == 1
    assert "既不是 PDF" in capsys.readouterr().err
    assert main(["render", str(bad), *base]) == 3
    assert main(["render", str(good), *base, "--pages", "zero"]) == 2
    with pytest.raises(SystemExit) as stopped:
        main(["render", str(good)])
    assert stopped.value.code == 2


def test_command_line_takes_the_password_from_a_file(tmp_path: Path) -> None:
    source = encrypted_pdf(tmp_path / "secret.pdf", "geheim")
    (tmp_path / "key").write_bytes(b"\xef\xbb\xbfgeheim\r\nsecond line")
    command = ["render", str(source), "-o", str(tmp_path / "out"), "--dpi", "50", "--password-file"]
    assert main([*command, str(tmp_path / "key")]) == 0
    assert main([*command, str(tmp_path / "nokey")]) == 1
    assert "geheim" not in (tmp_path / "out" / "manifest.json").read_text()


def test_journal_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    source, out = text_pdf(tmp_path / "a.pdf", 2), tmp_path / "out"
    recipe = render([source], out).recipe
    shutil.copy(out / "a-p0001.png", out / "x.png")
    (out / "manifest.json").unlink()
    lines = [json.dumps({"recipe": recipe}), json.dumps({"file": "../a.pdf"}), "[[[["]
    (out / JOURNAL_NAME).write_text("\n".join(lines))
    states: list[Progress] = []
    render([source], out, resume=True, progress=states.append)
    assert states[-1].kept == 0


def test_calling_process_loads_nothing_that_draws() -> None:
    heavy = "('numpy', 'PIL', 'cv2', 'pypdfium2')"
    code = f"import sys, toolkit.render; print([m for m in {heavy} if m in sys.modules])"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=True)
    assert run.stdout.strip() == "[]"
