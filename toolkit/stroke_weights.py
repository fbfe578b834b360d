"""The weights of `strokes`, fitted and written by `python -m benchmarks.stroke_weights --write`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """A linear score: its weights, one for each value, and what is added."""

    values: tuple[float, ...]
    bias: float


# <!-- weights -->
CHINESE = Weights(
    (
        -18.60,
        12.08,
        -38.94,
        -16.91,
        4.45,
        -13.25,
        1.34,
        12.37,
        -13.41,
        -7.55,
        6.38,
        5.24,
        -0.63,
        25.33,
        -6.71,
        4.22,
    ),
    0.000,
)
LATIN = Weights(
    (
        3.27,
        -2.26,
        18.06,
        6.86,
        -13.30,
        0.59,
        6.43,
        19.12,
        -14.73,
        24.76,
        12.54,
        10.09,
        -10.80,
        -1.17,
        -2.81,
        3.77,
    ),
    0.000,
)
STANDING = Weights(
    (
        -2.82,
        17.13,
        11.41,
        22.86,
        -0.68,
        -27.00,
        0.28,
        -12.15,
        0.60,
        19.15,
        1.39,
        2.59,
        2.82,
        -16.89,
        -4.00,
        -14.69,
    ),
    -0.117,
)
HANGUL = Weights(
    (
        20.60,
        -40.80,
        -27.89,
        5.31,
        9.87,
        -2.77,
        -4.80,
        23.08,
        -0.94,
        2.92,
        10.84,
        -0.50,
        -2.15,
        -12.40,
        4.19,
        15.42,
    ),
    -2.258,
)
# <!-- /weights -->
