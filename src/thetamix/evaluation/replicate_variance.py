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
to its difference. All pairs of a series count the same, then all series of a geology × depth. A series needs readings
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
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from thetamix.evaluation.estimates import ALL, Estimate, Place
from thetamix.evaluation.moisture_states import NO_STATE, state_number
from thetamix.evaluation.paired_series import EvaluatedSeries, Forecast
from thetamix.network.observations import INSTRUMENT_SD

OBSERVED = "observed"
COMPONENTS = ("offset", "transient", "instrument", "total")
#: Number of what holds for all states together.
ALL_STATES = NO_STATE + 1

Components = dict[tuple[str, int, str], dict[Place, Estimate]]  # by forecaster, state, component


@dataclass
class VarianceComponents:
    """Gathers the components of the variance between replicates.

    Attributes
    ----------
    geology
        Of the clusters (cluster).
    blocks
        Number of the calendar block of each time step (time).
    """

    geology: Sequence[str]
    blocks: np.ndarray
    _of_series: dict[tuple[str, int, str], dict[tuple[str, str, int], float]] = field(default_factory=dict)

    def add(self, one: EvaluatedSeries) -> None:
        """Take the readings and mixtures of one series.

        Parameters
        ----------
        one
            Of the series; one with fewer than two replicates has no component and is left out.
        """
        replicates = np.flatnonzero(np.isfinite(one.readings).any(axis=0))
        pairs = list(combinations(range(replicates.size), 2))
        if not pairs:
            return
        readings = one.readings[:, replicates]
        blocks = self.blocks[one.steps]
        left, right = np.transpose(pairs)
        difference = readings[:, left] - readings[:, right]
        states = states_of_others(readings, pairs)
        place = (self.geology[one.series.cluster], f"{one.series.depth_m:g}", one.series.cluster)
        offset, total = pair_variance(difference, 0.5 * difference**2, states, blocks)
        instrument = np.where(np.isnan(total), np.nan, INSTRUMENT_SD**2)
        self._take(OBSERVED, place, (offset, total - offset - instrument, instrument, total))
        unidentified = np.full_like(total, np.nan)
        for name, said in one.forecasts.items():
            if not said.is_silent:
                told, square = predicted_pairs(said, replicates, pairs)
                offset, total = pair_variance(np.where(np.isnan(difference), np.nan, told), square, states, blocks)
                if said.replicate is None:
                    offset = unidentified
                self._take(name, place, (offset, unidentified, unidentified, total))

    def _take(self, name: str, place: tuple[str, str, int], values: Sequence[np.ndarray]) -> None:
        for state in np.flatnonzero(np.isfinite(values[-1])).tolist():
            if state == NO_STATE:
                continue  # of unknown state: only among all
            for component, value in zip(COMPONENTS, values, strict=True):
                self._of_series.setdefault((name, state, component), {})[place] = float(value[state])

    def estimates(self, weights: np.ndarray) -> Components:
        """Average the series of each geology × depth, with draws of clusters.

        Parameters
        ----------
        weights
            How often each cluster was drawn (draw, cluster).

        Returns
        -------
        dict
            By forecaster (or "observed"), state and component: estimates by place.
        """
        return {key: _cells(values, weights) for key, values in self._of_series.items()}


def _cells(of_series: Mapping[tuple[str, str, int], float], weights: np.ndarray) -> dict[Place, Estimate]:
    cells: dict[Place, Estimate] = {}
    for geology, depth in sorted({place[:2] for place in of_series}):
        members = {c: v for (*cell, c), v in of_series.items() if cell == [geology, depth]}
        values = np.array(list(members.values()))
        times = weights[:, list(members)]
        count = times.sum(axis=1)
        # A component is identified for all series of a forecaster or for none.
        identified = bool(np.isfinite(values).all()) & (count > 0)
        total = times @ np.nan_to_num(values)
        draws = np.divide(total, count, out=np.full(count.size, np.nan), where=identified)
        unknown = int(np.isnan(values).sum())
        cells[geology, depth, ALL] = Estimate(
            float(values.mean()), draws, values.size - unknown, unknown, frozenset(members)
        )
    return cells


def states_of_others(readings: np.ndarray, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Give the moisture state of each pair: that of the mean of the other replicates.

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
    """Give the persistent and the whole variance of pairs of replicates.

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
    known = np.isfinite(difference) & np.isfinite(square)
    row = states * pairs + np.arange(pairs)
    index = (row * present.size + block[:, None])[known]
    size = int(np.prod(shape))
    count = np.bincount(index, minlength=size).reshape(shape)
    summed = np.bincount(index, difference[known], size).reshape(shape)
    whole = np.bincount(row[known], square[known], shape[0] * pairs).reshape(shape[:2])
    count, summed, whole = (np.concatenate([a, a.sum(axis=0, keepdims=True)]) for a in (count, summed, whole))
    products = summed.sum(axis=-1) ** 2 - (summed**2).sum(axis=-1)
    number = count.sum(axis=-1)
    ways = number.astype(np.float64) ** 2 - (count.astype(np.float64) ** 2).sum(axis=-1)
    defined = ways > 0
    offset = np.where(defined, 0.5 * products / np.where(defined, ways, 1.0), 0.0)
    total = np.where(defined, whole / np.maximum(number, 1), 0.0)
    found = defined.sum(axis=1)
    offset, total = (
        np.divide(a.sum(axis=1), found, out=np.full(len(found), np.nan), where=found > 0) for a in (offset, total)
    )
    return offset, total


def predicted_pairs(
    said: Forecast, replicates: np.ndarray, pairs: Sequence[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Give what a forecaster expects of the difference of two replicates.

    Parameters
    ----------
    said
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
    if said.replicate is None:
        _, variance = said.moments
        shape = (len(variance), len(pairs))
        return np.zeros(shape), np.broadcast_to(variance[:, None], shape)
    mean, variance = np.full((2, len(said.mean), replicates.size), np.nan)
    for column, replicate in enumerate(replicates):
        own = said.of_replicate(replicate)
        if own is not None:
            mean[:, column], variance[:, column] = own.moments
    left, right = np.transpose(pairs)
    difference = mean[:, left] - mean[:, right]
    return difference, 0.5 * (difference**2 + variance[:, left] + variance[:, right])
