"""RapidOCR on ONNX Runtime: the one module that imports it. Its models lie in its wheel; nothing is fetched.

Its own resizing is switched off: it shrinks any picture to 2,000 px and its detector enlarges the short side
to 736 px, both without a word. What it is given here it sees pixel for pixel (sides rounded to 32 px).
"""

import logging
import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from demo.engines.errors import ModelNotFoundError
from demo.engines.picture import Pixels

Quads = npt.NDArray[np.float32]

DETECTOR = "PP-OCRv6_det_small.onnx"
RECOGNISER = "PP-OCRv6_rec_small.onnx"
LINE_HEIGHT = 48
"""The height in pixels at which the recogniser reads a line (rec_img_shape of RapidOCR's config.yaml)."""


@dataclass(frozen=True)
class Reading:
    """What the recogniser made of one line: the text, its mean certainty, and where each character stands.

    `centres` holds the middle of every character of `text` that is no space, as a fraction of the width.
    """

    text: str
    score: float
    centres: tuple[float, ...]


class TextModels:
    """The detector and the recogniser, loaded once and shared by all threads.

    Lines are read by one pool of as many threads as this process may use cores, each single-threaded inside:
    that takes half the CPU of ONNX Runtime's own threads on so small a job (7.2 against 11.8 CPU seconds for
    169 lines on two cores, 3.6 against 6.0 s of wall time).
    """

    def __init__(self) -> None:
        self.threads = (
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        )
        self._lock = threading.Lock()
        self._detecting = threading.Lock()
        self._detector: Any = None
        self._recogniser: Any = None
        self._pool: ThreadPoolExecutor | None = None

    @property
    def loaded(self) -> bool:
        """Whether the models are in memory."""
        return self._pool is not None

    def load(self) -> None:
        """Load both models; a second call does nothing. Raises ModelNotFoundError if a file is missing."""
        with self._lock:
            if self._pool is not None:
                return
            self._detector = _rapidocr(self.threads, detect=True)
            self._recogniser = _rapidocr(1, detect=False)
            blank = np.full((64, 64, 3), 255, np.uint8)
            self._detector(blank)
            self._recogniser(blank)
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="reader")

    def detect(self, image: Pixels) -> Quads:
        """Find lines of text in a BGR picture: float32 (n, 4, 2), corners clockwise from the upper left."""
        self.load()
        with self._detecting, _memory_errors():
            boxes = self._detector(image).boxes
        return np.zeros((0, 4, 2), np.float32) if boxes is None else np.asarray(boxes, np.float32)

    def recognise(self, crop: Pixels) -> "Future[Reading]":
        """Read one line of text, a BGR picture of it alone, on the pool."""
        self.load()
        assert self._pool is not None  # noqa: S101 - load() made it
        return self._pool.submit(self._recognise, crop)

    def _recognise(self, crop: Pixels) -> Reading:
        with _memory_errors():
            output = self._recogniser(crop)
        text, score = output.txts[0], float(output.scores[0])
        info = output.word_results[0]
        steps = max(1.0, float(info.line_txt_len))
        columns = [column for word in info.word_cols for column in word]
        return Reading(text, score, tuple(min(1.0, (column + 0.5) / steps) for column in columns))


@contextmanager
def _memory_errors() -> Iterator[None]:
    """Raise MemoryError for what ONNX Runtime says in words of its own."""
    try:
        yield
    except Exception as error:
        if re.search(r"bad_alloc|bad allocation|failed to allocate", str(error), re.IGNORECASE):
            raise MemoryError(str(error)[-200:]) from error
        raise


def model_folder() -> Path:
    """Give the folder of the models inside the installed package, without importing it."""
    from importlib.util import find_spec

    spec = find_spec("rapidocr")
    origin = spec.origin if spec is not None else None
    return Path(origin or "rapidocr").parent / "models"


def _model(name: str) -> str:
    path = model_folder() / name
    if not path.is_file():
        raise ModelNotFoundError("engines_reader.model_missing", file=name)
    return str(path)


def _rapidocr(threads: int, *, detect: bool) -> Any:
    from rapidocr import RapidOCR

    # its logger has a handler of its own on stderr, and importing it sets the level anew
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_det": detect,
            "Global.use_rec": not detect,
            "Global.use_cls": False,
            "Global.return_word_box": not detect,
            "Global.use_preprocess_img": False,
            "Global.use_vertical_padding": False,
            "Global.text_score": 0.0,
            "Det.model_path": _model(DETECTOR),
            "Det.limit_type": "max",
            "Det.limit_side_len": 2**20,
            "Rec.model_path": _model(RECOGNISER),
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        }
    )
