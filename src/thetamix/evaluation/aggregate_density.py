"""The aggregate distribution: all mixtures of a cell together, beside the readings (Bischof et al. 2025, Fig. D1).

Predicted: the mean of the mixtures' densities over all evaluated steps of a group × depth. Observed: the kernel
density estimate of the readings, Gaussian with Scott's bandwidth n^(-1/5) sd (Scott 1992,
doi:10.1002/9780470316849), as scipy's ``gaussian_kde`` has it.

Components and readings are gathered on a fine grid: means are shared out between two nodes 0.002 m3 m-3 apart,
standard deviations fall into classes of 1 %; what that widens a component by on average is taken from its variance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import ndtr

from thetamix.evaluation.estimates import Estimate, Estimates, Label, cell_of, margins_of, over_seeds, without_draws
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.series_forecast import SeriesForecast

COLUMNS = ["forecaster", "seed", "group", "depth", "soil_moisture", "density"]
OBSERVED = "observed"
STEP = 0.002  # [m3 m-3]
LOW, HIGH = -0.5, 1.5  # [m3 m-3]
SIZE = round((HIGH - LOW) / STEP) + 1
NODES = np.round(LOW + STEP * np.arange(SIZE), 10)
FINEST = 1e-6  # [m3 m-3] standard deviation of class 0
CLASS = 0.01  # relative width of a class of standard deviations
#: Rows of a smaller density are not written [1 / (m3 m-3)].
FAINTEST = 1e-4


class PooledComponents:
    """Gaussians gathered by class of standard deviation and position of their mean; two can be added."""

    def __init__(self) -> None:
        self.weight: dict[int, np.ndarray] = {}
        self.total = 0.0

    def add(self, weight: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> None:
        """Gather components.

        Parameters
        ----------
        weight, mean, sd
            (component) [1], [m3 m-3], [m3 m-3]. What is centred outside the grid counts in the total alone.
        """
        self.total += float(weight.sum())
        inside = (mean >= LOW) & (mean <= HIGH) & (weight > 0)
        if not inside.any():
            return
        classes = np.rint(np.log(sd[inside].astype(np.float64) / FINEST) / CLASS).astype(np.int64)
        least = int(classes.min())
        position = (mean[inside].astype(np.float64) - LOW) / STEP
        lower = np.minimum(position.astype(np.int64), SIZE - 2)
        index = (classes - least) * SIZE + lower
        shape = (int(classes.max()) - least + 1, SIZE)
        table = np.bincount(index, weight[inside] * (lower + 1 - position), shape[0] * SIZE)
        table += np.bincount(index + 1, weight[inside] * (position - lower), shape[0] * SIZE)
        for number, row in enumerate(table.reshape(shape)):
            if row.any():
                self._add_row(least + number, row)

    def __iadd__(self, other: "PooledComponents") -> "PooledComponents":
        self.total += other.total
        for number, row in other.weight.items():
            self._add_row(number, row)
        return self

    def _add_row(self, number: int, row: np.ndarray) -> None:
        self.weight[number] = self.weight.get(number, np.zeros(SIZE)) + row

    def density(self) -> np.ndarray:
        """Compute the density, the mean over the grid cell around each of :data:`NODES` (node) [1 / (m3 m-3)]."""
        length = 4 * SIZE
        spectrum = np.zeros(length // 2 + 1, dtype=np.complex128)
        for number, row in self.weight.items():
            kernel = _kernel(FINEST * np.exp(CLASS * number))
            spectrum += np.fft.rfft(row, length) * np.fft.rfft(kernel, length)
        # the kernel is centred at its element SIZE - 1
        density = np.fft.irfft(spectrum, length)[SIZE - 1 : 2 * SIZE - 1]
        return np.maximum(density / self.total, 0.0)


def _kernel(sd: float) -> np.ndarray:
    """Compute a Gaussian's mean density in grid cells, at all distances that two nodes may have."""
    # A mean that is shared out between two nodes is widened by a sixth of the squared step on average.
    narrowed = np.sqrt(max(sd**2 - STEP**2 / 6, (0.5 * sd) ** 2))
    edges = (np.arange(2 * SIZE) - SIZE + 0.5) * STEP / narrowed
    kernel: np.ndarray = np.diff(ndtr(edges)) / STEP
    return kernel


