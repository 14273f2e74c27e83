"""From the scores of series to the one long table, ``scores.csv``.

Series are averaged within geology × depth, then seeds. Geology, depth and total rows are unweighted means of those
cells: that is how the paper's totals come about (Table 2: 4.602 / 9 = 0.511).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from thetamix.evaluation.bootstrap import interval, unit_weights
from thetamix.evaluation.evaluate import SeriesScores
from thetamix.evaluation.scores import SCORES

ALL = "all"
COLUMNS = [
    "forecaster",
    "seed",
    "geology",
    "depth",
    "cluster",
    "score",
    "value",
    "low",
    "high",
    "n",
    "n_undefined",
]
ROOT_OF_MEAN_MSE = "rmse_of_mean_mse"
UNPREDICTED = "steps_without_prediction"
#: Of fewer calendar blocks or clusters no interval is given: their bootstrap knows next to nothing.
FEWEST_UNITS = 5

#: Scores that are undefined rather than absent where they are NaN: the others need a density, or told replicates.
OF_EVERY_FORECASTER = ("kge", "rank_correlation", "mse", "rmse", "crps")


@dataclass(frozen=True)
class Estimate:
    """A score with its bootstrap draws.

    Attributes
    ----------
    value
        The score.
    draws
        Under the bootstrap (draw).
    n, undefined
        Number of series (or steps, for a series) that made it, and of series without a defined score.
    units
        What was drawn from, calendar blocks or clusters; None for the paper's draws of time steps.
    """

    value: float
    draws: np.ndarray
    n: int
    undefined: int
    units: frozenset[int] | None = None


Place = tuple[str, str, str]  # geology, depth, cluster


def score_table(
    results: Mapping[tuple[str, int], Sequence[SeriesScores]],
    geology: Sequence[str],
    *,
    draw_clusters: bool,
    step_bootstrap: str,
) -> pd.DataFrame:
    """Make the long table of all scores.

    Parameters
    ----------
    results
        By forecaster and seed.
    geology
        Of the clusters (cluster).
    draw_clusters
        True where clusters are resampled rather than calendar blocks.
    step_bootstrap
        The name of the paper's resampling, which its rows carry: "50 draws of 80 %".

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`; "all" stands for a mean over that column. ``low`` and ``high`` are the central
        95 % of the bootstrap draws, NaN where they were drawn from fewer than :data:`FEWEST_UNITS`.
    """
    rows: list[tuple[object, ...]] = []
    forecasters = dict.fromkeys(name for name, _ in results)
    for forecaster in forecasters:
        seeds = [seed for name, seed in results if name == forecaster]
        for kind in ("unit_draws", "step_draws"):
            suffix = "" if kind == "unit_draws" else f" ({step_bootstrap})"
            for name in [*SCORES, ROOT_OF_MEAN_MSE]:
                of = "mse" if name == ROOT_OF_MEAN_MSE else name
                by_seed = {
                    str(seed): _estimates(
                        results[forecaster, seed], geology, of, kind, draw_clusters and kind == "unit_draws"
                    )
                    for seed in seeds
                }
                by_seed[ALL] = _over_seeds(list(by_seed.values()))
                for seed, estimates in by_seed.items():
                    full = _with_margins(estimates)
                    shown = _roots_of_means(full) if name == ROOT_OF_MEAN_MSE else full
                    rows += _rows(forecaster, seed, name + suffix, shown)
        for number in seeds:
            rows += _unpredicted(forecaster, number, results[forecaster, number], geology)
    return pd.DataFrame(rows, columns=COLUMNS)


def _estimates(
    scores: Sequence[SeriesScores], geology: Sequence[str], name: str, kind: str, draw_clusters: bool
) -> dict[Place, Estimate]:
    """Give the estimates of each series and of each geology × depth."""
    if name not in OF_EVERY_FORECASTER and all(np.isnan(one.value[name]) for one in scores):
        return {}
    estimates: dict[Place, Estimate] = {}
    cells: dict[tuple[str, str], list[SeriesScores]] = {}
    for one in scores:
        cell = (geology[one.series.cluster], f"{one.series.depth_m:g}")
        cells.setdefault(cell, []).append(one)
        estimates[*cell, one.series.cluster_id] = Estimate(
            one.value[name] if kind == "unit_draws" else _mean(getattr(one, kind)[name]),
            getattr(one, kind)[name],
            one.steps,
            int(np.isnan(one.value[name])),
            one.units if kind == "unit_draws" else None,
        )
    draws = len(getattr(scores[0], kind)[name]) if scores else 0
    clusters = unit_weights(len(geology), draws, 0, "clusters") if draw_clusters else None
    for cell, members in sorted(cells.items()):
        estimates[*cell, ALL] = _cell(members, name, kind, clusters)
    return estimates


def _cell(members: Sequence[SeriesScores], name: str, kind: str, clusters: np.ndarray | None) -> Estimate:
    values = np.array([one.value[name] for one in members])
    draws = np.stack([getattr(one, kind)[name] for one in members])
    if clusters is None:
        mean_draws = _nanmean(draws)
    else:
        weights = clusters[:, [one.series.cluster for one in members]].T
        known = np.isfinite(draws)
        count = np.where(known, weights, 0.0).sum(axis=0)
        total = np.where(known, weights * np.nan_to_num(draws), 0.0).sum(axis=0)
        mean_draws = np.divide(total, count, out=np.full(draws.shape[1], np.nan), where=count > 0)
    value = _mean(values) if kind == "unit_draws" else _mean(mean_draws)
    defined = int(np.isfinite(values).sum())
    units = _union([one.units if kind == "unit_draws" else None for one in members])
    return Estimate(value, mean_draws, defined, len(members) - defined, units)


def _with_margins(estimates: dict[Place, Estimate]) -> dict[Place, Estimate]:
    cells = [place[:2] for place in estimates if place[2] == ALL]
    margins = {
        (*place, ALL): _mean_of([estimates[*cell, ALL] for cell in members])
        for place, members in _margins(cells)
        if members
    }
    return estimates | margins


def _margins(
    cells: Sequence[tuple[str, str]],
) -> Iterator[tuple[tuple[str, str], list[tuple[str, str]]]]:
    """Give the rows of geologies, depths and all with the cells that they are the means of."""
    for geology in sorted({g for g, _ in cells} - {ALL}):
        yield (geology, ALL), [cell for cell in cells if cell[0] == geology]
    for depth in sorted({d for _, d in cells} - {ALL}, key=float):
        if (ALL, depth) not in cells:
            yield (ALL, depth), [cell for cell in cells if cell[1] == depth]
    yield (ALL, ALL), list(cells)


def _mean_of(estimates: Sequence[Estimate]) -> Estimate:
    return Estimate(
        _mean([e.value for e in estimates]),
        _nanmean(np.stack([e.draws for e in estimates])),
        sum(e.n for e in estimates),
        sum(e.undefined for e in estimates),
        _union([e.units for e in estimates]),
    )


def _union(units: Sequence[frozenset[int] | None]) -> frozenset[int] | None:
    known = [some for some in units if some is not None]
    return frozenset().union(*known) if known else None


def _over_seeds(by_seed: Sequence[dict[Place, Estimate]]) -> dict[Place, Estimate]:
    places = dict.fromkeys(place for estimates in by_seed for place in estimates)
    return {place: _mean_of([e[place] for e in by_seed if place in e]) for place in places}


def _roots_of_means(squares: Mapping[Place, Estimate]) -> dict[Place, Estimate]:
    return {
        place: Estimate(float(np.sqrt(e.value)), np.sqrt(e.draws), e.n, e.undefined, e.units)
        for place, e in squares.items()
        if place[2] == ALL
    }


def _rows(
    forecaster: str, seed: str, score: str, estimates: Mapping[Place, Estimate]
) -> Iterator[tuple[object, ...]]:
    for (geology, depth, cluster), e in estimates.items():
        few = e.units is not None and len(e.units) < FEWEST_UNITS
        low, high = (np.nan, np.nan) if few else interval(e.draws)
        yield forecaster, seed, geology, depth, cluster, score, e.value, low, high, e.n, e.undefined


def _unpredicted(
    forecaster: str, seed: int, scores: Sequence[SeriesScores], geology: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    for one in scores:
        if one.unpredicted:
            place = (geology[one.series.cluster], f"{one.series.depth_m:g}", one.series.cluster_id)
            steps = one.steps + one.unpredicted
            yield forecaster, str(seed), *place, UNPREDICTED, one.unpredicted, np.nan, np.nan, steps, 0


def _mean(values: Sequence[float] | np.ndarray) -> float:
    defined = np.asarray(values)[np.isfinite(values)]
    return float(defined.mean()) if defined.size else np.nan


def _nanmean(draws: np.ndarray) -> np.ndarray:
    known = np.isfinite(draws)
    count = known.sum(axis=0)
    total = np.where(known, draws, 0.0).sum(axis=0)
    mean: np.ndarray = np.divide(total, count, out=np.full(draws.shape[1], np.nan), where=count > 0)
    return mean
