"""Moisture states: bins of soil moisture by which variability is told apart."""

import numpy as np

WIDTH = 0.05  # [m3 m-3]
STATES = 20  # from 0 to 1 m3 m-3
#: The number of a state that is not known, or not a soil moisture.
NO_STATE = STATES


def state_number(moisture: np.ndarray) -> np.ndarray:
    """Return the number of the bin of soil moisture [m3 m-3]; :data:`NO_STATE` for NaN and outside 0 to 1.

    Examples
    --------
    >>> state_number(np.array([0.0, 0.25, 0.299, np.nan, -0.1]))
    array([ 0,  5,  5, 20, 20])
    """
    defined = (moisture >= 0) & (moisture < WIDTH * STATES)
    # Steps of 0.05 are no binary fractions: 0.15 / 0.05 must not fall below 3.
    number = np.floor(np.where(defined, moisture, 0.0) / WIDTH + 1e-6)
    return np.where(defined, np.minimum(number, STATES - 1), NO_STATE).astype(np.int64)


def state_limits(number: int) -> tuple[float, float]:
    """Return the limits of a bin [m3 m-3]; NaN for :data:`NO_STATE`.

    Examples
    --------
    >>> state_limits(5)
    (0.25, 0.3)
    """
    if number == NO_STATE:
        return float("nan"), float("nan")
    return round(number * WIDTH, 10), round((number + 1) * WIDTH, 10)


def state_name(number: int) -> str:
    """Write the limits of a bin.

    Examples
    --------
    >>> state_name(5)
    '0.25-0.30'
    """
    low, high = state_limits(number)
    return f"{low:.2f}-{high:.2f}"
