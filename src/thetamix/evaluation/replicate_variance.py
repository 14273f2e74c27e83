r"""Variance components: sensor noise and spatial heterogeneity, told apart.

Two replicates i and j of one place differ by :math:`D_t = x_{it} - x_{jt}`, in which the state that they share has
gone. Half its mean square is the variance between replicates, and it has three parts:

``total``
    :math:`\tfrac12 \overline{D_t^2}`.
``offset``
    what persists: half the mean product of two differences from different calendar blocks (of 90 days),
    :math:`\tfrac12 \overline{D_t D_u}`. Disagreement that is forgotten from one block to another does not enter it,
    however autocorrelated; without a bias, it may be negative.
``instrument``
    0.02², the paper's figure (Robinson et al. 2008). It is an assumption.
``transient``
    total − offset − instrument: replicates disagree for a while. It is negative where readings at a place agree from
    day to day better than the instrument is said to: then most of its error persists, and is in ``offset``.

In a moisture bin, the state of a pair is the mean of the *other* replicates: the moisture of a pair itself is related
to its difference. All pairs of a series count the same, then all series of a group × depth. A series needs readings
in two calendar blocks: those without are left out of all components, so that these add up.

Of a prediction, which gives each step a distribution and no course in time, less can be identified; the rest is NaN:

* Where the components tell replicates apart (condLSTM): ``offset``, from the differences of their means; ``total``,
  :math:`\tfrac12 (\mu_i - \mu_j)^2 + \tfrac12 (\sigma_i^2 + \sigma_j^2)`. A replicate's own variance holds the
  transient disagreement, the noise *and* what the model does not know about the place and time; these cannot be
  parted.
* Where they do not (3G-LSTM): ``total``, the variance of the mixture, which is that of any one new reading.

A predicted total above the observed one is therefore no error by itself: it covers what the model does not know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import pandas as pd

from thetamix.evaluation.bootstrap import Units
from thetamix.evaluation.estimates import (
    Estimate,
    Label,
    cell_of,
    cells_of,
    mean,
    over_seeds,
    with_margins,
    without_draws,
)
from thetamix.evaluation.moisture_states import NO_STATE, state_limits, state_number
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.network.observations import INSTRUMENT_SD
from thetamix.network.series import Series

OBSERVED = "observed"
COMPONENTS = ("offset", "transient", "instrument", "total")
#: Number of what holds for all states together.
ALL_STATES = NO_STATE + 1

TABLE_COLUMNS = ["forecaster", "seed", "group", "depth", "state_low", "state_high", "component"]
TABLE_COLUMNS += ["value", "low", "high", "n_series"]

#: By forecaster (or "observed"), state and component.
Components = dict[tuple[str, int, str], dict[Label, Estimate]]


@dataclass
class VarianceComponents:
    """Gathers the components of the variance between replicates.

    Attributes
    ----------
    group
        Of the clusters (cluster).
    blocks
        Number of the calendar block of each time step (time).
    clusters
        Draws of clusters.
    """

    group: Sequence[str]
    blocks: np.ndarray
    clusters: Units
    _of_series: Components = field(default_factory=dict)

    def add(self, series: PairedSeries) -> None:
        """Gather one series; one with fewer than two replicates has no component and is left out."""
        replicates = np.flatnonzero(np.isfinite(series.readings).any(axis=0))
        pairs = list(combinations(range(replicates.size), 2))
        if not pairs:
            return
        readings = series.readings[:, replicates]
        blocks = self.blocks[series.steps]
        left, right = np.transpose(pairs)
        difference = readings[:, left] - readings[:, right]
        states = states_of_others(readings, pairs)
        offset, total = pair_variance(difference, 0.5 * difference**2, states, blocks)
        instrument = np.where(np.isnan(total), np.nan, INSTRUMENT_SD**2)
        self._take(OBSERVED, series.series, (offset, total - offset - instrument, instrument, total))
        unidentified = np.full_like(total, np.nan)
        for name, forecast in series.forecasts.items():
            if not forecast.is_silent:
                expected, square = predicted_pairs(forecast, replicates, pairs)
                expected = np.where(np.isnan(difference), np.nan, expected)
                offset, total = pair_variance(expected, square, states, blocks)
                if forecast.replicate is None:
                    offset = unidentified
                self._take(name, series.series, (offset, unidentified, unidentified, total))

    def _take(self, name: str, series: Series, values: Sequence[np.ndarray]) -> None:
        label = (*cell_of(series, self.group), series.cluster_id)
        for state in np.flatnonzero(np.isfinite(values[-1])).tolist():
            if state == NO_STATE:
                continue  # of unknown state: only among all
            for component, value in zip(COMPONENTS, values, strict=True):
                estimate = replace(without_draws(value[state]), units=frozenset([series.cluster]))
                self._of_series.setdefault((name, state, component), {})[label] = estimate

    def estimates(self) -> Components:
        """Average the series of each group × depth, with draws of clusters.

        A component is identified for all series of a forecaster or for none.
        """
        return {key: cells_of(series, self.clusters) for key, series in self._of_series.items()}


def variance_table(by_seed: Mapping[str, Components]) -> pd.DataFrame:
    """Build the table of all seeds and their mean, with columns :data:`TABLE_COLUMNS`; of all states NaN limits."""
    keys = dict.fromkeys(key for components in by_seed.values() for key in components)
    names = list(dict.fromkeys(name for name, _, _ in keys))
    rows = []
    for key in sorted(keys, key=lambda key: (names.index(key[0]), key[1], COMPONENTS.index(key[2]))):
        name, state, component = key
        limits = (np.nan, np.nan) if state == ALL_STATES else state_limits(state)
        of_key = {seed: components[key] for seed, components in by_seed.items() if key in components}
        for seed, cells in over_seeds(of_key).items():
            for (group, depth, _), e in with_margins(cells).items():
                bounds = map(float, (e.value, *e.interval))
                rows.append((name, seed, group, depth, *limits, component, *bounds, e.n))
    return pd.DataFrame(rows, columns=TABLE_COLUMNS)


def states_of_others(readings: np.ndarray, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return the moisture state of each pair: that of the mean of the other replicates.

    Parameters
    ----------
    readings
        (step, replicate) [m3 m-3].
    pairs
        Columns of the pairs.

    Returns
    -------
    numpy.ndarray
        Number of the state (step, pair); :data:`~thetamix.evaluation.moisture_states.NO_STATE` where another of them
        is missing, or where there is none.
    """
    count = readings.shape[1]
    if count < 3:
        return np.full((len(readings), len(pairs)), NO_STATE)
    total = readings.sum(axis=1)
    others = [(total - readings[:, i] - readings[:, j]) / (count - 2) for i, j in pairs]
    # What is missing of the pair itself has no difference anyway.
    return state_number(np.stack(others, axis=1))


