"""Paired series: readings and mixtures of one series at the steps that all forecasters share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.mixture import Verification
from thetamix.network.by_series import Part, Readings
from thetamix.network.observations import ReplicateRule, replicate_mean, usable
from thetamix.network.series import Series, series
from thetamix.prediction.layout import PARAMETERS
from thetamix.splits.parts import EVALUATION, LEAST_SHARE
from thetamix.system.errors import named


@dataclass(frozen=True)
class PairedSeries:
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
        By forecaster; NaN throughout where one predicts less than
        :data:`~thetamix.splits.parts.LEAST_SHARE` of the series' steps.
    unpredicted
        By forecaster: number of evaluated steps without a prediction.
    """

    series: Series
    steps: np.ndarray
    readings: np.ndarray
    observed: np.ndarray
    forecasts: dict[str, SeriesForecast]
    unpredicted: dict[str, int]

    @cached_property
    def verified(self) -> dict[str, Verification]:
        """The mixtures at the readings, by forecaster; point forecasts are left out."""
        verified = {}
        for name, forecast in self.forecasts.items():
            if not forecast.is_point:
                with named(f"forecaster {name!r} at {self.series.name}"):
                    verified[name] = forecast.verify(self.readings)
        return verified


def paired_series(
    network: xr.Dataset,
    readings: Readings,
    part: Part,
    rule: ReplicateRule,
    predictions: Mapping[str, xr.Dataset],
) -> Iterator[PairedSeries]:
    """Iterate over the series of the evaluation part.

    All forecasters are scored at the same steps: those that each of them predicts. A forecaster that predicts less
    than :data:`~thetamix.splits.parts.LEAST_SHARE` of a series' steps is undefined there, and takes no step from the
    others.

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
    PairedSeries
        Series without evaluated readings are left out.
    """
    for each in series(network):
        index = each.cluster, each.depth
        evaluated = part[index] == EVALUATION
        shown = evaluated.any(axis=1)
        counted = usable(readings[index], shown, rule) & evaluated
        steps = np.flatnonzero(counted.any(axis=0))
        if steps.size == 0:
            continue
        forecasts = {name: _forecast(prediction, each, steps) for name, prediction in predictions.items()}
        predicted = {name: np.isfinite(forecast.mean).all(axis=-1) for name, forecast in forecasts.items()}
        defined = {name: bool(mask.mean() >= LEAST_SHARE) for name, mask in predicted.items()}
        common = np.all([mask for name, mask in predicted.items() if defined[name]], axis=0)
        common = np.broadcast_to(common, steps.shape)
        scored = steps[common]
        yield PairedSeries(
            series=each,
            steps=scored,
            readings=np.where(counted, readings[index], np.nan)[:, scored].T.astype(np.float64),
            observed=replicate_mean(readings[index], shown)[scored],
            forecasts={
                name: forecast.at(common) if defined[name] else _silent(forecast.at(common))
                for name, forecast in forecasts.items()
            },
            unpredicted={name: int((~mask).sum()) for name, mask in predicted.items()},
        )


def _forecast(prediction: xr.Dataset, series: Series, steps: np.ndarray) -> SeriesForecast:
    index = {"cluster": series.cluster, "depth": series.depth}
    weight, mean, sd = (prediction[name].isel(index).to_numpy()[steps] for name in PARAMETERS)
    replicate = prediction["replicate"].to_numpy() if "replicate" in prediction.variables else None
    return SeriesForecast(weight, mean, sd, replicate)


def _silent(forecast: SeriesForecast) -> SeriesForecast:
    nothing = np.full_like(forecast.mean, np.nan)
    return SeriesForecast(nothing, nothing, nothing, forecast.replicate)
