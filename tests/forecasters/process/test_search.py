"""Differential evolution beside scipy's, and each problem by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import differential_evolution

from thetamix.forecasters.process.search import minimise


def rosenbrock(at):
    """The minimum, 0, is at 2/3 of the unit cube in every direction."""
    x = 6 * at - 3
    return (100 * (x[..., 1:] - x[..., :-1] ** 2) ** 2 + (1 - x[..., :-1]) ** 2).sum(axis=-1)


def rastrigin(at):
    x = 4 * at - 1.5
    return (x**2 - np.cos(4 * np.pi * x) + 1).sum(axis=-1)


def search(cost, seeds, parameters, population=30, generations=200):
    generators = [np.random.default_rng(seed) for seed in seeds]
    return minimise(
        cost,
        generators,
        parameters,
        population=population,
        generations=generations,
        report=lambda _: None,
    )


@pytest.mark.parametrize("function", [rosenbrock, rastrigin])
def test_as_near_as_scipy_with_as_many_calls(function):
    best = search(function, range(8), 3, population=30, generations=120)
    theirs = [
        differential_evolution(
            lambda x: function(x.T),
            [(0, 1)] * 3,
            popsize=10,
            maxiter=120,
            tol=0,
            polish=False,
            vectorized=True,
            updating="deferred",
            rng=np.random.default_rng(seed),
        ).fun
        for seed in range(8)
    ]
    assert np.median(function(best)) <= max(100 * np.median(theirs), 1e-9)
    assert np.median(function(best)) < 1e-5


def test_a_problem_does_not_know_the_others():
    targets = np.array([[0.2, 0.9], [0.7, 0.4], [0.05, 0.5]])

    def cost(candidates, rows):
        return ((candidates - targets[rows][:, None]) ** 2).sum(axis=-1)

    together = search(lambda c: cost(c, [0, 1, 2]), [5, 6, 7], 2, generations=7)
    for number in range(3):
        alone = search(lambda c, n=number: cost(c, [n]), [5 + number], 2, generations=7)
        np.testing.assert_array_equal(alone[0], together[number])
    turned = search(lambda c: cost(c, [2, 0, 1]), [7, 5, 6], 2, generations=7)
    np.testing.assert_array_equal(turned, together[[2, 0, 1]])


@given(st.integers(0, 1000), st.integers(4, 12), st.integers(1, 4), st.integers(0, 5))
def test_never_outside_never_worse(seed, population, parameters, generations):
    asked = []

    def cost(candidates):
        asked.append(candidates.copy())
        return np.abs(candidates - 1).sum(axis=-1)  # the best is a corner

    best = search(cost, [seed], parameters, population, generations)
    everything = np.concatenate(asked, axis=1)
    assert len(asked) == generations + 1
    assert everything.shape == (1, population * (generations + 1), parameters)
    assert (everything >= 0).all()
    assert (everything <= 1).all()
    assert np.abs(best - 1).sum() == cost(everything).min()


def test_the_first_draw_is_a_latin_hypercube():
    asked = []
    search(lambda c: asked.append(c) or c.sum(axis=-1), [3], 2, population=10, generations=0)
    strata = np.sort((asked[0][0] * 10).astype(int), axis=0)
    np.testing.assert_array_equal(strata, np.arange(10)[:, None].repeat(2, axis=1))
