"""Mixtures that come back: what is asked of them again and again is worked out once.

An annual cycle has the same mixtures every year, and for all series of a group, each of many components: nearly all
that its evaluation costs is the cost of asking the same again.
"""

from collections.abc import Callable

import numpy as np

from thetamix.evaluation.paired_series import Forecast
from thetamix.mixture import GaussianMixture

#: Mixtures of at least so many components are worth looking up.
MANY = 16
#: So many are remembered; beyond, all are forgotten. It bounds the memory where nothing comes back.
MOST = 10_000


class Recurring:
    """A function of mixtures that remembers what it gave.

    Parameters
    ----------
    function
        Gives each mixture of a shape (row) its values (row, ...).
    """

    def __init__(self, function: Callable[[GaussianMixture], np.ndarray]) -> None:
        self._function = function
        self._known: dict[bytes, np.ndarray] = {}

    def __call__(self, said: Forecast, steps: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Give the values of forecasts.

        Parameters
        ----------
        said
            The mixtures; no point forecasts.
        steps
            Which of the steps.

        Returns
        -------
        numpy.ndarray
            (step, ...).
        """
        first, number = said.distinct
        rows, again = np.unique(number[steps], return_inverse=True)
        if not rows.size or (said.mean.shape[-1] < MANY and 2 * first.size > number.size):
            return self._function(said.mixture[rows])[again]
        digests = [said.digests[row] for row in rows]
        new = {digest: row for digest, row in zip(digests, rows, strict=True) if digest not in self._known}
        if len(self._known) + len(new) > MOST:
            self._known.clear()
            new = dict(zip(digests, rows, strict=True))
        if new:
            self._known |= zip(new, self._function(said.mixture[list(new.values())]), strict=True)
        return np.stack([self._known[digest] for digest in digests])[again]
