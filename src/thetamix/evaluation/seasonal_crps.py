"""CRPS by season, for the figure that shows when a forecaster is good."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.estimates import mean
from thetamix.evaluation.paired_series import paired_series
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.mixture import GaussianMixture
from thetamix.network.by_series import Part, Readings
from thetamix.network.observations import ReplicateRule
from thetamix.network.schema import midpoints, time_step

#: Of a longer series this many evaluated steps are scored: a season's mean is known well enough from them.
MOST_STEPS = 600
SEASONS = ("DJF", "MAM", "JJA", "SON")


def crps_by_season(
    network: xr.Dataset,
    readings: Readings,
    part: Part,
    rule: ReplicateRule,
    predictions: Mapping[str, xr.Dataset],
) -> pd.DataFrame:
    """Average the CRPS over the evaluated steps of each season.

    Parameters
    ----------
    network, readings, part, rule, predictions
        See :func:`thetamix.evaluation.paired_series.paired_series`.

    Returns
    -------
    pandas.DataFrame
        Columns forecaster, season, value [m3 m-3], n: each series' mean, then the mean over the n series that have
        readings in the season. Seasons are those of the intervals' midpoints.
    """
    months = midpoints(network["time"], time_step(network["time"])).astype("datetime64[M]").astype(np.int64) % 12
    season = (months + 1) % 12 // 3
    means: dict[str, list[np.ndarray]] = {name: [] for name in predictions}
    for series in paired_series(network, readings, part, rule, predictions):
        chosen = np.arange(0, series.steps.size, max(-(-series.steps.size // MOST_STEPS), 1))
        weights = season[series.steps[chosen]] == np.arange(len(SEASONS))[:, None]
        for name, forecast in series.forecasts.items():
            crps = mean(_crps(forecast.at(chosen), series.readings[chosen]).T)
            means[name].append(mean(crps, weights.astype(np.float64)))
    rows = []
    for name, of_series in means.items():
        table = np.array(of_series).reshape(-1, len(SEASONS))
        count = np.isfinite(table).sum(axis=0).tolist()
        rows += [(name, *row) for row in zip(SEASONS, mean(table).tolist(), count, strict=True)]
    return pd.DataFrame(rows, columns=["forecaster", "season", "value", "n"])


def _crps(forecast: SeriesForecast, readings: np.ndarray) -> np.ndarray:
    """Compute the CRPS of readings (step, replicate)."""
    if forecast.is_point:
        error: np.ndarray = np.abs(readings - forecast.mean.astype(np.float64))
        return error
    return GaussianMixture(forecast.weight, forecast.mean, forecast.sd)[:, None].crps(readings)
