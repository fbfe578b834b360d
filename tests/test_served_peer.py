"""The engine against a real server, `transformers serve` on loopback, beside the same model in process."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_models import picture, question, save_model

from demo.engines import Request, Result, ServerUnreachableError
from demo.engines.local.engine import TransformersEngine
from demo.engines.protocol import Engine, Piece
from demo.engines.served.engine import OpenAIEngine
from prompts import validate
from prompts.prompt import Prompt

TESTS = Path(__file__).parent
TRAINED = TESTS / "data" / "tiny-qwen3-vl"
GREEDY = {"temperature": 0, "max_tokens": 12}
START_SECONDS = 90


class Peer:
    """A process that has loaded everything, and begins one server after another at the same port.

    Each server loads what `model` points to when it begins.
    """

    def __init__(self, model: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        command = [sys.executable, str(TESTS / "served_peer.py"), str(model), str(self.port)]
        environ = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore", "CUDA_VISIBLE_DEVICES": ""}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, text=True, env=environ, start_new_session=True, **pipes)  # type: ignore[call-overload]
        self._server = 0

    def begin(self) -> None:
        """Begin a server, and wait until it takes connections."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._server = int(self._process.stdout.readline())
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            with socket.socket() as door:
                if door.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("the server does not begin")

    def kill(self) -> None:
        """End the running server without a word."""
        os.kill(self._server, signal.SIGKILL)

    def close(self) -> None:
        """End everything, also a server that no one got to know."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate(timeout=10)


def _point(link: Path, folder: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(folder, target_is_directory=True)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model of random weights, which never comes to an end, and the trained one."""
    random = save_model("qwen3-vl", tmp_path_factory.mktemp("models") / "random")
    return random, TRAINED if TRAINED.is_dir() else random


@pytest.fixture(scope="module")
def broken_off(
    folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Peer, OpenAIEngine, list[object], float]]:
    """A server killed while it answers, what came of that, in how many seconds; then its successor."""
    link = tmp_path_factory.mktemp("served") / "model"
    _point(link, folders[0])
    peer = Peer(link)
    try:
        peer.begin()
        engine = OpenAIEngine(peer.url, model=str(link))
        heard = _kill_while_it_speaks(peer, engine, tmp_path_factory.mktemp("pictures"))
        _point(link, folders[1])
        peer.begin()
        yield peer, engine, *heard
    finally:
        peer.close()


def _kill_while_it_speaks(peer: Peer, engine: OpenAIEngine, folder: Path) -> tuple[list[object], float]:
    heard: list[object] = []
    killed = 0.0
    long = Request(question("Read.", [picture(folder, 1)]), {"temperature": 0, "max_tokens": 2000})
    try:
        for item in engine.ask(long):
            heard.append(item)
            if isinstance(item, Piece) and not killed:
                peer.kill()
                killed = time.monotonic()
    except Exception as error:
        heard.append(error)
    return heard, time.monotonic() - killed


@pytest.fixture(scope="module")
def local(folders: tuple[Path, Path], broken_off: object) -> Iterator[TransformersEngine]:
    engine = TransformersEngine(model=str(folders[1]), exact=True)
    engine.load()
    yield engine
    engine.forget()


def _answer(engine: Engine, prompt: Prompt, **options: object) -> Result:
    *_, result = engine.ask(Request(prompt, GREEDY, **options))  # type: ignore[arg-type]
    assert isinstance(result, Result)
    return result


def _words(text: str) -> str:
    """Leave out what the two write differently of random tokens: marks, and white space at the ends."""
    return re.sub(r"<\|\w+\|>", "", text).strip()


Broken = tuple[Peer, OpenAIEngine, list[object], float]


def test_server_killed_while_it_speaks_is_a_clear_error_within_five_seconds(broken_off: Broken) -> None:
    _, _, heard, seconds = broken_off
    assert any(isinstance(item, Piece) for item in heard)
    error = heard[-1]
    assert isinstance(error, ServerUnreachableError)
    assert "broke off after" in error.text.en
    assert seconds < 5


def test_first_question_after_the_restart_is_answered(broken_off: Broken, tmp_path: Path) -> None:
    peer, engine, *_ = broken_off
    result = _answer(engine, question("What is in image 1?", [picture(tmp_path, 1)]))
    assert result.text
    assert ("Server", "transformers serve") in engine.describe("en").facts
    assert str(peer.port) in dict(engine.describe("en").facts)["Address"]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_answers_are_those_of_the_model_in_process(
    broken_off: Broken, local: TransformersEngine, tmp_path: Path, count: int
) -> None:
    images = [picture(tmp_path, n, (64, 64)) for n in range(1, count + 1)]
    prompt = question(f"What is in image {count}?", images)
    ours, theirs = _answer(local, prompt), _answer(broken_off[1], prompt)
    assert _words(ours.text) == _words(theirs.text)
    assert ours.usage.output_tokens is not None
    assert theirs.usage.prompt_tokens == ours.usage.prompt_tokens


def test_follow_ups_are_those_of_the_model_in_process(
    broken_off: Broken, local: TransformersEngine, tmp_path: Path
) -> None:
    prompt = question("What is in image 1?", [picture(tmp_path, n, (64, 64)) for n in (1, 2)])
    first = _answer(broken_off[1], prompt, session="s")
    following = prompt.follow_up(first.text, "And in image 2?")
    ours = _answer(local, following, session="s")
    theirs = _answer(broken_off[1], following, session="s")
    assert _words(ours.text) == _words(theirs.text)


def test_schema_is_not_sent_to_a_server_without_it_and_the_answer_is_checked(
    broken_off: Broken, tmp_path: Path
) -> None:
    prompt = question("What is in image 1?", [picture(tmp_path, 1)])
    result = _answer(broken_off[1], prompt, schema={"type": "object", "required": ["digit"]})
    assert any("only checked afterwards" in note.en for note in result.notes)
    assert not validate(result.text, "json:digit:number").ok


def test_setting_that_the_server_would_refuse_is_left_out(broken_off: Broken, tmp_path: Path) -> None:
    """It answers 422 to a key that it doesn't know."""
    prompt = question("What is in image 1?", [picture(tmp_path, 1)])
    sampling = GREEDY | {"top_k": 20, "repetition_penalty": 1.05}
    *_, result = broken_off[1].ask(Request(prompt, sampling))
    assert isinstance(result, Result)
    assert any("repetition_penalty, top_k" in note.en for note in result.notes)
