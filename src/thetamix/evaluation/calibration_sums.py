"""Calibration: whether the readings fall into the predicted distributions as often as these say.

Five views of it, of the readings under the series' mixture:

``pit``
    Density of the probability integral transform F(reading), 1 throughout for a calibrated forecast (Dawid 1984,
    doi:10.2307/2981683; Gneiting et al. 2007, doi:10.1111/j.1467-9868.2007.00587.x).
``coverage``, ``width``
    Share of the readings inside the central intervals, and how wide these are.
``reliability``
    How often soil moisture is at or below a threshold where the forecast gives that a probability (Murphy & Winkler
    1977, doi:10.2307/2346866). The thresholds are :data:`THRESHOLDS`, the same for every place: thresholds taken from
    the readings themselves would depend on what is to be forecast.
``spread_error``
    Root mean square error of the expectation where the predicted standard deviation is such and such.

Each view is made of sums over readings, gathered by calendar block for each series, so that a thousand draws cost no
more than one. As for the scores, series count alike within group × depth, these within the margins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from thetamix.evaluation.bootstrap import Units
from thetamix.evaluation.dynamics import weighted_sums
from thetamix.evaluation.estimates import ALL, Estimate, Label, cell_of, ratio
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.recurring import Recurring
from thetamix.mixture import GaussianMixture

PIT_BINS = 20
LEVELS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
THRESHOLDS = np.arange(1, 10) * 0.05  # [m3 m-3] 0.05 to 0.45
PROBABILITY_BINS = 10
#: Lower edges of the bins of predicted standard deviations [m3 m-3].
SPREADS = np.array([0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15])
#: Widths are averaged over so many steps of a series at most, evenly spaced: quantiles are dear and widths smooth.
MOST_STEPS = 250

#: Columns of a series' sums, by what they are for.
SIZES = {
    "pit": PIT_BINS,
    "inside": LEVELS.size,
    "readings": 1,
    "forecasts": PROBABILITY_BINS,
    "probability": PROBABILITY_BINS,
    "hits": PROBABILITY_BINS,
    "spread_readings": SPREADS.size,
    "spread": SPREADS.size,
    "squared_error": SPREADS.size,
    "width": LEVELS.size,
    "width_steps": 1,
}
COLUMNS = sum(SIZES.values())
SLICES = {
    name: slice(start, start + size)
    for (name, size), start in zip(SIZES.items(), np.cumsum([0, *SIZES.values()][:-1]).tolist(), strict=True)
}


@dataclass
class CellTotals:
    """Means of series' columns, added up over the series of a group × depth.

    Attributes
    ----------
    total
        Sum over the series of their means for each reading (1 + draw, column); the first row is of the sample itself.
    series
        Number of series in it, as often as their cluster was drawn (1 + draw).
    count
        Numbers of readings and forecasts (column), not weighted.
    units
        The calendar blocks or clusters that they come from.
    """

    total: np.ndarray
    series: np.ndarray
    count: np.ndarray
    units: frozenset[int]

    def __add__(self, other: "CellTotals") -> "CellTotals":
        """Add the series of another part of the cell."""
        return CellTotals(
            self.total + other.total,
            self.series + other.series,
            self.count + other.count,
            self.units | other.units,
        )

    @property
    def estimate(self) -> Estimate:
        """The means over the series (column)."""
        mean = ratio(self.total, self.series[:, None])
        return Estimate(mean[0], mean[1:], self.count, 0, self.units)


@dataclass
class Calibration:
    """Gathers the calibration of all forecasters, a series at a time.

    Attributes
    ----------
    group
        Of the clusters (cluster).
    units
        What the bootstrap draws.
    cells
        What was gathered, by forecaster, group and depth.
    """

    group: Sequence[str]
    units: Units
    cells: dict[Label, CellTotals] = field(default_factory=dict)
    _below: Recurring = field(default_factory=lambda: Recurring(below_thresholds))
    _widths: Recurring = field(default_factory=lambda: Recurring(interval_widths))

    def add(self, series: PairedSeries) -> None:
        """Gather one series. Forecasts that are points or missing leave nothing."""
        cluster = series.series.cluster
        # Where clusters are drawn, the sums of a series are those of its one unit.
        blocks = self.units.blocks
        units = np.zeros(series.steps.size, dtype=int) if blocks is None else blocks[series.steps]
        for name, forecast in series.forecasts.items():
            key = (name, *cell_of(series.series, self.group))
            self.cells.setdefault(key, self._nothing())
            if not forecast.is_silent and np.isfinite(series.readings).any():
                self.cells[key] += self._of_series(self.series_sums(series, name, units), cluster, units)

    def series_sums(self, series: PairedSeries, name: str, units: np.ndarray) -> np.ndarray:
        """Add up what the readings of one series contribute to each view.

        Parameters
        ----------
        series, name
            The series, and the name of a forecaster.
        units
            The unit of each step (step).

        Returns
        -------
        numpy.ndarray
            (unit, column), see :data:`SIZES`.
        """
        forecast = series.forecasts[name]
        table = np.zeros((int(units.max()) + 1, COLUMNS))
        _add_transforms(table, units, series.verified[name].cdf)
        _add_probabilities(table, units, series.readings, self._below(forecast))
        expectation, variance = forecast.moments
        _add_errors(table, units, series.readings - expectation[:, None], np.sqrt(variance))
        chosen = np.arange(0, units.size, -(-units.size // MOST_STEPS))
        width = np.concatenate([self._widths(forecast, chosen), np.ones((chosen.size, 1))], axis=1)
        table[:, SLICES["width"].start :] = weighted_sums(np.eye(len(table)), width, units[chosen])
        return table

    def _of_series(self, of_unit: np.ndarray, cluster: int, units: np.ndarray) -> CellTotals:
        count = of_unit.sum(axis=0)
        if self.units.blocks is None:
            unit = self.units.of_cluster(cluster)
            times = np.concatenate([[1.0], self.units.weights[:, unit]])
            drawn = np.broadcast_to(count, (times.size, COLUMNS))
            there = frozenset([unit])
        else:
            present = np.unique(units)
            weights = np.concatenate([np.ones((1, present.size)), self.units.weights[:, present]])
            drawn = weights @ of_unit[present]
            times = np.ones(len(weights))
            there = frozenset(present.tolist())
        readings, steps = drawn[:, SLICES["readings"]], drawn[:, SLICES["width_steps"]]
        defined = readings > 0
        means = drawn / np.where(defined, readings, 1)
        of_width = slice(SLICES["width"].start, None)
        # A draw of none but steps whose width was not worked out takes the series' mean width.
        usual = count[of_width] / count[SLICES["width_steps"]]
        means[:, of_width] = np.where(steps > 0, drawn[:, of_width] / np.maximum(steps, 1), usual)
        times = times * defined[:, 0]
        return CellTotals((times[:, None] * means).astype(np.float32), times, count, there)

    def _nothing(self) -> CellTotals:
        draws = 1 + len(self.units.weights)
        return CellTotals(
            np.zeros((draws, COLUMNS), dtype=np.float32), np.zeros(draws), np.zeros(COLUMNS), frozenset()
        )

    def estimates(self) -> dict[str, dict[Label, Estimate]]:
        """Return the columns of each group × depth, by forecaster."""
        result: dict[str, dict[Label, Estimate]] = {}
        for forecaster, *cell in sorted(self.cells, key=lambda key: key[1:]):
            result.setdefault(forecaster, {})[*cell, ALL] = self.cells[forecaster, *cell].estimate
        return {forecaster: result[forecaster] for forecaster in dict.fromkeys(key[0] for key in self.cells)}


def below_thresholds(mixture: GaussianMixture) -> np.ndarray:
    """Compute the probability of soil moisture at or below each of :data:`THRESHOLDS` (row, threshold)."""
    return np.asarray(mixture[:, None].cdf(THRESHOLDS))


def interval_widths(mixture: GaussianMixture) -> np.ndarray:
    """Compute the widths of the central intervals of :data:`LEVELS` (row, level) [m3 m-3]."""
    low, high = mixture.interval(LEVELS)
    return np.asarray(high - low)


def _add_transforms(table: np.ndarray, units: np.ndarray, transform: np.ndarray) -> None:
    reading, replicate = np.nonzero(np.isfinite(transform))
    value, of_reading = transform[reading, replicate], units[reading]
    _add(table, of_reading, bins(value, PIT_BINS), pit=None)
    _add(table, of_reading, np.zeros(value.size, dtype=int), readings=None)
    # The narrowest interval that a reading is in, then all the wider ones.
    narrowest = np.searchsorted(LEVELS, 2 * np.abs(value - 0.5))
    _add(table, of_reading, np.minimum(narrowest, LEVELS.size - 1), inside=narrowest < LEVELS.size)
    inside = table[:, SLICES["inside"]]
    inside[:] = np.cumsum(inside, axis=1)


def _add_probabilities(table: np.ndarray, units: np.ndarray, readings: np.ndarray, below: np.ndarray) -> None:
    hits = np.sum(readings[..., None] <= THRESHOLDS, axis=1, dtype=np.float64).ravel()  # NaN is not below
    times = np.repeat(np.isfinite(readings).sum(axis=1), THRESHOLDS.size)
    of_forecast, likely = np.repeat(units, THRESHOLDS.size), bins(below.ravel(), PROBABILITY_BINS)
    _add(table, of_forecast, likely, forecasts=times, probability=times * below.ravel(), hits=hits)


def _add_errors(table: np.ndarray, units: np.ndarray, error: np.ndarray, sd: np.ndarray) -> None:
    count = np.isfinite(error).sum(axis=1)
    squares = np.where(np.isfinite(error), error**2, 0.0).sum(axis=1)
    spread = np.searchsorted(SPREADS, sd, side="right") - 1
    _add(table, units, spread, spread_readings=count, spread=count * sd, squared_error=squares)


def bins(probability: np.ndarray, count: int) -> np.ndarray:
    """Return the numbers of the bins of equal width that probabilities fall into, the last bin closed.

    Examples
    --------
    >>> bins(np.array([0.0, 0.05, 0.1, 1.0]), 10)
    array([0, 0, 1, 9])
    """
    numbers: np.ndarray = np.minimum((probability * count).astype(int), count - 1)
    return numbers


def _add(table: np.ndarray, units: np.ndarray, bin_number: np.ndarray, **weights: np.ndarray | None) -> None:
    """Add weights, 1 for None, to the bins of a table's columns (unit, column), by name of the columns."""
    for name, weight in weights.items():
        columns = table[:, SLICES[name]]
        flat = units * columns.shape[1] + bin_number
        columns += np.bincount(flat, weight, minlength=columns.size).reshape(columns.shape)
