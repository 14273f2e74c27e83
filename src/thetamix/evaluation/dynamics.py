"""Dynamics: does the expectation follow the mean of the replicates? KGE, rank correlation, MSE.

Every score is a functional of a weighted sample, so that one function serves the score itself (weights 1) and its
bootstrap (weights: how often a time step, or its calendar block, was drawn). Where blocks are drawn, what a block
adds to a sum is added up once, and a thousand draws cost no more than one.
"""

from functools import cached_property

import numpy as np

#: Draws of single steps that are computed at a time; bounds the memory.
CHUNK = 128
#: Ranks are decomposed over at most so many blocks; beyond, each step is weighted by itself.
MOST_BLOCKS = 64


def weighted_sums(weights: np.ndarray, values: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
    """Sum columns under several weightings.

    Parameters
    ----------
    weights
        (draw, unit): how often each unit was drawn.
    values
        (step, column).
    units
        The unit of each step (step); None: each step is one.

    Returns
    -------
    numpy.ndarray
        (draw, column), float64.
    """
    columns = values.astype(np.float64)
    if units is not None:
        size = weights.shape[1]
        columns = np.stack([np.bincount(units, column, minlength=size) for column in columns.T], axis=1)
    total: np.ndarray = weights.astype(np.float64) @ columns
    return total


def moments(
    observed: np.ndarray, predicted: np.ndarray, weights: np.ndarray, units: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Compute the moments that the scores are made of.

    Parameters
    ----------
    observed, predicted
        Of one series (step) [m3 m-3], without NaN.
    weights, units
        See :func:`weighted_sums`.

    Returns
    -------
    dict of numpy.ndarray
        ``mean_o``, ``mean_p``, ``var_o``, ``var_p``, ``cov``, ``mse``, each (draw); NaN where the weights are 0.
    """
    # Sums about the overall means lose no digits to cancellation.
    center_o, center_p = (float(x.mean()) if x.size else 0.0 for x in (observed, predicted))
    o, p = observed - center_o, predicted - center_p
    columns = np.stack([np.ones_like(o), o, p, o * o, p * p, o * p, (observed - predicted) ** 2], axis=1)
    total = weighted_sums(weights, columns, units)
    with np.errstate(invalid="ignore", divide="ignore"):
        _, mo, mp, oo, pp, op, mse = (total / total[:, :1]).T
    return {
        "mean_o": mo + center_o,
        "mean_p": mp + center_p,
        "var_o": np.maximum(oo - mo * mo, 0.0),
        "var_p": np.maximum(pp - mp * mp, 0.0),
        "cov": op - mo * mp,
        "mse": mse,
    }


def kge(m: dict[str, np.ndarray]) -> np.ndarray:
    """Compute the Kling-Gupta efficiency, 1 − √((r−1)² + (α−1)² + (β−1)²).

    Gupta et al. (2009), doi:10.1016/j.jhydrol.2009.08.003: correlation, ratio of the standard deviations, ratio of
    the means.

    Parameters
    ----------
    m
        From :func:`moments`.

    Returns
    -------
    numpy.ndarray
        (draw); NaN where observations or predictions are constant.

    Examples
    --------
    >>> o = np.array([0.1, 0.2, 0.3])
    >>> kge(moments(o, 2 * o, np.ones((1, 3)))).round(4)
    array([-0.4142])
    """
    so, sp = np.sqrt(m["var_o"]), np.sqrt(m["var_p"])
    defined = (so > _tiny(m["mean_o"])) & (sp > _tiny(m["mean_p"])) & (m["mean_o"] != 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = m["cov"] / (so * sp)
        value = 1 - np.sqrt((r - 1) ** 2 + (sp / so - 1) ** 2 + (m["mean_p"] / m["mean_o"] - 1) ** 2)
    result: np.ndarray = np.where(defined, value, np.nan)
    return result


def correlation(m: dict[str, np.ndarray]) -> np.ndarray:
    """Compute the linear correlation.

    Parameters
    ----------
    m
        From :func:`moments`.

    Returns
    -------
    numpy.ndarray
        (draw); NaN where observations or predictions are constant.

    Examples
    --------
    >>> o = np.array([0.1, 0.2, 0.3])
    >>> correlation(moments(o, 1 - 2 * o, np.ones((1, 3)))).round(4)
    array([-1.])
    """
    so, sp = np.sqrt(m["var_o"]), np.sqrt(m["var_p"])
    defined = (so > _tiny(m["mean_o"])) & (sp > _tiny(m["mean_p"]))
    result: np.ndarray = np.divide(m["cov"], so * sp, out=np.full_like(so, np.nan), where=defined)
    return result


def ubrmse(m: dict[str, np.ndarray]) -> np.ndarray:
    """Compute the unbiased root mean square error, without the difference of the means [m3 m-3].

    Entekhabi et al. (2010), doi:10.1175/2010JHM1223.1.

    Parameters
    ----------
    m
        From :func:`moments`.

    Returns
    -------
    numpy.ndarray
        (draw).

    Examples
    --------
    >>> o = np.array([0.1, 0.2, 0.3])
    >>> ubrmse(moments(o, o + 0.05, np.ones((1, 3)))).round(4)
    array([0.])
    """
    result: np.ndarray = np.sqrt(np.maximum(m["mse"] - (m["mean_p"] - m["mean_o"]) ** 2, 0.0))
    return result


def rank_correlation(
    observed: np.ndarray, predicted: np.ndarray, weights: np.ndarray, units: np.ndarray | None = None
) -> np.ndarray:
    """Compute Spearman's rank correlation of weighted samples, ties at their mean rank.

    Parameters
    ----------
    observed, predicted
        Of one series (step), without NaN.
    weights, units
        See :func:`weighted_sums`.

    Returns
    -------
    numpy.ndarray
        (draw); NaN where observations or predictions are constant.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]), np.ones((1, 3)))
    array([0.5])
    """
    return Ranked(observed, weights, units).correlation(Ranked(predicted, weights, units))


def _correlation(ab: np.ndarray, aa: np.ndarray, bb: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        value = ab / np.sqrt(aa * bb)
    defined: np.ndarray = np.where((aa > 1e-9) & (bb > 1e-9), value, np.nan)
    return defined


class Ranked:
    """Centred mid-ranks of a sample under several weightings; all that it is correlated with share them.

    Under weights of blocks, the centred rank of a step is linear in the weights: the sum over blocks b of w_b times
    the number of values of b below it (ties half), less half of b's size. So a sum of products of ranks is a cubic
    form in the weights, whose coefficients, blocks × blocks × blocks, are computed once for all draws.

    Parameters
    ----------
    values
        The sample (step), without NaN.
    weights, units
        See :func:`weighted_sums`.
    """

    def __init__(self, values: np.ndarray, weights: np.ndarray, units: np.ndarray | None = None) -> None:
        self.values = values
        self._weights, self._units = weights, units
        if units is not None:
            present, self._units = np.unique(units, return_inverse=True)
            self._weights = weights[:, present]
        blocks = self._weights.shape[1]
        self._by_block = self._units is not None and 0 < blocks <= MOST_BLOCKS
        self._centred: dict[int, np.ndarray] = {}

    def correlation(self, other: "Ranked") -> np.ndarray:
        """Correlate with another sample's ranks under the same weights (draw); NaN where one is constant."""
        if self._by_block:
            return _correlation(self._product_by_block(other), self._square_by_block, other._square_by_block)
        result = np.full(len(self._weights), np.nan)
        for first in range(0, len(result), CHUNK):
            w = self._drawn(first)
            a, b = self._centred_ranks(first), other._centred_ranks(first)
            products = [np.einsum("dt,dt,dt->d", w, x, y) for x, y in ((a, b), (a, a), (b, b))]
            result[first : first + CHUNK] = _correlation(*products)
        return result

    @cached_property
    def _tie(self) -> np.ndarray:
        tie: np.ndarray = np.unique(self.values, return_inverse=True)[1]
        return tie

    @cached_property
    def _below(self) -> np.ndarray:
        """Count for each block (block, step) the values below each step's, less half of the block."""
        assert self._units is not None
        blocks, ties = self._weights.shape[1], int(self._tie.max()) + 1
        count = np.bincount(self._units * ties + self._tie, minlength=blocks * ties).reshape(blocks, ties)
        middle: np.ndarray = np.cumsum(count, axis=1) - count / 2 - count.sum(axis=1, keepdims=True) / 2
        return middle[:, self._tie]

    def _product_by_block(self, other: "Ranked") -> np.ndarray:
        w = self._weights.astype(np.float64)
        members = [self._units == u for u in range(w.shape[1])]
        form = np.stack([self._below[:, steps] @ other._below[:, steps].T for steps in members])
        product: np.ndarray = np.einsum("db,dbc,dc->d", w, np.tensordot(w, form, axes=1), w)
        return product

    @cached_property
    def _square_by_block(self) -> np.ndarray:
        return self._product_by_block(self)

    def _drawn(self, first: int) -> np.ndarray:
        """Return the weights of the steps (draw, step), of a few draws: all at once would be large."""
        w = self._weights[first : first + CHUNK].astype(np.float64)
        return w if self._units is None else w[:, self._units]

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """The order of the values (step), and where in it the last of each tie is."""
        order = np.argsort(self._tie, kind="stable")
        return order, np.flatnonzero(np.diff(self._tie[order], append=-1))

    def _centred_ranks(self, first: int) -> np.ndarray:
        """Return the weight below plus half the weight of the tie, less half of all weight (draw, step)."""
        if first not in self._centred:
            w = self._drawn(first)
            order, last = self._sorted
            through = np.cumsum(w[:, order], axis=1)[:, last]
            middle = through - w.sum(axis=1, keepdims=True)
            middle[:, 1:] += through[:, :-1]
            middle /= 2
            self._centred = {first: middle[:, self._tie]}  # the last ones alone: all would be large
        return self._centred[first]


def _tiny(mean: np.ndarray) -> np.ndarray:
    # float32 readings of a stuck sensor differ by nothing; their float64 variance may by rounding.
    smallest: np.ndarray = 1e-7 * np.abs(mean)
    return smallest
