"""Blocks of a vision tower shared out among threads: the same features, stops heard, and a way back."""

import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from local_models import CONFIGS, make_model

from demo.engines.local import cpu_vision
from demo.engines.local.cpu_vision import LEAST, Crew, share_blocks, spans_of
from demo.engines.local.interrupt import Stopped, attending_in_blocks, interruptible

DENSE = [family for family in CONFIGS if not family.endswith("moe")]
GRID = (1, 32, 36)
"""Patches of an image with more than twice the least rows."""


@pytest.fixture(scope="module", params=DENSE)
def model(request: pytest.FixtureRequest) -> Any:
    return make_model(request.param).requires_grad_(False)


@pytest.fixture
def shared(model: Any) -> Iterator[list[cpu_vision.SharedBlock]]:
    blocks = share_blocks(model, 2)
    yield blocks
    for block in blocks:
        block.remove()


def features(model: Any, seed: int = 1) -> torch.Tensor:
    tower = model.model.visual
    patch = tower.config.patch_size
    dice = torch.Generator().manual_seed(seed)
    pixels = torch.randn(GRID[1] * GRID[2], 6 * patch * patch, generator=dice)
    with torch.inference_mode():
        made = model.model.get_image_features(pixels, torch.tensor([GRID]), return_dict=True)
    deep = getattr(made, "deepstack_features", None) or ()
    return torch.cat([*made.pooler_output, *(torch.cat(tuple(part)) for part in deep)])


def test_features_are_those_of_the_plain_tower(model: Any) -> None:
    plain = features(model)
    blocks = share_blocks(model, 3)
    assert len(blocks) == len(model.model.visual.blocks) > 0
    calls = [count_calls(block.crew) for block in blocks[:1]]
    found = features(model)
    for block in blocks:
        block.remove()
    assert calls[0]() == 3 * len(blocks)
    torch.testing.assert_close(found, plain, rtol=1e-4, atol=1e-5)
    assert torch.equal(features(model), plain)


def count_calls(crew: Crew) -> Any:
    """Count what is shared out by a crew from now on."""
    calls, share = [0], crew.share

    def counted(tasks: Any, work: Any) -> None:
        calls[0] += 1
        share(tasks, work)

    crew.share = counted  # type: ignore[method-assign]
    return lambda: calls[0]


@pytest.mark.usefixtures("shared")
def test_small_image_takes_the_plain_way(model: Any, shared: list[cpu_vision.SharedBlock]) -> None:
    calls = count_calls(shared[0].crew)
    patch = model.model.visual.config.patch_size
    with torch.inference_mode():
        model.model.get_image_features(torch.randn(64, 6 * patch * patch), torch.tensor([[1, 8, 8]]))
    assert calls() == 0


def test_stop_within_a_shared_block_is_heard_and_the_next_pass_works(
    model: Any, shared: list[cpu_vision.SharedBlock]
) -> None:
    plain, looks = features(model), [0]

    def check() -> None:
        looks[0] += 1
        if looks[0] == 12:
            raise Stopped

    tower = model.model.visual
    with pytest.raises(Stopped), interruptible(tower, check):
        features(model)
    assert looks[0] < 40, "the other threads went on"
    assert torch.equal(features(model), plain)


def test_stop_is_heard_within_the_attention_of_a_shared_block(
    model: Any, shared: list[cpu_vision.SharedBlock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.engines.local.interrupt.LONG", 1)
    looks: list[str] = []
    with attending_in_blocks(model.model.visual, 1, lambda: looks.append(threading.current_thread().name)):
        features(model)
    assert looks
    assert all(name.startswith("vision") for name in looks)


def test_crew_computes_alone_and_leaves_the_number_of_threads_elsewhere() -> None:
    crew, usual, found = Crew(3), torch.get_num_threads(), []
    crew.share(range(9), lambda task: found.append((task, torch.get_num_threads())))
    assert sorted(found) == [(task, 1) for task in range(9)]
    assert torch.get_num_threads() == usual
    later: list[int] = []
    other = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    other.start()
    other.join()
    assert later == [usual]
    crew.end()
    crew.share([1], lambda task: found.append((task, 0)))
    assert found[-1] == (1, 0)
    crew.end()


def test_crew_raises_what_a_task_raised_and_drops_the_rest() -> None:
    crew, done = Crew(2), []

    def work(task: int) -> None:
        if task == 3:
            raise KeyError("three")
        done.append(task)

    with pytest.raises(KeyError, match="three"):
        crew.share(range(1000), work)
    assert len(done) < 999
    crew.share(range(5), lambda task: done.append(-1))
    assert done.count(-1) == 5
    crew.end()


@given(st.integers(1, 70_000), st.integers(1, 16), st.integers(1, 600))
def test_spans_cover_all_rows_in_turn_and_suit_the_threads(rows: int, threads: int, most: int) -> None:
    spans = spans_of(rows, threads, most)
    assert [spans[0][0], spans[-1][1]] == [0, rows]
    assert all(one[1] == other[0] for one, other in pairwise(spans))
    sizes = {after - first for first, after in spans}
    assert 0 < min(sizes) <= max(sizes) <= most
    assert max(sizes) - min(sizes) <= 1
    assert len(spans) % threads == 0 or len(spans) == rows


def test_tower_that_is_not_as_known_keeps_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model("qwen3-vl").requires_grad_(False)
    plain = features(model)
    finish = cpu_vision._Work.finish

    def wrong(work: Any, span: Any) -> None:
        finish(work, span)
        work.made[span[0]] += 9

    with monkeypatch.context() as patch:
        patch.setattr(cpu_vision._Work, "finish", wrong)
        assert share_blocks(model, 2) == []
    assert torch.equal(features(model), plain)
    model.model.visual.blocks[1].attn.proj = None
    assert share_blocks(model, 2) == []


@pytest.fixture
def short() -> Any:
    """A model in bfloat16, whose feed-forward parts can take GELU along."""
    return make_model("qwen3-vl").bfloat16().requires_grad_(False)


def in_bf16(model: Any) -> torch.Tensor:
    pixels = torch.randn(GRID[1] * GRID[2], 6 * 16 * 16, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        made = model.model.get_image_features(pixels.bfloat16(), torch.tensor([GRID]), return_dict=True)
    return torch.cat(tuple(made.pooler_output)).float()


def test_gelu_taken_along_gives_the_same_within_rounding(short: Any) -> None:
    plain = in_bf16(short)
    blocks = share_blocks(short, 2)
    assert all(block.feed is not block.block.mlp for block in blocks)
    found = in_bf16(short)
    assert float(torch.cosine_similarity(found, plain, dim=-1).min()) > 0.999
    assert not torch.equal(found, plain)


def refuses(*_: Any) -> torch.Tensor:
    raise RuntimeError("mkldnn::_linear_pointwise() expected at most 3 arguments")


@pytest.mark.parametrize("product", [None, refuses, lambda rows, weight, *_: rows @ weight.T])
def test_blocks_are_shared_without_the_private_product_where_it_is_gone_or_wrong(
    short: Any, monkeypatch: pytest.MonkeyPatch, product: Any
) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_linear_pointwise", product)
    blocks = share_blocks(short, 2)
    assert blocks
    assert all(block.feed is block.block.mlp for block in blocks)


@pytest.mark.parametrize("threads", [1, cpu_vision.MOST_THREADS + 1])
def test_tower_is_not_shared_among_one_thread_or_too_many(threads: int) -> None:
    assert share_blocks(make_model("qwen3-vl"), threads) == []


def test_least_rows_leave_something_to_share() -> None:
    assert len(spans_of(LEAST, 2)) == 2
