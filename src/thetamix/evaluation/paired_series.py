"""What is evaluated: readings and mixtures of one series at the steps that all forecasters share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
import xarray as xr

from thetamix.mixture import GaussianMixture, Verification
from thetamix.network.by_series import Part, Readings
from thetamix.network.observations import ReplicateRule, replicate_mean, usable
from thetamix.network.series import Series, series
from thetamix.prediction.prediction_file import PARAMETERS
from thetamix.splits.parts import EVALUATION

#: A forecaster that predicts less than this share of a series' evaluated steps is undefined there.
LEAST_SHARE = 0.5
#: How much larger than the readings their table by distinct mixtures may become.
ROOM = 4


@dataclass(frozen=True)
class Forecast:
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
        """By which the distinct mixtures are known again (distinct)."""
        first, _ = self.distinct
        rows = np.concatenate([self.weight[first], self.mean[first], self.sd[first]], axis=1)
        return [blake2b(row.tobytes(), digest_size=16).digest() for row in rows]

    @cached_property
    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance (step) [m3 m-3], [m6 m-6]; NaN without a prediction; not of point forecasts."""
        _, number = self.distinct
        return self.mixture.expectation()[number], self.mixture.variance()[number]

    def at(self, steps: np.ndarray | slice) -> "Forecast":
        """Take some of the steps."""
        return Forecast(self.weight[steps], self.mean[steps], self.sd[steps], self.replicate)

    def of_replicate(self, number: int) -> "Forecast | None":
        """Take the components of one replicate; None where it has no weight at some step, or none are told apart."""
        if self.replicate is None:
            return None
        mine = self.replicate == number
        share = self.weight[:, mine].sum(axis=-1, keepdims=True)
        if not (share > 0).all():
            return None
        return Forecast(self.weight[:, mine] / share, self.mean[:, mine], self.sd[:, mine], None)

    def verify(self, readings: np.ndarray) -> Verification:
        """Ask readings what they say of the mixtures.

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
        place = np.arange(len(readings)) - first[number]
        mixture = self.mixture
        if first.size * (place.max(initial=0) + 1) > ROOM * len(readings):
            # One long stretch among many changing rows would ask for a table with a column for each of its steps.
            number, place = np.arange(len(readings)), np.zeros(len(readings), dtype=np.intp)
            mixture = GaussianMixture(self.weight, self.mean, self.sd)
        gathered = np.full((*mixture.shape, place.max(initial=0) + 1, readings.shape[1]), np.nan)
        gathered[number, place] = readings
        found = mixture[:, None].verify(gathered.reshape(len(gathered), -1))
        values = (getattr(found, name).reshape(gathered.shape)[number, place] for name in ("cdf", "logpdf", "crps"))
        return Verification(*values)


@dataclass(frozen=True)
class EvaluatedSeries:
    """One series at the steps that are scored.

    Attributes
    ----------
    series
        Which.
    steps
        Their positions in time (step).
    readings
        Evaluated readings (step, replicate) [m3 m-3], float64; NaN where there is none.
    observed
        Mean of the replicates (step) [m3 m-3]; NaN where one of them is missing.
    forecasts
        By forecaster; NaN throughout where one predicts less than :data:`LEAST_SHARE` of the series' steps.
    unpredicted
        By forecaster: number of evaluated steps without a prediction.
    """

    series: Series
    steps: np.ndarray
    readings: np.ndarray
    observed: np.ndarray
    forecasts: dict[str, Forecast]
    unpredicted: dict[str, int]

    @cached_property
    def verified(self) -> dict[str, Verification]:
        """What the readings say of the mixtures, by forecaster; point forecasts are left out."""
        return {name: said.verify(self.readings) for name, said in self.forecasts.items() if not said.is_point}


def evaluated_series(
    network: xr.Dataset,
    readings: Readings,
    part: Part,
    rule: ReplicateRule,
    predictions: Mapping[str, xr.Dataset],
) -> Iterator[EvaluatedSeries]:
    """Go through the series of the evaluation part.

    All forecasters are scored at the same steps: those that each of them predicts. A forecaster that predicts less
    than :data:`LEAST_SHARE` of a series' steps is undefined there, and takes no step from the others.

    Parameters
    ----------
    network
        Names the series.
    readings
        Soil moisture with rejected readings removed [m3 m-3].
    part
        The split.
    rule
        Whether all replicates must be there.
    predictions
        Mixtures by forecaster (cluster, depth, time, component).

    Yields
    ------
    EvaluatedSeries
        Series without evaluated readings are left out.
    """
    for one in series(network):
        evaluated = part[one.cluster, one.depth] == EVALUATION
        shown = evaluated.any(axis=1)
        known = readings[one.cluster, one.depth]
        counted = usable(known, shown, rule) & evaluated
        steps = np.flatnonzero(counted.any(axis=0))
        if steps.size == 0:
            continue
        mixtures = {name: _mixture_at(prediction, one, steps) for name, prediction in predictions.items()}
        predicted = {name: np.isfinite(mean).all(axis=-1) for name, (_, mean, _) in mixtures.items()}
        defined = {name: bool(there.mean() >= LEAST_SHARE) for name, there in predicted.items()}
        common = np.all([there for name, there in predicted.items() if defined[name]], axis=0)
        common = np.broadcast_to(common, steps.shape)
        scored = steps[common]
        yield EvaluatedSeries(
            series=one,
            steps=scored,
            readings=np.where(counted, known, np.nan)[:, scored].T.astype(np.float64),
            observed=replicate_mean(known, shown)[scored],
            forecasts={
                name: Forecast(*_kept(mixture, common, defined[name]), replicate=_replicates(predictions[name]))
                for name, mixture in mixtures.items()
            },
            unpredicted={name: int((~there).sum()) for name, there in predicted.items()},
        )


def distinct_rows(*parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows that differ from the one before.

    Parameters
    ----------
    parameters
        Each (row, column).

    Returns
    -------
    first, number : numpy.ndarray
        Positions of the rows that differ (distinct), and which of them each row is (row).
    """
    changed = np.ones(len(parameters[0]), dtype=bool)
    changed[1:] = np.any([(p[1:] != p[:-1]).any(axis=-1) for p in parameters], axis=0)
    return np.flatnonzero(changed), np.cumsum(changed) - 1


def _mixture_at(prediction: xr.Dataset, one: Series, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weight, mean, sd = (
        prediction[name].isel(cluster=one.cluster, depth=one.depth).to_numpy()[steps] for name in PARAMETERS
    )
    return weight, mean, sd


def _kept(
    mixture: tuple[np.ndarray, np.ndarray, np.ndarray], steps: np.ndarray, defined: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weight, mean, sd = (values[steps] if defined else np.full_like(values[steps], np.nan) for values in mixture)
    return weight, mean, sd


def _replicates(prediction: xr.Dataset) -> np.ndarray | None:
    return prediction["replicate"].to_numpy() if "replicate" in prediction.variables else None
