"""Mixtures that come back: what is asked of them again and again is worked out once.

An annual cycle has the same mixtures every year, and for all series of a group, each of many components: nearly all
that its evaluation costs is the cost of asking the same again.
"""

from collections.abc import Callable

import numpy as np

from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.mixture import GaussianMixture

#: Mixtures of at least so many components are worth looking up.
MANY = 16
#: So many are remembered; beyond, all are forgotten. It bounds the memory where nothing comes back.
MOST = 10_000


class Recurring:
    """A function of mixtures that remembers what it returned.

    Parameters
    ----------
    function
        Returns values of each mixture of a shape (row): (row, ...).
    """

    def __init__(self, function: Callable[[GaussianMixture], np.ndarray]) -> None:
        self._function = function
        self._remembered: dict[bytes, np.ndarray] = {}

    def __call__(self, forecast: SeriesForecast, steps: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the values of mixtures, which are no points, at a selection of the steps (step, ...)."""
        first, number = forecast.distinct
        rows, again = np.unique(number[steps], return_inverse=True)
        if not rows.size or (forecast.mean.shape[-1] < MANY and 2 * first.size > number.size):
            return self._function(forecast.mixture[rows])[again]
        digests = [forecast.digests[row] for row in rows]
        new = {digest: row for digest, row in zip(digests, rows, strict=True) if digest not in self._remembered}
        if len(self._remembered) + len(new) > MOST:
            self._remembered.clear()
            new = dict(zip(digests, rows, strict=True))
        if new:
            self._remembered |= zip(new, self._function(forecast.mixture[list(new.values())]), strict=True)
        return np.stack([self._remembered[digest] for digest in digests])[again]
