r"""Marginal distributions of many values, gathered a series at a time, and the distance between two of them.

A value is shared out between the two nearest nodes of a fine grid so that its mean is kept. Between two nodes the
gathered distribution function is then the *mean* of the true one: the Wasserstein distance

.. math::

    W_1(F, G) = \int |F(x) - G(x)|\, dx

(Vallender 1974, doi:10.1137/1118101) is exact except in grid cells where F − G changes its sign, and never too large.
"""

from collections.abc import Iterable

import numpy as np

STEP = 2e-4  # [m3 m-3] between nodes
TOP = 1.0  # [m3 m-3] soil moisture and its belts end here
NODES = round(TOP / STEP) + 1
DRAWS_AT_A_TIME = 200


class Marginal:
    """How often values occurred, by unit of the bootstrap; two can be added.

    Values are not negative [m3 m-3]. What lies above :data:`TOP` is kept as the sum of what exceeds it, which is all
    that a distance needs of a tail that only one of two distributions has.
    """

    def __init__(self) -> None:
        self.by_unit: dict[int, np.ndarray] = {}

    def add(self, values: np.ndarray, units: np.ndarray, weight: float = 1.0) -> None:
        """Gather values [m3 m-3], without NaN, with the unit of each, and one weight for all."""
        present, number = np.unique(units, return_inverse=True)
        inside = np.minimum(values, TOP) / STEP
        lower = np.minimum(inside.astype(np.int64), NODES - 2)
        upper_share = inside - lower
        index = number * (NODES + 1) + lower
        size = present.size * (NODES + 1)
        table = np.bincount(index, 1 - upper_share, size) + np.bincount(index + 1, upper_share, size)
        table = table.reshape(present.size, NODES + 1)
        table[:, NODES] = np.bincount(number, np.maximum(values - TOP, 0.0), present.size)
        for unit, row in zip(present.tolist(), weight * table, strict=True):
            self._add_row(unit, row)

    def __iadd__(self, other: "Marginal") -> "Marginal":
        for unit, row in other.by_unit.items():
            self._add_row(unit, row)
        return self

    def _add_row(self, unit: int, row: np.ndarray) -> None:
        if unit in self.by_unit:
            self.by_unit[unit] += row
        else:
            self.by_unit[unit] = row.copy()

    def rows(self, units: Iterable[int]) -> np.ndarray:
        """Return the counts of units (unit, node + 1); the last column is the sum of the excess over :data:`TOP`."""
        nothing = np.zeros(NODES + 1)
        return np.stack([self.by_unit.get(unit, nothing) for unit in units])

    @property
    def units(self) -> frozenset[int]:
        """The units that have values."""
        return frozenset(self.by_unit)


def distance(first: Marginal, other: Marginal, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the Wasserstein-1 distance between two marginal distributions.

    Parameters
    ----------
    first, other
        The distributions.
    weights
        How often each unit was drawn (draw, unit); None: once.

    Returns
    -------
    numpy.ndarray
        Distance (draw) [m3 m-3]; NaN where a draw leaves one of them without values.

    Examples
    --------
    >>> first, other = Marginal(), Marginal()
    >>> first.add(np.array([0.03, 0.05]), np.array([0, 1]))
    >>> other.add(np.array([0.04, 0.07]), np.array([0, 1]))
    >>> distance(first, other).round(9)
    array([0.015])
    """
    units = sorted(first.units | other.units)
    if not units:
        return np.full(1 if weights is None else len(weights), np.nan)
    drawn = np.ones((1, len(units))) if weights is None else weights[:, units]
    rows = [marginal.rows(units) for marginal in (first, other)]
    used = np.flatnonzero((rows[0][:, :NODES] + rows[1][:, :NODES]).any(axis=0))
    lowest, highest = int(used[0]), int(used[-1])
    totals, below, excess = [], [], []
    for table in rows:
        totals.append(drawn @ table[:, :NODES].sum(axis=1))
        below.append(np.cumsum(table[:, lowest:highest], axis=1))
        excess.append(drawn @ table[:, NODES])
    result = np.full(len(drawn), np.nan)
    defined = np.flatnonzero((totals[0] > 0) & (totals[1] > 0))
    for start in range(0, defined.size, DRAWS_AT_A_TIME):
        chunk = defined[start : start + DRAWS_AT_A_TIME]
        shares = [drawn[chunk] / total[chunk, None] for total in totals]
        gap = shares[0] @ below[0]
        gap -= shares[1] @ below[1]
        np.abs(gap, out=gap)
        tail = np.abs(excess[0][chunk] / totals[0][chunk] - excess[1][chunk] / totals[1][chunk])
        result[chunk] = STEP * gap.sum(axis=1) + tail
    return result


def quantiles(marginal: Marginal, levels: np.ndarray) -> np.ndarray:
    """Return quantiles at some levels (level) [m3 m-3], to the step of the grid.

    They are NaN without values, and where a quantile lies above :data:`TOP`.
    """
    if not marginal.by_unit:
        return np.full(levels.size, np.nan)
    table = marginal.rows(marginal.units).sum(axis=0)
    below, excess = np.cumsum(table[:NODES]), table[NODES]
    # rounding of the sums must not push a level beyond the last value
    node = np.searchsorted(below, np.asarray(levels) * below[-1] * (1 - 1e-12))
    return np.where((node == NODES - 1) & (excess > 0), np.nan, node * STEP)
