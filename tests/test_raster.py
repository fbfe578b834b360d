import numpy as np
import pytest

from toolkit.raster import Raster

RNG = np.random.default_rng(11)


def words(
    grey: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint32]]":
    """Grey pixels as drawn words, with rubbish in the unused byte."""
    unused = RNG.integers(0, 256, grey.shape).astype(np.uint32) << 24
    return (grey.astype(np.uint32) * 0x10101 | unused).astype(np.uint32)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 3), (2, 1), (7, 5), (300, 301), (2480, 90)])
def test_grey_is_told_from_any_single_bit_of_colour(width: int, height: int) -> None:
    grey = RNG.integers(0, 256, (height, width)).astype(np.uint8)
    plain = words(grey)
    assert Raster(plain).grey
    assert np.array_equal(Raster(plain).to_array(), grey)
    assert np.array_equal(np.asarray(Raster(plain).to_picture()), grey)
    for _ in range(40):
        y, x, bit = RNG.integers(height), RNG.integers(width), int(RNG.integers(24))
        coloured = plain.copy()
        coloured[y, x] ^= np.uint32(1 << bit)
        assert not Raster(coloured).grey


def test_colour_comes_out_as_red_green_blue() -> None:
    raster = Raster(np.array([[0xFF112233, 0x00445566]], np.uint32))
    expected = [[[0x11, 0x22, 0x33], [0x44, 0x55, 0x66]]]
    assert raster.size == (2, 1)
    assert raster.to_array().tolist() == expected
    assert np.asarray(raster.to_picture()).tolist() == expected
