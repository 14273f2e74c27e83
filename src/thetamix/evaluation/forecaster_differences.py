"""Which forecaster is better, and by how much: differences of scores on the same blocks, and the spread over seeds.

The difference of two scores is far less uncertain than either of them, because wet and dry spells, good and bad
sensors come and go for both. So forecasters are compared in pairs: their scores are subtracted series by series and
draw by draw, of the same calendar blocks or clusters.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from thetamix.evaluation.estimates import (
    ALL,
    Estimate,
    Estimates,
    Place,
    drawn_clusters,
    estimate_margins,
    mean_of_series,
    mean_over_seeds,
)
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.series_scores import SeriesScores

COLUMNS = [
    "score",
    "one",
    "other",
    "geology",
    "depth",
    "difference",
    "low",
    "high",
    "share_one_better",
    "n",
]
SPREAD_COLUMNS = ["forecaster", "geology", "depth", "score", "seeds", "mean", "sd", "low", "high"]


def comparison_table(
    results: Mapping[tuple[str, int], Sequence[SeriesScores]],
    geology: Sequence[str],
    *,
    draw_clusters: bool,
) -> pd.DataFrame:
    """Compare all pairs of forecasters by all scores that both have.

    Parameters
    ----------
    results
        By forecaster and seed.
    geology
        Of the clusters (cluster).
    draw_clusters
        True where clusters are resampled rather than calendar blocks.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`: the difference one − other of the means over the series and seeds that both define,
        for each geology × depth and their means ("all"); the central 95 % of its draws; the share of the draws in
        which `one` is better, ties counted half; and the number of series. The interval and the share are NaN where
        the draws were from fewer than :data:`~thetamix.evaluation.estimates.FEWEST_UNITS` blocks or clusters.
    """
    forecasters = list(dict.fromkeys(name for name, _ in results))
    rows = [
        row
        for score in SCORES
        for one, other in combinations(forecasters, 2)
        for row in _rows(score, one, other, results, geology, draw_clusters)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(
    score: str,
    one: str,
    other: str,
    results: Mapping[tuple[str, int], Sequence[SeriesScores]],
    geology: Sequence[str],
    draw_clusters: bool,
) -> Iterator[tuple[object, ...]]:
    seeds = [seed for name, seed in results if name == one and (other, seed) in results]
    series: set[Place] = set()
    by_seed: list[Estimates] = []
    for seed in seeds:
        pair = results[one, seed], results[other, seed]
        weights = drawn_clusters(pair[0], len(geology)) if draw_clusters else None
        cells = _differences(score, *pair, geology)
        series |= {place for members in cells.values() for place, _, _ in members}
        by_seed.append(
            {
                cell: mean_of_series(
                    [estimate for _, _, estimate in members],
                    None if weights is None else weights[:, [cluster for _, cluster, _ in members]].T,
                )
                for cell, members in sorted(cells.items())
            }
        )
    if not series:
        return
    for (at, depth, _), estimate in estimate_margins(mean_over_seeds(by_seed)).items():
        low, high = estimate.interval
        count = sum(at in (place[0], ALL) and depth in (place[1], ALL) for place in series)
        better = share_better(estimate.draws, SCORES[score].higher_is_better) if np.isfinite(low) else np.nan
        yield score, one, other, at, depth, estimate.value, low, high, better, count


def _differences(
    score: str, one: Sequence[SeriesScores], other: Sequence[SeriesScores], geology: Sequence[str]
) -> dict[Place, list[tuple[Place, int, Estimate]]]:
    """Subtract the scores of the series that both define; by geology × depth."""
    theirs = {(s.series.cluster, s.series.depth): s for s in other}
    cells: dict[Place, list[tuple[Place, int, Estimate]]] = {}
    for mine in one:
        partner = theirs.get((mine.series.cluster, mine.series.depth))
        if partner is None:
            continue
        difference = mine.value[score] - partner.value[score]
        if not np.isfinite(difference):
            continue
        draws = mine.unit_draws[score].astype(np.float64) - partner.unit_draws[score]
        at = geology[mine.series.cluster], f"{mine.series.depth_m:g}"
        estimate = Estimate(difference, draws, mine.steps, 0, mine.units | partner.units)
        place = (*at, mine.series.cluster_id)
        cells.setdefault((*at, ALL), []).append((place, mine.series.cluster, estimate))
    return cells


def share_better(differences: np.ndarray, higher_is_better: bool) -> float:
    """Say how often one forecaster is better than another.

    Parameters
    ----------
    differences
        Score of the one − score of the other (draw); NaN where a draw left nothing.
    higher_is_better
        Which way the score points.

    Returns
    -------
    float
        Share of the draws with a difference; ties count half.

    Examples
    --------
    >>> share_better(np.array([-0.1, -0.2, 0.0, 0.3]), higher_is_better=False)
    0.625
    """
    known = differences[np.isfinite(differences)]
    if known.size == 0:
        return np.nan
    gain = known if higher_is_better else -known
    return float((np.sign(gain) + 1).mean() / 2)


def seed_spread(scores: pd.DataFrame) -> pd.DataFrame:
    """Say how much scores differ between seeds: draws of the split and initial weights.

    Parameters
    ----------
    scores
        The long table, see :func:`thetamix.evaluation.estimates.score_table`.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`SPREAD_COLUMNS`: the mean over the seeds that define a score, their standard deviation, and the
        95 % interval of the mean by Student's t; NaN for a single seed. It holds the network and its weather fixed:
        what other years or places would do to a score is for the bootstrap to say.
    """
    single = scores[(scores["seed"] != ALL) & (scores["cluster"] == ALL) & scores["value"].notna()]
    rows = []
    for key, of in single.groupby(["forecaster", "geology", "depth", "score"], sort=False):
        values = of["value"].to_numpy()
        mean, sd = values.mean(), values.std(ddof=1) if values.size > 1 else np.nan
        half = stats.t.ppf(0.975, values.size - 1) * sd / np.sqrt(values.size) if values.size > 1 else np.nan
        rows.append((*key, values.size, mean, sd, mean - half, mean + half))
    return pd.DataFrame(rows, columns=SPREAD_COLUMNS)
