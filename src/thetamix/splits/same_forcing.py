"""Which clusters have the same forcing: rain of one gauge, temperature of one station, a cell of a grid."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr

#: Forcing of two clusters is the same up to this share of its standard deviation.
SAME_FORCING = 0.05
#: So many steps tell most different forcings apart.
_STEPS = 512
#: Clusters that are read, or compared with all others, at a time.
_TOGETHER = 64


def forcing_groups(network: xr.Dataset) -> list[int]:
    """Number the clusters so that those with the same forcing share a number.

    Forcing is the same where no variable differs by more than :data:`SAME_FORCING` of its standard deviation (root
    mean square): rain of one gauge, temperature of one station, evapotranspiration of nearly one latitude.

    Parameters
    ----------
    network
        With any variables over (cluster, time); a few clusters are read at a time.

    Returns
    -------
    list of int
        For each cluster (cluster) the number of the first one with its forcing.
    """
    names = [str(name) for name, variable in network.data_vars.items() if variable.dims == ("cluster", "time")]
    clusters = network.sizes["cluster"]
    if not names:  # nothing is known of the weather, so that nothing is shared
        return list(range(clusters))
    sketches = {name: _sketch(network[name]) for name in names}

    @lru_cache(maxsize=_TOGETHER)
    def forcing(name: str, cluster: int) -> np.ndarray:
        return network[name].isel(cluster=cluster).to_numpy().astype(np.float64)

    def are_same(first: int, second: int) -> bool:
        return all(
            _distance(forcing(name, first), forcing(name, second)) <= SAME_FORCING * sketch.spread
            for name, sketch in sketches.items()
        )

    groups: list[int] = []
    for begin in range(0, clusters, _TOGETHER):
        rows = slice(begin, begin + _TOGETHER)
        for near in np.all([sketch.may_be_same(rows) for sketch in sketches.values()], axis=0):
            cluster = len(groups)
            firsts = (first for first in np.flatnonzero(near[:cluster]).tolist() if groups[first] == first)
            same = (first for first in firsts if are_same(first, cluster))
            groups.append(next(same, cluster))
    return groups


@dataclass(frozen=True)
class _Sketch:
    """A variable at a few steps (cluster, step), as departures in standard deviations, 0 where it is missing.

    It tells most pairs of clusters apart without a look at every step: what they differ by at these steps is the
    least that they differ by at all.
    """

    values: np.ndarray
    present: np.ndarray
    counts: np.ndarray  # (cluster) of all steps
    spread: float

    def may_be_same(self, rows: slice) -> np.ndarray:
        """Return which clusters may have the forcing of each of these rows (row, cluster)."""
        squares = self.values**2
        apart = squares[rows] @ self.present.T + self.present[rows] @ squares.T
        apart -= 2 * self.values[rows] @ self.values.T
        steps = np.minimum(self.counts[rows, None], self.counts)  # that both have, at most
        may: np.ndarray = apart <= SAME_FORCING**2 * steps * (1 + 1e-6) + 1e-6
        return may


def _sketch(variable: xr.DataArray) -> _Sketch:
    """Read a variable (cluster, time), a few clusters at a time."""
    clusters, steps = variable.shape
    at = np.unique(np.linspace(0, steps - 1, min(_STEPS, steps)).astype(int))
    values, counts = np.empty((clusters, at.size)), np.zeros(clusters, dtype=int)
    total = squares = 0.0
    centre = 0.0  # near the mean, so that squares lose no digits
    for begin in range(0, clusters, _TOGETHER):
        rows = slice(begin, begin + _TOGETHER)
        read = variable.isel(cluster=rows).to_numpy().astype(np.float64)
        values[rows], counts[rows] = read[:, at], np.isfinite(read).sum(axis=1)
        present = read[np.isfinite(read)]
        if begin == 0 and present.size:
            centre = float(present.mean())
        total += float((present - centre).sum())
        squares += float(((present - centre) ** 2).sum())
    number = max(int(counts.sum()), 1)
    spread = float(np.sqrt(max(squares / number - (total / number) ** 2, 0.0))) or 1.0
    there = np.isfinite(values)
    return _Sketch(np.where(there, (values - centre) / spread, 0.0), there.astype(float), counts, spread)


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the root mean square difference where both are there; gaps alone make no difference.

    Records that have no step in common, as of networks of other years, are not the same.
    """
    difference = first - second
    difference = difference[np.isfinite(difference)]
    if not difference.size:
        return np.inf if np.isfinite(first).any() and np.isfinite(second).any() else 0.0
    return float(np.sqrt(np.mean(difference**2)))
