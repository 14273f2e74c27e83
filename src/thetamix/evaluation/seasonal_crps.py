"""CRPS by season, for the figure that shows when a forecaster is good."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.paired_series import Forecast, evaluated_series
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
        See :func:`thetamix.evaluation.paired_series.evaluated_series`.

    Returns
    -------
    pandas.DataFrame
        Columns forecaster, season, value [m3 m-3], n: each series' mean, then the mean over the n series that have
        readings in the season. Seasons are those of the intervals' midpoints.
    """
    months = midpoints(network["time"], time_step(network["time"])).astype("datetime64[M]").astype(np.int64) % 12
    season = (months + 1) % 12 // 3
    means: dict[str, list[np.ndarray]] = {name: [] for name in predictions}
    for one in evaluated_series(network, readings, part, rule, predictions):
        chosen = np.arange(0, one.steps.size, max(-(-one.steps.size // MOST_STEPS), 1))
        of = season[one.steps[chosen]]
        for name, forecast in one.forecasts.items():
            crps = _crps(forecast, chosen, one.readings[chosen])
            known = np.isfinite(crps)
            count = np.bincount(of[known], minlength=len(SEASONS))
            total = np.bincount(of[known], crps[known], minlength=len(SEASONS))
            means[name].append(np.divide(total, count, out=np.full(len(SEASONS), np.nan), where=count > 0))
    rows = []
    for name, of_series in means.items():
        table = np.array(of_series).reshape(-1, len(SEASONS))
        known = np.isfinite(table)
        for number, title in enumerate(SEASONS):
            n = int(known[:, number].sum())
            rows.append((name, title, float(table[known[:, number], number].mean()) if n else np.nan, n))
    return pd.DataFrame(rows, columns=["forecaster", "season", "value", "n"])


def _crps(forecast: Forecast, steps: np.ndarray, readings: np.ndarray) -> np.ndarray:
    """Score the readings (step, replicate) at some steps; the mean over the replicates that are there (step)."""
    if forecast.is_point:
        scores = np.abs(readings - forecast.mean[steps].astype(np.float64))
    else:
        mixture = GaussianMixture(forecast.weight[steps], forecast.mean[steps], forecast.sd[steps])
        scores = mixture[:, None].crps(readings)
    known = np.isfinite(scores)
    count = known.sum(axis=1)
    total = np.where(known, scores, 0.0).sum(axis=1)
    mean: np.ndarray = np.divide(total, count, out=np.full(len(readings), np.nan), where=count > 0)
    return mean
