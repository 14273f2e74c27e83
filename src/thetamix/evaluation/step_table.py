"""The step table: state and belts of single steps, for figures that show them all (Figs. 3, C1, E1, G1)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.belts import series_belts
from thetamix.evaluation.estimates import cell_of
from thetamix.evaluation.paired_series import PairedSeries, paired_series
from thetamix.network.by_series import Part, Readings
from thetamix.network.observations import ReplicateRule
from thetamix.splits.parts import EVALUATION

COLUMNS = ["group", "cluster", "depth", "time", "state", "expectation"]
COLUMNS += ["observed_belt", "predicted_belt", "matched_belt"]
MOST_ROWS = 200_000


def step_table(
    network: xr.Dataset,
    readings: Readings,
    part: Part,
    rule: ReplicateRule,
    predictions: Mapping[str, xr.Dataset],
    group: Sequence[str],
    forecaster: str,
    seed: int,
    most_rows: int = MOST_ROWS,
) -> pd.DataFrame:
    """List the evaluated (series, step) pairs of one forecaster.

    Parameters
    ----------
    network, readings, part, rule, predictions
        See :func:`thetamix.evaluation.paired_series.paired_series`.
    group
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
    evaluated = (np.isfinite(values) & (part[key] == EVALUATION) for key, values in readings.items())
    pairs = sum(int(mask.any(axis=0).sum()) for mask in evaluated)
    share = min(1.0, most_rows / max(pairs, 1))
    times = network["time"].to_numpy()
    tables = []
    for series in paired_series(network, readings, part, rule, predictions):
        rng = np.random.default_rng([seed, series.series.cluster, series.series.depth])
        kept = np.isfinite(series.observed) & (rng.random(series.steps.size) < share)
        belts = series_belts(_thinned(series, kept, forecaster), seed, at_every_step=True)
        of_group, depth = cell_of(series.series, group)
        values = (
            times[belts.steps],
            belts.state,
            belts.forecasts[forecaster].expectation,
            belts.observed,
            belts.predicted[forecaster],
            belts.matched[forecaster],
        )
        labels = of_group, series.series.cluster_id, depth
        tables.append(pd.DataFrame(dict(zip(COLUMNS, (*labels, *values), strict=True))))
    full = [table for table in tables if len(table)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=COLUMNS)


def _thinned(series: PairedSeries, kept: np.ndarray, forecaster: str) -> PairedSeries:
    return replace(
        series,
        steps=series.steps[kept],
        readings=series.readings[kept],
        observed=series.observed[kept],
        forecasts={forecaster: series.forecasts[forecaster].at(kept)},
    )
