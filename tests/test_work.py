import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import PageTimeoutError, PreflightError, RenderError, WorkerCrashError
from toolkit.work import Done, Failed, Job, WorkerPool, run_jobs
from toolkit.work.parts import remove_stale_parts
from toolkit.work.worker import find_handler

DRILL = "toolkit.work.drill:run"


def drills(*payloads: dict[str, Any]) -> list[Job]:
    return [Job(str(n), {"file": "a.pdf", "page": n + 1} | p) for n, p in enumerate(payloads)]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone_soon(pid: int) -> bool:
    for _ in range(100):
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_every_job_comes_back_once_whatever_the_order() -> None:
    jobs = drills(*({"echo": n, "sleep": 0.01 * (n % 3)} for n in range(20)))
    outcomes = list(run_jobs(DRILL, jobs, workers=2))
    assert sorted(o.result["echo"] for o in outcomes if isinstance(o, Done)) == list(range(20))


def test_first_result_comes_before_the_last_job_is_done() -> None:
    began = time.monotonic()
    outcomes = run_jobs(DRILL, drills({}, {"sleep": 30}), workers=2)
    assert isinstance(next(outcomes), Done)
    assert time.monotonic() - began < 20
    outcomes.close()


def test_job_that_dies_once_is_done_at_the_second_try(tmp_path: Path) -> None:
    (outcome,) = run_jobs(DRILL, drills({"once": str(tmp_path / "seen"), "echo": "well"}), workers=1)
    assert isinstance(outcome, Done)
    assert outcome.result["echo"] == "well"


def test_job_that_dies_twice_is_named_and_the_others_go_on() -> None:
    outcomes = {o.job.key: o for o in run_jobs(DRILL, drills({}, {"die": 1}, {}, {}), workers=2)}
    failed = outcomes.pop("1")
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, WorkerCrashError)
    assert "Page 2 of a.pdf stopped its worker process twice (signal SIGKILL)" in str(failed.error)
    assert "第 2 页" in failed.error.text.zh
    assert all(isinstance(o, Done) for o in outcomes.values())


def test_job_that_hangs_is_ended_and_named() -> None:
    began = time.monotonic()
    outcomes = {o.job.key: o for o in run_jobs(DRILL, drills({"sleep": 60}, {}), workers=1, job_timeout=0.3)}
    assert time.monotonic() - began < 10
    failed = outcomes["0"]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, PageTimeoutError)
    assert "Page 1 of a.pdf took longer than 0.3 s, twice" in str(failed.error)
    assert isinstance(outcomes["1"], Done)


def test_time_starts_when_the_job_does_and_not_with_the_worker() -> None:
    jobs = drills(*({"sleep": 0.15} for _ in range(6)))
    assert all(isinstance(o, Done) for o in run_jobs(DRILL, jobs, workers=1, job_timeout=1.0))


def test_unfinished_files_of_a_dead_worker_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".mine.999999.vlpart").touch()
    list(run_jobs(DRILL, drills({"folder": str(tmp_path), "part": "x", "die": 1}), workers=1))
    assert [path.name for path in tmp_path.iterdir()] == [".mine.999999.vlpart"]
    remove_stale_parts(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_stale_files_of_living_processes_stay(tmp_path: Path) -> None:
    (tmp_path / f".page.png.{os.getpid()}.vlpart").touch()
    remove_stale_parts(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_prints_of_libraries_do_not_disturb_the_channel(capfd: pytest.CaptureFixture[str]) -> None:
    (outcome,) = run_jobs(DRILL, drills({"print": '{"done": 1}', "echo": 5}), workers=1)
    assert isinstance(outcome, Done)
    assert outcome.result["echo"] == 5
    assert "straight to the pipe" in capfd.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="the memory guard is Linux's")
def test_job_that_takes_too_much_memory_ends_and_not_the_machine() -> None:
    outcomes = {o.job.key: o for o in run_jobs(DRILL, drills({"take": 1000}, {"take": 20}), workers=1)}
    failed = outcomes["0"]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, RenderError)
    assert "memory" in str(failed.error)
    assert isinstance(outcomes["1"], Done)


def test_closing_the_results_ends_every_worker() -> None:
    outcomes = run_jobs(DRILL, drills({}, {}, {"sleep": 60}, {"sleep": 60}), workers=2)
    pids = {next(outcomes).result["pid"] for _ in range(2)}  # type: ignore[union-attr]
    outcomes.close()
    assert all(gone_soon(pid) for pid in pids)


def test_pool_keeps_its_workers_between_runs_and_ends_them() -> None:
    with WorkerPool(1) as pool:
        pids = {o.result["pid"] for _ in range(2) for o in pool.run(DRILL, drills({}, {}))}  # type: ignore[union-attr]
    assert len(pids) == 1
    assert gone_soon(pids.pop())


def test_fault_in_the_list_of_jobs_reaches_the_caller() -> None:
    def jobs() -> Iterator[Job]:
        yield Job("0", {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(run_jobs(DRILL, jobs(), workers=2))


def test_several_threads_run_pools_at_the_same_time() -> None:
    found: list[int] = []

    def one(number: int) -> None:
        jobs = drills(*({"echo": number} for _ in range(5)))
        found.extend(o.result["echo"] for o in run_jobs(DRILL, jobs, workers=1) if isinstance(o, Done))

    threads = [threading.Thread(target=one, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0] * 5 + [1] * 5 + [2] * 5


def test_handler_outside_the_package_is_refused() -> None:
    for name in ("os:system", "toolkit_evil:run", "toolkit.work.drill:_hidden", "subprocess:run"):
        with pytest.raises(ValueError, match="no handler"):
            find_handler(name)
    (outcome,) = run_jobs("os:getcwd", drills({}), workers=1)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, PreflightError)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_worker_leaves_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, pathlib\n"
        "from toolkit.work import Job, run_jobs\n"
        f"own = pathlib.Path({str(tmp_path)!r}, f'.cell-0-1.{{os.getpid()}}.vlpart')\n"
        f"jobs = [Job('0', {{}}), Job('1', {{'sleep': 60, 'folder': {str(tmp_path)!r}, 'part': 'x'}})]\n"
        "own.touch()\n"
        f"for outcome in run_jobs({DRILL!r}, jobs, workers=1): print(outcome.result['pid'], flush=True)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    for _ in range(100):
        if len(list(tmp_path.iterdir())) == 2:
            break
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone_soon(pid)
    assert list(tmp_path.iterdir()) == []


def test_pool_loads_what_its_jobs_will_need_and_only_of_this_package() -> None:
    with WorkerPool(1, preload=("toolkit.png", "antigravity")) as pool:
        pool.warm()
        (outcome,) = pool.run(DRILL, drills({"loaded": ["toolkit.png", "antigravity", "toolkit.pdf"]}))
    assert isinstance(outcome, Done)
    assert outcome.result["loaded"] == ["toolkit.png"]


def test_job_may_name_a_handler_of_its_own() -> None:
    jobs = [Job("0", {"file": "a.pdf", "page": 1}), Job("1", {"file": "a.pdf", "echo": "own"}, DRILL)]
    outcomes = {
        outcome.job.key: outcome for outcome in run_jobs("toolkit.work.drill:missing", jobs, workers=1)
    }
    assert isinstance(outcomes["0"], Failed)
    own = outcomes["1"]
    assert isinstance(own, Done)
    assert own.result["echo"] == "own"
