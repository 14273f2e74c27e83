"""Forecasters of different runs, compared on the series and seeds that the runs share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from thetamix.evaluation.bootstrap import interval, unit_weights
from thetamix.evaluation.estimates import ALL, FEWEST_UNITS
from thetamix.evaluation.pairs import mean_of_cells
from thetamix.evaluation.ranking import best_model, models
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.study_facts import StudyFacts

COLUMNS = [
    "score",
    "depth",
    "one_run",
    "one",
    "other_run",
    "other",
    "difference",
    "low",
    "high",
    "share_one_better",
    "n",
    "n_left_out",
]
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


def why_unpaired(one: RunTables, other: RunTables) -> str | None:
    """Say why the scores of two runs cannot be subtracted from each other.

    Parameters
    ----------
    one, other
        The runs.

    Returns
    -------
    str or None
        The reason; None where they can.
    """
    if one.environment["network_sha256"] != other.environment["network_sha256"]:
        return "they were made on different networks"
    if not shared_seeds(one, other):
        return "no seed has the same split in both"
    return None


def shared_seeds(one: RunTables, other: RunTables) -> list[str]:
    """List the seeds whose split is the same in two runs.

    Parameters
    ----------
    one, other
        The runs.

    Returns
    -------
    list of str
        Seeds, as in the long table.
    """
    seeds = [seed for seed in one.study.seeds if seed in other.study.seeds]
    return [str(seed) for seed in seeds if _rows_of(one, seed).equals(_rows_of(other, seed))]


def _rows_of(run: RunTables, seed: int) -> pd.DataFrame:
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
        interval and the share are NaN for fewer than :data:`~thetamix.evaluation.estimates.FEWEST_UNITS` clusters.
    """
    first = runs[0]
    rows = []
    for run in runs[1:]:
        if why_unpaired(run, first) is not None:
            continue
        for score in COMPARED:
            for one, other in _pairs(run, first):
                rows += _compare(score, run, one, first, other)
    return pd.DataFrame(rows, columns=COLUMNS)


def _pairs(run: RunTables, first: RunTables) -> list[tuple[str, str]]:
    same = [(name, name) for name in models(run.study) if name in first.study.forecasters]
    best, theirs = best_model(run.study, run.scores), best_model(first.study, first.scores)
    if best is not None and theirs is not None and (best, theirs) not in same:
        same.append((best, theirs))
    return same


def _compare(score: str, run: RunTables, one: str, first: RunTables, other: str) -> list[tuple[object, ...]]:
    """Compare two forecasters over all depths, then at each from the surface down."""
    series, left_out = paired_series(run, one, first, other, score)
    at = series.index.get_level_values("depth")
    rows: list[tuple[object, ...]] = []
    for depth in [ALL, *sorted(set(at), key=float)] if len(series) else []:
        chosen = series if depth == ALL else series[at == depth]
        others = left_out if depth == ALL else left_out[left_out.get_level_values("depth") == depth]
        means = mean_of_cells(chosen)
        draws = cluster_draws(chosen["one"] - chosen["other"], DRAWS)
        few = chosen.index.get_level_values("cluster").nunique() < FEWEST_UNITS
        low, high = (np.nan, np.nan) if few else interval(draws)
        better = np.nan if few else _share_better(draws, SCORES[score].higher_is_better)
        names = score, depth, run.label, one, first.label, other
        difference = float(means["one"] - means["other"])
        rows.append((*names, difference, low, high, better, len(chosen), len(others)))
    return rows


def paired_series(
    run: RunTables, one: str, first: RunTables, other: str, score: str
) -> tuple[pd.DataFrame, pd.Index]:
    """Lay a score of two forecasters of two runs out side by side, series by series.

    Parameters
    ----------
    run, first
        The runs.
    one, other
        Their forecasters.
    score
        Which.

    Returns
    -------
    series : pandas.DataFrame
        Index (seed, geology, depth, cluster), columns ``one`` and ``other``; both are defined, on the same number
        of steps.
    left_out : pandas.Index
        The series that are defined in both, but on different numbers of steps.
    """
    seeds = shared_seeds(run, first)
    tables = [_series(runs.scores, name, score, seeds) for runs, name in ((run, one), (first, other))]
    renamed = [table.add_suffix(suffix) for table, suffix in zip(tables, ("_one", "_other"), strict=True)]
    both = renamed[0].join(renamed[1], how="inner").dropna()
    equal = both["n_one"] == both["n_other"]
    series = both[equal][["value_one", "value_other"]].set_axis(["one", "other"], axis=1)
    return series, both.index[~equal]


def _series(scores: pd.DataFrame, forecaster: str, score: str, seeds: Sequence[str]) -> pd.DataFrame:
    rows = scores[
        (scores["forecaster"] == forecaster)
        & (scores["score"] == score)
        & (scores["cluster"] != ALL)
        & scores["seed"].isin(seeds)
    ]
    return rows.set_index(["seed", "geology", "depth", "cluster"])[["value", "n"]]


def cluster_draws(values: pd.Series, draws: int) -> np.ndarray:
    """Average values of series under resampled clusters.

    Parameters
    ----------
    values
        Index (seed, geology, depth, cluster).
    draws
        How often to draw as many clusters again, with replacement.

    Returns
    -------
    numpy.ndarray
        Series are averaged within geology × depth, these within seeds (draw); NaN where nothing was drawn.
    """
    clusters, number = np.unique(values.index.get_level_values("cluster"), return_inverse=True)
    weights = unit_weights(len(clusters), draws, 0, "clusters")[:, number]
    levels = (values.index.get_level_values(name) for name in ("seed", "geology", "depth"))
    cells = list(zip(*levels, strict=True))
    by_seed: dict[str, list[np.ndarray]] = {}
    for cell in dict.fromkeys(cells):
        chosen = [other == cell for other in cells]
        count = weights[:, chosen].sum(axis=1)
        total = weights[:, chosen] @ values.to_numpy()[chosen]
        by_seed.setdefault(cell[0], []).append(np.divide(total, count, out=np.full(draws, np.nan), where=count > 0))
    return _nanmean([_nanmean(of_seed) for of_seed in by_seed.values()])


def _nanmean(arrays: Sequence[np.ndarray]) -> np.ndarray:
    stacked = np.stack(arrays)
    known = np.isfinite(stacked)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    count = known.sum(axis=0)
    result: np.ndarray = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return result


def _share_better(differences: np.ndarray, higher_is_better: bool) -> float:
    known = differences[np.isfinite(differences)]
    if known.size == 0:
        return np.nan
    better = known > 0 if higher_is_better else known < 0
    return float(better.mean() + 0.5 * (known == 0).mean())
