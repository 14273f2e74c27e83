"""Mixtures on which shortcuts fail, and an independent way to integrate over any of them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import erf

Array = NDArray[np.float64]


class Parameters(NamedTuple):
    weight: Array
    mean: Array
    sd: Array


def parameters(weight, mean, sd) -> Parameters:
    w, m, s = np.broadcast_arrays(*(np.asarray(a, float) for a in (weight, mean, sd)))
    return Parameters(w / w.sum(), m.copy(), s.copy())


_rng = np.random.default_rng(20250)

HARD = {
    "one": parameters([1], [0.3], [0.02]),
    "five sd apart": parameters([0.5, 0.5], [0.0, 5.0], 1.0),
    "narrow and far": parameters([0.5, 0.5], [0.0, 1.0], 1e-6),
    "narrow, far, unequal": parameters([0.3, 0.7], [0.1, 0.4], [1e-6, 2e-6]),
    "weight 1e-12": parameters([1e-12, 1 - 1e-12], [0.0, 0.5], [0.01, 0.02]),
    "equal components": parameters([1, 1, 1], 0.25, 0.03),
    "narrow within wide": parameters([0.5, 0.5], 0.2, [1e-6, 0.1]),
    "three modes from two means": parameters([0.49, 0.49, 0.01, 0.01], [-0.8, 0.8, -0.8, 0.8], [1, 1, 0.05, 0.05]),
    "just unimodal": parameters([0.5, 0.5], [-1.0, 1.0], 1.0),
    "nearly bimodal": parameters([0.5, 0.5], [-0.999, 0.999], 1.0),
    "barely bimodal": parameters([0.5, 0.5], [-1.001, 1.001], 1.0),
    "a component without weight": parameters([0.4, 0.6, 0], [0.1, 0.2, 99.0], [0.02, 0.03, 1e-6]),
    "three replicates": parameters([1, 1, 1], [0.12, 0.25, 0.41], 0.02),
    "six magnitudes of width": parameters([1, 1, 1], [0.0, 0.1, 0.5], [1e-6, 1e-3, 1.0]),
    "far from zero": parameters([1, 2], [1000.0, 1000.01], 1e-3),
    "seventeen": parameters(np.ones(17), np.linspace(0, 1, 17) ** 2, 0.03),
    "two hundred readings": parameters(np.ones(200), _rng.uniform(0, 0.6, 200), 0.02),
    "sixty-four of any width": parameters(
        _rng.uniform(0, 1, 64), _rng.uniform(0, 0.6, 64), np.exp(_rng.uniform(-14, -2, 64))
    ),
}


@pytest.fixture(params=HARD.values(), ids=HARD.keys())
def hard(request: pytest.FixtureRequest) -> Parameters:
    """One mixture of the table."""
    return request.param


@pytest.fixture(scope="session")
def random_mixtures() -> Callable[..., Parameters]:
    """Draw ``n`` mixtures of ``k`` components with widths from narrow to wide."""

    def draw(n: int, k: int, seed: int = 0) -> Parameters:
        rng = np.random.default_rng(seed)
        return Parameters(
            rng.dirichlet(np.ones(k), n),
            rng.uniform(0.0, 0.6, (n, k)),
            np.exp(rng.uniform(np.log(0.004), np.log(0.2), (n, k))),
        )

    return draw


@pytest.fixture(scope="session")
def integrate() -> Callable[..., float]:
    """Integrate over the line by Gauss-Legendre, with panels as fine as each component asks for."""
    nodes, weights = np.polynomial.legendre.leggauss(16)

    def over(function: Callable[[Array], Array], given: Parameters, *breaks: float) -> float:
        reach = np.concatenate([np.arange(-12.0, 12.5, 0.5), [-40.0, 40.0]])
        used = given.weight > 0
        edges = (given.mean[used, None] + given.sd[used, None] * reach).ravel()
        edges = np.unique(np.concatenate([edges, breaks]))
        half = 0.5 * np.diff(edges)[:, None]
        x = edges[:-1, None] + half * (1.0 + nodes)
        return float((function(x.ravel()).reshape(x.shape) * half * weights).sum())

    return over


@pytest.fixture(scope="session")
def all_pairs() -> Callable[[Array, Array, Array], float]:
    """Mean difference of one mixture by its definition."""

    def mean_difference(weight: Array, mean: Array, sd: Array) -> float:
        d = mean[:, None] - mean
        both = np.sqrt(sd[:, None] ** 2 + sd**2)
        u = d / both
        a = d * erf(u / np.sqrt(2)) + both * np.sqrt(2 / np.pi) * np.exp(-0.5 * u * u)
        return float((weight[:, None] * weight * a).sum())

    return mean_difference