@dataclass
class AggregateDensity:
    """Gathers the mixtures and the readings of all series.

    Attributes
    ----------
    group
        Of the clusters (cluster).
    """

    group: Sequence[str]
    _mixtures: dict[Label, PooledComponents] = field(default_factory=dict)
    _readings: dict[Label, "PooledReadings"] = field(default_factory=dict)

    def add(self, series: PairedSeries) -> None:
        """Gather one series."""
        cell = cell_of(series.series, self.group)
        readings = self._readings.setdefault((*cell, OBSERVED), PooledReadings())
        readings.add(series.readings[np.isfinite(series.readings)])
        for name, forecast in series.forecasts.items():
            gathered = gather(forecast)
            if gathered.total > 0:
                self._mixtures.setdefault((*cell, name), PooledComponents())
                self._mixtures[*cell, name] += gathered

    def estimates(self) -> dict[Label, Estimate]:
        """Return the density at :data:`NODES` of each group × depth and their margins.

        Their labels go on with the forecaster. Point forecasts have no density, nor have readings that are all the
        same.
        """
        densities = {label: gathered.density() for label, gathered in (self._readings | self._mixtures).items()}
        cells = {label: without_draws(density) for label, density in densities.items() if density is not None}
        return {**cells, **margins_of(cells)}


def density_table(by_seed: Mapping[str, Estimates]) -> pd.DataFrame:
    """Build the table of densities of all seeds and their mean, without rows below :data:`FAINTEST`.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`.
    """
    tables = []
    for seed, estimates in over_seeds(by_seed).items():
        for (group, depth, forecaster), e in estimates.items():
            seen = e.value >= FAINTEST
            names = {"forecaster": forecaster, "seed": seed, "group": group, "depth": depth}
            tables.append(pd.DataFrame({**names, "soil_moisture": NODES[seen], "density": e.value[seen]}))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


class PooledReadings:
    """Readings gathered for a kernel density estimate."""

    def __init__(self) -> None:
        self._pooled = PooledComponents()
        self._least, self._most = np.inf, -np.inf
        self._number, self._mean, self._squares = 0, 0.0, 0.0

    def add(self, values: np.ndarray) -> None:
        """Gather readings (reading) [m3 m-3], without NaN."""
        if not values.size:
            return
        # All of one class of standard deviation, which the bandwidth takes the place of.
        self._pooled.add(np.ones(values.size), values, np.full(values.size, FINEST))
        self._least, self._most = min(self._least, values.min()), max(self._most, values.max())
        number, shift = self._number + values.size, values.mean() - self._mean
        self._squares += ((values - values.mean()) ** 2).sum()
        self._squares += shift**2 * self._number * values.size / number
        self._mean += shift * values.size / number
        self._number = number

    def density(self) -> np.ndarray | None:
        """Compute the kernel density estimate at :data:`NODES` (node); None for readings that are all the same."""
        if not self._least < self._most:
            return None
        bandwidth = self._number**-0.2 * np.sqrt(self._squares / (self._number - 1))
        smooth = PooledComponents()
        smooth.total = self._pooled.total
        total = sum(self._pooled.weight.values(), start=np.zeros(SIZE))
        smooth.weight[round(np.log(bandwidth / FINEST) / CLASS)] = total
        return smooth.density()


def gather(forecast: SeriesForecast) -> PooledComponents:
    """Pool the components of a forecaster's mixtures of one series; none of point forecasts and missing steps."""
    pooled = PooledComponents()
    if forecast.is_point or len(forecast.mean) == 0:
        return pooled
    first, number = forecast.distinct
    times = np.bincount(number, minlength=first.size)
    defined = np.isfinite(forecast.mean[first]).all(axis=-1)
    rows = first[defined]
    weight = forecast.weight[rows].astype(np.float64)
    weight *= times[defined, None] / weight.sum(axis=-1, keepdims=True)
    pooled.add(weight.ravel(), forecast.mean[rows].ravel(), forecast.sd[rows].ravel())
    return pooled
