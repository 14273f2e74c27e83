"""Dynamics: does the expectation follow the mean of the replicates? KGE, rank correlation, MSE.

Every score is a functional of a weighted sample, so that one function serves the score itself (weights 1) and its
bootstrap (weights: how often a time step, or its calendar block, was drawn). Where blocks are drawn, what a block
adds to a sum is added up once, and a thousand draws cost no more than one.
"""

import numpy as np

#: Draws of single steps that are computed at a time; bounds the memory.
CHUNK = 128
#: Ranks are decomposed over at most so many blocks; beyond, each step is weighted by itself.
MOST_BLOCKS = 64


def sums(weights: np.ndarray, values: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
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
        See :func:`sums`.

    Returns
    -------
    dict of numpy.ndarray
        ``mean_o``, ``mean_p``, ``var_o``, ``var_p``, ``cov``, ``mse``, each (draw); NaN where the weights are 0.
    """
    # Sums about the overall means lose no digits to cancellation.
    center_o, center_p = (float(x.mean()) if x.size else 0.0 for x in (observed, predicted))
    o, p = observed - center_o, predicted - center_p
    columns = np.stack([np.ones_like(o), o, p, o * o, p * p, o * p, (observed - predicted) ** 2], axis=1)
    total = sums(weights, columns, units)
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


def rank_correlation(
    observed: np.ndarray, predicted: np.ndarray, weights: np.ndarray, units: np.ndarray | None = None
) -> np.ndarray:
    """Compute Spearman's rank correlation of weighted samples, ties at their mean rank.

    Parameters
    ----------
    observed, predicted
        Of one series (step), without NaN.
    weights, units
        See :func:`sums`.

    Returns
    -------
    numpy.ndarray
        (draw); NaN where observations or predictions are constant.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]), np.ones((1, 3)))
    array([0.5])
    """
    if units is not None:
        present, units = np.unique(units, return_inverse=True)
        weights = weights[:, present].astype(np.float64)
        if 0 < present.size <= MOST_BLOCKS:
            return _correlation(*_rank_products_of_blocks(observed, predicted, weights, units))
    result = np.full(len(weights), np.nan)
    ranks_o, ranks_p = _Ranks(observed), _Ranks(predicted)
    for first in range(0, len(weights), CHUNK):
        w = weights[first : first + CHUNK].astype(np.float64)
        w = w if units is None else w[:, units]  # of a few draws at a time: all at once would be large
        total = w.sum(axis=1, keepdims=True)
        a, b = ranks_o(w) - total / 2, ranks_p(w) - total / 2
        products = [np.einsum("dt,dt,dt->d", w, x, y) for x, y in ((a, b), (a, a), (b, b))]
        result[first : first + CHUNK] = _correlation(*products)
    return result


def _correlation(ab: np.ndarray, aa: np.ndarray, bb: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        value = ab / np.sqrt(aa * bb)
    defined: np.ndarray = np.where((aa > 1e-9) & (bb > 1e-9), value, np.nan)
    return defined


def _rank_products_of_blocks(
    observed: np.ndarray, predicted: np.ndarray, weights: np.ndarray, units: np.ndarray
) -> list[np.ndarray]:
    """Sum products of centred ranks under weights of blocks.

    The centred rank of a step is linear in the weights: the sum over blocks b of w_b times the number of values of b
    below it (ties half), less half of b's size. So a sum of products of ranks is a cubic form in the weights, whose
    coefficients, blocks × blocks × blocks, are computed once for all draws.
    """
    blocks = weights.shape[1]
    sizes = np.bincount(units, minlength=blocks)[:, None]

    def below(values: np.ndarray) -> np.ndarray:
        """Count for each block (block, step) the values below each step's, less half of the block."""
        tie = np.unique(values, return_inverse=True)[1]
        ties = int(tie.max()) + 1
        count = np.bincount(units * ties + tie, minlength=blocks * ties).reshape(blocks, ties)
        middle: np.ndarray = np.cumsum(count, axis=1) - count / 2 - sizes / 2
        return middle[:, tie]

    a, b = below(observed), below(predicted)
    members = [units == u for u in range(blocks)]
    products = []
    for x, y in ((a, b), (a, a), (b, b)):
        form = np.stack([x[:, mine] @ y[:, mine].T for mine in members])
        products.append(np.einsum("db,dbc,dc->d", weights, np.tensordot(weights, form, axes=1), weights))
    return products


class _Ranks:
    """Ranks of a sample whose members occur with given weights; sorted once for all draws."""

    def __init__(self, values: np.ndarray) -> None:
        _, self._group = np.unique(values, return_inverse=True)
        self._order = np.argsort(self._group, kind="stable")
        ordered = self._group[self._order]
        self._starts = np.flatnonzero(np.concatenate([[True], np.diff(ordered) > 0])) if values.size else None

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """Give mid-ranks (draw, step): the weight below plus half the weight of the tie."""
        if self._starts is None:
            return np.zeros_like(weights)
        tied = np.add.reduceat(weights[:, self._order], self._starts, axis=1)
        middle: np.ndarray = np.cumsum(tied, axis=1) - tied / 2
        return middle[:, self._group]


def _tiny(mean: np.ndarray) -> np.ndarray:
    # float32 readings of a stuck sensor differ by nothing; their float64 variance may by rounding.
    smallest: np.ndarray = 1e-7 * np.abs(mean)
    return smallest
