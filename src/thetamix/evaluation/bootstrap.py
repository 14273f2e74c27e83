"""How sure is a score? Two ways of drawing again: the paper's, and one that respects the memory of the soil."""

import zlib
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thetamix.network.by_series import Part
from thetamix.network.schema import midpoints, time_step
from thetamix.splits.parts import EVALUATION, lies_in
from thetamix.splits.schemes import block_numbers

#: Of fewer calendar blocks or clusters no interval is given: their bootstrap knows next to nothing.
FEWEST_UNITS = 5


@dataclass(frozen=True)
class Resampling:
    """How scores are resampled.

    Attributes
    ----------
    unit
        ``blocks`` or ``clusters``: what is drawn for inference. Clusters where the question is an unseen place.
    block
        Length of a calendar block.
    unit_draws
        How often units are drawn.
    step_draws, step_share
        The paper's resampling of time steps.
    kept_out
        Where clusters are drawn: the number of what each belongs to and is drawn with, such as its region (cluster);
        None: each is drawn by itself.
    """

    unit: str
    block: np.timedelta64
    unit_draws: int
    step_draws: int
    step_share: float
    kept_out: np.ndarray | None = None

    @property
    def suffix(self) -> str:
        """What follows the name of a score where it is the paper's draws that are meant."""
        return f" ({self.step_draws} draws of {self.step_share:.0%})"


@dataclass(frozen=True)
class Units:
    """What the bootstrap for inference draws: calendar blocks, or clusters, or regions of these.

    Attributes
    ----------
    blocks
        Number of the calendar block of each time step (time); None where clusters are drawn.
    weights
        How often each block, cluster or region was drawn (draw, unit).
    regions
        Number of the region of each cluster (cluster); None: each is a unit of its own.
    """

    blocks: np.ndarray | None
    weights: np.ndarray
    regions: np.ndarray | None = None

    def of(self, cluster: int, steps: np.ndarray) -> np.ndarray:
        """Return the unit of steps of a cluster (step)."""
        return np.full(steps.size, self.of_cluster(cluster)) if self.blocks is None else self.blocks[steps]

    def of_cluster(self, cluster: int) -> int:
        """Return the unit that a cluster is drawn with."""
        return cluster if self.regions is None else int(self.regions[cluster])


def draw_units(network: xr.Dataset, part: Part, resampling: Resampling) -> Units:
    """Draw what is drawn for inference, among what is evaluated: the same for every series and forecaster."""
    if resampling.unit == "clusters":
        return draw_clusters(part, resampling.unit_draws, resampling.kept_out)
    blocks = calendar_blocks(network, resampling.block)
    among = np.zeros(int(blocks[-1]) + 1, dtype=bool)
    among[blocks[lies_in(part, EVALUATION).steps().any(axis=0)]] = True
    return Units(blocks, unit_weights(among.size, resampling.unit_draws, 0, "blocks", among))


def draw_clusters(part: Part, draws: int, regions: np.ndarray | None = None) -> Units:
    """Draw clusters, or regions of these (cluster), from those that are evaluated."""
    evaluated: np.ndarray = np.any(lies_in(part, EVALUATION).steps(), axis=1)
    if regions is not None:
        evaluated = np.bincount(regions, evaluated) > 0
    return Units(None, unit_weights(evaluated.size, draws, 0, "clusters", evaluated), regions)


def calendar_blocks(network: xr.Dataset, block: np.timedelta64) -> np.ndarray:
    """Return the calendar block of each time step, counted from that of the first (time)."""
    numbers: np.ndarray = block_numbers(midpoints(network["time"], time_step(network["time"])), block)
    numbers -= numbers[0]
    return numbers


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
        rank = taken[:, None] + np.cumsum(wanted[drawn], axis=1)
        draw, column = np.nonzero(wanted[drawn] & (rank <= size))
        counts += np.bincount(draw * units + drawn[draw, column], minlength=counts.size).reshape(counts.shape)
        taken = np.minimum(rank[:, -1], size)
    return counts


def interval(draws: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Compute the central interval of bootstrap draws.

    Parameters
    ----------
    draws
        Values (draw, ...); NaN where a draw left nothing to score.
    level
        Share of the draws inside.

    Returns
    -------
    low, high : numpy.ndarray
        (...); NaN where fewer than half of the draws are defined, or fewer than two.
    """
    defined = np.isfinite(draws)
    levels = ((1 - level) / 2, (1 + level) / 2)
    if len(draws) >= 2 and defined.all():
        return quantiles(draws, levels)
    bounds = np.full((2, *draws.shape[1:]), np.nan)
    enough = defined.sum(axis=0) >= max(len(draws) / 2, 2)
    for index in zip(*np.nonzero(enough), strict=True) if draws.ndim > 1 else [()] * int(enough):
        values = draws[:, *index]
        bounds[:, *index] = quantiles(values[np.isfinite(values)], levels)
    return bounds[0], bounds[1]


def quantiles(values: np.ndarray, levels: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Compute two quantiles as :func:`numpy.quantile` does, which takes four times as long for a thousand values.

    Parameters
    ----------
    values
        (value, ...), none of them missing.
    levels
        Between 0 and 1.

    Returns
    -------
    low, high : numpy.ndarray
        (...).
    """
    places = [np.float64((len(values) - 1) * level) for level in levels]
    below = [int(place) for place in places]
    above = [min(number + 1, len(values) - 1) for number in below]
    ordered = np.partition(values, sorted({*below, *above}), axis=0)
    low, high = (
        # From the nearer end: to the last digit as numpy has it.
        ordered[a] + (ordered[b] - ordered[a]) * (place - a)
        if place - a < 0.5
        else ordered[b] - (ordered[b] - ordered[a]) * (1 - (place - a))
        for place, a, b in zip(places, below, above, strict=True)
    )
    return low, high


def share_better(differences: np.ndarray, *, higher_is_better: bool) -> float:
    """Compute how often the first of two forecasters is better.

    Parameters
    ----------
    differences
        Score of the first − score of the other (draw); NaN where a draw left nothing.
    higher_is_better
        Which way the score points.

    Returns
    -------
    float
        Share of the draws with a difference; ties count half.

    Examples
    --------
    >>> share_better(np.array([-0.1, -0.2, 0.0, 0.3]), higher_is_better=False)
    0.625
    """
    defined = differences[np.isfinite(differences)]
    if defined.size == 0:
        return np.nan
    gain = defined if higher_is_better else -defined
    return float((np.sign(gain) + 1).mean() / 2)
