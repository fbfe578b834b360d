"""Int8 copies of weights, and attention on a CPU: each against what torch computes plainly."""

from typing import Any

import pytest
import torch
from torch import nn

from demo.engines.local import int8_steps
from demo.engines.local.cpu_attention import rows, step
from demo.engines.local.int8_steps import StepCopy, copy_steps, fits, has_kernel, round_rows


def test_product_that_gives_wrong_figures_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    has_kernel.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(torch, "_weight_int8pack_mm", lambda row, packed, scales: row @ packed.bfloat16().T)
        assert not has_kernel()
    has_kernel.cache_clear()
    assert has_kernel()


@pytest.mark.parametrize(
    ("columns", "outputs", "taken"), [(64, 96, True), (96, 43, True), (72, 96, False), (8, 8, False)]
)
def test_only_shapes_that_the_product_takes_get_a_copy(columns: int, outputs: int, taken: bool) -> None:
    assert fits(nn.Linear(columns, outputs)) is taken


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_copy_computes_what_its_layer_does_within_rounding(bias: bool, dtype: Any) -> None:
    torch.manual_seed(1)
    layer = nn.Linear(256, 130, bias=bias, dtype=dtype)
    row = torch.randn(1, 1, 256, dtype=dtype)
    true = layer(row)
    copy = StepCopy(layer, round_rows(layer.weight.detach()))
    given = layer(row)
    assert given.shape == true.shape and given.dtype is dtype
    assert (given - true).norm() < 0.02 * true.norm()
    assert torch.equal(layer(row.expand(1, 2, 256))[0, 0], layer(row.expand(1, 2, 256))[0, 1])
    copy.remove()
    assert torch.equal(layer(row), true)


def test_rounding_never_cuts_off_the_largest_weight() -> None:
    weight = (
        torch.randn(500, 64, generator=torch.Generator().manual_seed(2)) * torch.logspace(-6, 6, 500)[:, None]
    )
    rounded = round_rows(weight)
    scales = rounded.scales.float()[:, None]
    assert ((rounded.packed.float() * scales - weight).abs() <= 0.5001 * scales).all()
    assert not round_rows(torch.zeros(3, 64)).packed.any()


def test_rounding_in_pieces_is_rounding_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    weight = torch.randn(37, 64)
    whole = round_rows(weight)
    monkeypatch.setattr(int8_steps, "_CHUNK", 200)
    pieces = round_rows(weight)
    assert torch.equal(whole.packed, pieces.packed) and torch.equal(whole.scales, pieces.scales)
    assert pieces.error == pytest.approx(whole.error)


def test_rounding_error_of_normal_numbers_is_the_formulas() -> None:
    weight = torch.randn(64, 2048, generator=torch.Generator().manual_seed(6))
    rounded = round_rows(weight)
    true = rounded.packed.float() * rounded.scales.float()[:, None] - weight
    assert rounded.error == pytest.approx(
        true.square().mean().sqrt().item() / weight.abs().mean().item(), rel=0.05
    )


def test_layer_with_outliers_stays_as_it_is_and_is_counted() -> None:
    even, spiky = nn.Linear(128, 64), nn.Linear(128, 64)
    spiky.weight.data[:, 5] = 40.0  # the rest of each row would be rounded to nothing
    copies, left = copy_steps(nn.Sequential(even, spiky))
    assert [copy._layer for copy in copies] == [even] and left == 1


@pytest.mark.parametrize("length", [513, 1024])
def test_attention_in_blocks_is_that_of_torch_within_bf16(length: int) -> None:
    source = torch.Generator().manual_seed(4)
    query, key, value = (torch.randn(1, 2, length, 64, generator=source) for _ in range(3))
    true = nn.functional.scaled_dot_product_attention(query, key, value, scale=0.2).transpose(1, 2)
    given = rows(query.bfloat16(), key.bfloat16(), value.bfloat16(), 0.2)
    assert given.shape == true.shape
    assert (given.float() - true).norm() < 0.03 * true.norm()


def test_attention_of_one_row_is_that_of_torch_with_repeated_keys() -> None:
    source = torch.Generator().manual_seed(5)
    query = torch.randn(1, 8, 1, 32, generator=source)
    key, value = (torch.randn(1, 2, 50, 32, generator=source) for _ in range(2))
    spread = (key.repeat_interleave(4, 1), value.repeat_interleave(4, 1))
    true = nn.functional.scaled_dot_product_attention(query, *spread).transpose(1, 2)
    assert torch.allclose(step(query, key, value, None), true, atol=1e-6)
