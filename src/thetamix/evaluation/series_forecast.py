"""The mixtures of one forecaster at the evaluated steps of one series."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np

from thetamix.mixture import GaussianMixture, Verification

#: How much larger than the readings their table by distinct mixtures may become.
ROOM = 4


@dataclass(frozen=True)
class SeriesForecast:
    """The mixtures of one forecaster at the evaluated steps of one series.

    Attributes
    ----------
    weight, mean, sd
        Of the components (step, component), float32; a single one with an sd of 0 is a point forecast.
    replicate
        The replicate of each component (component), where each belongs to one.
    """

    weight: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    replicate: np.ndarray | None

    @cached_property
    def is_point(self) -> bool:
        """True for a forecast without a spread."""
        return self.mean.shape[-1] == 1 and bool((self.sd == 0).all())

    @cached_property
    def is_silent(self) -> bool:
        """True for a point forecast, and where no step has a prediction: there is no distribution."""
        return self.is_point or not np.isfinite(self.mean).any()

    @cached_property
    def distinct(self) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the rows that differ from the one before (distinct), and which of them each is (step)."""
        return distinct_rows(self.mean, self.sd, self.weight)

    @cached_property
    def mixture(self) -> GaussianMixture:
        """The distinct mixtures (distinct); not of point forecasts."""
        first, _ = self.distinct
        return GaussianMixture(self.weight[first], self.mean[first], self.sd[first])

    @cached_property
    def digests(self) -> list[bytes]:
        """By which the distinct mixtures are recognised (distinct)."""
        first, _ = self.distinct
        rows = np.concatenate([self.weight[first], self.mean[first], self.sd[first]], axis=1)
        return [blake2b(row.tobytes(), digest_size=16).digest() for row in rows]

    @cached_property
    def expectation(self) -> np.ndarray:
        """Expectation (step) [m3 m-3], of point forecasts too; NaN without a prediction."""
        expectation: np.ndarray = (self.weight.astype(np.float64) * self.mean).sum(axis=-1)
        return expectation

    @cached_property
    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance (step) [m3 m-3], [m6 m-6]; NaN without a prediction; not of point forecasts."""
        _, number = self.distinct
        return self.mixture.expectation()[number], self.mixture.variance()[number]

    def at(self, steps: np.ndarray | slice) -> "SeriesForecast":
        """Return the forecast at a selection of the steps."""
        return SeriesForecast(self.weight[steps], self.mean[steps], self.sd[steps], self.replicate)

    def of_replicate(self, number: int) -> "SeriesForecast | None":
        """Return the components of one replicate; None where it has no weight at a step, or none are told apart."""
        if self.replicate is None:
            return None
        mask = self.replicate == number
        share = self.weight[:, mask].sum(axis=-1, keepdims=True)
        if not (share > 0).all():
            return None
        return SeriesForecast(self.weight[:, mask] / share, self.mean[:, mask], self.sd[:, mask], None)

    def verify(self, readings: np.ndarray) -> Verification:
        """Evaluate the mixtures at readings.

        A climatology repeats its mixture from hour to hour: such rows become one row with more readings, because
        what depends on the mixture alone is then computed once.

        Parameters
        ----------
        readings
            (step, replicate) [m3 m-3]; NaN where there is none.

        Returns
        -------
        Verification
            A value for each reading (step, replicate).
        """
        first, number = self.distinct
        column = np.arange(len(readings)) - first[number]
        mixture = self.mixture
        if first.size * (column.max(initial=0) + 1) > ROOM * len(readings):
            # One long stretch among many changing rows would ask for a table with a column for each of its steps.
            number, column = np.arange(len(readings)), np.zeros(len(readings), dtype=np.intp)
            mixture = GaussianMixture(self.weight, self.mean, self.sd)
        gathered = np.full((*mixture.shape, column.max(initial=0) + 1, readings.shape[1]), np.nan)
        gathered[number, column] = readings
        flat = mixture[:, None].verify(gathered.reshape(len(gathered), -1))
        values = (flat.cdf, flat.logpdf, flat.crps)
        return Verification(*(value.reshape(gathered.shape)[number, column] for value in values))


def distinct_rows(*parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute which rows of parameters, each (row, column), differ from the one before.

    Returns
    -------
    first, number : numpy.ndarray
        Positions of the rows that differ (distinct), and which of them each row is (row).
    """
    changed = np.ones(len(parameters[0]), dtype=bool)
    changed[1:] = np.any([(p[1:] != p[:-1]).any(axis=-1) for p in parameters], axis=0)
    return np.flatnonzero(changed), np.cumsum(changed) - 1
