"""Differential evolution of many small problems side by side (Storn & Price 1997, doi:10.1023/A:1008202821328).

The variant is scipy's default (``best1bin`` with dither, Latin hypercube, a new draw for what leaves the bounds). It
is written out here because scipy solves one problem at a time, and a soil model is fast only where it follows the
candidates of all series at once. Each problem draws from a generator of its own: its result does not depend on
which other problems there are, nor on their order.
"""

from collections.abc import Callable, Sequence

import numpy as np

DITHER = (0.5, 1.0)  # range of the differential weight, drawn in each generation
CROSSOVER = 0.7


def minimise(
    cost: Callable[[np.ndarray], np.ndarray],
    generators: Sequence[np.random.Generator],
    parameters: int,
    *,
    population: int,
    generations: int,
    report: Callable[[float], None],
) -> np.ndarray:
    """Find the minima of problems on the unit cube.

    Parameters
    ----------
    cost
        Takes candidates (problem, candidate, parameter) in [0, 1], gives their costs (problem, candidate).
    generators
        Of random numbers, one for each problem.
    parameters
        Number of parameters.
    population
        Candidates of each problem, at least 4.
    generations
        How often they are improved; 0 leaves the best of the first draw.
    report
        Takes the share that is done.

    Returns
    -------
    numpy.ndarray
        The best candidate of each problem (problem, parameter).

    Examples
    --------
    >>> generators = [np.random.default_rng(seed) for seed in (1, 2)]
    >>> def cost(candidates): return ((candidates - 0.3) ** 2).sum(axis=-1)
    >>> best = minimise(cost, generators, 2, population=10, generations=60, report=lambda share: None)
    >>> np.abs(best - 0.3).max() < 1e-6
    np.True_
    """
    members = np.stack([_latin_hypercube(random, population, parameters) for random in generators])
    costs = cost(members)
    problems = np.arange(len(members))
    report(1 / (generations + 1))
    for generation in range(generations):
        best = members[problems, costs.argmin(axis=1)]
        trials = np.stack(
            [_trials(random, own, leader) for random, own, leader in zip(generators, members, best, strict=True)]
        )
        cost_of_trials = cost(trials)
        better = cost_of_trials <= costs
        members[better], costs[better] = trials[better], cost_of_trials[better]
        report((generation + 2) / (generations + 1))
    winners: np.ndarray = members[problems, costs.argmin(axis=1)]
    return winners


def _latin_hypercube(random: np.random.Generator, population: int, parameters: int) -> np.ndarray:
    strata = np.tile(np.arange(population)[:, None], (1, parameters))
    inside: np.ndarray = (random.permuted(strata, axis=0) + random.random(strata.shape)) / population
    return inside


def _trials(random: np.random.Generator, members: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Mutate and cross the members of one problem (candidate, parameter)."""
    population, parameters = members.shape
    # Two others, neither each other nor oneself: positions in a permuted circle.
    first = random.integers(1, population, population)
    second = random.integers(1, population - 1, population)
    second += second >= first
    own = np.arange(population)
    difference = members[(own + first) % population] - members[(own + second) % population]
    mutants = best + random.uniform(*DITHER) * difference
    outside = (mutants < 0) | (mutants > 1)
    mutants[outside] = random.random(int(outside.sum()))
    crossed = random.random(members.shape) < CROSSOVER
    crossed[own, random.integers(0, parameters, population)] = True
    return np.where(crossed, mutants, members)
