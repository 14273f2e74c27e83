"""What is evaluated: readings and mixtures of one series at the steps that all forecasters share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thetamix.network.observations import ReplicateRule, replicate_mean, usable
from thetamix.network.series import Series, series
from thetamix.prediction.files import PARAMETERS
from thetamix.splits.parts import EVALUATION

#: A forecaster that predicts less than this share of a series' evaluated steps is undefined there.
LEAST_SHARE = 0.5


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

    @property
    def is_point(self) -> bool:
        """True for a forecast without a spread."""
        return self.mean.shape[-1] == 1 and bool((self.sd == 0).all())


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


def evaluated_series(
    network: xr.Dataset,
    readings: np.ndarray,
    part: np.ndarray,
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
        Soil moisture with rejected readings removed (cluster, depth, replicate, time) [m3 m-3].
    part
        The split (cluster, depth, replicate, time).
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
                name: Forecast(
                    *_kept(mixture, common, defined[name]), replicate=_replicates(predictions[name])
                )
                for name, mixture in mixtures.items()
            },
            unpredicted={name: int((~there).sum()) for name, there in predicted.items()},
        )


def _mixture_at(
    prediction: xr.Dataset, one: Series, steps: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weight, mean, sd = (
        prediction[name].isel(cluster=one.cluster, depth=one.depth).to_numpy()[steps] for name in PARAMETERS
    )
    return weight, mean, sd


def _kept(
    mixture: tuple[np.ndarray, np.ndarray, np.ndarray], steps: np.ndarray, defined: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weight, mean, sd = (
        values[steps] if defined else np.full_like(values[steps], np.nan) for values in mixture
    )
    return weight, mean, sd


def _replicates(prediction: xr.Dataset) -> np.ndarray | None:
    return prediction["replicate"].to_numpy() if "replicate" in prediction.variables else None