def pair_variance(
    difference: np.ndarray, square: np.ndarray, states: np.ndarray, blocks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the persistent and the whole variance of pairs of replicates.

    Parameters
    ----------
    difference
        Of the two (step, pair) [m3 m-3]; NaN where one is missing.
    square
        Half their squared difference, or what is expected of it (step, pair) [m6 m-6].
    states
        Number of the moisture state (step, pair).
    blocks
        Number of the calendar block (step).

    Returns
    -------
    offset, total : numpy.ndarray
        By state, the last for all of them (state) [m6 m-6], means over the pairs; NaN for pairs without readings in
        two calendar blocks.

    Examples
    --------
    >>> d = np.array([[0.1], [0.1], [0.1], [0.1]])
    >>> offset, total = pair_variance(d, 0.5 * d**2, np.full((4, 1), 5), np.array([0, 0, 1, 1]))
    >>> float(offset[5].round(4)), float(total[ALL_STATES].round(4))
    (0.005, 0.005)
    """
    present, block = np.unique(blocks, return_inverse=True)
    pairs = difference.shape[1]
    shape = (NO_STATE + 1, pairs, present.size)
    defined = np.isfinite(difference) & np.isfinite(square)
    row = states * pairs + np.arange(pairs)
    index = (row * present.size + block[:, None])[defined]
    size = int(np.prod(shape))
    count = np.bincount(index, minlength=size).reshape(shape)
    summed = np.bincount(index, difference[defined], size).reshape(shape)
    whole = np.bincount(row[defined], square[defined], shape[0] * pairs).reshape(shape[:2])
    count, summed, whole = (np.concatenate([a, a.sum(axis=0, keepdims=True)]) for a in (count, summed, whole))
    products = summed.sum(axis=-1) ** 2 - (summed**2).sum(axis=-1)
    number = count.sum(axis=-1)
    ways = number.astype(np.float64) ** 2 - (count.astype(np.float64) ** 2).sum(axis=-1)
    several = ways > 0
    offset = np.where(several, 0.5 * products / np.where(several, ways, 1.0), np.nan)
    total = np.where(several, whole / np.maximum(number, 1), np.nan)
    return mean(offset.T), mean(total.T)


def predicted_pairs(
    forecast: SeriesForecast, replicates: np.ndarray, pairs: Sequence[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return what a forecaster expects of the difference of two replicates.

    Parameters
    ----------
    forecast
        The mixtures.
    replicates
        Numbers of the replicates (replicate).
    pairs
        Positions of the two in `replicates`.

    Returns
    -------
    difference, square : numpy.ndarray
        Expected difference, and half the expected squared difference (step, pair) [m3 m-3], [m6 m-6]. Replicates that
        the forecaster does not tell apart are independent draws from the mixture: 0, and its variance. NaN where a
        replicate is not predicted.
    """
    if forecast.replicate is None:
        _, variance = forecast.moments
        shape = (len(variance), len(pairs))
        return np.zeros(shape), np.broadcast_to(variance[:, None], shape)
    expectation, variance = np.full((2, len(forecast.mean), replicates.size), np.nan)
    for column, replicate in enumerate(replicates):
        own = forecast.of_replicate(replicate)
        if own is not None:
            expectation[:, column], variance[:, column] = own.moments
    left, right = np.transpose(pairs)
    difference = expectation[:, left] - expectation[:, right]
    return difference, 0.5 * (difference**2 + variance[:, left] + variance[:, right])
