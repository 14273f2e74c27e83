"""The step table: state and belts of single steps, for figures that show them all (Figs. 3, C1, E1, G1)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.belts import series_belts
from thetamix.evaluation.paired_series import EvaluatedSeries, evaluated_series
from thetamix.network.by_series import Part, Readings
from thetamix.network.observations import ReplicateRule
from thetamix.splits.parts import EVALUATION

COLUMNS = [
    "geology",
    "cluster",
    "depth",
    "time",
    "state",
    "expectation",
    "observed_belt",
    "predicted_belt",
    "matched_belt",
]
MOST_ROWS = 200_000


def step_table(
    network: xr.Dataset,
    readings: Readings,
    part: Part,
    rule: ReplicateRule,
    predictions: Mapping[str, xr.Dataset],
    geology: Sequence[str],
    forecaster: str,
    seed: int,
    most_rows: int = MOST_ROWS,
) -> pd.DataFrame:
    """List the evaluated (series, step) pairs of one forecaster.

    Parameters
    ----------
    network, readings, part, rule, predictions
        See :func:`thetamix.evaluation.paired_series.evaluated_series`.
    geology
        Of the clusters (cluster).
    forecaster
        Which of `predictions`.
    seed
        Of the draws of matched belts, and of what is kept where there are too many rows.
    most_rows
        Of more pairs, each is kept with the probability that leaves about so many.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`, at the steps where all replicates of the series are there: depth as text [m], time
        the end of the interval, the rest [m3 m-3]; `matched_belt` is a single draw.
    """
    share = min(1.0, most_rows / max(_pairs(readings, part), 1))
    times = network["time"].to_numpy()
    tables = []
    for one in evaluated_series(network, readings, part, rule, predictions):
        rng = np.random.default_rng([seed, one.series.cluster, one.series.depth])
        kept = np.isfinite(one.observed) & (rng.random(one.steps.size) < share)
        belts = series_belts(_thinned(one, kept, forecaster), seed, at_every_step=True)
        said = belts.forecasts[forecaster]
        tables.append(
            pd.DataFrame(
                {
                    "geology": geology[one.series.cluster],
                    "cluster": one.series.cluster_id,
                    "depth": f"{one.series.depth_m:g}",
                    "time": times[belts.steps],
                    "state": belts.state,
                    "expectation": (said.weight.astype(np.float64) * said.mean).sum(axis=-1),
                    "observed_belt": belts.observed,
                    "predicted_belt": belts.predicted[forecaster],
                    "matched_belt": belts.matched[forecaster],
                }
            )
        )
    full = [table for table in tables if len(table)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=COLUMNS)


def _pairs(readings: Readings, part: Part) -> int:
    """Bound the number of evaluated (series, step) pairs."""
    return sum(
        int((np.isfinite(values) & (part[key] == EVALUATION)).any(axis=0).sum()) for key, values in readings.items()
    )


def _thinned(one: EvaluatedSeries, kept: np.ndarray, forecaster: str) -> EvaluatedSeries:
    said = one.forecasts[forecaster]
    return EvaluatedSeries(
        one.series,
        one.steps[kept],
        one.readings[kept],
        one.observed[kept],
        {forecaster: said.at(kept)},
        {forecaster: one.unpredicted[forecaster]},
    )
