"""From the scores of series to the one long table, ``scores.csv``.

Series are averaged within geology × depth, then seeds. Geology, depth and total rows are unweighted means of those
cells: that is how the paper's totals come about (Table 2: 4.602 / 9 = 0.511).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from thetamix.evaluation.bootstrap import interval
from thetamix.evaluation.floor import FLOOR_SCORES, FLOORS
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.series_scores import SeriesScores, cluster_draws

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
        The calendar blocks or clusters that it comes from; None for the paper's draws of time steps.
    """

    value: float
    draws: np.ndarray
    n: int
    undefined: int
    units: frozenset[int] | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """The central 95 % of the draws; NaN where they are from fewer than :data:`FEWEST_UNITS`."""
        few = self.units is not None and len(self.units) < FEWEST_UNITS
        return (np.nan, np.nan) if few else interval(self.draws)


Place = tuple[str, str, str]  # geology, depth, cluster
Estimates = Mapping[Place, Estimate]  # of series, and of each geology × depth: cluster "all"


def score_table(
    results: Mapping[tuple[str, int], Sequence[SeriesScores]],
    geology: Sequence[str],
    *,
    draw_clusters: bool,
    step_bootstrap: str,
    further: Mapping[tuple[str, int], Mapping[str, Estimates]] = MappingProxyType({}),
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
    further
        By forecaster and seed: scores that are not of a series' sample, as :mod:`.belt_scores` makes them.

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
                if forecaster in FLOORS and name not in FLOOR_SCORES:
                    continue
                of = "mse" if name == ROOT_OF_MEAN_MSE else name
                by_seed = {
                    str(seed): _estimates(
                        results[forecaster, seed], geology, of, kind, draw_clusters and kind == "unit_draws"
                    )
                    for seed in seeds
                }
                rows += _rows(forecaster, name + suffix, by_seed, roots=name == ROOT_OF_MEAN_MSE)
        for name in dict.fromkeys(name for seed in seeds for name in further.get((forecaster, seed), ())):
            given = {str(seed): further.get((forecaster, seed), {}).get(name, {}) for seed in seeds}
            rows += _rows(forecaster, name, given)
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
    cells: dict[tuple[str, str], list[tuple[int, Estimate]]] = {}
    for one in scores:
        draws = getattr(one, kind)[name]
        value = one.value[name] if kind == "unit_draws" else _mean(draws)
        units = one.units if kind == "unit_draws" else None
        cell = (geology[one.series.cluster], f"{one.series.depth_m:g}")
        estimate = Estimate(value, draws, one.steps, int(np.isnan(one.value[name])), units)
        estimates[*cell, one.series.cluster_id] = estimate
        cells.setdefault(cell, []).append((one.series.cluster, estimate))
    weights = drawn_clusters(scores, len(geology)) if draw_clusters else None
    for cell, members in sorted(cells.items()):
        times = None if weights is None else weights[:, [cluster for cluster, _ in members]].T
        estimates[*cell, ALL] = mean_of_series([estimate for _, estimate in members], times)
    return estimates


def drawn_clusters(scores: Sequence[SeriesScores], clusters: int) -> np.ndarray | None:
    """Draw from the clusters that were evaluated.

    Parameters
    ----------
    scores
        Of one forecaster and seed.
    clusters
        How many the network has.

    Returns
    -------
    numpy.ndarray or None
        How often each was drawn (draw, cluster); None without any scores.
    """
    if not scores:
        return None
    evaluated = np.zeros(clusters, dtype=bool)
    evaluated[[one.series.cluster for one in scores]] = True
    return cluster_draws(evaluated, next(iter(scores[0].unit_draws.values())).size)


def mean_of_series(members: Sequence[Estimate], times: np.ndarray | None) -> Estimate:
    """Average the series of a geology × depth; what is undefined is left out and counted.

    Parameters
    ----------
    members
        A score of each series.
    times
        How often each series' cluster was drawn (series, draw); None where calendar blocks were.

    Returns
    -------
    Estimate
        ``n`` counts series.
    """
    values = np.array([one.value for one in members])
    draws = np.stack([one.draws for one in members])
    known = np.isfinite(draws)
    weights = known.astype(float) if times is None else np.where(known, times, 0.0)
    count = weights.sum(axis=0)
    total = np.where(known, weights * np.where(known, draws, 0.0), 0.0).sum(axis=0)
    mean_draws = np.divide(total, count, out=np.full(draws.shape[1], np.nan), where=count > 0)
    defined = int(np.isfinite(values).sum())
    units = _union([one.units for one in members])
    return Estimate(_mean(values), mean_draws, defined, len(members) - defined, units)


def estimate_margins(estimates: Estimates) -> dict[Place, Estimate]:
    """Add geologies, depths and all: the unweighted means of the cells, geology × depth.

    Parameters
    ----------
    estimates
        Of the cells; others are kept as they are.

    Returns
    -------
    dict of Estimate
        The same and the margins. A network without geology has cells of geology "all".
    """
    cells = [place[:2] for place in estimates if place[2] == ALL]
    margins = {
        (*place, ALL): _mean_of([estimates[*cell, ALL] for cell in members])
        for place, members in margin_cells(cells)
        if members
    }
    return dict(estimates) | margins


def margin_cells(
    cells: Sequence[tuple[str, str]],
) -> Iterator[tuple[tuple[str, str], list[tuple[str, str]]]]:
    """Give the margins of geologies, depths and all with the cells that they are the means of.

    Parameters
    ----------
    cells
        Geology and depth.

    Yields
    ------
    tuple, list of tuple
        The margin, with "all" for what it goes over, and its cells. Depths are no margins of themselves where a
        network has no geology.
    """
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


def mean_over_seeds(by_seed: Sequence[Estimates]) -> dict[Place, Estimate]:
    """Average the seeds, place by place and draw by draw.

    Seeds share the draws of blocks or clusters, so that the averaged draws are those of the mean over seeds. Of the
    paper's draws of time steps each seed has its own: averaged, they spread less than those of a single seed.

    Parameters
    ----------
    by_seed
        Estimates of each seed.

    Returns
    -------
    dict of Estimate
        ``n`` and ``undefined`` are sums.
    """
    places = dict.fromkeys(place for estimates in by_seed for place in estimates)
    return {place: _mean_of([e[place] for e in by_seed if place in e]) for place in places}


def _roots_of_means(squares: Estimates) -> dict[Place, Estimate]:
    return {
        place: Estimate(float(np.sqrt(e.value)), np.sqrt(e.draws), e.n, e.undefined, e.units)
        for place, e in squares.items()
        if place[2] == ALL
    }


def _rows(
    forecaster: str, score: str, by_seed: Mapping[str, Estimates], *, roots: bool = False
) -> Iterator[tuple[object, ...]]:
    """Give the rows of each seed and of their mean, with margins."""
    for seed, estimates in (dict(by_seed) | {ALL: mean_over_seeds(list(by_seed.values()))}).items():
        full = estimate_margins(estimates) if estimates else {}
        for place, e in (_roots_of_means(full) if roots else full).items():
            yield forecaster, seed, *place, score, e.value, *e.interval, e.n, e.undefined


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
