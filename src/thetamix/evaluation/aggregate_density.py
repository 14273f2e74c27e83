"""The aggregate distribution: all mixtures of a place together, beside the readings (Bischof et al. 2025, Fig. D1).

Predicted: the mean of the mixtures' densities over all evaluated steps of a geology × depth. Observed: the kernel
density estimate of the readings, Gaussian with Scott's bandwidth n^(-1/5) sd (Scott 1992,
doi:10.1002/9780470316849), as scipy's ``gaussian_kde`` has it.

Components and readings are gathered on a fine grid: means are shared out between two nodes 0.002 m3 m-3 apart,
standard deviations fall into classes of 1 %; what that widens a component by on average is taken from its variance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import ndtr

from thetamix.evaluation.margins import with_margins
from thetamix.evaluation.paired_series import EvaluatedSeries, Forecast

COLUMNS = ["forecaster", "seed", "geology", "depth", "soil_moisture", "density"]
OBSERVED = "observed"
STEP = 0.002  # [m3 m-3]
LOW, HIGH = -0.5, 1.5  # [m3 m-3]
SIZE = round((HIGH - LOW) / STEP) + 1
NODES = np.round(LOW + STEP * np.arange(SIZE), 10)
FINEST = 1e-6  # [m3 m-3] standard deviation of class 0
CLASS = 0.01  # relative width of a class of standard deviations
#: Rows of a smaller density are not written [1 / (m3 m-3)].
FAINTEST = 1e-4


class Components:
    """Gaussians gathered by class of standard deviation and place of their mean; two can be added."""

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
        place = (mean[inside].astype(np.float64) - LOW) / STEP
        lower = np.minimum(place.astype(np.int64), SIZE - 2)
        index = (classes - least) * SIZE + lower
        shape = (int(classes.max()) - least + 1, SIZE)
        table = np.bincount(index, weight[inside] * (lower + 1 - place), shape[0] * SIZE)
        table += np.bincount(index + 1, weight[inside] * (place - lower), shape[0] * SIZE)
        for number, row in enumerate(table.reshape(shape)):
            if row.any():
                known = self.weight.setdefault(least + number, np.zeros(SIZE))
                known += row

    def __iadd__(self, other: "Components") -> "Components":
        self.total += other.total
        for number, row in other.weight.items():
            self.weight[number] = self.weight.get(number, np.zeros(SIZE)) + row
        return self

    def density(self) -> np.ndarray:
        """Give the density.

        Returns
        -------
        numpy.ndarray
            Mean over the grid cell around each of :data:`NODES` (node) [1 / (m3 m-3)].
        """
        length = 4 * SIZE
        spectrum = np.zeros(length // 2 + 1, dtype=np.complex128)
        for number, row in self.weight.items():
            kernel = _kernel(FINEST * np.exp(CLASS * number))
            spectrum += np.fft.rfft(row, length) * np.fft.rfft(kernel, length)
        # the kernel is centred at its element SIZE - 1
        density = np.fft.irfft(spectrum, length)[SIZE - 1 : 2 * SIZE - 1]
        return np.maximum(density / self.total, 0.0)


def _kernel(sd: float) -> np.ndarray:
    """Give a Gaussian's mean density in grid cells, at all distances that two nodes may have."""
    # A mean that is shared out between two nodes is widened by a sixth of the squared step on average.
    narrowed = np.sqrt(max(sd**2 - STEP**2 / 6, (0.5 * sd) ** 2))
    edges = (np.arange(2 * SIZE) - SIZE + 0.5) * STEP / narrowed
    kernel: np.ndarray = np.diff(ndtr(edges)) / STEP
    return kernel


