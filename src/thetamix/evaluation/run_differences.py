"""Forecasters of different runs, compared on the series and seeds that the runs share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from thetamix.evaluation.bootstrap import share_better
from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.forecaster_differences import mean_of_table
from thetamix.evaluation.ranking import best_model, models
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.study_facts import StudyFacts

COLUMNS = ["score", "depth", "one_run", "one", "other_run", "other"]
COLUMNS += ["difference", "low", "high", "share_one_better", "n", "n_left_out"]
DRAWS = 1000
COMPARED = ("crps", "log_likelihood", "kge", "rank_correlation")


@dataclass(frozen=True)
class RunTables:
    """What a comparison needs of a run.

    Attributes
    ----------
    label
        A short name; no two runs have the same.
    study
        Resolved.
    settings
        Those of the study, as plain values.
    scores
        The long table.
    leakage
        A row a seed.
    environment
        What the run was made with; ``network_sha256`` says what it was made on.
    splits
        ``splits.csv``.
    """

    label: str
    study: StudyFacts
    settings: Mapping[str, Any]
    scores: pd.DataFrame
    leakage: pd.DataFrame
    environment: Mapping[str, Any]
    splits: pd.DataFrame


def why_unpaired(run: RunTables, other: RunTables) -> str | None:
    """Return why the scores of two runs cannot be subtracted from each other; None where they can."""
    if run.environment["network_sha256"] != other.environment["network_sha256"]:
        return "they were made on different networks"
    if not shared_seeds(run, other):
        return "no seed has the same split in both"
    return None


def shared_seeds(run: RunTables, other: RunTables) -> list[str]:
    """List the seeds whose split is the same in two runs, as in the long table."""
    seeds = [seed for seed in run.study.seeds if seed in other.study.seeds]
    return [str(seed) for seed in seeds if _split(run, seed).equals(_split(other, seed))]


def _split(run: RunTables, seed: int) -> pd.DataFrame:
    rows = run.splits[run.splits["seed"] == seed]
    return rows.sort_values(list(rows.columns)).reset_index(drop=True)


def across_runs(runs: Sequence[RunTables]) -> pd.DataFrame:
    """Compare each run with the first: forecasters of the same name, and the best models of both.

    Parameters
    ----------
    runs
        At least two.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`: over all depths ("all") and at each, the difference one − other of the means over the
        series and seeds that both runs score at the same number of steps; the central 95 % of draws of clusters; the
        share of the draws in which `one` is better, ties counted half; the number of series (of all seeds), and of
        those left out because their steps differ. Runs that cannot be paired (:func:`why_unpaired`) have no rows. The
        interval and the share are NaN for fewer than :data:`~thetamix.evaluation.bootstrap.FEWEST_UNITS` clusters.
    """
    first = runs[0]
    rows: list[tuple[object, ...]] = []
    for run in runs[1:]:
        if why_unpaired(run, first) is not None:
            continue
        for score in COMPARED:
            for name, other in _pairs(run, first):
                rows += _compare(score, run, name, first, other)
    return pd.DataFrame(rows, columns=COLUMNS)


def _pairs(run: RunTables, first: RunTables) -> list[tuple[str, str]]:
    same = [(name, name) for name in models(run.study) if name in first.study.forecasters]
    best, theirs = best_model(run.study, run.scores), best_model(first.study, first.scores)
    if best is not None and theirs is not None and (best, theirs) not in same:
        same.append((best, theirs))
    return same


def _compare(score: str, run: RunTables, name: str, first: RunTables, other: str) -> Iterator[tuple[object, ...]]:
    """Compare two forecasters over all depths, then at each from the surface down."""
    series, left_out = paired_series_table(run, name, first, other, score)
    at, left_out_at = (index.get_level_values("depth") for index in (series.index, left_out))
    differences = (series["one"] - series["other"]).to_frame()
    for depth in [ALL, *sorted(set(at), key=float)] if len(series) else []:
        chosen = differences[(at == depth) | (depth == ALL)]
        estimate = mean_of_table(chosen, DRAWS)
        low, high = (float(bound[0]) for bound in estimate.interval)
        higher = SCORES[score].higher_is_better
        better = share_better(estimate.draws[:, 0], higher_is_better=higher) if np.isfinite(low) else np.nan
        names = score, depth, run.label, name, first.label, other
        others = int(((left_out_at == depth) | (depth == ALL)).sum())
        yield (*names, float(estimate.value[0]), low, high, better, len(chosen), others)


def paired_series_table(
    run: RunTables, name: str, first: RunTables, other: str, score: str
) -> tuple[pd.DataFrame, pd.Index]:
    """Arrange a score of two forecasters of two runs side by side, series by series.

    Parameters
    ----------
    run, first
        The runs.
    name, other
        Their forecasters.
    score
        Which.

    Returns
    -------
    series : pandas.DataFrame
        Index (seed, group, depth, cluster), columns ``one`` and ``other``; both are defined, on the same number
        of steps.
    left_out : pandas.Index
        The series that are defined in both, but on different numbers of steps.
    """
    seeds = shared_seeds(run, first)
    tables = (
        scores[
            (scores["forecaster"] == forecaster)
            & (scores["score"] == score)
            & (scores["cluster"] != ALL)
            & scores["seed"].isin(seeds)
        ].set_index(["seed", "group", "depth", "cluster"])[["value", "n"]]
        for scores, forecaster in ((run.scores, name), (first.scores, other))
    )
    left, right = tables
    both = left.add_suffix("_one").join(right.add_suffix("_other"), how="inner").dropna()
    equal = both["n_one"] == both["n_other"]
    series = both[equal][["value_one", "value_other"]].set_axis(["one", "other"], axis=1)
    return series, both.index[~equal]
