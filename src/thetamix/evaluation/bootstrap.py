"""How sure is a score? Two ways of drawing again: the paper's, and one that respects the memory of the soil."""

import zlib

import numpy as np


def step_weights(steps: int, draws: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Draw time steps with replacement (Bischof et al. 2025, 2.4.2: 80 % of them, 50 times).

    Neighbouring hours say the same, so the spread of these scores is far too small for inference.

    Parameters
    ----------
    steps
        How many there are.
    draws
        How often to draw.
    share
        How many to draw, as a share.
    rng
        Random numbers.

    Returns
    -------
    numpy.ndarray
        How often each step was drawn (draw, step), float64.
    """
    if steps == 0:
        return np.empty((draws, 0))
    size = max(round(share * steps), 1)
    return np.stack(
        [np.bincount(rng.integers(0, steps, size), minlength=steps).astype(np.float64) for _ in range(draws)]
    )


def unit_weights(units: int, draws: int, seed: int, name: str, among: np.ndarray | None = None) -> np.ndarray:
    """Draw units, calendar blocks or clusters, with replacement.

    All series, forecasters and seeds share the draws, so that models are compared in pairs on the same blocks
    (Künsch 1989, doi:10.1214/aos/1176347265).

    Parameters
    ----------
    units
        How many there are.
    draws
        How often to draw as many again.
    seed, name
        Fix the draw.
    among
        The units to draw from (unit), boolean; None: all of them. Draws among different units share what they can:
        each takes, from one sequence of units drawn from all, the first that are its own.

    Returns
    -------
    numpy.ndarray
        How often each unit was drawn (draw, unit), float64; the numbers of a draw sum to that of the units to draw
        from.
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    wanted = np.ones(units, dtype=bool) if among is None else among
    size = int(wanted.sum())
    taken, counts = np.zeros(draws, dtype=int), np.zeros((draws, units))
    while (taken < size).any():
        drawn = rng.integers(units, size=(draws, units))
        place = taken[:, None] + np.cumsum(wanted[drawn], axis=1)
        draw, column = np.nonzero(wanted[drawn] & (place <= size))
        counts += np.bincount(draw * units + drawn[draw, column], minlength=counts.size).reshape(counts.shape)
        taken = np.minimum(place[:, -1], size)
    return counts


def interval(draws: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Give the central interval of bootstrap draws.

    Parameters
    ----------
    draws
        Scores (draw); NaN where a draw left nothing to score.
    level
        Share of the draws inside.

    Returns
    -------
    low, high : float
        NaN where fewer than half of the draws are defined.
    """
    defined = draws[np.isfinite(draws)]
    if defined.size < max(draws.size / 2, 2):
        return np.nan, np.nan
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