@dataclass
class AggregateDistribution:
    """Gathers the mixtures and the readings of all series.

    Attributes
    ----------
    geology
        Of the clusters (cluster).
    seed
        Of the split.
    """

    geology: Sequence[str]
    seed: int
    _mixtures: dict[tuple[str, str, str], Components] = field(default_factory=dict)
    _readings: dict[tuple[str, str], "Readings"] = field(default_factory=dict)

    def add(self, one: EvaluatedSeries) -> None:
        """Take one series.

        Parameters
        ----------
        one
            Readings and mixtures at the evaluated steps.
        """
        cell = (self.geology[one.series.cluster], f"{one.series.depth_m:g}")
        self._readings.setdefault(cell, Readings()).add(one.readings[np.isfinite(one.readings)])
        for name, said in one.forecasts.items():
            gathered = gather(said)
            if gathered.total > 0:
                self._mixtures.setdefault((name, *cell), Components())
                self._mixtures[name, *cell] += gathered

    def table(self) -> pd.DataFrame:
        """Give the densities of each geology × depth and their margins.

        Returns
        -------
        pandas.DataFrame
            Columns :data:`COLUMNS`, on all of :data:`NODES`. Point forecasts have no density, nor have readings that
            are all the same.
        """
        observed = {(OBSERVED, *cell): readings.density() for cell, readings in self._readings.items()}
        predicted = {key: components.density() for key, components in self._mixtures.items()}
        cells = [
            pd.DataFrame(
                {
                    "forecaster": name,
                    "seed": str(self.seed),
                    "geology": geology,
                    "depth": depth,
                    "soil_moisture": NODES,
                    "density": density,
                }
            )
            for (name, geology, depth), density in (observed | predicted).items()
            if density is not None
        ]
        if not cells:
            return pd.DataFrame(columns=COLUMNS)
        table = pd.concat(cells, ignore_index=True)
        return with_margins(table, ["forecaster", "seed", "soil_moisture"], ["density"])


class Readings:
    """Readings gathered for a kernel density estimate."""

    def __init__(self) -> None:
        self._places = Components()
        self._least, self._most = np.inf, -np.inf
        self._number, self._mean, self._squares = 0, 0.0, 0.0

    def add(self, values: np.ndarray) -> None:
        """Gather readings.

        Parameters
        ----------
        values
            (reading) [m3 m-3], without NaN.
        """
        if not values.size:
            return
        # All of one class of standard deviation, which the bandwidth takes the place of.
        self._places.add(np.ones(values.size), values, np.full(values.size, FINEST))
        self._least, self._most = min(self._least, values.min()), max(self._most, values.max())
        number, shift = self._number + values.size, values.mean() - self._mean
        self._squares += ((values - values.mean()) ** 2).sum()
        self._squares += shift**2 * self._number * values.size / number
        self._mean += shift * values.size / number
        self._number = number

    def density(self) -> np.ndarray | None:
        """Give the kernel density estimate.

        Returns
        -------
        numpy.ndarray or None
            As :meth:`Components.density`; None for readings that are all the same.
        """
        if not self._least < self._most:
            return None
        bandwidth = self._number**-0.2 * np.sqrt(self._squares / (self._number - 1))
        smooth = Components()
        smooth.total = self._places.total
        smooth.weight[round(np.log(bandwidth / FINEST) / CLASS)] = sum(
            self._places.weight.values(), start=np.zeros(SIZE)
        )
        return smooth.density()


def gather(said: Forecast) -> Components:
    """Gather the components of a forecaster's mixtures of one series.

    Parameters
    ----------
    said
        The mixtures.

    Returns
    -------
    Components
        Empty for point forecasts; steps without a prediction are left out.
    """
    components = Components()
    if said.is_point or len(said.mean) == 0:
        return components
    first, number = said.distinct
    times = np.bincount(number, minlength=first.size)
    known = np.isfinite(said.mean[first]).all(axis=-1)
    weight = said.weight[first][known].astype(np.float64)
    weight *= times[known, None] / weight.sum(axis=-1, keepdims=True)
    components.add(weight.ravel(), said.mean[first][known].ravel(), said.sd[first][known].ravel())
    return components


def without_faint(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out where there is nothing to see.

    Parameters
    ----------
    table
        Densities.

    Returns
    -------
    pandas.DataFrame
        The rows of at least :data:`FAINTEST`.
    """
    return table[table["density"] >= FAINTEST].reset_index(drop=True)
